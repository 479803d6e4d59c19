"""TPOS's packets: Socket.IO 4 over Engine.IO 4, WebSocket only. Pure: texts and values.

The first digit is Engine.IO's (0 open, 1 close, 2 ping, 3 pong, 4 message, 6 noop), the second Socket.IO's (0 connect,
1 disconnect, 2 event, 3 acknowledgement, 4 connect error). A client of Engine.IO 4 never sends a ping.
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from n2store.wire import stored
from realtime.upstream.jsons import NoJson, read

NAMESPACE = "/chatomni"
PONG = "3"
PING_INTERVAL_MS, PING_TIMEOUT_MS = 25_000, 60_000
"""Where the open packet does not say."""
TIMING_MS_MAX = 10 * 60_000
MESSAGES = frozenset({"on-events", "join", "unauthorized", "error"})
"""The events we know."""
LOGIN_ENDED = frozenset({"unauthorized", "error"})
REASON_MAX_CHARS = 200
_MESSAGE = re.compile(r"4([0-6])(?:(/[^,]*),)?(\d{1,15})?(.*)", re.DOTALL)


class NoPacket(ValueError):
    """The text is no packet that we can read."""


class Kind(StrEnum):
    """What a packet is."""

    OPEN = "open"
    CLOSE = "close"
    PING = "ping"
    PONG = "pong"
    NOOP = "noop"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    EVENT = "event"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet. `data` is its JSON; an event has a `name`, and an `ack` when TPOS wants to hear that it came."""

    kind: Kind
    namespace: str = "/"
    data: Any = None
    name: str = ""
    ack: int | None = None


_PLAIN = {"1": Kind.CLOSE, "3": Kind.PONG, "6": Kind.NOOP}
_INNER = {"0": Kind.CONNECTED, "1": Kind.DISCONNECTED, "2": Kind.EVENT, "3": Kind.ACKNOWLEDGED, "4": Kind.REFUSED}


def read_packet(text: str) -> Packet:
    """Read one text frame.

    Raises:
        NoPacket: it is none, or a binary one.
    """
    if text[:1] == "2":  # A probe, such as `2probe`, is a ping as well.
        return Packet(Kind.PING)
    if text in _PLAIN:
        return Packet(_PLAIN[text])
    try:
        if text[:1] == "0":
            return Packet(Kind.OPEN, data=read(text[1:]))
        return _read_message(text)
    except NoJson as error:
        raise NoPacket("no JSON") from error


def _read_message(text: str) -> Packet:
    parts = _MESSAGE.fullmatch(text)
    if parts is None or parts[1] not in _INNER:
        raise NoPacket("no packet of ours")
    kind, namespace = _INNER[parts[1]], parts[2] or "/"
    ack = int(parts[3]) if parts[3] else None
    data = read(parts[4]) if parts[4] else None
    if kind is not Kind.EVENT:
        return Packet(kind, namespace, data, ack=ack)
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise NoPacket("an event without a name")
    return Packet(kind, namespace, data[1] if len(data) > 1 else None, name=data[0], ack=ack)


def timings(opened: Any) -> tuple[float, float]:
    """Return ping interval and timeout of an open packet, in seconds: what it does not say, as TPOS usually has it."""
    said = opened if isinstance(opened, dict) else {}
    interval = _ms(said.get("pingInterval"), PING_INTERVAL_MS)
    return interval / 1000, _ms(said.get("pingTimeout"), PING_TIMEOUT_MS) / 1000


def connect(login: dict[str, str] | None) -> str:
    """Return the packet that enters the namespace."""
    return f"40{NAMESPACE}," + (_text(login) if login else "")


def event(name: str, payload: Any) -> str:
    """Return the packet of an event."""
    return f"42{NAMESPACE}," + _text([name, payload])


def acknowledgement(ack: int) -> str:
    """Return the packet that says that an event came."""
    return f"43{NAMESPACE},{ack}[]"


def reason(data: Any) -> str:
    """Return why TPOS refuses, in its words."""
    said = data.get("message") if isinstance(data, dict) else data
    return stored(said[:REASON_MAX_CHARS]) if isinstance(said, str) and said else "refused without a reason"


def _ms(value: Any, usual: int) -> int:
    return value if type(value) is int and 0 < value <= TIMING_MS_MAX else usual


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
