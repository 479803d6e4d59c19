"""Pages of long lists: by cursor at the same cost however deep, by number where a page still asks so.

A cursor is the sort key of the last row that was shown, opaque to whoever carries it.
"""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from n2store.paging import number_of
from n2store.wire import storable

ROWS_BY_NUMBER_MAX = 50_000
"""Page numbers reach this deep; beyond, only a cursor leads on."""
COUNTED_MAX = 1_000
"""Totals are exact up to here and estimates above: counting 200,000 rows costs more than showing fifty."""
ESTIMATE_KEPT_S = 30.0
"""An estimate is no truer for being made anew; while one is kept, a page does without counting."""
ESTIMATES_KEPT_MAX = 500
CURSOR_LENGTH_MAX = 2_000
BIGINT_MAX = 2**63 - 1
_estimates: dict[tuple[str, str], tuple[float, int]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a list is asked for. `after` is the key of the last row seen, or None."""

    page: int
    limit: int
    after: tuple[Any, ...] | None

    @property
    def offset(self) -> int:
        """How many rows to leave out; none when a cursor leads."""
        return 0 if self.after is not None else (self.page - 1) * self.limit

    def block(self, *, total: int, estimated: bool, rows: int, last: Sequence[Any] | None) -> dict[str, Any]:
        """Return the pagination block: `next_cursor` is null on the last page."""
        pages = -(-total // self.limit)
        return {
            "page": self.page,
            "limit": self.limit,
            "total": total,
            "totalPages": pages,
            "total_pages": pages,
            "totalIsEstimate": estimated,
            "next_cursor": write_cursor(last) if last is not None and rows == self.limit else None,
        }


def window_of(
    request: Request,
    *,
    limit: int,
    limit_max: int,
    key: tuple[type, ...],
    given: dict[str, Any] | None = None,
    deepest: int = ROWS_BY_NUMBER_MAX,
) -> Window:
    """Read `page`, `limit` and `cursor` of a query, or of the body `given`; `key` is what a cursor holds.

    Numbers out of range are brought into it; `deepest` is the row that page numbers reach.

    Raises:
        ValidationError: a number is none, or the cursor is not one of ours.
    """
    values: Any = request.query_params if given is None else given
    limit = number_of(values.get("limit"), "limit", default=limit, most=limit_max)
    page = number_of(values.get("page"), "page", default=1, most=max(deepest // limit, 1))
    return Window(page=page, limit=limit, after=_read_cursor(values.get("cursor"), key))


def write_cursor(key: Sequence[Any]) -> str:
    """Return the cursor of a row's sort key."""
    return urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def known_estimate(query: str, parameters: dict[str, Any]) -> int | None:
    """Return the estimate that this process made for the same list within the last moments."""
    known = _estimates.get(_list_of(query, parameters))
    return known[1] if known is not None and known[0] > time.monotonic() else None


def estimated_rows(query: str, parameters: dict[str, Any]) -> int:
    """Return how many rows PostgreSQL expects `query` to have; nothing is read for it. Kept for `ESTIMATE_KEPT_S`."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query}", parameters)
        [plan] = cursor.fetchone()
    found = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"]
    estimate = max(int(found), COUNTED_MAX + 1)
    if len(_estimates) >= ESTIMATES_KEPT_MAX:
        _estimates.clear()
    _estimates[_list_of(query, parameters)] = (time.monotonic() + ESTIMATE_KEPT_S, estimate)
    return estimate


def forget_estimates() -> None:
    """Ask PostgreSQL afresh from now on."""
    _estimates.clear()


def _list_of(query: str, parameters: dict[str, Any]) -> tuple[str, str]:
    return query, json.dumps(parameters, sort_keys=True, default=str)


def _read_cursor(given: object, key: tuple[type, ...]) -> tuple[Any, ...] | None:
    if given is None or given == "":
        return None
    try:
        if not isinstance(given, str) or len(given) > CURSOR_LENGTH_MAX:
            raise ValueError
        values = json.loads(urlsafe_b64decode(given + "=" * (-len(given) % 4)))
        if [type(value) for value in values] != list(key):
            raise ValueError
    except (ValueError, TypeError, Base64Error, RecursionError) as error:
        raise ValidationError({"cursor": "is not a cursor of this list"}) from error
    if any(isinstance(value, int) and abs(value) > BIGINT_MAX for value in values) or any(
        isinstance(value, str) and not storable(value) for value in values
    ):
        raise ValidationError({"cursor": "is not a cursor of this list"})
    return tuple(values)
