"""Lists of tickets: filtered, newest first or in the order of the queue. A page and its total are one statement."""

from dataclasses import dataclass, replace
from typing import Any, Self

from django.db import connection
from django.db.models import TextChoices

from n2store.found import COUNTED_INSIDE, FOUND, LAST_KEY, composed
from n2store.json_sql import passed
from n2store.windows import COUNTED_MAX, estimated_rows, known_estimate
from tickets.models import TicketStatus, TicketType
from tickets.orders import NEWEST, QUEUE, Order
from tickets.workflow import OPEN

PAGE = f"""
    SELECT {passed("coalesce(json_agg(v.data ORDER BY found.place), '[]')")}, count(*), {LAST_KEY}, {{total}}
    FROM {{found}} JOIN tickets_shown v ON v.id = found.id
"""  # noqa: S608 -- our own text
KEPT = "(SELECT found.id, found.key, row_number() OVER () AS place FROM ({query}) found) found"
COUNTED = "SELECT 1 FROM tickets_ticket t WHERE {conditions}"
BY_TALLY = "SELECT coalesce(sum(y.tickets), 0)::bigint FROM tickets_tally y WHERE {conditions}"
BY_COUNT = f"SELECT count(*) FROM ({{counted}} LIMIT {COUNTED_MAX + 1}) counted"  # noqa: S608 -- our own text
UNLESS_SEEN = "CASE WHEN count(*) BETWEEN sign({offset}) AND {limit} - 1 THEN {offset} + count(*) ELSE {total} END"
"""A page that is not full ends the list: then nothing is counted again."""
PLANNED_ANEW = {"order_part"}
"""A frequent part is found by walking the newest, a rare one by its letters: only who sees the text can tell.

Elsewhere the plan of the whole statement is kept. Its limit stands in the text: for one that it does not know
PostgreSQL has no plan worth keeping.
"""


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

    def of_what_is_open(self) -> Self:
        """Return the same without what is over; with no status at all when only that was asked for."""
        return replace(self, statuses=tuple(status for status in self.statuses or OPEN if status in OPEN))

    def conditions(self, order: Order) -> list[tuple[str, str]]:
        """Return each condition, and the name of its value."""
        said = [
            (_one_of("status", TicketStatus, self.statuses, order), "status", self.statuses),
            (_one_of("type", TicketType, self.types, order), "type", self.types),
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
            "status": list(self.statuses),
            "type": list(self.types),
            "priority": self.priority,
            "assigned_to": self.assigned_to,
            "phone": self.phone,
            "customer_id": self.customer_id,
            "order_part": containing(self.order_part.upper()),
        }


def _one_of(column: str, known: type[TextChoices], values: tuple[str, ...], order: Order) -> str:
    """Return the condition that a column holds one of the values, whose parameter has its name.

    One value has an index in the order of the newest, whichever it is. The queue is short, and walked whatever is
    wanted of it: PostgreSQL is not told what, so that it keeps one plan. Else the words stand in the text, since some
    are a hundred times rarer than others.
    """
    if order is QUEUE:
        return f"t.{column} = ANY (ARRAY(SELECT unnest(%({column})s::text[])))"
    if len(values) == 1:
        return f"t.{column} = (%({column})s::text[])[1]"
    words = ", ".join(f"'{known(value).value}'" for value in values)
    return f"t.{column} IN ({words})"


def containing(text: str) -> str:
    """Return the LIKE pattern of texts that hold `text`, in which nothing but the ends is a wildcard."""
    for special in "\\%_":
        text = text.replace(special, f"\\{special}")
    return f"%{text}%"


@dataclass(frozen=True, slots=True)
class Listed:
    """One page as JSON, how many rows it has, the last one's key, how many there are, and whether that is a guess."""

    data: bytes
    rows: int
    last: list[Any] | None
    total: int
    estimated: bool


def _where(said: list[tuple[str, str]], *, without: str = "") -> str:
    return " AND ".join(["t.deleted_at IS NULL", *(condition for condition, name in said if name != without)])


NOTHING = Listed(b"[]", 0, None, 0, estimated=False)


def listed(
    wanted: Wanted, *, limit: int, offset: int = 0, after: tuple[Any, ...] | None = None, order: Order = NEWEST
) -> Listed:
    """Return one page, of what comes after a row's key. The queue holds what is open.

    Totals by state and type are kept by the writes; others are counted up to `COUNTED_MAX`.
    """
    if order is QUEUE:
        wanted = wanted.of_what_is_open()
        if not wanted.statuses:
            return NOTHING
    said = wanted.conditions(order)
    names = {name for _condition, name in said}
    conditions = _where(said)
    values = {name: value for name, value in wanted.values().items() if name in names}
    counted = COUNTED.format(conditions=_where(wanted.conditions(NEWEST)))  # A guess needs to see what is wanted.
    by_tally = names <= {"status", "type"}
    known = None if by_tally else known_estimate(counted, values)
    if by_tally:
        kept = [condition.replace("t.", "y.", 1) for condition, _name in said]
        total = BY_TALLY.format(conditions=" AND ".join(["true", *kept]))
    else:
        total = BY_COUNT.format(counted=counted) if known is None else "SELECT NULL::bigint"
    if order is QUEUE and {*wanted.statuses} == {*OPEN}:  # The queue says so itself, as its index does.
        conditions = _where(said, without="status")
    query = order.page(conditions, after=after, limit=limit, offset=offset, reach=limit + offset)
    parameters = values | {f"after_{place}": value for place, value in enumerate(after or ())}
    if names & PLANNED_ANEW:
        parameters = {
            "found": composed(query, parameters),
            "counted": composed(total, values) if known is None else None,
        }
        found, total = FOUND, COUNTED_INSIDE
    else:
        found, total = KEPT.format(query=query), f"({total})"
    if not by_tally and after is None and known is None:
        total = UNLESS_SEEN.format(total=total, limit=limit, offset=offset)
    with connection.cursor() as cursor:
        cursor.execute(PAGE.format(found=found, total=total), parameters)
        data, rows, last, number = cursor.fetchone()
    if by_tally or (number is not None and number <= COUNTED_MAX):
        return Listed(data, rows, last, number, estimated=False)
    return Listed(data, rows, last, known or estimated_rows(counted, values), estimated=True)
