"""Reading one page of a list of transfers: narrowed by conditions, newest first, with an honest total.

Note [Lists are planned for what is asked]
------------------------------------------
A prepared statement soon has one plan for all values. Here the values decide: a text that half the transfers hold is
found by walking the newest, a rare one by its letters, a state that hardly occurs by its own index. So the values are
written into the statement (`compose_sql` quotes them), and PostgreSQL plans it for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from rest_framework.exceptions import ValidationError

from n2store.narrowing import Filter
from n2store.windows import COUNTED_MAX, Window, estimated_rows, known_estimate

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEY = (int, int)
"""What a cursor holds: microseconds of the sort column, and the id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A kind of list: how a row is written, what it needs beside transfer and owner, and by which time it is sorted."""

    row: str
    beside: str = ""
    sort: str = "transferred_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The rows as JSON, how many these are, and the pagination block."""

    data: str
    rows: int
    block: dict[str, Any]


NARROWED = "FROM banking_banktransfer t LEFT JOIN customers_customer c ON c.id = t.customer_id"
STATEMENT = f"""
    SELECT coalesce(json_agg({{row}} ORDER BY t.{{sort}} DESC, t.id DESC), '[]')::text, count(*),
           (array_agg(t.{{sort}} ORDER BY t.{{sort}}, t.id))[1], (array_agg(t.id ORDER BY t.{{sort}}, t.id))[1],
           {{total}}
    FROM (
        SELECT t.* {NARROWED} {{where}}
        ORDER BY t.{{sort}} DESC, t.id DESC LIMIT %(limit)s OFFSET %(offset)s
    ) t
    LEFT JOIN customers_customer c ON c.id = t.customer_id
    {{beside}}
"""
COUNT = f"""
    CASE WHEN %(by_number)s AND count(*) < %(limit)s AND (count(*) > 0 OR %(offset)s = 0) THEN NULL
         ELSE (SELECT count(*) FROM (SELECT {NARROWED} {{where}} LIMIT {COUNTED_MAX + 1}) counted) END
"""
"""What a page that is not full tells by itself is not counted."""


def page_of(listing: Listing, narrowed: Filter, window: Window) -> Page:
    """Return one page in one statement, and one more for the estimate of a long list, which is kept for a while."""
    counted, values = f"SELECT {NARROWED} {narrowed.where}", dict(narrowed.parameters)
    shown = narrowed
    if window.after is not None:
        micros, transfer_id = window.after
        shown = narrowed.and_(f"(t.{listing.sort}, t.id) < (%(at)s, %(id)s)", at=moment(micros), id=transfer_id)
    known = known_estimate(counted, values)
    statement = STATEMENT.format(
        row=listing.row,
        sort=listing.sort,
        beside=listing.beside,
        where=shown.where,
        total="NULL" if known is not None else COUNT.format(where=narrowed.where),
    )
    parameters = dict(shown.parameters) | {
        "limit": window.limit,
        "offset": window.offset,
        "by_number": window.after is None,
    }
    row = planned_anew(statement, parameters)
    assert row is not None
    data, rows, last_at, last_id, total = row
    if window.after is None and rows < window.limit and (rows or not window.offset):
        total, estimated = window.offset + rows, False
    elif estimated := total is None or total > COUNTED_MAX:
        total = max(known or estimated_rows(counted, values), window.offset + rows + 1)  # The last page is never full.
    last = None if last_id is None else [micros_of(last_at), last_id]
    block = window.block(total=total, estimated=estimated, rows=rows, last=last)
    return Page(data=data, rows=rows, block=block)


def planned_anew(statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Return the only row of a statement, None without one. See Note [Lists are planned for what is asked]."""
    return one_row(connection.ops.compose_sql(statement, parameters), None)  # type: ignore[attr-defined]


def one_row(statement: str, parameters: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    """Return the only row of a statement, None without one."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def one_text(statement: str, parameters: Mapping[str, Any]) -> str | None:
    """Return the only value of the only row of a statement, None without a row."""
    row = one_row(statement, parameters)
    return None if row is None else row[0]


def micros_of(at: datetime) -> int:
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
