"""The states of a top-up as data, and what PayOS calls them."""

from datetime import datetime, timedelta

from banking.models import TopupStatus

OPEN = frozenset({TopupStatus.CREATED, TopupStatus.PENDING, TopupStatus.PROCESSING})
"""No money has come, and it may."""

AT_PAYOS: dict[str, TopupStatus] = {
    "PENDING": TopupStatus.PENDING,
    "PROCESSING": TopupStatus.PROCESSING,
    "PAID": TopupStatus.PAID,
    "UNDERPAID": TopupStatus.UNDERPAID,
    "CANCELLED": TopupStatus.CANCELLED,
    "EXPIRED": TopupStatus.EXPIRED,
    "FAILED": TopupStatus.FAILED,
}
ENDS_WITHOUT_MONEY = frozenset({TopupStatus.CANCELLED, TopupStatus.EXPIRED, TopupStatus.FAILED})

FIRST_CHECK = timedelta(seconds=60)
CHECK_EVERY = timedelta(minutes=5)
GRACE = timedelta(seconds=60)
"""Clocks differ: a link ends for us so long after its end."""
LATE_CHECKS = (timedelta(hours=1), timedelta(hours=24))
"""After the end; money comes late."""


def next_check(*, expires_at: datetime, is_paid: bool, now: datetime) -> datetime | None:
    """Return when to ask PayOS about a top-up again, or None."""
    if is_paid:
        return None
    end = expires_at + GRACE
    if now < end:
        return min(now + CHECK_EVERY, end)
    return next((end + late for late in LATE_CHECKS if now < end + late), None)
