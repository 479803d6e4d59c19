"""A neighbour that is asked over HTTP: it answers as well or as badly as it is told to. Loopback only."""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

DRIP_PAUSE_S = 0.05

Said = tuple[int, Any]
"""Status and JSON of an answer."""


class Manner(StrEnum):
    """How a neighbour answers questions. Tokens are given in any manner."""

    WELL = "well"
    FAILING = "failing"
    GARBLED = "garbled"
    PAGE = "page"
    HANGING = "hanging"
    DRIPPING = "dripping"
    BUSY = "busy"


@dataclass
class Neighbour(ABC):
    """Somebody who answers questions."""

    manner: Manner = field(default=Manner.WELL, kw_only=True)
    url: str = field(default="", init=False)
    _over: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    @abstractmethod
    def answer(self, path: str, query: Mapping[str, list[str]], authorization: str) -> Said:
        """Return what is answered to a question."""

    def token(self, form: Mapping[str, list[str]]) -> Said:
        """Return what the token address answers."""
        return 404, {}

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[Self]:
        """Answer on 127.0.0.1, by default on a free port, at `url`, until the end."""
        server = _Server(("127.0.0.1", port), _Handler)
        server.neighbour = self
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def wait_until_over(self, timeout_s: float) -> bool:
        """Wait, as a server that hangs does; True once there is nobody left to answer."""
        return self._over.wait(timeout_s)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    neighbour: Neighbour

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers who did not wait for the answer."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = urlsplit(self.path).path
        status, said = self.server.neighbour.token(parse_qs(body.decode())) if asked == "/token" else (404, {})
        self._send(status, json.dumps(said).encode())

    def do_GET(self) -> None:
        parts, neighbour = urlsplit(self.path), self.server.neighbour
        status, said = neighbour.answer(parts.path, parse_qs(parts.query), self.headers.get("Authorization") or "")
        body = json.dumps(said).encode()
        match neighbour.manner:
            case Manner.FAILING:
                self._send(500, b"<html>Server Error</html>")
            case Manner.BUSY:
                self._send(429, b"{}")
            case Manner.GARBLED:
                self._send(200, body[: len(body) // 2])
            case Manner.PAGE:
                self._send(200, b"<!DOCTYPE html><html><body>Please log in.</body></html>")
            case Manner.HANGING:
                neighbour.wait_until_over(60)
            case Manner.DRIPPING:
                self._drip(body)
            case Manner.WELL:
                self._send(status, body)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, body: bytes) -> None:
        """Send the answer byte by byte: never silent, never done."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for place in range(len(body)):
            self.wfile.write(body[place : place + 1])
            self.wfile.flush()
            if self.server.neighbour.wait_until_over(DRIP_PAUSE_S):
                return

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: tests read what was asked from the neighbour itself."""
