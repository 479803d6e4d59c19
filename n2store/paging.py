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
        number=_number(request, "page", default=1, most=PAGE_MAX),
        limit=_number(request, "limit", default=limit, most=LIMIT_MAX),
    )


def _number(request: Request, name: str, *, default: int, most: int) -> int:
    given = request.query_params.get(name, "").strip()
    if not given:
        return default
    digits = given.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise ValidationError({name: f"must be a whole number, not {given[:20]!r}"})
    return min(max(int(given), 1), most)
