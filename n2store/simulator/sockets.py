"""A neighbour that tells by a socket, as well or as badly as it is told to. Loopback only."""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self, TypeVar

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

CALL_TIMEOUT_S = 30
REPEATED_MAX = 5_000
SERVED_MAX_BYTES = 32 * 1024 * 1024

Answer = TypeVar("Answer")


@dataclass
class Faults:
    """What goes wrong. Shares are chances from 0 to 1 for each frame that is told; they may be changed at any time."""

    slow_s: float = 0.0
    """Before each frame."""
    dropped: float = 0.0
    duplicated: float = 0.0
    out_of_order: float = 0.0
    """A frame waits until after the next one."""
    half_open: bool = False
    """The connection stays, and nothing comes of it any more: neither answers nor frames."""
    away: bool = False
    """Handshakes are answered with 503."""
    login_refused: bool = False
    """No token is good any more."""
    joins_refused: bool = False
    seed: int = 1


@dataclass(eq=False)
class Peer:
    """One client."""

    socket: ServerConnection
    state: dict[str, Any] = field(default_factory=dict)
    held_back: list[str] = field(default_factory=list)


@dataclass
class SocketNeighbour(ABC):
    """Serves sockets in a thread of its own. All public methods may be called from any thread."""

    faults: Faults = field(default_factory=Faults)
    repeat_s: float = 0.0
    """Who joins anew hears once more what was told so many seconds before: like a page that is opened again."""
    url: str = field(default="", init=False)
    connections: int = field(default=0, init=False)
    """How many there have been."""
    said: list[str] = field(default_factory=list, init=False)
    """Every text that clients have sent, in the order of their arrival."""
    _peers: set[Peer] = field(default_factory=set, init=False, repr=False)
    _told: deque[tuple[float, Any]] = field(default_factory=lambda: deque(maxlen=REPEATED_MAX), init=False, repr=False)
    _loop: asyncio.AbstractEventLoop = field(init=False, repr=False)
    _random: Random = field(default_factory=lambda: Random(1), init=False, repr=False)  # noqa: S311 -- made-up faults

    path = "/"

    @abstractmethod
    async def greet(self, peer: Peer) -> None:
        """Say what is said first."""

    @abstractmethod
    async def hear(self, peer: Peer, text: str) -> None:
        """Answer one text."""

    @abstractmethod
    def is_joined(self, peer: Peer) -> bool:
        """Whether a client hears what is told."""

    @abstractmethod
    def texts_for(self, peer: Peer, told: Any) -> list[str]:
        """Return the frames by which a client hears something; none if it is not for that client."""

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[Self]:
        """Serve on 127.0.0.1, by default on a free port, at `url`, until the end."""
        ready, over = threading.Event(), threading.Event()
        failure: list[BaseException] = []

        async def run() -> None:
            stop = asyncio.Event()
            self._loop, self._stop = asyncio.get_running_loop(), stop
            server = await serve(
                self._serve, "127.0.0.1", port, compression=None, ping_interval=None, close_timeout=0.5,
                max_size=SERVED_MAX_BYTES, process_request=self._admit,
            )  # fmt: skip
            self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}{self.path}"
            ready.set()
            await stop.wait()
            for peer in list(self._peers):
                peer.socket.transport.abort()
            server.close()
            await server.wait_closed()

        def work() -> None:
            try:
                asyncio.run(run())
            except OSError as error:
                failure.append(error)
            finally:
                ready.set()
                over.set()

        threading.Thread(target=work, name=type(self).__name__, daemon=True).start()
        ready.wait(CALL_TIMEOUT_S)
        if failure:
            raise failure[0]
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            over.wait(CALL_TIMEOUT_S)

    def tell(self, told: Any) -> int:
        """Tell it to every client that has joined, and return how many there were."""
        return self._call(self._tell(told))

    def send_raw(self, text: str) -> int:
        """Send a text as it is to every client, however strange."""
        return self._call(self._send_raw(text))

    def break_connections(self) -> int:
        """Break all connections without a word, as a restart does, and return how many there were."""
        return self._call(self._break())

    def joined(self) -> int:
        """Return how many clients hear what is told."""
        return self._call(self._joined())

    async def joined_now(self, peer: Peer, texts: Callable[[Any], list[str]]) -> None:
        """Show a client that has just joined what was told lately, by the frames that `texts` makes of each."""
        since = time.monotonic() - self.repeat_s
        for at, told in list(self._told):
            if at >= since:
                for text in texts(told):
                    await self.send(peer, text)

    async def send(self, peer: Peer, text: str) -> None:
        """Send a text, unless the connection is only half open or gone."""
        if self.faults.slow_s:
            await asyncio.sleep(self.faults.slow_s)
        if not self.faults.half_open:
            with suppress(ConnectionClosed):
                await peer.socket.send(text)

    async def _tell(self, told: Any) -> int:
        peers = [peer for peer in self._peers if self.is_joined(peer)]
        if self.repeat_s:
            self._told.append((time.monotonic(), told))
        chance, faults = self._random.random, self.faults
        for peer in peers:
            for text in self.texts_for(peer, told):
                if chance() < faults.dropped:
                    continue
                if chance() < faults.out_of_order:
                    peer.held_back.append(text)
                    continue
                for _ in range(2 if chance() < faults.duplicated else 1):
                    await self.send(peer, text)
                while peer.held_back:
                    await self.send(peer, peer.held_back.pop())
        return len(peers)

    async def _send_raw(self, text: str) -> int:
        for peer in self._peers:
            await self.send(peer, text)
        return len(self._peers)

    async def _break(self) -> int:
        broken = len(self._peers)
        for peer in list(self._peers):
            peer.socket.transport.abort()
        return broken

    async def _joined(self) -> int:
        return sum(self.is_joined(peer) for peer in self._peers)

    async def _serve(self, socket: ServerConnection) -> None:
        peer = Peer(socket)
        self._peers.add(peer)
        self.connections += 1
        try:
            await self.greet(peer)
            async for data in socket:
                text = data if isinstance(data, str) else data.decode()
                self.said.append(text)
                if not self.faults.half_open:
                    await self.hear(peer, text)
        except ConnectionClosed:
            return
        finally:
            self._peers.discard(peer)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.faults.away:
            return connection.respond(503, "restarting\n")
        if request.path.partition("?")[0] != self.path:
            return connection.respond(404, "no socket is here\n")
        return None

    def _call(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_TIMEOUT_S)
