"""A small HTTP/1.1 load generator: so many keep-alive connections, each sending its next request upon an answer.

Requests are bytes made beforehand, and an answer is only split at its length, so that on a machine of two cores the
generator takes little of what it measures; what it takes is told (`Load.own_cpu_s`). Loopback only, bounded in
connections and time.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from n2store.simulator.loopback import Target

CONNECTIONS_MAX = 1024
SECONDS_MAX = 120.0
ANSWER_BYTES_MAX = 4 * 1024 * 1024


class BadAnswer(ValueError):
    """What came back is not HTTP as the shop speaks it."""


@dataclass(slots=True)
class Load:
    """What one load did. `failed` counts answers that were not as wanted, and connections that broke."""

    seconds: float = 0.0
    own_cpu_s: float = 0.0
    failed: int = 0
    took_ms: list[float] = field(default_factory=list)
    first_failure: str = ""

    @property
    def rate(self) -> float:
        """Return good answers a second."""
        return len(self.took_ms) / self.seconds if self.seconds else 0.0

    def fail(self, why: str) -> None:
        """Count a failure; the first one is remembered."""
        self.failed += 1
        self.first_failure = self.first_failure or why


def encode(method: str, path: str, *, host: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def split(received: bytes) -> tuple[bytes, bytes, int] | None:
    """Return status, body and length of the answer that `received` begins with, or None while it is incomplete.

    Raises:
        BadAnswer: it has no Content-Length, or is no answer at all.
    """
    head_end = received.find(b"\r\n\r\n")
    if head_end < 0:
        if len(received) > ANSWER_BYTES_MAX:
            raise BadAnswer("an answer without end")
        return None
    head = received[:head_end].lower()
    if not head.startswith(b"http/1.1 "):
        raise BadAnswer(f"no HTTP: {received[:40]!r}")
    found = head.find(b"\r\ncontent-length:")
    if found < 0:
        raise BadAnswer("an answer of unknown length")
    length = int(head[found + 17 :].split(b"\r\n", 1)[0])
    end = head_end + 4 + length
    if len(received) < end:
        return None
    return received[9:12], received[head_end + 4 : end], end


def run(target: Target, requests: Iterator[bytes], *, connections: int, seconds: float, wanted: bytes = b"") -> Load:
    """Send `requests` over so many connections for so long; good is a 200 whose body holds `wanted`."""
    assert 0 < connections <= CONNECTIONS_MAX
    assert 0 < seconds <= SECONDS_MAX
    load = Load()
    gc.collect()
    gc.disable()
    own, started = time.process_time(), time.perf_counter()
    try:
        asyncio.run(_run(target, connections, lambda: _Connection(requests, started + seconds, wanted, load)))
    finally:
        gc.enable()
    load.seconds = time.perf_counter() - started
    load.own_cpu_s = time.process_time() - own
    return load


async def _run(target: Target, connections: int, connection: "Callable[[], _Connection]") -> None:
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(connection, target.host, target.port) for _ in range(connections)]
    await asyncio.gather(*(protocol.done for _, protocol in opened))


class _Connection(asyncio.Protocol):
    """One keep-alive connection: a request, its answer, the next request."""

    def __init__(self, requests: Iterator[bytes], until: float, wanted: bytes, load: Load) -> None:
        self._requests, self._until, self._wanted, self._load = requests, until, wanted, load
        self._received = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            answer = split(self._received)
        except BadAnswer as error:
            self._load.fail(str(error))
            self._transport.abort()
            return
        if answer is None:
            return
        now = time.perf_counter()
        status, body, end = answer
        self._received = self._received[end:]
        if status == b"200" and self._wanted in body:
            self._load.took_ms.append((now - self._sent_at) * 1000)
        else:
            self._load.fail(f"{status.decode()} {body[:200].decode(errors='replace')}")
        self._next(now)

    def _next(self, now: float = 0.0) -> None:
        request = next(self._requests, None) if now < self._until else None
        if request is None:
            self._finish()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self._load.fail(f"the connection broke: {error}")
            self.done.set_result(None)
