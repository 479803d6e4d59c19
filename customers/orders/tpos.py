"""TPOS's invoices as orders: what its job fetches, and what its socket tells. Both write the same rows.

The job goes by (changed at, id) from a kept cursor, a page at a time, so that it may be killed anywhere. Each run
begins a little before the cursor: TPOS may show a change late. What was seen already changes nothing.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils import timezone

from customers.models import Customer, Order, OrderFeed, OrderSource, OrderStatus
from customers.orders.reading import (
    NAME_LENGTH_MAX,
    WORDS_LENGTH_MAX,
    OrderFact,
    Unreadable,
    fold,
    read_moment,
    read_total,
)
from customers.orders.taking import write_orders
from customers.phones import InvalidPhone, canonical_phone
from n2store.wire import storable
from proxy.tpos import Place, Tpos

logger = logging.getLogger(__name__)

BY = "tpos"
OVERLAP = timedelta(minutes=10)
TOLD_IN_DAYS = timedelta(days=2)
KEPT_RAW = (
    "Id", "Number", "PartnerId", "State", "ShowState", "ShipStatus", "ShowShipStatus", "AmountTotal", "TrackingRef",
    "CarrierName", "DateInvoice", "DateCreated", "LastUpdated",
)  # fmt: skip
"""What is kept of a row: enough to see why we read it so, without the addresses that TPOS repeats on each order."""
STATES = {
    "draft": OrderStatus.OPEN,
    "open": OrderStatus.CONFIRMED,
    "paid": OrderStatus.DELIVERED,
    "cancel": OrderStatus.CANCELLED,
}
SHIPPED = {
    "done": OrderStatus.DELIVERED,
    "delivered": OrderStatus.DELIVERED,
    "da giao": OrderStatus.DELIVERED,
    "da giao thanh cong": OrderStatus.DELIVERED,
    "refund": OrderStatus.RETURNED,
    "returned": OrderStatus.RETURNED,
    "tra hang": OrderStatus.RETURNED,
    "da tra hang": OrderStatus.RETURNED,
    "hoan hang": OrderStatus.RETURNED,
    "da hoan": OrderStatus.RETURNED,
}
"""What the carrier says goes before what the invoice says, folded; a cancelled invoice stays cancelled."""


class Heard(StrEnum):
    """What came of an event of TPOS's socket."""

    TAKEN = "taken"
    TO_BE_FETCHED = "to be fetched"
    NO_ORDER = "no order"


@dataclass(slots=True)
class Progress:
    """What a run of the job did. `finished` when nothing newer was left."""

    pages: int = 0
    examined: int = 0
    changed: int = 0
    skipped: int = 0
    finished: bool = False


def sync_orders(book: Tpos, *, progress: Progress, pages_max: int, now: datetime | None = None) -> None:
    """Fetch what has changed since the last run, at most `pages_max` pages; the cursor moves with each.

    `progress` counts, also when TPOS stops answering half-way. Two runs at once do no harm: the one that finds the
    cursor moved stops.

    Raises:
        TposError: TPOS gave no answer; what came before is kept, and the next run goes on from there.
    """
    now = now or timezone.now()
    feed, _ = OrderFeed.objects.get_or_create(source=OrderSource.TPOS, defaults={"told_at": _earliest(now)})
    kept = Place(feed.told_at, feed.last_id)
    place = _begin(kept)
    while progress.pages < pages_max:
        page = book.orders_after(place)
        progress.pages += 1
        _take(page.rows, progress, now=now)
        place = page.last or place
        further = max(kept, min(place, Place(now, 0)))
        if further != kept and not _move(kept, further):
            return  # Another run is ahead.
        kept = further
        if page.is_last:
            progress.finished = True
            return


def rehearse_sync(book: Tpos, *, now: datetime, pages_max: int) -> dict[str, int]:
    """Ask TPOS what the next run would, and count what it would find; nothing is written and the cursor stays.

    Raises:
        TposError: TPOS gave no answer.
    """
    feed = OrderFeed.objects.filter(source=OrderSource.TPOS).first()
    place = _begin(Place(feed.told_at, feed.last_id) if feed else Place(_earliest(now), 0))
    back = now - place.at
    since = {"days_back": back.days} if back >= TOLD_IN_DAYS else {"minutes_back": round(back.total_seconds() / 60)}
    found = since | {"invoices": 0, "unreadable": 0}
    told: dict[str, datetime] = {}
    for _ in range(pages_max):
        page = book.orders_after(place)
        phones = _phones_of_partners(page.rows)
        for row in page.rows:
            found["invoices"] += 1
            try:
                fact = read_invoice(row, now=now, phone_of=phones)
            except Unreadable:
                found["unreadable"] += 1
            else:
                told[fact.code] = fact.told_at
        place = page.last or place
        if page.is_last:
            break
    orders = Order.objects.filter(source=OrderSource.TPOS, external_code__in=list(told))
    known = dict(orders.values_list("external_code", "told_at"))
    newer = sum(told[code] > at for code, at in known.items())
    return found | {"new_orders": len(told) - len(known), "newer_orders": newer}


def _earliest(now: datetime) -> datetime:
    """Return from when on invoices are fetched when none was."""
    return now - timedelta(days=settings.TPOS_ORDERS_SINCE_DAYS)


