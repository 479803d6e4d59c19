"""TPOS's socket: Socket.IO 4 over Engine.IO 4. Pings, and hangs up on a client that pings."""

import asyncio
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from n2store.simulator.sockets import Peer, SocketNeighbour

TOKEN = "simulated-tpos-token"  # noqa: S105 -- opens nothing but this simulator
ROOM = "tomato.tpos.vn"
NAMESPACE = "/chatomni"


@dataclass(frozen=True, slots=True)
class Told:
    """An event; with a number it wants to hear that it came."""

    event: str
    payload: Any
    number: int | None = None


@dataclass
class TposSocket(SocketNeighbour):
    """`good_tokens` empty: every token is good. `with_acks`: what is not acknowledged is told again to who joins."""

    good_tokens: set[str] = field(default_factory=set)
    ping_interval_s: float = 25.0
    ping_timeout_s: float = 60.0
    with_acks: bool = False
    pinged_by_clients: int = 0
    unacknowledged: dict[int, Told] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    path = "/socket.io/"

    def tell_event(self, event: str, payload: Any) -> int:
        """Tell an event to those in the room, and return how many there were."""
        number = next(self._numbers) if self.with_acks else None
        told = Told(event, payload, number)
        if number is not None:
            self.unacknowledged[number] = told
        return self.tell(told)

    def end_logins(self) -> int:
        """Tell every client that its token has ended."""
        return self.send_raw(f'42{NAMESPACE},["unauthorized",{{"message":"Token expired"}}]')

    @override
    async def greet(self, peer: Peer) -> None:
        peer.state["in"] = False
        peer.state["pings"] = asyncio.create_task(self._ping(peer))
        timing = {"pingInterval": round(self.ping_interval_s * 1000), "pingTimeout": round(self.ping_timeout_s * 1000)}
        opened = {"sid": "simulated", "upgrades": [], **timing, "maxPayload": 1_000_000}
        await self.send(peer, "0" + json.dumps(opened))

    @override
    async def hear(self, peer: Peer, text: str) -> None:
        if text.startswith("2"):  # No client of Engine.IO 4 may do so.
            self.pinged_by_clients += 1
            await peer.socket.close(1000)
        elif text.startswith(f"40{NAMESPACE},"):
            await self._enter(peer, text.partition(",")[2])
        elif text.startswith(f"42{NAMESPACE},"):
            [name, payload] = json.loads(text.partition(",")[2])
            if name == "join":
                answer = ["join", {"success": True, "room": payload["room"]}]
                await self.send(peer, f"42{NAMESPACE},{json.dumps(answer)}")
        elif text.startswith(f"43{NAMESPACE},"):
            self.unacknowledged.pop(int(text.partition(",")[2].partition("[")[0]), None)

    @override
    def is_joined(self, peer: Peer) -> bool:
        return bool(peer.state.get("in"))

    @override
    def texts_for(self, peer: Peer, told: Any) -> list[str]:
        number = "" if told.number is None else told.number
        return [f"42{NAMESPACE},{number}{json.dumps([told.event, told.payload], ensure_ascii=False)}"]

    async def _enter(self, peer: Peer, login: str) -> None:
        token = json.loads(login).get("token", "") if login else ""
        if self.faults.login_refused or (self.good_tokens and token not in self.good_tokens):
            refused = {"message": "Authentication error"}
            await self.send(peer, f"44{NAMESPACE},{json.dumps(refused)}")
            return
        if self.faults.joins_refused:
            return
        peer.state["in"] = True
        await self.send(peer, f'40{NAMESPACE},{{"sid":"simulated"}}')
        for told in list(self.unacknowledged.values()):
            for text in self.texts_for(peer, told):
                await self.send(peer, text)
        await self.joined_now(peer, lambda told: self.texts_for(peer, told))

    async def _ping(self, peer: Peer) -> None:
        while peer in self._peers:
            await asyncio.sleep(self.ping_interval_s)
            await self.send(peer, "2")
