"""A neighbour that costs next to nothing: canned answers over keep-alive connections, in a process of its own."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from n2store.simulator.loopback import Target

SMALL = b'{"success": true, "conversations": [{"id": "1_2", "snippet": "chot don"}]}'
IMAGE_BYTES = 1024 * 1024
LARGE_BYTES = 50 * 1024 * 1024
SLOW_S = 13.0
"""Less than the gateway waits for the beginning of an answer."""
KINDS = {"image": "image/jpeg", "large": "application/octet-stream"}


class _Stub(asyncio.Protocol):
    """One connection. The last step of the path says what is answered."""

    bodies = {"image": bytes(IMAGE_BYTES), "large": bytes(LARGE_BYTES)}
    slow = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.received = transport, b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            line = self.received.split(b"\r\n", 1)[0]
            self.received = self.received[end + 4 :]
            self._answer(line.split(b" ")[1].partition(b"?")[0].rsplit(b"/", 1)[-1].decode())

    def _answer(self, name: str) -> None:
        if name == "slow":
            _Stub.slow += 1
            asyncio.get_running_loop().call_later(SLOW_S, self._answer_late)
        elif name == "slow-now":
            self._send("small", str(_Stub.slow).encode())
        else:
            self._send(name, self.bodies.get(name, SMALL))

    def _answer_late(self) -> None:
        _Stub.slow -= 1
        self._send("small", SMALL)

    def _send(self, name: str, body: bytes) -> None:
        kind = KINDS.get(name, "application/json")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode())
        self.transport.write(body)


def _serve(told: Connection) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(_Stub, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def serving() -> Iterator[Target]:
    """Run the stub and return where it answers."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Target("127.0.0.1", ours.recv())
    finally:
        process.kill()
        process.join()