def _begin(kept: Place) -> Place:
    """Return where a run begins whose cursor stands at `kept`."""
    return Place(kept.at - OVERLAP, 0)


def take_tpos_order_event(payload: Mapping[str, Any]) -> Heard:
    """Take what the socket tells of an invoice; where it names an order and no more, the job is to fetch it.

    `payload` is the event as TPOS sends it: `Type`, `EventName`, `Data`. An order of a live (`SaleOnline_Order`) is not
    an invoice yet, and counts for nothing.
    """
    data = payload.get("Data")
    if payload.get("Type") != "FastSaleOrder" or not isinstance(data, Mapping):
        return Heard.NO_ORDER
    try:
        now = timezone.now()
        write_orders({0: read_invoice(data, now=now)}, by=BY, now=now)
    except Unreadable:
        return Heard.TO_BE_FETCHED
    return Heard.TAKEN


def read_invoice(row: Mapping[str, Any], *, now: datetime, phone_of: Mapping[str, str] | None = None) -> OrderFact:
    """Read a row of FastSaleOrder; `phone_of` knows the phones of partners whose row has none.

    Raises:
        Unreadable: it has no number, no usable phone, no amount or no moment.
    """
    code, partner = _word(row, "Number", 80), str(row.get("PartnerId") or "")
    told_at = read_moment(row.get("LastUpdated") or row.get("DateCreated"), "LastUpdated", now)
    if not code or told_at is None:
        raise Unreadable("An invoice has a number and a date")
    shipped = _word(row, "ShowShipStatus", WORDS_LENGTH_MAX) or _word(row, "ShipStatus", WORDS_LENGTH_MAX)
    shipped = "" if shipped == "none" else shipped
    status = STATES.get(_word(row, "State", 20).casefold())
    if status is None:
        raise Unreadable(f"State {row.get('State')!r} is unknown")
    if status != OrderStatus.CANCELLED:
        status = SHIPPED.get(fold(shipped), status)
    return OrderFact(
        source=OrderSource.TPOS,
        code=code,
        phone=_phone(row, (phone_of or {}).get(partner, "")),
        name=_word(row, "PartnerDisplayName", NAME_LENGTH_MAX) or _word(row, "ReceiverName", NAME_LENGTH_MAX),
        total=read_total(row.get("AmountTotal")),
        status=status,
        words=(_word(row, "ShowState", 50) + (f" · {shipped}" if shipped else ""))[:WORDS_LENGTH_MAX],
        ordered_at=read_moment(row.get("DateInvoice") or row.get("DateCreated"), "DateInvoice", now),
        told_at=told_at,
        raw={
            name: row[name] for name in KEPT_RAW if isinstance(row.get(name), str | int | float) and _plain(row[name])
        },
    )


def _take(rows: tuple[Mapping[str, Any], ...], progress: Progress, *, now: datetime) -> None:
    """Write a page; a row that is no order of ours is counted and left out."""
    phones = _phones_of_partners(rows)
    facts: dict[int, OrderFact] = {}
    codes: dict[str, int] = {}
    for place, row in enumerate(rows):
        progress.examined += 1
        try:
            fact = read_invoice(row, now=now, phone_of=phones)
        except Unreadable as fault:
            progress.skipped += 1
            logger.info("TPOS order %s: %s", row.get("Id"), fault)
            continue
        facts.pop(codes.get(fact.code, -1), None)  # Once more on the page: the later row is the newer.
        codes[fact.code] = place
        facts[place] = fact
    written = write_orders(facts, by=BY, now=now)
    progress.changed += sum(outcome in ("created", "updated") for _, outcome, _ in written)


def _phones_of_partners(rows: tuple[Mapping[str, Any], ...]) -> dict[str, str]:
    """Return the phones of the partners whose rows bring none, as far as we know them."""
    wanted = {str(row["PartnerId"]) for row in rows if row.get("PartnerId") and not _given_phone(row)}
    if not wanted:
        return {}
    return dict(Customer.objects.filter(tpos_id__in=wanted).values_list("tpos_id", "phone"))


def _move(kept: Place, further: Place) -> bool:
    """Move the cursor, unless somebody else has."""
    moved = OrderFeed.objects.filter(source=OrderSource.TPOS, told_at=kept.at, last_id=kept.id).update(
        told_at=further.at, last_id=further.id, updated_at=timezone.now()
    )
    return bool(moved)


def _phone(row: Mapping[str, Any], known: str) -> str:
    try:
        return canonical_phone(_given_phone(row) or known)
    except InvalidPhone as fault:
        raise Unreadable("An invoice has the phone of its customer") from fault


def _given_phone(row: Mapping[str, Any]) -> str:
    return next((text for name in ("Phone", "PartnerPhone", "ReceiverPhone") if (text := _word(row, name, 50))), "")


def _word(row: Mapping[str, Any], name: str, length_max: int) -> str:
    value = row.get(name)
    return value.strip()[:length_max] if isinstance(value, str) and storable(value) else ""


def _plain(value: str | float) -> bool:
    return not isinstance(value, str) or (storable(value) and len(value) <= 500)
