"""Saying that somebody was answered, by hand; and that news were seen."""

from dataclasses import dataclass
from typing import ClassVar

from django.db import connection, transaction
from django.db.models import QuerySet

from n2store import audit
from n2store.events import Event, publish, wake_after_commit
from n2store.roles import Caller
from realtime.models import Message, WaitingCustomer

ANSWER = "SELECT removed, kept FROM realtime_answer(%s, %s, %s)"


@dataclass(frozen=True, kw_only=True)
class InboxCleared(Event):
    """Everybody was taken off the list."""

    name: ClassVar[str] = "inbox.cleared"
    cleared: int

    def topics(self) -> list[str]:
        """Return the inbox's channel."""
        return ["inbox"]


@dataclass(frozen=True, slots=True)
class Answered:
    """How many pages the person no longer waits on, and on how many they have written since."""

    removed: int
    kept: int


@transaction.atomic
def answered(*, psid: str, page_id: str | None = None, seen: int | None = None) -> Answered:
    """Take a person off the list, on one page or on all.

    `seen` is our id of the last message that was read: somebody who has written another one since goes on waiting.
    """
    with connection.cursor() as cursor:
        cursor.execute(ANSWER, [psid, page_id, seen])
        removed, kept = cursor.fetchone()
    wake_after_commit()
    return Answered(removed, kept)


@transaction.atomic
def clear(*, caller: Caller) -> int:
    """Take everybody off the list, and return how many they were."""
    cleared, _ = WaitingCustomer.objects.all().delete()
    audit.record(actor=caller.name, action="inbox.clear", after={"cleared": cleared})
    publish(InboxCleared(cleared=cleared))
    return cleared


@transaction.atomic
def see(messages: QuerySet[Message], *, caller: Caller, action: str = "") -> int:
    """Take messages off the old pages' list of news, and return how many; with `action`, for the audit log to keep."""
    seen = messages.filter(seen=False, from_page=False).update(seen=True)
    if action:
        audit.record(actor=caller.name, action=action, after={"messages": seen})
    return seen
