"""Closing the books day by day: what a row was in the night after its day, so that a later change is named.

The arithmetic of `wallets_verify` cannot see a changed note, or a last row that is gone together with its share of the
balance. A seal can. Whoever is superuser could write the seals anew as well; a copy of the last digest that is kept
elsewhere answers for every day up to it. See ADR 12.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from wallets.models import LedgerSeal
from wallets.queries import VERIFY_TIMEOUT_MS

LATE_ROWS = timedelta(hours=1)
"""A row may commit some time after it was booked: a day is sealed when it is over for longer than that."""


def seal_days(*, now: datetime) -> int:
    """Seal every day that is over and has rows, and return how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {VERIFY_TIMEOUT_MS}")
        cursor.execute("SELECT wallets_seal(%s)", [now - LATE_ROWS])
        [days] = cursor.fetchone()
    return int(days)


def last_seal() -> LedgerSeal | None:
    """Return the newest seal: the one to keep a copy of."""
    return LedgerSeal.objects.defer("prints").order_by("-day").first()
