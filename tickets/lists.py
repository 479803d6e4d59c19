"""Lists of tickets: filtered, newest first or in the order of the queue. A page and its total are one statement."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from n2store.windows import BIGINT_MAX, COUNTED_MAX, estimated_rows, known_estimate

NEWEST = "t.id DESC"
QUEUE = """
    t.customer_id IN (SELECT id FROM customers_customer WHERE tier = 'platinum') DESC,
    array_position(ARRAY['urgent', 'high', 'normal', 'low'], t.priority::text),
    t.carrier_deadline_at NULLS LAST, t.id
"""
"""Who is served first: PLATINUM, then what is urgent, then what the carrier must answer soonest, then the oldest."""
PAGE = """
    SELECT coalesce(json_agg(v.data ORDER BY page.place), '[]')::text, count(*), min(page.id), {total}
    FROM (SELECT found.id, row_number() OVER () AS place FROM ({found}) found) page
    JOIN tickets_shown v ON v.id = page.id
"""
FOUND = """
    SELECT t.id FROM tickets_ticket t WHERE {conditions} ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s
"""
COUNTED = "SELECT 1 FROM tickets_ticket t WHERE {conditions}"
BY_TALLY = "(SELECT coalesce(sum(y.tickets), 0)::bigint FROM tickets_tally y WHERE {conditions})"
BY_COUNT = f"""
    CASE WHEN %(before)s = {BIGINT_MAX} AND count(*) BETWEEN sign(%(offset)s) AND %(limit)s - 1
    THEN %(offset)s + count(*)
    ELSE (SELECT count(*) FROM ({{counted}} LIMIT {COUNTED_MAX + 1}) counted) END
"""  # noqa: S608 -- our own text
"""A page that is not full ends the list: then nothing is counted again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is narrowed to. Empty means all; `status` and `type` may name several."""

    statuses: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    priority: str = ""
    assigned_to: str = ""
    phone: str = ""
    customer_id: int | None = None
    order_part: str = ""

    def conditions(self) -> list[tuple[str, str]]:
        """Return each condition, and the name of its value."""
        said = [
            (_one_of("t.status", "statuses", self.statuses), "statuses", self.statuses),
            (_one_of("t.type", "types", self.types), "types", self.types),
            ("t.priority = %(priority)s", "priority", self.priority),
            ("t.assigned_to = %(assigned_to)s AND t.assigned_to <> ''", "assigned_to", self.assigned_to),
            ("t.customer_id = (SELECT id FROM customers_customer WHERE phone = %(phone)s)", "phone", self.phone),
            ("t.customer_id = %(customer_id)s", "customer_id", self.customer_id),
            ("upper(t.order_id) LIKE %(order_part)s", "order_part", self.order_part),
        ]
        return [(condition, name) for condition, name, value in said if value not in ((), "", None)]

    def values(self) -> dict[str, Any]:
        """Return the values of the conditions."""
        return {
            "statuses": self.statuses[0] if len(self.statuses) == 1 else list(self.statuses),
            "types": self.types[0] if len(self.types) == 1 else list(self.types),
            "priority": self.priority,
            "assigned_to": self.assigned_to,
            "phone": self.phone,
            "customer_id": self.customer_id,
            "order_part": containing(self.order_part.upper()),
        }


def _one_of(column: str, name: str, values: tuple[str, ...]) -> str:
    """Return the condition. One value is compared plainly: then an index gives its rows in order."""
    return f"{column} = %({name})s" if len(values) == 1 else f"{column} = ANY(%({name})s)"


def containing(text: str) -> str:
    """Return the LIKE pattern of texts that hold `text`, in which nothing but the ends is a wildcard."""
    for special in "\\%_":
        text = text.replace(special, f"\\{special}")
    return f"%{text}%"


@dataclass(frozen=True, slots=True)
class Listed:
    """One page as JSON, how many rows it has, the last one's id, how many there are, and whether that is a guess."""

    data: str
    rows: int
    last_id: int | None
    total: int
    estimated: bool


def listed(wanted: Wanted, *, limit: int, offset: int, before: int | None, queue: bool = False) -> Listed:
    """Return one page. Totals by state and type are kept by the writes; others are counted up to `COUNTED_MAX`."""
    said = wanted.conditions()
    names = {name for _condition, name in said}
    conditions = ["t.deleted_at IS NULL", *(condition for condition, _name in said)]
    values = {name: value for name, value in wanted.values().items() if name in names}
    counted = COUNTED.format(conditions=" AND ".join(conditions))
    by_tally = names <= {"statuses", "types"}
    known = None if by_tally else known_estimate(counted, values)
    if by_tally:
        kept = [condition.replace("t.", "y.", 1) for condition, _name in said]
        total = BY_TALLY.format(conditions=" AND ".join(["true", *kept]))
    else:
        total = BY_COUNT.format(counted=counted) if known is None else "NULL::bigint"
    paged = [*conditions, "t.id < %(before)s"]
    found = FOUND.format(
        conditions=" AND ".join(paged),
        order=QUEUE if queue else NEWEST,
    )
    parameters = values | {"limit": limit, "offset": offset, "before": BIGINT_MAX if before is None else before}
    with connection.cursor() as cursor:
        cursor.execute(PAGE.format(found=found, total=total), parameters)
        data, rows, last_id, number = cursor.fetchone()
    if by_tally or (number is not None and number <= COUNTED_MAX):
        return Listed(data, rows, last_id, number, estimated=False)
    return Listed(data, rows, last_id, known or estimated_rows(counted, values), estimated=True)


def rows_of(page: Listed) -> list[dict[str, Any]]:
    """Return the page's rows as values, for a screen."""
    rows: list[dict[str, Any]] = json.loads(page.data)
    return rows
