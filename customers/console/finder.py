"""Finding customers as one types: ranked by text, the busiest first without one, page after page by cursor."""

import re
from dataclasses import dataclass, field
from typing import Any

from customers.models import Customer, Status, Tier
from customers.phones import InvalidPhone, canonical_phone
from customers.queries import recent, search
from customers.search import QUERY_LENGTH_MIN, InvalidQuery
from wallets.console.panel import available

ROWS_PER_PAGE = 20
_CURSOR = re.compile(r"[0-9]{1,18}(?:-[0-9]{1,18})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the list is asked for. A filter without meaning narrows nothing."""

    text: str = ""
    status: str = ""
    tier: str = ""
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of customers with their wallets, and the cursor of the next one."""

    rows: list[Customer] = field(default_factory=list)
    cursor: str = ""
    too_short: bool = False


def asked(given: dict[str, str]) -> Asked:
    """Read `q`, `status`, `tier` and `after`."""
    after = given.get("after", "")
    return Asked(
        text=given.get("q", "").strip(),
        status=given["status"] if given.get("status") in Status.values else "",
        tier=given["tier"] if given.get("tier") in Tier.values else "",
        after=tuple(map(int, after.split("-"))) if _CURSOR.fullmatch(after) else (),
    )


def phone_in(text: str) -> str:
    """Return the phone that a search was for, when it was for one: whoever is not found can be added."""
    try:
        return canonical_phone(text)
    except InvalidPhone:
        return ""


def find(wanted: Asked) -> Found:
    """Return a page of those who fit, each with `real_vnd`, `virtual_vnd` and `total_vnd`. Three queries at most."""
    found = _page(wanted)
    money = available([customer.pk for customer in found.rows]) if found.rows else {}
    for customer in found.rows:
        shown: Any = customer
        shown.real_vnd, shown.virtual_vnd = money[customer.pk]
        shown.total_vnd = shown.real_vnd + shown.virtual_vnd
    return found


def _page(wanted: Asked) -> Found:
    if 0 < len(wanted.text) < QUERY_LENGTH_MIN:
        return Found(too_short=True)
    if wanted.status or wanted.tier:
        return _narrowed(wanted)
    try:
        pairs = _ranked(wanted) if wanted.text else _busiest(wanted)
    except InvalidQuery:
        return Found()
    known = Customer.objects.in_bulk([customer_id for customer_id, _key in pairs])
    page = [known[customer_id] for customer_id, _key in pairs[:ROWS_PER_PAGE] if customer_id in known]
    if len(pairs) <= ROWS_PER_PAGE:
        return Found(rows=page)
    last_id, last_key = pairs[ROWS_PER_PAGE - 1]
    return Found(rows=page, cursor=f"{last_id}-{last_key}" if wanted.text else str(last_key))


def _ranked(wanted: Asked) -> list[tuple[int, int]]:
    cursor = (wanted.after[0], wanted.after[1]) if len(wanted.after) == 2 else None
    return search(wanted.text, limit=ROWS_PER_PAGE + 1, cursor=cursor)


def _busiest(wanted: Asked) -> list[tuple[int, int]]:
    return recent(limit=ROWS_PER_PAGE + 1, cursor=wanted.after[0] if len(wanted.after) == 1 else None)


def _narrowed(wanted: Asked) -> Found:
    """Return those of a status or tier, the newest customers first, with the text in name or phone."""
    rows = Customer.objects.filter(active=True).order_by("-id")
    if wanted.text:
        rows = rows.filter(pk__in=Customer.objects.matching(wanted.text).values("pk"))
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    if wanted.tier:
        rows = rows.filter(tier=wanted.tier)
    if len(wanted.after) == 1:
        rows = rows.filter(pk__lt=wanted.after[0])
    page = list(rows[: ROWS_PER_PAGE + 1])
    more = len(page) > ROWS_PER_PAGE
    return Found(rows=page[:ROWS_PER_PAGE], cursor=str(page[ROWS_PER_PAGE - 1].pk) if more else "")
