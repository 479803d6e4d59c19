"""Orders as programs tell them."""

from datetime import datetime, timedelta
from typing import Any

from customers.models import OrderSource
from customers.orders.taking import Taken, take_orders
from n2store.clock import VIETNAM

NOON = datetime.now(VIETNAM).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
"""Yesterday: what is judged by the clock, and what is judged as of then, see the same orders."""
PHONE = "0909318264"


def order(code: str = "DH-1", /, **changes: Any) -> dict[str, Any]:
    """Return a delivered order of 350,000 dong, three days before `NOON`; a change to `...` leaves a field out."""
    row = {
        "code": code, "phone": PHONE, "name": "Chị Hoa", "total": 350_000, "status": "delivered",
        "ordered_at": (NOON - timedelta(days=3)).isoformat(), "updated_at": (NOON - timedelta(days=1)).isoformat(),
    }  # fmt: skip
    return {name: value for name, value in (row | changes).items() if value is not ...}


def days_ago(days: float) -> str:
    """Return the moment so long before `NOON`, as it is written."""
    return (NOON - timedelta(days=days)).isoformat()


def taken(*rows: dict[str, Any], now: datetime = NOON) -> Taken:
    """Take orders in."""
    return take_orders(list(rows), source=OrderSource.API, by="test", now=now)
