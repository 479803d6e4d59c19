"""Lists of customers with their balances: newest, filtered, found by text, busy last. A page is one statement.

Below the JSON each statement returns the sort key of its last row, from which the next page goes on.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from rest_framework.exceptions import ValidationError

from customers.api.wire import BALANCES, CUSTOMER, JUDGED, WALLET, rows
from customers.models import RfmScore
from customers.queries import BEFORE_ALL, RECENT, find_parameters, find_statement
from customers.search import RANK_ORDER, Wanted
from n2store.json_answers import answer
from n2store.json_sql import array_of, object_of
from n2store.narrowing import Filter
from n2store.windows import COUNTED_MAX, Window, estimated_rows, known_estimate

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ROWS = f"""
    SELECT {{data}}, count(*), {{key}}, {{total}}
    FROM (SELECT found.*, row_number() OVER () AS place FROM ({{found}}) found) page
    JOIN customers_customer c ON c.id = page.customer_id
    JOIN wallets_available w ON w.customer_id = c.id
    {JUDGED}
"""
DATA = array_of(object_of({**CUSTOMER, **BALANCES, **WALLET}), order="page.place")
KEY_OF_RECENT = "min(page.activity_id)"
KEY_OF_FOUND = "(array_agg(ARRAY[page.customer_id, page.rank] ORDER BY page.place DESC))[1:1]"
KEY_OF_NEWEST = (
    "(array_agg(page.customer_id ORDER BY page.place DESC))[1], (array_agg(page.sort_key ORDER BY page.place DESC))[1]"
)
COUNT = f"(SELECT count(*) FROM ({{counted}} LIMIT {COUNTED_MAX + 1}) counted)"
FOUND_OR_ORDERED = f"""
    WITH ordered AS MATERIALIZED (
        SELECT o AS customer_id FROM wallets_customers_of_order(%(order_code)s) o
        WHERE %(order_code)s <> '' AND %(after_rank)s > {RANK_ORDER}
    )
    SELECT customer_id, {RANK_ORDER} AS rank FROM ordered
    UNION ALL
    SELECT customer_id, rank FROM ({{found}}) found WHERE customer_id NOT IN (SELECT customer_id FROM ordered)
"""
"""Orders first: somebody who types a whole order code means that order."""
FOUND_BY_NUMBER_MAX = 1_000
"""Page numbers of a search reach this deep; beyond, its cursor leads on."""


SEGMENT_FETCHED_MAX = 20_000
NEVER = "timestamptz '1970-01-01 00:00:00+00'"
"""The last order of who has none: they come last. The index has the same words."""
SORTS = {
    "created_at": ("c.created_at", int),
    "name": ("c.folded", str),
    "total_orders": ("f.total_orders", int),
    "total_spent": ("f.total_spent_vnd", int),
    "last_order_date": (f"coalesce(f.last_order_at, {NEVER})", int),
}
"""What a list may be sorted by: the column, and what its cursor holds."""
MOMENTS = ("created_at", "last_order_date")
"""Sorted by a moment, which a cursor holds in microseconds."""
BY_FIGURES = ("total_orders", "total_spent", "last_order_date")
FIGURES = "JOIN customers_orderstats f ON f.customer_id = c.id"
"""For lists that are sorted by what a customer's orders add up to; everybody has the row."""


def of_segments(segments: list[str]) -> str:
    """Return the condition that customers are of these segments; its parameter is `segments`.

    Few are fetched and sorted: old customers share segments, and walking from the newest would pass all the others.
    """
    few = RfmScore.objects.filter(segment__in=segments)[:SEGMENT_FETCHED_MAX].count() < SEGMENT_FETCHED_MAX
    of = "(SELECT m.customer_id FROM customers_rfmscore m WHERE m.segment = ANY(%(segments)s))"
    return f"c.id = ANY(ARRAY{of})" if few else f"c.id IN {of}"


