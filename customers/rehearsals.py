"""What the jobs of this app would do now. See `n2store.rehearsing`."""

from datetime import datetime

from django.conf import settings

from customers.fraud.engine import rehearse_sweep
from customers.fraud.rules import all_rules
from customers.models import Customer, Tier
from customers.orders.tpos import rehearse_sync
from customers.rfm.scoring import rehearse
from customers.tasks import FILL_CUSTOMERS_MAX
from proxy.tpos import TposNotConfigured, tpos

PAGES_REHEARSED_MAX = 5
"""A run fetches up to 50 pages of invoices: to see what it is about, the first are enough."""


def rfm_moves(now: datetime) -> dict[str, int]:
    """Return how many customers would move, and from which tier to which."""
    judged = rehearse(at=now)
    return {"moved": judged.moved} | {f"{move.before}>{move.after}": move.customers for move in judged.moves}


def fraud_hits(now: datetime) -> dict[str, int]:
    """Return how many cases would be opened, and how many customers blacklisted by them."""
    cases, suspects = 0, set[int]()
    for rule in all_rules():
        hit = rehearse_sweep(rule, now=now)
        cases += len(hit)
        if rule.blacklists and settings.FRAUD_AUTO_BLACKLIST:
            suspects.update(hit)
    free = Customer.objects.filter(pk__in=suspects).exclude(tier=Tier.BLACKLIST).count()
    return {"cases": cases, "blacklisted": free}


def orders_to_fetch(now: datetime) -> dict[str, int]:
    """Return since when TPOS is asked, and what it tells; or that it is not connected.

    Raises:
        TposError: TPOS gave no answer.
    """
    try:
        book = tpos()
    except TposNotConfigured:
        return {"tpos": 0}
    return rehearse_sync(book, now=now, pages_max=PAGES_REHEARSED_MAX)


def profiles_to_complete(now: datetime) -> dict[str, int]:
    """Return about how many customers TPOS would be asked, and how many are due; or that it is not connected."""
    try:
        tpos()
    except TposNotConfigured:
        return {"tpos": 0}
    due = Customer.objects.filter(active=True, tpos_due_at__lte=now).count()
    return {"asked": min(due, FILL_CUSTOMERS_MAX), "due": due}
