"""A message to a customer: pictures first, one by one, then the text; nothing is sent twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from n2store.errors import DomainError
from proxy.errors import GatewayError
from proxy.facebook import graph
from proxy.facebook.once import UNKNOWN_STATUS, SendUnknown
from proxy.facebook.window import last_heard, way_to_send

Recipient = Mapping[str, str]
TAKEN = ("message_id", "id")
"""What Graph calls the message, or the comment, that it has taken; an answer without either confirms nothing."""


class SendIncomplete(DomainError):
    """Some parts were sent, the others surely not. `beside` holds the ids of those that were."""

    status, code = UNKNOWN_STATUS, "SEND_INCOMPLETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be sent, and to whom. `content` is Graph's own form of a message, for callers who know it."""

    page_id: str
    recipient: Recipient
    text: str = ""
    image_urls: tuple[str, ...] = ()
    content: Mapping[str, Any] | None = None
    may_be_late: bool = False
    """Whether the sender knows that 24 hours may have passed (`useTag` of the old pages)."""
    by_person: bool = False
    parts: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        pictures = [
            {"attachment": {"type": "image", "payload": {"url": url, "is_reusable": True}}} for url in self.image_urls
        ]
        words = [dict(self.content)] if self.content else [{"text": self.text}] if self.text.strip() else []
        object.__setattr__(self, "parts", [*pictures, *words])


@dataclass(frozen=True, slots=True)
class Sent:
    """What Facebook took. `tag` is the one that was used, if any."""

    recipient_id: str | None
    message_ids: list[str]
    tag: str | None


def send(message: Message, token: str, *, now: datetime) -> Sent:
    """Send all parts in their order, each once. The first that is refused ends it; earlier ones stay sent.

    Raises:
        MessageWindowClosed: Facebook's rules leave no way; nothing was sent.
        FacebookRefused, SendIncomplete: no more was sent than `beside["message_ids"]` tells.
        SendUnknown: perhaps a part more than that was sent.
        GatewayError: nothing was sent.
    """
    way = _way(message, token, now=now) if message.parts else {}
    sent: list[str] = []
    recipient_id: str | None = None
    for part in message.parts:
        said = {"recipient": dict(message.recipient), "message": part, **way}
        answer = tell(f"{message.page_id}/messages", token, said, before=sent)
        sent.append(str(answer.get("message_id") or ""))
        recipient_id = answer.get("recipient_id") or recipient_id
    return Sent(recipient_id, sent, way.get("tag"))


def tell(path: str, token: str, said: Mapping[str, Any], *, before: Sequence[str] = ()) -> dict[str, Any]:
    """Have Facebook write to somebody, once, and return its answer.

    `before`: what went out earlier of the same message.

    Raises: as `send`, but for the window.
    """
    sent = {"message_ids": list(before)}
    try:
        answer = graph.tell(path, token, said)
    except graph.FacebookRefused as refused:
        refused.beside |= sent
        if refused.http_status < 500:
            raise
        raise _unknown(refused.beside) from refused
    except GatewayError as error:
        if not error.never_left:
            raise _unknown(error.beside | sent | {"cause": error.code}) from error
        if not before:
            raise
        incomplete = SendIncomplete("Only a part of the message was sent.")
        incomplete.beside = error.beside | sent | {"cause": error.code}
        raise incomplete from error
    if not any(isinstance(answer.get(name), str) and answer[name] for name in TAKEN):
        raise _unknown(sent)
    return answer


def _unknown(beside: Mapping[str, Any]) -> SendUnknown:
    unknown = SendUnknown("Facebook did not confirm the message. Perhaps it was sent; it is not sent again.")
    unknown.beside = dict(beside)
    return unknown


def _way(message: Message, token: str, *, now: datetime) -> Mapping[str, str]:
    """Decide how it may go out. A private reply to a comment has a window of its own, which Facebook keeps."""
    if "comment_id" in message.recipient:
        return {}
    if not message.may_be_late:
        return {"messaging_type": "RESPONSE"}
    heard_at = last_heard(message.page_id, message.recipient.get("id", ""), token, now=now)
    return way_to_send(heard_at=heard_at, by_person=message.by_person, now=now)
