"""Pancake's events, as the shop's pages and a live trace show them: `pages:update_conversation` and others."""

import json
from typing import Any

from realtime.frames import KeptFrame
from realtime.inbox.heard import (
    Heard,
    MessageHeard,
    Said,
    attachments_in,
    digest,
    id_in,
    key_of,
    moment_in,
    name_in,
    number_in,
    object_in,
    phones_in,
    text_in,
    thread_of,
)
from realtime.inbox.markup import plain
from realtime.models import Kind

INSTAGRAM = "igo_"
CLEANED = {"snippet", "message", "original_message", "name", "content", "text", "admin_name"}
"""What strangers write, wherever it stands in a conversation."""


def update_conversation(frame: KeptFrame) -> Heard:
    """Read a conversation as it now stands: its last message, who wrote it, how much of it is unread."""
    payload = frame.payload
    if not isinstance(payload, dict):
        return Heard()
    said = [Said(name="pages:update_conversation", payload={"payload": cleaned(payload)})]
    conversation = object_in(payload, "conversation")
    if not conversation:
        return Heard(said=said)
    echo = digest(json.dumps(payload, sort_keys=True, separators=(",", ":")))
    return Heard(said=said, message=_last_message(frame, conversation), echo=echo)


def new_message(frame: KeptFrame) -> Heard:
    """Read one message, as the channel of a single page tells it."""
    payload = frame.payload
    if not isinstance(payload, dict):
        return Heard()
    message = object_in(payload, "message")
    said = [Said(name="pages:new_message", payload={"payload": cleaned(payload)})]
    page_id = id_in(payload.get("page_id") or message.get("page_id"))
    thread = thread_of(payload.get("conversation_id") or message.get("conversation_id"))
    if not page_id or not thread or not message:
        return Heard(said=said)
    author = object_in(message, "from")
    from_page = _same_page(id_in(author.get("id")), page_id)
    text = text_in(message, "original_message", "message", "text")
    kind = _kind(message.get("type"))
    # Who is spoken to stands in the name of a thread of messages only.
    psid = thread.removeprefix(f"{page_id}_") if from_page and thread.startswith(f"{page_id}_") else ""
    return Heard(
        said=said,
        message=MessageHeard(
            page_id=page_id, psid=id_in(psid) if from_page else id_in(author.get("id")),
            name="" if from_page else name_in(author), thread=thread, kind=kind,
            key=_key(message, thread, text, message.get("inserted_at")), text=text, from_page=from_page,
            sender=name_in(author), at=moment_in(message.get("inserted_at"), no_later_than=frame.received_at),
            counts=not from_page, unread=None, attachments=attachments_in(message.get("attachments")),
            phones=[] if from_page else phones_in([], text),
        ),
    )  # fmt: skip


def tags_updated(frame: KeptFrame) -> Heard:
    """Pass on that an order or a conversation was labelled."""
    return Heard(said=[Said(name="order:tags_updated", payload={"payload": frame.payload})])


def cleaned(value: Any, name: str = "") -> Any:
    """Return a payload as it came, without markup in what people write."""
    if isinstance(value, dict):
        return {each: cleaned(inner, each) for each, inner in value.items()}
    if isinstance(value, list):
        return [cleaned(inner) for inner in value]
    return plain(value) if isinstance(value, str) and name in CLEANED else value


def _last_message(frame: KeptFrame, conversation: dict[str, Any]) -> MessageHeard | None:
    last = object_in(conversation, "last_message") or object_in(frame.payload, "last_message")
    writer, author = object_in(conversation, "last_sent_by"), object_in(last, "from")
    opener = object_in(conversation, "from")
    listed = conversation.get("customers")
    customer = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}

    thread = thread_of(conversation.get("id"))
    psid = id_in(conversation.get("from_psid")) or id_in(customer.get("fb_id"))
    page_id = id_in(conversation.get("page_id")) or _page_in(thread, psid)
    if not page_id or not thread:
        return None
    opened_by = id_in(opener.get("id"))
    of_page = _same_page(opened_by, page_id)
    psid = psid or ("" if of_page else opened_by) or id_in(conversation.get("customer_id"))

    from_page = _same_page(id_in(writer.get("id")) or id_in(author.get("id")), page_id)
    text = text_in(last, "original_message", "message", "text", "content") or text_in(conversation, "snippet")
    unread = number_in(conversation, "unread_count")
    changed_at = conversation.get("updated_at")
    said_at = last.get("inserted_at") or last.get("created_time") or last.get("created_at")
    numbered = bool(id_in_message(last))
    written = numbered or from_page or (bool(text) and unread != 0)  # Without an id, nothing unread is nothing new.
    numbers = conversation.get("recent_phone_numbers")
    return MessageHeard(
        page_id=page_id, psid=psid, name=name_in({} if of_page else opener, customer), thread=thread,
        kind=_kind(conversation.get("type")), post_id=thread_of(conversation.get("post_id")),
        key=_key(last, thread, text, said_at or changed_at) if written else None, text=text, from_page=from_page,
        sender=name_in(author, writer, {} if from_page else opener),
        at=moment_in(said_at, changed_at, no_later_than=frame.received_at), unread=unread or 0,
        counts=not from_page and unread != 0, attachments=attachments_in(last.get("attachments")),
        phones=phones_in(numbers if isinstance(numbers, list) else [], "" if from_page else text),
    )  # fmt: skip


def id_in_message(message: dict[str, Any]) -> str:
    """Return a message's own id; longer than other ids."""
    value = message.get("id")
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _key(message: dict[str, Any], thread: str, text: str, at: object) -> str:
    own = id_in_message(message)
    return key_of(own) if own else f"~{digest(f'{thread}|{at}|{text}')}"


def _kind(value: object) -> Kind:
    return Kind(value) if isinstance(value, str) and value in Kind.values else Kind.INBOX


def _same_page(author: str, page_id: str) -> bool:
    return bool(author) and author.removeprefix(INSTAGRAM) == page_id.removeprefix(INSTAGRAM)


def _page_in(thread: str, psid: str) -> str:
    """Return the page of a thread of messages, `<page>_<person>`; a thread of comments names its post instead."""
    return id_in(thread.removesuffix(f"_{psid}")) if psid and thread.endswith(f"_{psid}") else ""
