"""Reading the state of a top-up: from the cache, or in one statement that returns finished JSON."""

from typing import Any

from django.db import connection

from banking.payos import cache
from banking.payos.cache import Kept

_KEPT = "SELECT banking_topup_kept(t) FROM banking_topup t WHERE "


def kept_state(reference: str) -> Kept | None:
    """Return the state of a top-up, from the cache if it is there; None when there is no such top-up."""
    kept = cache.get(reference)
    if kept is None:
        kept = state_of(reference)
        if kept is not None:
            cache.put(kept)
    return kept


def state_of(reference: str) -> Kept | None:
    """Return the state as the database has it."""
    return _ask(_KEPT + "t.tx_ref = %s", reference)


def state_of_order(order_code: int) -> Kept | None:
    """Return the state of an order code as the database has it."""
    return _ask(_KEPT + "t.order_code = %s", order_code)


def _ask(query: str, value: Any) -> Kept | None:
    with connection.cursor() as cursor:
        cursor.execute(query, [value])
        row = cursor.fetchone()
    return cache.kept_of(row[0]) if row else None
