"""What the jobs of this app would do now. See `n2store.rehearsing`."""

from datetime import datetime

from django.db.models import Count, Sum

from wallets.models import CreditStatus, VirtualCredit


def lots_to_end(now: datetime) -> dict[str, int]:
    """Return how many lots have run out and are not ended yet, and what they hold."""
    ended = VirtualCredit.objects.filter(status=CreditStatus.ACTIVE, expires_at__lte=now)
    found = ended.aggregate(lots=Count("id"), vnd=Sum("remaining_vnd", default=0))
    return {"lots": found["lots"], "vnd": int(found["vnd"])}
