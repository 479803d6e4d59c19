"""Conversations and messages, newest first by keyset, and words found in them without diacritics."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Value

from customers.models import Folded
from n2store.errors import DomainError, NotFound
from n2store.wire import storable
from realtime.models import Conversation, Message

LETTERS_MIN, LETTERS_MAX = 3, 200
"""Fewer letters are no trigram, and would be looked for in every message."""


class ConversationNotFound(NotFound):
    """There is no conversation with this id."""

    code = "CONVERSATION_NOT_FOUND"


class InvalidWords(DomainError):
    """The text is too short or too long to look for, or no text."""

    code = "INVALID_WORDS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is narrowed to. Empty means all."""

    page_id: str = ""
    kind: str = ""
    psid: str = ""
    customer_id: int | None = None

    def conditions(self, prefix: str = "") -> Q:
        """Return the conditions on conversations, or on what has one under `prefix`."""
        said = {
            f"{prefix}page_id": self.page_id, f"{prefix}kind": self.kind, f"{prefix}contact__psid": self.psid,
            f"{prefix}contact__customer_id": self.customer_id,
        }  # fmt: skip
        return Q(**{name: value for name, value in said.items() if value not in ("", None)})


def conversations(wanted: Wanted, *, after: tuple[datetime, int] | None = None) -> QuerySet[Conversation]:
    """Return conversations with whom they are led, the newest words first; `after` is the last one seen."""
    rows = Conversation.objects.select_related("contact").filter(wanted.conditions()).order_by("-last_at", "-id")
    if after is not None:
        at, id = after
        rows = rows.filter(Q(last_at__lte=at) & (Q(last_at__lt=at) | Q(pk__lt=id)))
    return rows


def conversation_of(id: int) -> Conversation:
    """Return a conversation.

    Raises:
        ConversationNotFound: there is none.
    """
    found = Conversation.objects.select_related("contact").filter(pk=id).first()
    if found is None:
        raise ConversationNotFound("Conversation not found")
    return found


def messages(conversation: Conversation, *, before: tuple[datetime, int] | None = None) -> QuerySet[Message]:
    """Return a conversation's messages, newest first; `before` is the oldest one seen."""
    rows = Message.objects.filter(conversation=conversation).order_by("-at", "-id")
    if before is not None:
        at, id = before
        rows = rows.filter(Q(at__lte=at) & (Q(at__lt=at) | Q(pk__lt=id)))
    return rows


def saying(words: object, wanted: Wanted, *, before: int | None = None) -> QuerySet[Message]:
    """Return messages that hold the words, whatever their case and diacritics, who came last first.

    Raises:
        InvalidWords: they are no text of 3 to 200 characters.
    """
    text = " ".join(unicodedata.normalize("NFKC", words).split()) if isinstance(words, str) else ""
    if not LETTERS_MIN <= len(text) <= LETTERS_MAX or not storable(text):
        raise InvalidWords(f"Say {LETTERS_MIN} to {LETTERS_MAX} characters to look for")
    rows = Message.objects.select_related("conversation__contact").filter(folded__contains=Folded(Value(text)))
    rows = rows.filter(wanted.conditions("conversation__")).order_by("-id")
    return rows if before is None else rows.filter(pk__lt=before)


def timeline_of(customer_id: int, *, limit: int) -> Sequence[Message]:
    """Return what was last said with a customer, on all pages, oldest first. One query."""
    rows = (
        Message.objects.select_related("conversation")
        .filter(conversation__contact__customer_id=customer_id)
        .order_by("-at", "-id")[:limit]
    )
    return list(reversed(rows))


def last_key(row: Any, at: datetime) -> tuple[str, int]:
    """Return a row's sort key as a cursor carries it."""
    return at.isoformat(), row.pk
