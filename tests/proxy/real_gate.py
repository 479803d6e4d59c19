"""The process that pages' calls go through, as a test runs it: real HTTP in, real HTTP out to played neighbours."""

import http.client
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPMessage
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from tests.processes import Server, end_other_sessions, web_server

ANSWERS_WITHIN_S = 90


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: HTTPMessage
    body: bytes


@dataclass(frozen=True, slots=True)
class Gate:
    """The process and our token, which goes beside the neighbour's."""

    server: Server
    token: str

    def ask(self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Call as the front does: it says the target as it came."""
        connection = http.client.HTTPConnection("127.0.0.1", timeout=ANSWERS_WITHIN_S)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(ANSWERS_WITHIN_S)
        try:
            connection.sock.connect(str(self.server.path))
            ours = {"X-N2Store-Token": self.token, "X-Request-Target": target}
            connection.request(method, target, body or None, ours | dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def log(self) -> str:
        """Return everything that the process has written."""
        return self.server.path.with_suffix(".log").read_text()


@contextmanager
def opened(folder: Path, environ: Mapping[str, str]) -> Iterator[Gate]:
    """Run a gate on the test's database with these settings, and with no limit on how often it is asked."""
    server = web_server(folder, redis_url=settings.REDIS_URL)
    server.env |= {"GATEWAY_RATES": "{}"} | dict(environ)
    server.command = [*server.command[:-2], "--workers", "1", "--blocking-threads", "32", "--backpressure", "256"]
    out = StringIO()
    call_command("issue_token", "--role", "owner", stdout=out)
    server.start()
    try:
        yield Gate(server, out.getvalue().strip())
    finally:
        server.kill()
        end_other_sessions()
