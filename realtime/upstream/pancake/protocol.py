"""Pancake's frames: Phoenix channels, serializer 2. Pure: texts and values.

A frame is a JSON array of join reference, reference, topic, event, payload. References are decimal strings.
"""

import json
from dataclasses import dataclass
from typing import Any

from n2store.wire import stored
from realtime.upstream.jsons import NoJson, read

MESSAGES = frozenset({"pages:update_conversation", "order:tags_updated", "pages:new_message"})
"""What tells of a message or an order."""
SIGNS = frozenset(
    {
        "online_status", "presence_state", "presence_diff", "viewing_conversation", "viewing_conversation:append",
        "pages:seen_conversation",
    }
)  # fmt: skip
"""Who is there and who types: counted, not kept."""
EXPIRED_PLAN_CODE = 122
EXPIRED_PLAN = "gói cước hết hạn"
LOGIN_REFUSED = ("unauthor", "unauthenticated", "forbidden", "invalid token", "token expired", "invalid_token")
PLATFORM = "web"
REASON_MAX_CHARS = 200


class NoFrame(ValueError):
    """The text is no frame of Phoenix."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, in either direction."""

    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a join was refused."""

    reason: str
    expired_plan: bool
    login: bool


def read_frame(text: str) -> Frame:
    """Read one text frame.

    Raises:
        NoFrame: it is none.
    """
    try:
        parts = read(text)
    except NoJson as error:
        raise NoFrame("no JSON") from error
    if not isinstance(parts, list) or len(parts) != 5:
        raise NoFrame("no array of five")
    join_ref, ref, topic, event, payload = parts
    if not isinstance(topic, str) or not isinstance(event, str):
        raise NoFrame("topic and event are no texts")
    return Frame(_ref(join_ref), _ref(ref), topic, event, payload)


def write_frame(frame: Frame) -> str:
    """Return the text of a frame."""
    parts = [frame.join_ref, frame.ref, frame.topic, frame.event, frame.payload]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def user_topic(user_id: str) -> str:
    """Return the topic of what concerns the user."""
    return f"users:{user_id}"


def pages_topic(user_id: str) -> str:
    """Return the topic of the conversations of all pages asked for."""
    return f"multiple_pages:{user_id}"


def page_topic(page_id: str) -> str:
    """Return the topic of one page's messages."""
    return f"pages:{page_id}"


def refusal(payload: Any) -> Refusal | None:
    """Return why a `phx_reply` refuses, or None when it does not."""
    if isinstance(payload, dict) and payload.get("status") == "ok":
        return None
    response = payload.get("response") if isinstance(payload, dict) else None
    said = response if isinstance(response, dict) else {"reason": response}
    reason = next((text for name in ("reason", "message", "error") if isinstance(text := said.get(name), str)), "")
    codes = {str(said.get(name)) for name in ("error_code", "code", "status_code")}
    folded = reason.casefold()
    return Refusal(
        reason=stored(reason[:REASON_MAX_CHARS]) or "refused without a reason",
        expired_plan=str(EXPIRED_PLAN_CODE) in codes or EXPIRED_PLAN in folded,
        login=bool(codes & {"401", "403"}) or any(word in folded for word in LOGIN_REFUSED),
    )


def page_of(event: str, payload: Any) -> str:
    """Return the id of the page that a payload tells of; empty when it names none."""
    conversation = _inner(payload, "conversation")
    page = (conversation or payload or {}).get("page_id") if isinstance(payload, dict) else None
    return str(page) if isinstance(page, str | int) and event in MESSAGES else ""


def has_identity(event: str, payload: Any) -> bool:
    """Whether a payload names a message or a moment, so that the same payload is the same message."""
    if not isinstance(payload, dict):
        return False
    if event == "pages:new_message":
        return bool((_inner(payload, "message") or {}).get("id"))
    if event == "pages:update_conversation":
        conversation = _inner(payload, "conversation") or {}
        last = _inner(conversation, "last_message") or _inner(payload, "last_message") or {}
        return bool(conversation.get("updated_at") or last.get("id") or last.get("created_at"))
    return bool(payload.get("timestamp"))


def _inner(payload: Any, name: str) -> dict[str, Any] | None:
    inner = payload.get(name) if isinstance(payload, dict) else None
    return inner if isinstance(inner, dict) else None


def _ref(value: Any) -> str | None:
    return value if isinstance(value, str) else str(value) if type(value) is int else None
