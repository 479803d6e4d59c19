"""Saying that somebody was answered, by hand."""

from dataclasses import dataclass

from django.db import connection, transaction

from n2store.events import wake_after_commit

ANSWER = "SELECT removed, kept FROM realtime_answer(%s, %s, %s)"


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
