"""What the jobs of this app would do now. See `n2store.rehearsing`."""

from datetime import datetime

from django.db.models import Count, Sum

from banking.models import BankTransfer, Direction, Verification


def transfers_to_credit(now: datetime) -> dict[str, int]:
    """Return how many approved transfers are in no wallet yet, and what they bring; as `banking_credit_approved`."""
    waiting = BankTransfer.objects.filter(
        customer__isnull=False, wallet_transaction=None, direction=Direction.IN,
        verification__in=[Verification.AUTO_APPROVED, Verification.APPROVED],
    )  # fmt: skip
    found = waiting.aggregate(transfers=Count("id"), vnd=Sum("amount_vnd", default=0))
    return {"transfers": found["transfers"], "vnd": int(found["vnd"])}
