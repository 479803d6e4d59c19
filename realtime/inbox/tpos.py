"""TPOS's events. `on-events` carries JSON as a text: a chat message, an order, an invoice, or short names."""

import json
from typing import Any

from realtime.frames import KeptFrame
from realtime.inbox.heard import (
    Heard,
    MessageHeard,
    Said,
    attachments_in,
    id_in,
    key_of,
    moment_in,
    name_in,
    object_in,
    phones_in,
    text_in,
    thread_of,
)
from realtime.inbox.markup import plain
from realtime.inbox.pancake import id_in_message
from realtime.models import Kind

COMMENT = 12
"""`MessageType` of a comment; 11 is Messenger."""
CLEANED = {"Message", "message", "Name", "name"}
SECRETS = {"token", "access_token", "accessToken", "Authorization", "authorization"}
UNAUTHORIZED = {"message": "Token expired"}


def on_events(frame: KeptFrame) -> Heard:
    """Read the event; what is no JSON is passed on as it came."""
    parsed = _parsed(frame.payload)
    if not isinstance(parsed, dict):
        return Heard(said=[_raw(frame, frame.payload)])
    clean = cleaned(parsed)
    told = frame.payload
    if clean != parsed:
        told = json.dumps(clean, ensure_ascii=False, separators=(",", ":")) if isinstance(told, str) else clean
    message = None
    if isinstance(clean.get("Conversation"), dict) and isinstance(clean.get("Message"), dict):
        message = _message(frame, clean["Conversation"], clean["Message"])
    return Heard(said=[_raw(frame, told), *_told(clean)], message=message)


def any_event(frame: KeptFrame) -> Heard:
    """Pass an event on under its name, without secrets that it may repeat."""
    if frame.event == "unauthorized":
        return Heard(said=[_raw(frame, UNAUTHORIZED)])
    payload = frame.payload
    if isinstance(payload, dict):
        payload = {name: value for name, value in payload.items() if name not in SECRETS}
    return Heard(said=[_raw(frame, payload)])


def cleaned(value: Any, name: str = "") -> Any:
    """Return an event as it came, without markup in what people write."""
    if isinstance(value, dict):
        return {each: cleaned(inner, each) for each, inner in value.items()}
    if isinstance(value, list):
        return [cleaned(inner) for inner in value]
    return plain(value) if isinstance(value, str) and name in CLEANED else value


def _parsed(payload: object) -> object:
    if not isinstance(payload, str):
        return payload
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def _raw(frame: KeptFrame, payload: object) -> Said:
    return Said(name="tpos:event", payload={"event": frame.event, "payload": payload})


def _told(event: dict[str, Any]) -> list[Said]:
    """Return the event as pages want it: the inner object of the short forms, the whole of the others."""
    short = event.get("d")
    data = short if isinstance(short, dict) else event["data"] if event.get("data") else event
    kind = (short.get("t") if isinstance(short, dict) else None) or event.get("Type") or event.get("EventName")
    context = event.get("C") or event.get("Context")
    payload: dict[str, Any] = {"data": data}
    payload |= {"eventType": kind} if kind else {}
    payload |= {"context": context} if context else {}
    said = [Said(name="tpos:parsed-event", payload=payload)]
    if kind == "SaleOnline_Update" or (kind == "SaleOnline_Order" and event.get("EventName") == "updated"):
        said.append(Said(name="tpos:order-update", payload={"data": data}))
    elif kind == "SaleOnline_Order":
        said.append(Said(name="tpos:new-order", payload={"data": data}))
    return said


def _message(frame: KeptFrame, conversation: dict[str, Any], message: dict[str, Any]) -> MessageHeard | None:
    page_id = id_in(message.get("ChannelId")) or id_in(conversation.get("ChannelId"))
    psid = id_in(conversation.get("UserId")) or id_in(message.get("UserId"))
    data = object_in(message, "Data")
    own = id_in_message(data)
    if not page_id or not own:  # Only Facebook's own id tells whether Pancake has told of the same.
        return None
    comment = message.get("MessageType") == COMMENT
    from_page = message.get("IsOwner") is True
    text = text_in(data, "message") or text_in(message, "Message")
    name = name_in(conversation)
    if comment:
        thread = _thread_of_comment(message, data, own) or thread_of(conversation.get("Id"))
    else:
        thread = f"{page_id}_{psid}" if psid else thread_of(conversation.get("Id"))
    if not thread:
        return None
    return MessageHeard(
        page_id=page_id, psid=psid, name=name, thread=thread, kind=Kind.COMMENT if comment else Kind.INBOX,
        key=key_of(own), text=text, from_page=from_page,
        post_id=thread_of(message.get("ObjectId")) if comment else "", sender=name_in(object_in(data, "from")) or name,
        at=moment_in(
            message.get("ChannelCreatedTime"), data.get("created_time"), message.get("CreatedTime"),
            no_later_than=frame.received_at,
        ),
        counts=not from_page, unread=0 if from_page else 1,
        attachments=attachments_in(data.get("attachments")),
        phones=[] if from_page else phones_in([], text),
    )  # fmt: skip


def _thread_of_comment(message: dict[str, Any], data: dict[str, Any], own: str) -> str:
    """Return the first comment of the thread: an answer names it as its parent, a first comment names the post."""
    parent = message.get("ParentId") or object_in(data, "parent").get("id")
    return thread_of(own if not parent or parent == message.get("ObjectId") else parent)
