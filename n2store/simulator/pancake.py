"""Pancake's socket: Phoenix channels. Says no to pages whose plan has ended, and to tokens it does not know."""

import json
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from n2store.simulator.pancake_shown import Shown
from n2store.simulator.sockets import Peer, SocketNeighbour

TOKEN = "simulated.pancake.token"  # noqa: S105 -- opens nothing but this simulator
USER = "0f6b2f0e-0000-4c2d-9abc-000000000042"
PAGES = ("270136663390370", "117267091364524")
OK = {"status": "ok", "response": {}}
PLAN_ENDED = {"status": "error", "response": {"reason": "Gói cước hết hạn", "error_code": 122}}
UNAUTHORIZED = {"status": "error", "response": {"reason": "unauthorized"}}
UNMATCHED = {"status": "error", "response": {"reason": "unmatched topic"}}
BUSY = {"status": "error", "response": {"reason": "server is busy"}}


@dataclass(frozen=True, slots=True)
class Told:
    """An event of one page."""

    event: str
    payload: Any
    page_id: str


@dataclass
class PancakeSocket(SocketNeighbour):
    """`good_tokens` empty: every token is good. `page_channels`: whether pages have channels of their own."""

    good_tokens: set[str] = field(default_factory=set)
    ended_plans: set[str] = field(default_factory=set)
    page_channels: bool = True
    shown: Shown = field(default_factory=Shown)
    """What whoever opens the pages would see."""

    path = "/socket/websocket"

    def tell_event(self, event: str, payload: Any, *, page_id: str) -> int:
        """Tell an event of a page to those who have joined it, and return how many clients there were."""
        self.shown.take(event, payload)
        return self.tell(Told(event, payload, page_id))

    def crash_channels(self) -> int:
        """Have every channel of pages crash, as Phoenix does, with the connection open."""
        return self._call(self._crash())

    @override
    async def greet(self, peer: Peer) -> None:
        peer.state |= {"pages": set(), "refs": {}}

    @override
    async def hear(self, peer: Peer, text: str) -> None:
        join_ref, ref, topic, event, payload = json.loads(text)
        if event == "phx_join":
            answer = self._join(peer, join_ref, topic, payload)
            await self._send(peer, join_ref, ref, topic, "phx_reply", answer)
            if answer is OK and not topic.startswith("users:"):
                await self.joined_now(peer, lambda told: self._texts(peer, told, [topic]))
            return
        await self._send(peer, join_ref, ref, topic, "phx_reply", OK)
        if event == "get_online_status":
            await self._send(peer, join_ref, None, topic, "online_status", {"online": []})

    @override
    def is_joined(self, peer: Peer) -> bool:
        return any(topic.startswith(("multiple_pages:", "pages:")) for topic in peer.state["refs"])

    @override
    def texts_for(self, peer: Peer, told: Any) -> list[str]:
        return self._texts(peer, told, list(peer.state["refs"]))

    def _texts(self, peer: Peer, told: Any, topics: list[str]) -> list[str]:
        """Return the frames by which a client hears something over those of its channels that tell it."""
        refs, of_all = peer.state["refs"], told.page_id in peer.state["pages"] and told.event != "pages:new_message"
        return [
            _text(refs[topic], None, topic, told.event, told.payload)
            for topic in topics
            if topic == f"pages:{told.page_id}" or (of_all and topic.startswith("multiple_pages:"))
        ]

    def _join(self, peer: Peer, join_ref: str, topic: str, payload: Any) -> Any:
        kind, _, id = topic.partition(":")
        peer.state["refs"].pop(topic, None)
        answer = self._answer(kind, id, payload)
        if answer is OK:
            peer.state["refs"][topic] = join_ref
            if kind == "multiple_pages":
                peer.state["pages"] = set(payload["pageIds"])
        return answer

    def _answer(self, kind: str, id: str, payload: Any) -> Any:
        if self.faults.login_refused or (self.good_tokens and payload.get("accessToken") not in self.good_tokens):
            return UNAUTHORIZED
        if self.faults.joins_refused:
            return BUSY
        if kind not in ("users", "multiple_pages", "pages") or (kind == "pages" and not self.page_channels):
            return UNMATCHED
        asked = {"users": set(), "multiple_pages": set(payload.get("pageIds", ())), "pages": {id}}[kind]
        return PLAN_ENDED if self.ended_plans & asked else OK

    async def _crash(self) -> int:
        for peer in self._peers:
            for topic, ref in list(peer.state["refs"].items()):
                if not topic.startswith("users:"):
                    del peer.state["refs"][topic]
                    await self._send(peer, ref, ref, topic, "phx_error", {})
        return len(self._peers)

    async def _send(self, peer: Peer, *parts: Any) -> None:
        await self.send(peer, _text(*parts))


def _text(*parts: Any) -> str:
    """Return a frame: join reference, reference, topic, event, payload."""
    return json.dumps(parts, ensure_ascii=False)
