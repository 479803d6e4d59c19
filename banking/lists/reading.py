"""Reading one page of a list of transfers: narrowed by conditions, newest first, with an honest total.

Note [Lists are planned for what is asked]
------------------------------------------
A prepared statement soon has one plan for all values. Here the values decide: a text that half the transfers hold is
found by walking the newest, a rare one by its letters, a state that hardly occurs by its own index. So the values are
written into the statement (`compose_sql` quotes them), and PostgreSQL plans it for them.

What is asked in the same words again and again, such as the first page of a state, psycopg prepares nevertheless. A
text that somebody searches for is asked once. To read and plan the forty columns of a row for it cost PostgreSQL as
much as finding the rows, so a search is two statements: a short one that finds the rows, and one that writes any rows
and stays prepared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from rest_framework.exceptions import ValidationError

from n2store.json_sql import array_of
from n2store.narrowing import Filter
from n2store.windows import COUNTED_MAX, Window, estimated_rows, known_estimate

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEY = (int, int)
"""What a cursor holds: microseconds of the sort column, and the id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A kind of list: the text of a row, what it needs beside transfer and owner, and by which time it is sorted."""

    row: str
    beside: str = ""
    sort: str = "transferred_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The rows as JSON, how many these are, and the pagination block."""

    data: bytes
    rows: int
    block: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The rows of a page as JSON, or their ids as text; the last one's sort key, and how many there are if counted."""

    told: Any
    rows: int
    last_at: datetime | None
    last_id: int | None
    total: int | None


NARROWED = "FROM banking_banktransfer t LEFT JOIN customers_customer c ON c.id = t.customer_id"
PAGE = f"""
    SELECT {{told}}, count(*),
           (array_agg(t.{{sort}} ORDER BY t.{{sort}}, t.id))[1], (array_agg(t.id ORDER BY t.{{sort}}, t.id))[1],
           {{total}}
    FROM (
        SELECT {{columns}} {NARROWED} {{where}}
        ORDER BY t.{{sort}} DESC, t.id DESC LIMIT {{limit}} OFFSET {{offset}}
    ) t {{beside}}
"""
OWNER = "LEFT JOIN customers_customer c ON c.id = t.customer_id"
COUNTED = f"(SELECT count(*) FROM (SELECT {NARROWED} {{where}} LIMIT {COUNTED_MAX + 1}) counted)"
COUNTED_IF_FULL = f"""
    CASE WHEN {{by_number}} AND count(*) < {{limit}} AND (count(*) > 0 OR {{offset}} = 0) THEN NULL ELSE {COUNTED} END
"""
"""What a page that is not full tells by itself is not counted."""
WRITTEN = f"""
    SELECT {{told}}
    FROM unnest(%(ids)s::text::bigint[]) WITH ORDINALITY AS found (id, place)
    JOIN banking_banktransfer t ON t.id = found.id {OWNER} {{beside}}
"""


def page_of(listing: Listing, narrowed: Filter, window: Window) -> Page:
    """Return one page, and ask once more for the estimate of a long list, which is kept for a while."""
    counted, values = f"SELECT {NARROWED} {narrowed.where}", dict(narrowed.parameters)
    known = known_estimate(counted, values)
    read = _found_and_written if narrowed.is_search else _at_once
    found = read(listing, narrowed, window, counts=known is None)
    rows, total = found.rows, found.total
    if tells_its_total(window, rows):
        total, estimated = window.offset + rows, False
    elif estimated := total is None or total > COUNTED_MAX:
        total = max(known or estimated_rows(counted, values), window.offset + rows + 1)  # The last page is never full.
    last = None if found.last_at is None else [micros_of(found.last_at), found.last_id]
    block = window.block(total=total, estimated=estimated, rows=rows, last=last)
    return Page(data=found.told, rows=rows, block=block)


def tells_its_total(window: Window, rows: int) -> bool:
    """Tell whether a page of so many rows is known to be the last one, and of which list."""
    return window.after is None and rows < window.limit and (rows > 0 or not window.offset)


def _at_once(listing: Listing, narrowed: Filter, window: Window, *, counts: bool) -> _Found:
    told = array_of(listing.row, order=f"t.{listing.sort} DESC, t.id DESC")
    total = COUNTED_IF_FULL.format(where=_where(narrowed), **_place(window)) if counts else "NULL"
    return _found(listing, narrowed, window, told=told, columns="t.*", beside=f"{OWNER} {listing.beside}", total=total)


def _found_and_written(listing: Listing, narrowed: Filter, window: Window, *, counts: bool) -> _Found:
    told = f"coalesce(array_agg(t.id ORDER BY t.{listing.sort} DESC, t.id DESC), '{{}}')::text"
    columns = f"t.id, t.{listing.sort}"
    found = _found(listing, narrowed, window, told=told, columns=columns, beside="", total="NULL")
    total = None
    if counts and not tells_its_total(window, found.rows):
        row = one_row(f"SELECT {COUNTED.format(where=_where(narrowed))}", None)
        total = row[0] if row else None
    if not found.rows:
        return replace(found, told=b"[]", total=total)
    written = WRITTEN.format(told=array_of(listing.row, order="found.place"), beside=listing.beside)
    return replace(found, told=one_json(written, {"ids": found.told}), total=total)


def _found(listing: Listing, narrowed: Filter, window: Window, **parts: str) -> _Found:
    """Read the rows of the page; `parts` are the SQL of what is told of them."""
    shown = narrowed
    if window.after is not None:
        micros, transfer_id = window.after
        shown = narrowed.and_(f"(t.{listing.sort}, t.id) < (%(at)s, %(id)s)", at=moment(micros), id=transfer_id)
    row = one_row(PAGE.format(sort=listing.sort, where=_where(shown), **_place(window), **parts), None)
    assert row is not None
    told, rows, last_at, last_id, total = row
    return _Found(told=told, rows=rows, last_at=last_at, last_id=last_id, total=total)


def _where(narrowed: Filter) -> str:
    """Return the conditions with their values. See Note [Lists are planned for what is asked]."""
    return composed(narrowed.where, dict(narrowed.parameters)) if narrowed.parameters else narrowed.where


def _place(window: Window) -> dict[str, int | str]:
    return {"limit": window.limit, "offset": window.offset, "by_number": str(window.after is None)}


def planned_anew(statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Return the only row of a statement, None without one. See Note [Lists are planned for what is asked]."""
    return one_row(composed(statement, parameters), None)


def composed(sql: str, parameters: Mapping[str, Any]) -> str:
    """Return SQL with its values written into it, quoted."""
    return str(connection.ops.compose_sql(sql, parameters))  # type: ignore[attr-defined]


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


def one_json(statement: str, parameters: Mapping[str, Any]) -> bytes | None:
    """Return the same of a statement whose value is `passed`."""
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
