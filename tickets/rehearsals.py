"""What the jobs of this app would do now. See `n2store.rehearsing`."""

from datetime import datetime

from tickets.deadlines import near, overdue


def tickets_to_raise(now: datetime) -> dict[str, int]:
    """Return how many tickets have less than a day left and are not raised yet."""
    return {"tickets": near(now).count()}


def tickets_to_tell(now: datetime) -> dict[str, int]:
    """Return of how many overdue tickets the customer's history would be told."""
    return {"overdue": overdue(now).count()}
