"""Reading one page of a list of transfers: narrowed by conditions, newest first, with an honest total.

Note [Lists are planned for what is asked]
------------------------------------------
The values are written into the statement (see Note [Found inside a prepared statement] in `n2store/found.py`). What is
asked in the same words again and again, such as the first page of a state, psycopg prepares nevertheless, as one text.
A text that somebody searches for is asked once: there only what finds the rows is planned anew.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from rest_framework.exceptions import ValidationError

from n2store.found import FOUND, LAST_KEY, composed
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
    """The rows of a page as JSON, the last one's key for a cursor, and how many there are if counted."""

    told: bytes
    rows: int
    last: list[int] | None
    total: int | None


OWNER = "LEFT JOIN customers_customer c ON c.id = t.customer_id"
OF_OWNER = re.compile(r"\bc\.")
PAGE = """
    SELECT {told}, count(*), (array_agg({key} ORDER BY t.{sort}, t.id))[1], {total}
    FROM ({rows}) {beside}
"""
ROW_KEY = "json_build_array((extract(epoch FROM t.{sort}) * 1000000)::bigint, t.id)"
ROWS = "SELECT {columns} {shown} ORDER BY t.{sort} DESC, t.id DESC LIMIT {limit} OFFSET {offset}"
BEYOND = "beyond JOIN banking_banktransfer t ON t.id = beyond.id"
"""What a page goes past is walked in an index alone; only its own rows are read."""
COUNTED = f"(SELECT count(*) FROM (SELECT {{narrowed}} LIMIT {COUNTED_MAX + 1}) counted)"
COUNTED_IF_FULL = f"""
    CASE WHEN {{by_number}} AND count(*) < {{limit}} AND (count(*) > 0 OR {{offset}} = 0) THEN NULL ELSE {COUNTED} END
"""
"""What a page that is not full tells by itself is not counted."""
SEARCHED = f"""
    SELECT {{told}}, count(*), {LAST_KEY}, NULL
    FROM {FOUND} JOIN banking_banktransfer t ON t.id = found.id {OWNER} {{beside}}
"""


def page_of(listing: Listing, narrowed: Filter, window: Window) -> Page:
    """Return one page, and ask once more for the estimate of a long list, which is kept for a while."""
    counted, values = f"SELECT {_from(narrowed)}", dict(narrowed.parameters)
    known = known_estimate(counted, values)
    read = _searched if narrowed.is_search else _at_once
    found = read(listing, narrowed, window, counts=known is None)
    rows, total = found.rows, found.total
    if tells_its_total(window, rows):
        total, estimated = window.offset + rows, False
    elif estimated := total is None or total > COUNTED_MAX:
        total = max(known or estimated_rows(counted, values), window.offset + rows + 1)  # The last page is never full.
    block = window.block(total=total, estimated=estimated, rows=rows, last=found.last)
    return Page(data=found.told, rows=rows, block=block)


def tells_its_total(window: Window, rows: int) -> bool:
    """Tell whether a page of so many rows is known to be the last one, and of which list."""
    return window.after is None and rows < window.limit and (rows > 0 or not window.offset)


def _at_once(listing: Listing, narrowed: Filter, window: Window, *, counts: bool) -> _Found:
    told = array_of(listing.row, order=f"t.{listing.sort} DESC, t.id DESC")
    total = COUNTED_IF_FULL.format(narrowed=_with_values(narrowed), **_place(window)) if counts else "NULL"
    columns, alias = ("t.id", BEYOND) if window.offset else ("t.*", "t")
    rows, beside = _rows(listing, narrowed, window, columns), f"{alias} {OWNER} {listing.beside}"
    key = ROW_KEY.format(sort=listing.sort)
    return _found(PAGE.format(told=told, key=key, sort=listing.sort, total=total, rows=rows, beside=beside), None)


def _searched(listing: Listing, narrowed: Filter, window: Window, *, counts: bool) -> _Found:
    told = array_of(listing.row, order="found.place")
    query = _rows(listing, narrowed, window, columns=f"t.id, {ROW_KEY.format(sort=listing.sort)}")
    found = _found(SEARCHED.format(told=told, beside=listing.beside), {"found": query})
    if not counts or tells_its_total(window, found.rows):
        return found
    row = one_row(f"SELECT {COUNTED.format(narrowed=_with_values(narrowed))}", None)
    return replace(found, total=row[0] if row else None)


def _rows(listing: Listing, narrowed: Filter, window: Window, columns: str) -> str:
    """Return the SELECT of the page's rows, in order."""
    shown = narrowed
    if window.after is not None:
        micros, transfer_id = window.after
        shown = narrowed.and_(f"(t.{listing.sort}, t.id) < (%(at)s, %(id)s)", at=moment(micros), id=transfer_id)
    return ROWS.format(columns=columns, shown=_with_values(shown), sort=listing.sort, **_place(window))


def _found(statement: str, parameters: Mapping[str, Any] | None) -> _Found:
    row = one_row(statement, parameters)
    assert row is not None
    told, rows, last, total = row
    return _Found(told=told, rows=rows, last=last, total=total)


def _from(narrowed: Filter) -> str:
    """Return FROM and WHERE. An owner who is joined without need keeps PostgreSQL from reading an index alone."""
    owner = OWNER if OF_OWNER.search(narrowed.where) else ""
    return f"FROM banking_banktransfer t {owner} {narrowed.where}"


def _with_values(narrowed: Filter) -> str:
    """Return the same with its values. See Note [Lists are planned for what is asked]."""
    return composed(_from(narrowed), dict(narrowed.parameters))


def _place(window: Window) -> dict[str, int | str]:
    return {"limit": window.limit, "offset": window.offset, "by_number": str(window.after is None)}


def planned_anew(statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Return the only row of a statement, None without one. See Note [Lists are planned for what is asked]."""
    return one_row(composed(statement, parameters), None)


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


def moment(micros: int) -> datetime:
    """Return the instant that a cursor holds.

    Raises:
        ValidationError: no calendar reaches that far.
    """
    try:
        return EPOCH + timedelta(microseconds=micros)
    except OverflowError as error:
        raise ValidationError({"cursor": "is not a cursor of this list"}) from error
