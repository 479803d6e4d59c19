"""What the jobs of this app would do now. See `n2store.rehearsing`."""

from datetime import datetime

from django.db.models import Count, F, Q, Sum

from wallets.models import CreditStatus, PendingStatus, PendingWithdrawal, VirtualCredit


def lots_to_end(now: datetime) -> dict[str, int]:
    """Return how many lots have run out and are not ended yet, and what they hold."""
    ended = VirtualCredit.objects.filter(status=CreditStatus.ACTIVE, expires_at__lte=now)
    found = ended.aggregate(lots=Count("id"), vnd=Sum("remaining_vnd", default=0))
    return {"lots": found["lots"], "vnd": int(found["vnd"])}


def withdrawals_to_try(now: datetime) -> dict[str, int]:
    """Return how many withdrawals are due, or covered by now, and what they are to take; as `wallets_pending_next`."""
    wallet = F("customer__wallet__real_vnd") + F("customer__wallet__virtual_vnd")
    waiting = PendingWithdrawal.objects.filter(status__in=[PendingStatus.PENDING, PendingStatus.PROCESSING])
    tried = waiting.alias(covers=wallet).filter(Q(next_attempt_at__lte=now) | Q(covers__gte=F("amount_vnd")))
    found = tried.aggregate(withdrawals=Count("id"), vnd=Sum("amount_vnd", default=0))
    return {"withdrawals": found["withdrawals"], "vnd": int(found["vnd"])}
