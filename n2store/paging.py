"""Pages of long lists: by number as the existing pages ask, never deeper than an index carries cheaply."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

LIMIT_MAX = 200
PAGE_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for."""

    number: int
    limit: int

    def of(self, rows: QuerySet[Any]) -> tuple[list[Any], dict[str, int]]:
        """Return the rows of this page and the pagination block; one query for each."""
        total = rows.count()
        first = (self.number - 1) * self.limit
        block = {
            "page": self.number,
            "limit": self.limit,
            "total": total,
            "totalPages": -(-total // self.limit),
        }
        return list(rows[first : first + self.limit]), block


def page_of(request: Request, *, limit: int) -> Page:
    """Read `page` and `limit` of a query, `limit` being the default; numbers out of range are brought into it.

    Raises:
        ValidationError: one of them is no whole number.
    """
    return Page(
        number=number_of(request.query_params.get("page"), "page", default=1, most=PAGE_MAX),
        limit=number_of(request.query_params.get("limit"), "limit", default=limit, most=LIMIT_MAX),
    )


def number_of(given: object, name: str, *, default: int, most: int) -> int:
    """Read a number of a query or a body, brought into 1 to `most`; `default` where nothing was given.

    Raises:
        ValidationError: it is no whole number.
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return default
    text = str(given).strip() if isinstance(given, (str, int)) and not isinstance(given, bool) else "?"
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise ValidationError({name: f"must be a whole number, not {text[:20]!r}"})
    return min(max(int(text), 1), most)
