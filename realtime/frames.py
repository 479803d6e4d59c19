"""A frame of a neighbour's socket as it was kept: what the sockets hand to the inbox."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Provider(StrEnum):
    """Whose socket a frame came from."""

    PANCAKE = "pancake"
    TPOS = "tpos"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptFrame:
    """One frame, stored once. Whoever understands it may be given it again: by a replay, or after a death."""

    id: int
    provider: str
    """`pancake` or `tpos`."""
    account_id: int | None
    """The account whose socket heard it; None when that account has been removed since."""
    topic: str
    """Pancake: the channel, such as `multiple_pages:<user>`. TPOS: the room."""
    event: str
    """Pancake: `pages:update_conversation`, `order:tags_updated`, … TPOS: `on-events` or another event's name."""
    payload: Any
    """JSON as it was received. TPOS's `on-events` is a string that holds JSON, as a rule, and stays that string."""
    received_at: datetime
