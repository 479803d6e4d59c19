"""The gate as a process of its own, a caller of it, and neighbours that do as a path says."""

import http.client
import socket
from typing import Any

import psutil

from n2store.simulator.answering import Asked, Neighbour, Reply, Said, reply
from tests.processes import Server

LARGE = 50 * 1024 * 1024
HUGE = 100 * 1024 * 1024


class Scripted(Neighbour):
    """Answers by path: large ones, hanging ones, ones that break off."""

    def answer(self, path: str, query: object, authorization: str) -> Said:
        return 404, {}

    def reply(self, asked: Asked) -> Reply:
        step = asked.path.rsplit("/", 1)[-1]
        if step == "hang":
            self.wait_until_over(60)
        large = bytes(LARGE) if step.startswith("large") else b""
        huge = bytes(HUGE + step.startswith("too-large")) if step.startswith(("huge", "too-large")) else b""
        return {
            "large": Reply(200, large),
            "large-chunked": Reply(200, large, {}, None),
            "huge": Reply(200, huge),
            "too-large": Reply(200, huge),
            "too-large-chunked": Reply(200, huge, {}, None),
            "longer-than-said": Reply(200, b"0123456789and more", {}, 10),
            "cut-chunked": Reply(200, b"x" * 300_000, {}, None, then_cut=True),
            "cut-long": Reply(200, b"x" * 300_000, {}, 900_000, then_cut=True),
            "took": reply({"took": len(asked.body)}),
        }.get(step, reply({"path": asked.path}))


class Gate:
    """The process, and a caller of it."""

    def __init__(self, server: Server, token: str) -> None:
        self.server, self.token = server, token

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        connection = self.open(method, path, body, headers)
        try:
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def open(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", timeout=90)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(90)
        connection.sock.connect(str(self.server.path))
        connection.request(method, path, body, {"Authorization": f"Token {self.token}"} | (headers or {}))
        return connection

    def memory(self) -> int:
        assert self.server.process is not None
        whole = psutil.Process(self.server.process.pid)
        return sum(process.memory_info().rss for process in (whole, *whole.children(recursive=True)))
