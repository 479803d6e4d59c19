"""What the jobs of this app would do now. See `n2store.rehearsing`."""

from datetime import datetime

from django.db.models import Count, Sum

from banking import retrying
from banking.continuity import healing
from banking.models import BankTransfer, Direction, Verification, WatchedAccount
from proxy.sepay import SepayNotConfigured, sepay_list


def transfers_to_credit(now: datetime) -> dict[str, int]:
    """Return how many approved transfers are in no wallet yet, and what they bring; as `banking_credit_approved`."""
    waiting = BankTransfer.objects.filter(
        customer__isnull=False, wallet_transaction=None, direction=Direction.IN,
        verification__in=[Verification.AUTO_APPROVED, Verification.APPROVED],
    )  # fmt: skip
    found = waiting.aggregate(transfers=Count("id"), vnd=Sum("amount_vnd", default=0))
    return {"transfers": found["transfers"], "vnd": int(found["vnd"])}


def sepay_to_ask(now: datetime) -> dict[str, int]:
    """Return of how many accounts and breaks SePay would be asked; or that its list is not connected."""
    try:
        sepay_list()
    except SepayNotConfigured:
        return {"sepay": 0}
    return {"accounts": WatchedAccount.objects.count(), "breaks": healing.due(now).count()}


def deliveries_to_take(now: datetime) -> dict[str, int]:
    """Return how many deliveries that could not be taken are due."""
    return {"deliveries": retrying.due(now).count()}
