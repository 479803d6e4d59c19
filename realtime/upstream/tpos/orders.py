"""Orders that TPOS's socket tells of: taken where the event says enough, asked for where it does not."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.cache import cache
from django.db import transaction

from customers.orders.tpos import Heard as Outcome
from customers.orders.tpos import take_tpos_order_event
from customers.tasks import sync_orders
from realtime.frames import KeptFrame, Provider

FETCHING = "realtime:orders-are-to-be-fetched"
FETCH_AFTER_S = 2
ORDER_TYPES = ("FastSaleOrder", "SaleOnline_Order")


def take_order(frame: KeptFrame) -> Outcome:
    """Bring the order that a frame tells of to the customer's orders. Twice is as once: a fetch finds nothing new.

    An event that names an order and no more has the job fetch what changed, a moment after the commit.
    """
    told = order_told(frame)
    outcome = Outcome.NO_ORDER if told is None else take_tpos_order_event(told)
    if outcome is Outcome.TO_BE_FETCHED:
        transaction.on_commit(_fetch_soon, robust=True)  # Without Redis the timetable fetches it.
    return outcome


def _fetch_soon() -> None:
    """Have the job run once for all that is told of in these seconds."""
    if cache.add(FETCHING, 1, timeout=FETCH_AFTER_S):
        sync_orders.apply_async(countdown=FETCH_AFTER_S, retry=False)


def order_told(frame: KeptFrame) -> Mapping[str, Any] | None:
    """Return the event of an order or an invoice, or None for anything else."""
    if frame.provider != Provider.TPOS or frame.event != "on-events":
        return None
    told = opened(frame.payload)
    return told if isinstance(told, Mapping) and told.get("Type") in ORDER_TYPES else None


def opened(payload: Any) -> Any:
    """Return what a string of JSON holds; anything else, and a string that is no JSON, as it is."""
    if not isinstance(payload, str):
        return payload
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return payload
