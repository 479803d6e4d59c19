"""What Pancake showed while we did not listen: its conversations are read, and what of them is new is heard as frames.

Note [What cannot be caught up]
-------------------------------
Pancake lists conversations as they stand, and the newest messages of each. So messages and comments come back, what was
changed and changed again between two looks does not: a tag, who has read what, a message deleted meanwhile. Neither do
`order:tags_updated`, which tells only pages that are open, and more messages of one conversation than its newest list
holds. What is caught up is known by the message's own id, as everything is: to hear it again changes nothing.
"""

import json
import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from proxy import pancake
from proxy.errors import GatewayError
from proxy.pancake import PancakeRefused, Row
from realtime import pages
from realtime.frames import KeptFrame, Provider
from realtime.inbox.heard import NotUnderstood
from realtime.inbox.understanding import heard as read
from realtime.models import Account, Message
from realtime.upstream.heard import Heard
from realtime.upstream.pancake import protocol
from realtime.upstream.wanted import Wanted

logger = logging.getLogger(__name__)

TOPIC = "caught-up"
"""The channel under which frames of our own asking are kept."""
FIRST_LOOK = timedelta(hours=24)
"""How far back is read for pages that have never told anything."""
FURTHEST = timedelta(days=3)
MARGIN = timedelta(minutes=2)
"""Between Pancake's clock and ours."""
LISTS_MAX = 40
"""So many lists of conversations, of some 60 each, are read at most."""
WITH_MANY_MESSAGES = ("INBOX",)
"""Kinds of conversations of which one message may be missing although the last one is known."""
PAUSE_S = 0.05
"""Between two questions, so that we are not taken for a burst."""


class _Over(Exception):
    """Nobody wants to know any more."""


@dataclass(slots=True)
class CaughtUp:
    """What was found; `failure` says why there may be more, as a code."""

    heard: list[Heard]
    failure: str = ""


def heard_until(wanted: Wanted) -> datetime:
    """Return the moment up to which nothing is missing, as `remember` wrote it down."""
    try:
        until = Account.objects.filter(pk=wanted.account_id).values_list("heard_until", flat=True).first()
    finally:
        connection.close()
    now = timezone.now()
    return now - FIRST_LOOK if until is None else max(until, now - FURTHEST)


def remember(wanted: Wanted, *, until: datetime) -> None:
    """Write down that nothing of the time before is missing, for whoever holds the socket next."""
    try:
        Account.objects.filter(pk=wanted.account_id).update(heard_until=until)
    finally:
        connection.close()


def catch_up(wanted: Wanted, *, since: datetime, over: threading.Event) -> CaughtUp:
    """Return what Pancake shows of the time since then and we have not heard, conversations before their messages.

    Blocks, over Pancake's HTTP and the database; the connection of the calling thread is closed afterwards. Asks
    nothing more once `over` is set.
    """
    caught, since = CaughtUp([]), since - MARGIN
    try:
        pages.keep_names(pancake.pages(wanted.token))
        for changed in _lists(wanted, since=since):
            updates = [_update(wanted, conversation) for conversation in changed]
            news = {id(update) for update in _unknown(updates)}
            for conversation, update in zip(changed, updates, strict=True):
                if over.is_set():
                    raise _Over
                new = [update] if id(update) in news else []
                if new or conversation.get("type") in WITH_MANY_MESSAGES:
                    new = _unknown([*new, *_messages(wanted, conversation, since=since)])
                caught.heard += new
    except (GatewayError, PancakeRefused) as error:
        caught.failure = error.code
    except _Over:
        caught.failure = "OVER"
    finally:
        connection.close()
    return caught


def _lists(wanted: Wanted, *, since: datetime) -> Iterator[list[Row]]:
    """Yield the conversations that were changed since then, list by list, the newest first."""
    last = ""
    for _ in range(LISTS_MAX):
        rows = pancake.conversations(wanted.token, wanted.page_ids, after=last)
        changed = [row for row in rows if _moment(row.get("updated_at")) >= since]
        yield changed
        if len(changed) < len(rows) or not rows or str(rows[-1].get("id")) == last:
            return
        last = str(rows[-1].get("id"))
        time.sleep(PAUSE_S)
    logger.warning("Account %d: more was missed than is read again.", wanted.account_id)


def _messages(wanted: Wanted, conversation: Row, *, since: datetime) -> Iterable[Heard]:
    """Return the messages of a conversation since then, the oldest first, in the words of a page's own channel."""
    page_id, id = str(conversation.get("page_id") or ""), str(conversation.get("id") or "")
    if not page_id or not id:
        return []
    time.sleep(PAUSE_S)
    rows = [row for row in pancake.messages(wanted.token, page_id, id) if _moment(row.get("inserted_at")) >= since]
    kind = {"type": conversation["type"]} if isinstance(conversation.get("type"), str) else {}
    return [
        _heard(wanted, "pages:new_message", {"page_id": page_id, "conversation_id": id, "message": kind | dict(row)})
        for row in sorted(rows, key=lambda row: _moment(row.get("inserted_at")))
    ]


def _update(wanted: Wanted, conversation: Row) -> Heard:
    return _heard(wanted, "pages:update_conversation", {"conversation": dict(conversation)})


def _heard(wanted: Wanted, event: str, payload: dict[str, Any]) -> Heard:
    return Heard(
        provider=Provider.PANCAKE, account_id=wanted.account_id, topic=TOPIC, event=event, payload=payload,
        received_at=timezone.now(), size=len(json.dumps(payload)), page_id=protocol.page_of(event, payload),
        has_identity=protocol.has_identity(event, payload),
    )  # fmt: skip


def _unknown(told: Sequence[Heard]) -> list[Heard]:
    """Return those whose message is not kept yet. One query; what nobody can read is not heard again either."""
    by_key = {key: one for one in reversed(told) if (key := _key(one)) is not None}
    if not by_key:
        return []
    known = Message.objects.filter(key__in=[key for _, key in by_key]).values_list("page_id", "key")
    missing = by_key.keys() - set(known)
    return [one for one in told if (key := _key(one)) in missing and by_key[key] is one]


def _key(one: Heard) -> tuple[str, str] | None:
    frame = KeptFrame(
        id=0, provider=one.provider.value, account_id=one.account_id, topic=one.topic, event=one.event,
        payload=one.payload, received_at=one.received_at,
    )  # fmt: skip
    try:
        message = read(frame).message
    except NotUnderstood:
        return None
    return None if message is None or message.key is None else (message.page_id, message.key)


def _moment(value: object) -> datetime:
    """Return a moment as Pancake writes it, in UTC; one that it does not write lies before all others."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None:
        return datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