def newest_page(window: Window, filter: Filter, *, sort: str = "created_at", descending: bool = True) -> HttpResponse:
    """Answer one page of the customers that `filter` leaves.

    For a limit that it does not know PostgreSQL has no plan worth keeping, and plans each time. So it stands in the
    text, unless the list is narrowed: then the plan depends on the values.
    """
    column, _ = SORTS[sort]
    direction, beyond = ("DESC", "<") if descending else ("ASC", ">")
    parameters = dict(filter.parameters)
    limit, offset = ("%(limit)s", "%(offset)s") if parameters else (str(window.limit), str(window.offset))
    parameters |= {"limit": window.limit, "offset": window.offset}
    narrowed = filter
    if window.after is not None:
        key, customer_id = window.after
        narrowed = filter.and_(f"({column}, c.id) {beyond} (%(after)s, %(after_id)s)")
        parameters |= {"after": moment(key) if sort in MOMENTS else key, "after_id": customer_id}
    found = f"""
        SELECT c.id AS customer_id, {column} AS sort_key
        FROM customers_customer c {FIGURES if sort in BY_FIGURES else ""} {narrowed.where}
        ORDER BY {column} {direction}, c.id {direction} LIMIT {limit} OFFSET {offset}
    """
    counted = Counted(f"SELECT 1 FROM customers_customer c {filter.where}", dict(filter.parameters))
    data, count, last_id, last_key, number = _run(found, KEY_OF_NEWEST, counted, parameters)
    last = None if last_id is None else [micros(last_key) if sort in MOMENTS else last_key, last_id]
    total, estimated = counted.total(number)
    return answer(data, pagination=window.block(total=total, estimated=estimated, rows=count, last=last))


def recent_page(window: Window) -> HttpResponse:
    """Answer one page of active customers, who was busy last first."""
    before = window.after[0] if window.after else BEFORE_ALL
    counted = Counted("SELECT 1 FROM customers_customer c WHERE c.active", {})
    found = RECENT.format(limit=window.limit, offset=window.offset)
    data, count, last, number = _run(found, KEY_OF_RECENT, counted, {"before": before})
    total, estimated = counted.total(number)
    key = None if last is None else [last]
    return answer(data, pagination=window.block(total=total, estimated=estimated, rows=count, last=key))


def found_page(window: Window, wanted: Wanted, *, started: float | None = None) -> HttpResponse:
    """Answer what was found, best first. How much more there is, only the next page tells: nothing is counted.

    With `started`, a reading of `time.perf_counter`, the answer says how long it took.
    """
    after = (window.after[0], window.after[1]) if window.after else None
    parameters = find_parameters(wanted, limit=window.offset + window.limit, after=after)
    parameters["order_code"] = wanted.order_code
    found = FOUND_OR_ORDERED.format(found=find_statement(wanted)) if wanted.order_code else find_statement(wanted)
    shown = f"{found} LIMIT {window.limit:d} OFFSET {window.offset:d}"
    row = rows(ROWS.format(data=DATA, found=shown, key=KEY_OF_FOUND, total="NULL"), parameters)
    assert row is not None
    data, count, keys, _ = row
    last = keys[0] if keys else None
    more = count == window.limit or window.after is not None
    block = window.block(total=window.offset + count, estimated=more, rows=count, last=last)
    took = {} if started is None else {"query_time_ms": round((time.perf_counter() - started) * 1000)}
    return answer(data, count=count, pagination=block, **took)


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows of a list without its window, for its total: exact up to `COUNTED_MAX`, an estimate beyond."""

    query: str
    parameters: dict[str, Any]

    @property
    def known(self) -> int | None:
        """The estimate made a moment ago, if the list is that long."""
        return known_estimate(self.query, self.parameters)

    def total(self, counted: int | None) -> tuple[int, bool]:
        """Return the total and whether it is an estimate; `counted` is None where nothing was counted."""
        if counted is not None and counted <= COUNTED_MAX:
            return counted, False
        return self.known or estimated_rows(self.query, self.parameters), True


def _run(found: str, key: str, counted: Counted, parameters: dict[str, Any]) -> tuple[Any, ...]:
    """Return what `ROWS` names; the last column is None for a list known to be long."""
    total = "NULL::bigint" if counted.known is not None else COUNT.format(counted=counted.query)
    row = rows(ROWS.format(data=DATA, found=found, key=key, total=total), parameters)
    assert row is not None
    return row


def micros(at: datetime) -> int:
    """Return an instant as a cursor holds it, in microseconds."""
    return (at - EPOCH) // timedelta(microseconds=1)


def moment(micros: int) -> datetime:
    """Return the instant that a cursor holds.

    Raises:
        ValidationError: no calendar reaches that far.
    """
    try:
        return EPOCH + timedelta(microseconds=micros)
    except OverflowError as error:
        raise ValidationError({"cursor": "is not a cursor of this list"}) from error
