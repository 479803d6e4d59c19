"""The two orders of a list of tickets: newest first, and the queue. Each finds the ids of a page by an index."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tickets.models import CLOSED

OPEN_ONLY = f"NOT (t.status IN {tuple(CLOSED)})"
"""Said as `ticket_in_queue` says it, so that PostgreSQL may use that index whatever statuses are asked for."""
DUE = "coalesce(t.carrier_deadline_at, 'infinity'::timestamptz)"
NEWEST_FOUND = """
    SELECT t.id, json_build_array(t.id) AS key FROM tickets_ticket t WHERE {conditions} AND {beyond}
    ORDER BY t.id DESC LIMIT {limit} OFFSET {offset}
"""
QUEUE_FOUND = f"""
    SELECT id, json_build_array(rank, due, id) AS key FROM (
        (
            SELECT t.id, t.queue_rank::bigint AS rank, {DUE} AS due FROM tickets_ticket t
            WHERE {{conditions}} AND {OPEN_ONLY} AND (t.queue_rank, {DUE}, t.id) > {{beyond}}
                AND t.customer_id NOT IN (SELECT m.customer_id FROM tickets_tiermove m)
            ORDER BY t.queue_rank, {DUE}, t.id LIMIT {{reach}}
        )
        UNION ALL
        SELECT d.id, d.rank, d.due
        FROM customers_customer c CROSS JOIN LATERAL (
            SELECT t.id, mod(t.queue_rank, 4) + CASE c.tier WHEN 'platinum' THEN 0 ELSE 4 END AS rank, {DUE} AS due
            FROM tickets_ticket t WHERE t.customer_id = c.id AND {{conditions}} AND {OPEN_ONLY} OFFSET 0
        ) d
        WHERE c.id = ANY (ARRAY(SELECT DISTINCT m.customer_id FROM tickets_tiermove m))
            AND (d.rank, d.due, d.id) > {{beyond}}
    ) queued
    ORDER BY rank, due, id LIMIT {{limit}} OFFSET {{offset}}
"""  # noqa: S608 -- our own text
"""By the marks, and by the tier itself for the few whose marks may lie: see Note [The mark of the queue]."""
FIRST_IN_QUEUE = "(-1::bigint, '-infinity'::timestamptz, 0::bigint)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of rows. `found` is the query of their ids and keys, which are of the types `key_types`."""

    found: str
    first: str
    beyond: str
    key_types: tuple[type, ...]

    def page(self, conditions: str, *, after: tuple[Any, ...] | None, **window: object) -> str:
        """Return the query of a page's ids and keys; `window` says `limit`, `offset`, and their sum `reach`."""
        return self.found.format(conditions=conditions, beyond=self.first if after is None else self.beyond, **window)


NEWEST = Order(found=NEWEST_FOUND, first="true", beyond="t.id < %(after_0)s", key_types=(int,))
QUEUE = Order(
    found=QUEUE_FOUND,
    first=FIRST_IN_QUEUE,
    beyond="(%(after_0)s::bigint, %(after_1)s::timestamptz, %(after_2)s::bigint)",
    key_types=(int, str, int),
)
"""Who is served first: PLATINUM, then what is urgent, then what the carrier must answer soonest, then the oldest.

What is over is not in it.
"""


def is_key(order: Order, after: tuple[Any, ...]) -> bool:
    """Tell whether the values of a cursor can be a row's key."""
    if order is NEWEST:
        return True
    _rank, due, _id = after
    if due == "infinity":
        return True
    try:
        return datetime.fromisoformat(due).tzinfo is not None
    except ValueError:
        return False
