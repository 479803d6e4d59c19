"""What a session hears, before it is stored."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from realtime.frames import Provider

UNREADABLE = "unreadable"
"""The event of a frame that is none: no JSON, no packet."""
TEXT_KEPT_CHARS = 4_000
"""So much of an unreadable frame is kept."""
REPEAT_WINDOW_S = 10
"""So long a frame without a moment of its own counts as the same."""


class Care(StrEnum):
    """What is done with a frame."""

    UNDERSTAND = "understand"
    """Kept and understood. Also what nobody knows."""
    COUNT = "count"
    """Only counted: presence, typing, replies."""
    KEEP = "keep"
    """Kept, and never understood: what nobody can read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One frame: `payload` is JSON as received, `page_id` empty where it tells of no page."""

    provider: Provider
    account_id: int | None
    topic: str
    event: str
    payload: Any
    received_at: datetime
    size: int
    """Bytes or characters of the frame, for the bounds of the intake."""
    page_id: str = ""
    known: bool = True
    care: Care = Care.UNDERSTAND
    has_identity: bool = True
    """The content holds an id or a moment of its own, so that the same content is the same message for ever."""
    ack: str | None = None
    """The text that the neighbour wants to hear once the frame is stored."""
    kept: Callable[[], None] | None = None
    """Called once it is stored, in the storing thread."""


def as_text(payload: Any) -> str:
    """Return JSON that the database stores as text; readable, unless it holds half a character.

    Raises:
        ValueError: it holds a number that JSON does not know.
    """
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # A lone surrogate, which JSON can name and UTF-8 cannot write.
        return json.dumps(payload, allow_nan=False, separators=(",", ":"))
    return text


def keys_of(one: Heard) -> tuple[str, str | None]:
    """Return the frame's key, and the one under which it may be stored already.

    The channel, the references and the account are left out: they differ where the content is the same.
    """
    content = json.dumps([one.provider, one.event, one.payload], sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(content.encode()).hexdigest()
    if one.has_identity:
        return digest, None
    window = int(one.received_at.timestamp()) // REPEAT_WINDOW_S
    return f"{digest}:{window}", f"{digest}:{window - 1}"
