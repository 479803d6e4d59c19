"""Clients of the event stream or of the WebSocket: raw connections in a process of their own, noting what came when."""

import re
import selectors
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from bench.http_load import encode
from n2store.simulator.loopback import Target

CLIENTS_MAX = 5000
OPEN_TIMEOUT_S = 60
STREAM = {"Accept": "text/event-stream"}
SOCKET = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}  # fmt: skip
"""The server's frames carry their text as it is, so that the same pattern finds events in both."""
OPENED = re.compile(rb'event: connected|"type": ?"connected"')
OPENING_MAX = 50
"""So many wait for their answer at once, unless all are to come at once."""
SETTLE_S = 1.0
"""So long after the last event the clients still listen."""


@dataclass(slots=True)
class _Client:
    socket: socket.socket
    received: bytes = b""
    connected: bool = False


@dataclass(slots=True)
class Heard:
    """When each event reached each client, in seconds of the clock all processes share, by the event's number."""

    at: dict[int, list[float]] = field(default_factory=dict)
    lost_connections: int = 0


class Listeners:
    """So many streams, opened by `with`; `heard()` ends the listening and tells."""

    def __init__(
        self,
        target: Target,
        path: str,
        tokens: Sequence[str],
        count: int,
        pattern: bytes,
        *,
        headers: Mapping[str, str] = STREAM,
        opening_max: int = OPENING_MAX,
    ) -> None:
        assert 0 < count <= CLIENTS_MAX
        host = f"{target.host}:{target.port}"
        opening = [
            encode("GET", path, host=host, headers={"Authorization": f"Token {token}", **headers}) for token in tokens
        ]
        self._here, there = get_context("fork").Pipe()
        self._process = get_context("fork").Process(
            target=_listen, args=(there, target, opening, (count, opening_max), re.compile(pattern)), daemon=True
        )

    def __enter__(self) -> "Listeners":
        self._process.start()
        begun_at = time.perf_counter()
        if not self._here.poll(OPEN_TIMEOUT_S) or self._here.recv() != "connected":
            self._process.kill()
            raise RuntimeError("The streams did not open: see the logs of push and front.")
        self.opened_within_s = time.perf_counter() - begun_at
        return self

    def heard(self, *, settle_s: float = SETTLE_S) -> Heard:
        """Listen a little longer, then return what was heard."""
        time.sleep(settle_s)
        self._here.send("end")
        heard: Heard = self._here.recv()
        return heard

    def __exit__(self, *_: Any) -> None:
        self._process.kill()
        self._process.join()


def _listen(
    parent: Connection,
    target: Target,
    opening: Sequence[bytes],
    counts: tuple[int, int],
    pattern: "re.Pattern[bytes]",
) -> None:
    """Tell the parent when all are open, and in the end what was heard. `counts`: of clients, and at once."""
    count, opening_max = counts
    selector = selectors.DefaultSelector()
    selector.register(parent, selectors.EVENT_READ)
    opened, waiting, heard = 0, count, Heard()
    while True:
        while opened < count and opened - (count - waiting) < opening_max:
            client = _Client(socket.create_connection((target.host, target.port), timeout=OPEN_TIMEOUT_S))
            client.socket.sendall(opening[opened % len(opening)])
            client.socket.setblocking(False)
            selector.register(client.socket, selectors.EVENT_READ, client)
            opened += 1
        for key, _ in selector.select():
            if key.fileobj is parent:
                parent.send(heard)
                return
            client = key.data
            try:
                data = client.socket.recv(65536)
            except OSError:
                data = b""
            now = time.perf_counter()
            if not data:
                heard.lost_connections += 1
                selector.unregister(client.socket)
                continue
            client.received += data
            end = 0
            for found in pattern.finditer(client.received):
                heard.at.setdefault(int(found.group(1)), []).append(now)
                end = found.end()
            if not client.connected and OPENED.search(client.received):
                client.connected, waiting = True, waiting - 1
                if not waiting:
                    parent.send("connected")
            client.received = client.received[end:] if client.connected else client.received
