"""Gives every committed event its place in the one order that all readers see.

Note [Positions are given after commit]
---------------------------------------
An event's `id` is drawn before its transaction commits, so a lower id may appear after a higher one was already read:
a reader that goes by `id > last` loses it. Hence an event is written without a position. The relay numbers what has
been committed, from a sequence, while it holds an advisory lock until its own commit. Whoever takes the lock next sees
all positions given before, so a position never becomes visible after a higher one, however many push processes run,
and readers go by `position > last`.

The lock is taken in a statement of its own: the snapshot of the statement that numbers must be younger than the lock.
"""

from typing import Any

from django.db import connection, transaction
from psycopg import AsyncConnection

BATCH_MAX = 500

LOCK = "SELECT pg_advisory_xact_lock(7310, 1)"  # Two keys of our own choice, used for nothing else.
GIVE_POSITIONS = f"""
    WITH waiting AS MATERIALIZED (
        SELECT id FROM n2store_event WHERE position IS NULL ORDER BY id LIMIT {BATCH_MAX}
    ), numbered AS MATERIALIZED (
        SELECT id, nextval('n2store_event_position') AS position FROM (SELECT id FROM waiting ORDER BY id) oldest_first
    )
    UPDATE n2store_event event SET position = numbered.position
    FROM numbered WHERE event.id = numbered.id
"""  # noqa: S608 -- a number of ours
BOTH = f"{LOCK}; {GIVE_POSITIONS}"


async def give_positions(to: AsyncConnection[Any]) -> int:
    """Number a batch of waiting events, oldest first, and return how many.

    `to` is in autocommit mode, so that the two statements of this one message are one transaction, each with a
    snapshot of its own: the lock is held for as long as the database needs, and no longer.
    """
    numbered = await to.execute(BOTH.encode())
    numbered.nextset()
    return numbered.rowcount


def give_all_positions() -> int:
    """Number all waiting events, through Django's connection, for a time when no push process runs."""
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK)
            cursor.execute(GIVE_POSITIONS)
            numbered = int(cursor.rowcount)
        total += numbered
        if numbered < BATCH_MAX:
            return total
