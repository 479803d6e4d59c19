"""May this message go to this customer now? Facebook's rules, which the shop keeps by itself.

Within 24 hours of the customer's last message anything goes (RESPONSE). Up to 7 days a person may still answer
(HUMAN_AGENT). After that a page may not write first. POST_PURCHASE_UPDATE was retired on 2026-04-27 and is never sent.
Source: Meta's pages on the messaging window and on message tags.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from n2store.errors import DomainError
from proxy.facebook import graph

RESPONSE_WITHIN = timedelta(hours=24)
HUMAN_AGENT_WITHIN = timedelta(days=7)
HUMAN_AGENT = "HUMAN_AGENT"
MESSAGES_READ = 25
WAYS_OUT = ["private_reply", "wait_for_customer", "phone"]
"""What is left to a shop that may not write: for programs."""

LastHeard = Callable[[str, str], datetime | None]
"""Page and customer (psid) to when the customer wrote last, or None when that is not known."""


class MessageWindowClosed(DomainError):
    """The customer wrote too long ago, or no person wrote this message."""

    status, code = 422, "MESSAGE_WINDOW_CLOSED"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.beside = {"ways_out": WAYS_OUT}


def way_to_send(*, heard_at: datetime | None, by_person: bool, now: datetime) -> Mapping[str, str]:
    """Return `messaging_type` and `tag` that a message goes out with.

    What is not known is left to Facebook: RESPONSE is taken within the window and refused outside of it.

    Raises:
        MessageWindowClosed: there is no way.
    """
    if heard_at is None or now - heard_at <= RESPONSE_WITHIN:
        return {"messaging_type": "RESPONSE"}
    if now - heard_at > HUMAN_AGENT_WITHIN:
        raise MessageWindowClosed("The customer wrote more than 7 days ago: Facebook lets no page write first.")
    if not by_person:
        raise MessageWindowClosed("The customer wrote more than 24 hours ago: only a person may still answer.")
    return {"messaging_type": "MESSAGE_TAG", "tag": HUMAN_AGENT}


def last_heard(page_id: str, psid: str, token: str, *, now: datetime) -> datetime | None:
    """Return when the customer wrote last; None if nobody knows.

    What our own inbox heard within 24 hours is enough. What it heard before may not be the last: then Facebook is asked
    as well, and the later moment counts.
    """
    ours = max((at for ask in _sources if (at := ask(page_id, psid)) is not None), default=None)
    if ours is not None and now - ours <= RESPONSE_WITHIN:
        return ours
    theirs = _asked(page_id, psid, token)
    return max((at for at in (ours, theirs) if at is not None), default=None)


def _asked(page_id: str, psid: str, token: str) -> datetime | None:
    fields = f"messages.limit({MESSAGES_READ}){{from,created_time}}"
    try:
        answer = graph.ask(f"{page_id}/conversations", token, user_id=psid, platform="messenger", fields=fields)
    except graph.FacebookRefused:
        return None
    return _newest(answer, psid)


def register(source: LastHeard) -> None:
    """Let a room above, which keeps the inbox, say when a customer wrote last."""
    if source not in _sources:
        _sources.append(source)


def _newest(answer: Mapping[str, Any], psid: str) -> datetime | None:
    moments = [
        moment
        for conversation in _list(answer)
        for message in _list(conversation.get("messages"))
        if isinstance(message.get("from"), dict) and message["from"].get("id") == psid
        if (moment := _moment(message.get("created_time"))) is not None
    ]
    return max(moments, default=None)


def _list(value: Any) -> list[dict[str, Any]]:
    rows = value.get("data") if isinstance(value, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _moment(text: Any) -> datetime | None:
    """Read Graph's time, such as `2026-01-20T03:00:05+0000`."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


_sources: list[LastHeard] = []
