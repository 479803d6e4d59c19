"""Lists of tickets: filtered, newest first or in the order of the queue. A page and its total are one statement."""

from dataclasses import dataclass, replace
from typing import Any, Self

from django.db import connection
from django.db.models import TextChoices

from n2store.json_sql import passed
from n2store.windows import COUNTED_MAX, estimated_rows, known_estimate
from tickets.models import TicketStatus, TicketType
from tickets.orders import NEWEST, QUEUE, Order
from tickets.workflow import OPEN

PAGE = """
    WITH page AS MATERIALIZED (SELECT found.*, row_number() OVER () AS place FROM ({found}) found)
    SELECT {data}, count(*), (SELECT {key} FROM page ORDER BY place DESC LIMIT 1), {total}
    FROM page JOIN tickets_shown v ON v.id = page.id
"""
DATA = passed("coalesce(json_agg(v.data ORDER BY page.place), '[]')")
COUNTED = "SELECT 1 FROM tickets_ticket t WHERE {conditions}"
BY_TALLY = "(SELECT coalesce(sum(y.tickets), 0)::bigint FROM tickets_tally y WHERE {conditions})"
BY_COUNT = f"(SELECT count(*) FROM ({{counted}} LIMIT {COUNTED_MAX + 1}) counted)"  # noqa: S608 -- our own text
UNLESS_SEEN = "CASE WHEN count(*) BETWEEN sign({offset}) AND {limit} - 1 THEN {offset} + count(*) ELSE {total} END"
"""A page that is not full ends the list: then nothing is counted again."""
PLANNED_ANEW = {"order_part"}
"""A frequent part is found by walking the newest, a rare one by its letters: only who sees the text can tell.

For a limit that it does not know PostgreSQL has no plan worth keeping, and plans each time. Elsewhere the limit stands
in the text, since planning takes as long as the page itself.
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

    def conditions(self) -> list[tuple[str, str]]:
        """Return each condition, and the name of its value."""
        said = [
            (_one_of("t.status", TicketStatus, self.statuses), "statuses", self.statuses),
            (_one_of("t.type", TicketType, self.types), "types", self.types),
            ("t.priority = %(priority)s", "priority", self.priority),
            ("t.assigned_to = %(assigned_to)s AND t.assigned_to <> ''", "assigned_to", self.assigned_to),
            ("t.customer_id = (SELECT id FROM customers_customer WHERE phone = %(phone)s)", "phone", self.phone),
            ("t.customer_id = %(customer_id)s", "customer_id", self.customer_id),
            ("upper(t.order_id) LIKE %(order_part)s", "order_part", self.order_part),
        ]
        return [(condition, name) for condition, name, value in said if value not in ((), "", None)]

    def values(self) -> dict[str, Any]:
        """Return the values of the conditions, but for the words that stand in them."""
        return {
            "priority": self.priority,
            "assigned_to": self.assigned_to,
            "phone": self.phone,
            "customer_id": self.customer_id,
            "order_part": containing(self.order_part.upper()),
        }


def _one_of(column: str, known: type[TextChoices], values: tuple[str, ...]) -> str:
    """Return the condition, with the words in it: they are few, and some are a hundred times rarer than others.

    One value is compared plainly: then an index gives its rows in order.
    """
    words = [f"'{known(value).value}'" for value in values]
    return f"{column} = {words[0]}" if len(words) == 1 else f"{column} IN ({', '.join(words)})"


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
    said = wanted.conditions()
    names = {name for _condition, name in said}
    conditions = _where(said)
    values = {name: value for name, value in wanted.values().items() if name in names}
    counted = COUNTED.format(conditions=conditions)
    by_tally = names <= {"statuses", "types"}
    known = None if by_tally else known_estimate(counted, values)
    if by_tally:
        kept = [condition.replace("t.", "y.", 1) for condition, _name in said]
        total = BY_TALLY.format(conditions=" AND ".join(["true", *kept]))
    else:
        total = BY_COUNT.format(counted=counted) if known is None else "NULL::bigint"
    parameters = values | {f"after_{place}": value for place, value in enumerate(after or ())}
    window: dict[str, Any] = {"limit": limit, "offset": offset, "reach": limit + offset}
    if names & PLANNED_ANEW:
        parameters |= window
        window = {name: f"%({name})s" for name in window}
    if not by_tally and after is None and known is None:
        total = UNLESS_SEEN.format(total=total, **window)
    if order is QUEUE and {*wanted.statuses} == {*OPEN}:  # The queue says so itself, as its index does.
        conditions = _where(said, without="statuses")
    found = order.page(conditions, after=after, **window)
    with connection.cursor() as cursor:
        cursor.execute(PAGE.format(data=DATA, found=found, key=order.key, total=total), parameters)
        data, rows, last, number = cursor.fetchone()
    if by_tally or (number is not None and number <= COUNTED_MAX):
        return Listed(data, rows, last, number, estimated=False)
    return Listed(data, rows, last, known or estimated_rows(counted, values), estimated=True)
