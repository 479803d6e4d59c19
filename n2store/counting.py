"""How many there are, of several kinds at once and never further than one looks: badges cost one query together."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

COUNTED_MAX = 99


def told_count(count: int) -> str:
    """Return a count as people read it: `99+` where counting ended."""
    return f"{COUNTED_MAX}+" if count >= COUNTED_MAX else str(count)


def counted(**kinds: QuerySet[Any]) -> dict[str, int]:
    """Count the rows of each queryset, `COUNTED_MAX` at most. One query, and none for no kinds."""
    if not kinds:
        return {}
    counts: list[str] = []
    values: list[Any] = []
    for rows in kinds.values():
        statement, params = rows.order_by().values("pk")[:COUNTED_MAX].query.sql_with_params()
        counts.append(f"(SELECT count(*) FROM ({statement}) AS found)")  # noqa: S608 -- Django's own statement
        values += params
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", values)
        return dict(zip(kinds, cursor.fetchone(), strict=True))
