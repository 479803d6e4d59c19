"""How an account's socket stands, as its holder sees it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """Where a socket is on its way. Open is not joined: only `joined` lets messages arrive."""

    CONNECTING = "connecting"
    OPEN = "open"
    JOINED = "joined"
    WAITING = "waiting"
    """It broke; `next_try_at` says when it is tried again."""
    REFUSED = "refused"
    """The neighbour does not take the login. Another one helps at once; this one is tried again rarely."""
    BROKEN = "broken"
    """It cannot even be tried: the credentials cannot be opened, or the address is not safe."""
    OFF = "off"
    """Nobody wants it."""


@dataclass(slots=True, kw_only=True)
class State:
    """The same, as the holder writes it beside the account."""

    phase: Phase = Phase.CONNECTING
    joined: bool = False
    attempts: int = 0
    error: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    connected_at: datetime | None = None
    last_frame_at: datetime | None = None
    next_try_at: datetime | None = None
