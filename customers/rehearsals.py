"""What the jobs of this app would do now. See `n2store.rehearsing`."""

from datetime import datetime

from django.conf import settings

from customers.fraud.engine import rehearse_sweep
from customers.fraud.rules import all_rules
from customers.models import Customer, Tier
from customers.rfm.scoring import rehearse


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
