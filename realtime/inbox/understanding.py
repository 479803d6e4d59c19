"""From a kept frame to rows and events: read it by its provider and event, then take it in with one statement."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from n2store.events import wake_after_commit
from realtime.frames import KeptFrame, Provider
from realtime.inbox import pancake, tpos
from realtime.inbox.heard import Heard, MessageHeard, NotUnderstood, Said
from realtime.inbox.markup import storable

logger = logging.getLogger(__name__)

SAID_MAX_CHARS = 64_000
"""Of one message to browsers: what is longer would fill the queue of each of them."""
TOLD_WITHIN = timedelta(minutes=10)
"""A frame that is heard later, by a replay, is no news to a browser; the tables still learn from it."""
HEAR = "SELECT realtime_hear(%s::jsonb)"
HEARD = (*(each.name for each in fields(MessageHeard)), "words")

READERS: dict[tuple[str, str], Callable[[KeptFrame], Heard]] = {
    (Provider.PANCAKE, "pages:update_conversation"): pancake.update_conversation,
    (Provider.PANCAKE, "pages:new_message"): pancake.new_message,
    (Provider.PANCAKE, "order:tags_updated"): pancake.tags_updated,
    (Provider.TPOS, "on-events"): tpos.on_events,
}
OTHERS: dict[str, Callable[[KeptFrame], Heard]] = {Provider.TPOS: tpos.any_event}
"""For the events that have no reader of their own; Pancake's are kept and not told."""


def understand(frame: KeptFrame) -> None:
    """Take in what one frame says, within the transaction that keeps it; hearing it again changes nothing.

    Raises:
        NotUnderstood: it cannot be taken in. Nothing of it was.
    """
    understand_all([frame])


def understand_all(frames: Sequence[KeptFrame]) -> None:
    """Take in what many frames say, in their order, with one statement.

    Raises:
        NotUnderstood: one of them cannot be taken in. Nothing of any was.
    """
    read = [(frame, heard(frame)) for frame in frames]
    told = [_as_json(frame, said) for frame, said in read if said.said or said.message is not None]
    if not told:
        return
    with connection.cursor() as cursor:
        cursor.execute(HEAR, [f"[{','.join(told)}]"])
    wake_after_commit()


def heard(frame: KeptFrame) -> Heard:
    """Return what a frame says; nothing when nobody knows its event.

    Raises:
        NotUnderstood: it says something that has no place here.
    """
    read = READERS.get((frame.provider, frame.event)) or OTHERS.get(frame.provider)
    return read(frame) if read else Heard()


def _as_json(frame: KeptFrame, said: Heard) -> str:
    """Return a frame as `realtime_hear` wants it."""
    message: dict[str, Any] | None = None
    if said.message is not None:
        message = {name: getattr(said.message, name) for name in HEARD} | {"at": said.message.at.isoformat()}
        if not said.message.psid and said.message.key:
            logger.warning("Frame %d names no customer: its message is kept, and nobody waits for it.", frame.id)
    given = {"received_at": frame.received_at.isoformat(), "echo": said.echo, "message": message}
    head = _dumped(given)
    news = said.said if timezone.now() - frame.received_at < TOLD_WITHIN else []
    told = ",".join(filter(None, (_told(each, frame) for each in news)))
    return f'{head[:-1]},"said":[{told}]}}'


def _told(said: Said, frame: KeptFrame) -> str:
    text = _dumped({"name": said.name, "payload": said.payload})
    if len(text) <= SAID_MAX_CHARS:
        return text
    logger.warning("Frame %d is too long for browsers (%d characters); it is told in short.", frame.id, len(text))
    short = in_short(said)
    return "" if short is None else _dumped({"name": said.name, "payload": short})


def in_short(said: Said) -> dict[str, Any] | None:
    """Return what pages need to fetch the rest by themselves; None where they could not."""
    conversation = said.payload.get("payload")
    conversation = conversation.get("conversation") if isinstance(conversation, dict) else None
    if said.name != "pages:update_conversation" or not isinstance(conversation, dict):
        return None
    kept = ("id", "type", "page_id", "from_psid", "unread_count", "seen", "updated_at", "post_id")
    short = {name: conversation[name] for name in kept if name in conversation and len(str(conversation[name])) < 300}
    snippet = conversation.get("snippet")
    return {"payload": {"conversation": short | {"snippet": snippet[:2_000] if isinstance(snippet, str) else ""}}}


def _dumped(value: Any) -> str:
    """Return JSON that PostgreSQL takes, whatever characters it holds.

    Raises:
        NotUnderstood: it holds a number that is none.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(storable(value), ensure_ascii=False, separators=(",", ":"))
    except ValueError as error:
        raise NotUnderstood("The frame holds a number that JSON does not know.") from error
    return json.dumps(storable(value), ensure_ascii=False, separators=(",", ":")) if "\\u0000" in text else text
