"""The marks by which the queue is read, settled behind changes of tiers. See Note [The mark of the queue]."""

from django.db import connection

MOVES_MAX = 500
"""So many customers at once: the tickets of a batch are held for some milliseconds."""
WRONG = """
    SELECT t.code FROM tickets_ticket t JOIN customers_customer c ON c.id = t.customer_id
    WHERE t.status NOT IN ('COMPLETED', 'CANCELLED') AND t.platinum <> (c.tier = 'platinum')
        AND NOT EXISTS (SELECT FROM tickets_tiermove m WHERE m.customer_id = t.customer_id)
    ORDER BY t.id
"""


def settle(*, moves_max: int = MOVES_MAX) -> int:
    """Mark the tickets of customers who moved, in batches of `moves_max`, and return how many moves are done with.

    Waits for nobody: what somebody holds, or may still be writing, is left for the next time. To be called outside a
    transaction, since it is itself somebody who may still be writing.
    """
    settled, done = 0, moves_max
    with connection.cursor() as cursor:
        while done == moves_max:
            cursor.execute("SELECT tickets_settle(%s)", [moves_max])
            [done] = cursor.fetchone()
            settled += done
    return settled


def wrong() -> list[str]:
    """Return the codes of open tickets whose mark is wrong though no move says so; empty is the proof."""
    with connection.cursor() as cursor:
        cursor.execute(WRONG)
        return [code for (code,) in cursor.fetchall()]
