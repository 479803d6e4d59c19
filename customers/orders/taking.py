"""Taking orders in: read row by row, written in one statement, answered row by row. The same again changes nothing."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from customers.models import Order, OrderSource
from customers.orders.reading import OrderFact, Unreadable, check_moments, code_told, read_order
from customers.rfm.scoring import recalculate
from n2store import audit
from n2store.errors import DomainError
from n2store.events import wake_after_commit

ROWS_MAX = 1_000
CAME = ("delivered_at", "returned_at", "cancelled_at")
LIVE = timedelta(days=7)
"""What lies longer back is filled in silently: no line of history, no event."""


class InvalidOrders(DomainError):
    """There is no list of orders, or it is too long."""

    code = "INVALID_ORDERS"


@dataclass(slots=True)
class Taken:
    """What became of each row; `rows` in the order they were given."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        """Return how many rows ended so: created, updated, unchanged, stale or refused."""
        return Counter(row["outcome"] for row in self.rows)[outcome]

    def as_json(self) -> dict[str, Any]:
        """Return the counts and the rows as answers carry them."""
        outcomes = ("created", "updated", "unchanged", "stale", "refused")
        return {outcome: self.count(outcome) for outcome in outcomes} | {"rows": self.rows}


def take_orders(rows: object, *, source: OrderSource, by: str, now: datetime | None = None) -> Taken:
    """Add and renew up to 1,000 orders; rows that cannot be read are refused with a reason, the others are taken.

    A customer who is new is made. A row without a status leaves a known order's as it was, with the moments that belong
    to it; a new order begins as confirmed. A word of the source older than the one we have is `stale` and changes
    nothing. A refused row has its number (`row`), an English `reason` and the same as its reader reads it (`message`).

    Raises:
        InvalidOrders: `rows` is no list of 1 to 1,000.
    """
    if not isinstance(rows, Sequence) or isinstance(rows, str | bytes) or not 1 <= len(rows) <= ROWS_MAX:
        raise InvalidOrders(f"orders must be a list of 1 to {ROWS_MAX:,} rows")
    now = now or timezone.now()
    answers: list[dict[str, Any]] = []
    facts: dict[int, OrderFact] = {}
    seen: set[tuple[str, str]] = set()
    for place, row in enumerate(rows):
        answers.append({"row": place + 1, "code": None})
        try:
            if not isinstance(row, Mapping):
                raise Unreadable(_("a row must be an object"))
            fact = read_order(row, source=source, now=now)
            answers[place]["code"] = fact.code
            if (fact.source, fact.code) in seen:
                raise Unreadable(_("the code is in an earlier row"))
        except Unreadable as fault:
            answers[place] |= _refused(fault) | {"code": code_told(row) if isinstance(row, Mapping) else None}
        else:
            seen.add((fact.source, fact.code))
            facts[place] = fact
    for place, early in _too_early(facts):
        answers[place] |= _refused(early)
        del facts[place]
    for place, outcome, blacklisted in write_orders(facts, by=by, now=now):
        answers[place] |= {"outcome": outcome} | ({"blacklisted": True} if blacklisted else {})
    return Taken(answers)


def _refused(fault: Unreadable) -> dict[str, str]:
    return {"outcome": "refused", "reason": str(fault), "message": fault.told}


def _too_early(facts: dict[int, OrderFact]) -> list[tuple[int, Unreadable]]:
    """Return the rows that name no moment of ordering, and something that happened before the one we know. One query.

    An order that is new was placed when the first thing happened that its row tells.
    """
    asked = {(fact.source, fact.code): place for place, fact in facts.items() if _tells_only_what_came(fact)}
    if not asked:
        return []
    codes = {code for _source, code in asked}
    rows = Order.objects.filter(external_code__in=codes).values_list("source", "external_code", "ordered_at")
    known = {(source, code): ordered_at for source, code, ordered_at in rows}
    faults = []
    for named, place in asked.items():
        fact = facts[place]
        came = {name: getattr(fact, name) for name in CAME}
        if named not in known:
            facts[place] = replace(fact, ordered_at=min(at for at in came.values() if at is not None))
            continue
        try:
            check_moments(ordered_at=known[named], **came)
        except Unreadable as fault:
            faults.append((place, fault))
    return faults


def _tells_only_what_came(fact: OrderFact) -> bool:
    return fact.ordered_at is None and any(getattr(fact, name) is not None for name in CAME)


def write_orders(facts: Mapping[int, OrderFact], *, by: str, now: datetime) -> list[tuple[int, str, bool]]:
    """Write orders that were read, by place; return place, outcome and whether the customer is blacklisted.

    Then the customers are judged afresh, in a transaction of its own: it locks other rows. If we die between the two,
    the nightly run makes up for it.
    """
    if not facts:
        return []
    written = _write(facts, by=by, now=now)
    changed = [row for row in written if row[1] in ("created", "updated")]
    if changed:
        recalculate(by=by, customers=[customer for row in changed for customer in row[3:]])
    return [row[:3] for row in written]


@transaction.atomic
def _write(facts: Mapping[int, OrderFact], *, by: str, now: datetime) -> list[tuple[int, str, bool, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT place, outcome, blacklisted, owner, former FROM customers_take_orders(%s::jsonb, %s, %s)",
            [json.dumps([fact.as_json(place) for place, fact in facts.items()]), by, now - LIVE],
        )
        written: list[tuple[int, str, bool, int, int]] = cursor.fetchall()
    counts = Counter(row[1] for row in written)
    if counts.keys() & {"created", "updated"}:
        wake_after_commit()
        audit.record(actor=by, action="orders.take", after=dict(counts))
    return written
