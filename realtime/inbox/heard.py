"""What a frame says, as plain values: what browsers are told, and at most one message."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from customers.phones import InvalidPhone, canonical_phone
from realtime.inbox.markup import plain
from realtime.models import Kind
from realtime.models.chat import ID_LENGTH_MAX, KEY_LENGTH_MAX
from realtime.models.waiting import SNIPPET_LENGTH_MAX

NAME_LENGTH_MAX = 200
TEXT_LENGTH_MAX = 20_000
ATTACHMENTS_MAX = 20
UNREAD_MAX = 10_000
PHONES_MAX = 5
ATTACHMENT_FIELDS = ("type", "mime_type", "url", "file_url", "name", "preview_url", "title")
_COMMENT = re.compile(r"[0-9]+_([0-9]+)")
_PHONE = re.compile(r"(?<![0-9])(?:\+?84|0)[0-9](?:[0-9 .-]{7,12})[0-9](?![0-9])")


class NotUnderstood(Exception):
    """The frame says something that has no place here. It is kept, and may be heard again by a later version."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One message to browsers: `{"type": name, **payload}`."""

    name: str
    payload: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageHeard:
    """A message or comment; with `key` None a conversation was read or labelled, and nothing was written."""

    page_id: str
    psid: str
    name: str
    thread: str
    kind: Kind
    key: str | None
    text: str
    from_page: bool
    at: datetime
    counts: bool
    """Whether it makes somebody wait: reading does not, whoever wrote last."""
    post_id: str = ""
    sender: str = ""
    unread: int | None = 0
    """None where the neighbour does not say."""
    attachments: list[dict[str, str]] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Return the beginning of the text; where there is none, in brackets what was sent instead."""
        sent = next((each["type"] for each in self.attachments if each.get("type")), "")
        return self.text[:SNIPPET_LENGTH_MAX] or (f"[{sent}]"[:SNIPPET_LENGTH_MAX] if sent else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """All that one frame says. `echo` is what a repetition of it over another channel has in common with it."""

    said: list[Said] = field(default_factory=list)
    message: MessageHeard | None = None
    echo: str = ""


def id_in(value: object) -> str:
    """Return an id as text, whichever way JSON carried it; empty when there is none.

    Raises:
        NotUnderstood: it is longer than an id can be.
    """
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if len(text) > ID_LENGTH_MAX:
        raise NotUnderstood(f"An id has more than {ID_LENGTH_MAX} characters.")
    return text


def object_in(holder: object, name: str) -> dict[str, Any]:
    """Return the object under a name, empty when there is none."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def text_in(holder: object, *names: str) -> str:
    """Return the first text that is not empty, without markup."""
    values = (holder.get(name) for name in names) if isinstance(holder, dict) else ()
    found = next((value for value in values if isinstance(value, str) and value.strip()), "")
    return plain(found).strip()[:TEXT_LENGTH_MAX]


def name_in(*holders: object) -> str:
    """Return the first name that one of the objects has."""
    return next((name for name in (text_in(each, "name", "Name") for each in holders) if name), "")[:NAME_LENGTH_MAX]


def number_in(holder: object, name: str) -> int | None:
    """Return a count, None when it is none."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return min(max(value, 0), UNREAD_MAX) if type(value) is int else None


def moment_in(*values: object, no_later_than: datetime) -> datetime:
    """Return the first of the values that is a moment, UTC where it has no zone; else, or in the future, the bound."""
    for value in values:
        if not isinstance(value, str):
            continue
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            continue
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return min(at, no_later_than) if at.year > 2000 else no_later_than
    return no_later_than


def key_of(message_id: str) -> str:
    """Return what a message is known by: a comment's own number, whether or not its post stands in front of it."""
    comment = _COMMENT.fullmatch(message_id)
    key = comment[1] if comment else message_id
    return key if len(key) <= KEY_LENGTH_MAX else f"#{digest(key)}"


def thread_of(conversation_id: object) -> str:
    """Return a conversation's id, however long it came."""
    text = str(conversation_id) if isinstance(conversation_id, (str, int)) else ""
    return text if len(text) <= KEY_LENGTH_MAX else f"#{digest(text)}"


def digest(text: str) -> str:
    """Return 32 characters that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def attachments_in(value: object) -> list[dict[str, str]]:
    """Return what was sent beside the text: kind, address and name of each."""
    listed = value if isinstance(value, list) else []
    objects = [each for each in listed[:ATTACHMENTS_MAX] if isinstance(each, dict)]
    return [
        {name: text for name in ATTACHMENT_FIELDS if (text := text_in(each, name)) and len(text) <= 2_000}
        for each in objects
    ]


def phones_in(listed: Iterable[object], text: str) -> list[str]:
    """Return the canonical phones of a list, and those written in a text."""
    spelled = [each.get("phone_number") if isinstance(each, dict) else each for each in listed]
    found: dict[str, None] = {}
    for each in [*spelled, *_PHONE.findall(text)]:
        try:
            found[canonical_phone(each)] = None
        except (InvalidPhone, TypeError):
            continue
    return list(found)[:PHONES_MAX]
