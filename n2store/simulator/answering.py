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


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came; names of headers in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> Mapping[str, list[str]]:
        """The fields of the query."""
        return parse_qs(self.target.partition("?")[2], keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer byte for byte. `length` says another than the body's; None: it comes in chunks, without a length."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = -1
    then_cut: bool = False
    """Break the connection off after the body."""


def reply(said: Any, status: int = 200, **headers: str) -> Reply:
    """Return an answer in JSON; `_` in a header's name stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(said, ensure_ascii=False).encode(), {"Content-Type": "application/json"} | named)


class Manner(StrEnum):
    """How a neighbour answers questions. Tokens are given in any manner."""

    WELL = "well"
    FAILING = "failing"
    GARBLED = "garbled"
    PAGE = "page"
    HANGING = "hanging"
    DRIPPING = "dripping"
    BUSY = "busy"
    CUT = "cut"


@dataclass
class Neighbour(ABC):
    """Somebody who answers questions."""

    manner: Manner = field(default=Manner.WELL, kw_only=True)
    url: str = field(default="", init=False)
    calls: list[Asked] = field(default_factory=list, init=False, repr=False)
    """What was asked of `reply`."""
    _over: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    @abstractmethod
    def answer(self, path: str, query: Mapping[str, list[str]], authorization: str) -> Said:
        """Return what is answered to a question."""

    def token(self, form: Mapping[str, list[str]]) -> Said:
        """Return what the token address answers."""
        return 404, {}

    def reply(self, asked: Asked) -> Reply | None:
        """Return an answer byte for byte; None: `token` and `answer` are asked instead."""
        return None

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

    def _any(self) -> None:
        neighbour = self.server.neighbour
        body = self._body()
        asked = Asked(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        replied = neighbour.reply(asked)
        if replied is not None:
            neighbour.calls.append(asked)
            self._act(replied)
        elif self.command == "GET":
            self._answer()
        elif self.command == "POST" and asked.path == "/token":
            status, said = neighbour.token(parse_qs(body.decode()))
            self._send(status, json.dumps(said).encode())
        else:
            self._send(404, b"{}")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any  # noqa: N815 -- the server looks for them

    def _body(self) -> bytes:
        length, parts = int(self.headers.get("Content-Length") or 0), []
        while length and (part := self.rfile.read(min(length, 1024 * 1024))):
            length -= len(part)
            parts.append(part)
        return b"".join(parts)

    def _act(self, replied: Reply) -> None:
        """Send an answer byte for byte, in the neighbour's manner."""
        match self.server.neighbour.manner:
            case Manner.FAILING:
                replied = Reply(500, b"<html>Server Error</html>", {"Content-Type": "text/html"})
            case Manner.BUSY:
                replied = Reply(429, b"{}", {"Content-Type": "application/json", "Retry-After": "7"})
            case Manner.GARBLED:
                replied = Reply(200, replied.body[: len(replied.body) // 2], replied.headers)
            case Manner.PAGE:
                replied = Reply(200, b"<!DOCTYPE html><html>Please log in.</html>", {"Content-Type": "text/html"})
            case Manner.HANGING:
                self.server.neighbour.wait_until_over(60)
                return
            case Manner.DRIPPING:
                self._drip(replied.body)
                return
            case Manner.CUT:
                half = replied.body[: len(replied.body) // 2]
                replied = Reply(replied.status, half, replied.headers, len(replied.body), then_cut=True)
            case Manner.WELL:
                pass
        self._reply(replied)

    def _reply(self, replied: Reply) -> None:
        chunked = replied.length is None
        if chunked:
            self.protocol_version = "HTTP/1.1"
        self.send_response(replied.status)
        for name, value in replied.headers.items():
            self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Connection", "close")
        elif replied.status not in {204, 304}:
            self.send_header("Content-Length", str(len(replied.body) if replied.length == -1 else replied.length))
        self.end_headers()
        if self.command == "HEAD":
            return
        for start in range(0, len(replied.body), 64 * 1024):
            part = replied.body[start : start + 64 * 1024]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
        if chunked and not replied.then_cut:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def _answer(self) -> None:
        parts, neighbour = urlsplit(self.path), self.server.neighbour
        status, said = neighbour.answer(parts.path, parse_qs(parts.query), self.headers.get("Authorization") or "")
        body = json.dumps(said).encode()
        match neighbour.manner:
            case Manner.FAILING | Manner.CUT:
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
