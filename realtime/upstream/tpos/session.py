"""One connection to TPOS: enters the namespace, joins the room, answers pings, and notices when there are none."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from typing_extensions import override

from realtime.frames import Provider
from realtime.upstream.session import NEVER, Now, Session, Why
from realtime.upstream.tpos import protocol
from realtime.upstream.tpos.protocol import Kind, NoPacket, Packet

OPEN_TIMEOUT_S = 10.0
"""For the open packet, and again for the answer of the namespace."""


class Dialect(StrEnum):
    """How TPOS wants the token: in the packet that enters the namespace, or in the address."""

    RT2 = "rt-2"
    CHATOMNI = "chatomni"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Whose socket it is."""

    token: str = field(repr=False)
    room: str
    renew_at: float = NEVER
    """When the token should be a new one, by the session's clock."""


class TposSession(Session):
    """Says nothing before TPOS has opened, and never pings. `joined` once the namespace has let us in."""

    provider = Provider.TPOS

    def __init__(
        self,
        login: Login,
        *,
        account_id: int | None,
        wall_clock: Now,
        dialect: Dialect = Dialect.RT2,
    ) -> None:
        super().__init__(account_id=account_id, wall_clock=wall_clock)
        self._login = login
        self._dialect = dialect
        self._in = False
        self._ping_s = (protocol.PING_INTERVAL_MS / 1000, protocol.PING_TIMEOUT_MS / 1000)
        self._answer_by = NEVER
        self._ping_by = NEVER
        self._last_ping_at: str | None = None

    @property
    @override
    def joined(self) -> bool:
        return self._in

    @override
    def opened(self, now: float) -> None:
        self._answer_by = now + OPEN_TIMEOUT_S

    @override
    def received(self, text: str, now: float) -> None:
        try:
            packet = protocol.read_packet(text)
        except NoPacket:
            self._hear_unreadable(text, self._login.room)
            return
        match packet.kind:
            case Kind.OPEN:
                self._ping_s = protocol.timings(packet.data)
                self._ping_by = now + sum(self._ping_s)
                self._answer_by = now + OPEN_TIMEOUT_S
                with_token = {"token": self._login.token, "room": self._login.room}
                self._say(protocol.connect(with_token if self._dialect is Dialect.RT2 else None))
            case Kind.PING:
                self._say(protocol.PONG)
                self._ping_by = now + sum(self._ping_s)
                self._last_ping_at = self._wall_clock().isoformat()
            case Kind.CLOSE:
                self._end(Why.TRANSIENT, "TPOS closed the connection.")
            case _ if packet.namespace == protocol.NAMESPACE:
                self._take(packet, len(text))

    @override
    def tick(self, now: float) -> None:
        if now >= self._ping_by:
            self._end(Why.TRANSIENT, f"No ping of TPOS for {sum(self._ping_s):.0f} s.")
        elif now >= self._answer_by:
            self._end(Why.TRANSIENT, "TPOS did not let us in in time.")
        elif now >= self._login.renew_at:
            self._end(Why.RENEW, "The token ends soon.")

    @override
    def next_at(self) -> float:
        return min(self._ping_by, self._answer_by, self._login.renew_at)

    @override
    def detail(self) -> dict[str, Any]:
        interval_s, timeout_s = self._ping_s
        return {
            "namespace": "joined" if self._in else "waiting",
            "ping_interval_ms": round(interval_s * 1000),
            "ping_timeout_ms": round(timeout_s * 1000),
            "last_ping_at": self._last_ping_at,
        }

    def _take(self, packet: Packet, size: int) -> None:
        """Take a packet of the namespace."""
        match packet.kind:
            case Kind.CONNECTED if not self._in:
                self._in, self._answer_by = True, NEVER
                self._say(protocol.event("join", {"room": self._login.room, "token": self._login.token}))
            case Kind.DISCONNECTED:
                self._in = False
                self._end(Why.TRANSIENT, "TPOS left us outside its namespace.")
            case Kind.REFUSED:
                self._refused(packet.data)
            case Kind.EVENT:
                self._hear_event(packet, size)
                if packet.name in protocol.LOGIN_ENDED:
                    self._refused(packet.data)

    def _refused(self, data: Any) -> None:
        self._in = False
        self._end(Why.REFUSED, f"TPOS refuses the login: {protocol.reason(data).replace(self._login.token, '…')}")

    def _hear_event(self, packet: Packet, size: int) -> None:
        self._hear(
            topic=self._login.room,
            event=packet.name,
            payload=packet.data,
            page_id=_page_of(packet.data),
            size=size,
            known=packet.name in protocol.MESSAGES,
            has_identity=_has_identity(packet),
            ack=None if packet.ack is None else protocol.acknowledgement(packet.ack),
        )


def _told(payload: Any) -> dict[str, Any]:
    """Return what an event tells, from JSON or from a string of JSON; empty when it tells nothing of the kind."""
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError):
            return {}
    return payload if isinstance(payload, dict) else {}


def _inner(told: dict[str, Any], name: str) -> dict[str, Any]:
    inner = told.get(name)
    return inner if isinstance(inner, dict) else {}


def _page_of(payload: Any) -> str:
    told = _told(payload)
    page = _inner(told, "Message").get("ChannelId") or _inner(told, "Conversation").get("ChannelId")
    page = page or _inner(told, "Data").get("Facebook_PageId")
    return str(page) if isinstance(page, str | int) else ""


def _has_identity(packet: Packet) -> bool:
    """A comment or message has an id of its own; an order is told of again with each change, in the same words."""
    return packet.name == "on-events" and bool(_inner(_told(packet.data), "Message").get("Id"))
