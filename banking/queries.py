"""Reads of bank transfers: lists by what became of them, and their sums."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from banking.models import MONEY_IN, BankTransfer, Direction, Verification
from customers.models import Customer

TRANSFERS_SHOWN_MAX = 20


def newest_transfers() -> QuerySet[BankTransfer]:
    """Return transfers with their owner, newest first in a stable order."""
    return BankTransfer.objects.select_related("customer").order_by("-transferred_at", "-id")


def unlinked_transfers() -> QuerySet[BankTransfer]:
    """Return incoming transfers that have no owner. A line of 0 dong needs none."""
    return newest_transfers().filter(MONEY_IN, customer=None)


def transfers_of(customer: Customer, *, limit: int = TRANSFERS_SHOWN_MAX) -> list[BankTransfer]:
    """Return the newest transfers of one customer."""
    return list(newest_transfers().filter(customer=customer)[:limit])


def owner_phone_of(transfer_id: int) -> str | None:
    """Return the phone of a transfer's owner; None without one, or without such a transfer."""
    return BankTransfer.objects.filter(pk=transfer_id).values_list("customer__phone", flat=True).first()


def transfer_statistics() -> dict[str, int]:
    """Count and sum all transfers by what became of them, in one pass; amounts in whole dong."""
    incoming = Q(direction=Direction.IN)
    credited = Q(wallet_transaction__isnull=False)
    found: dict[str, Any] = BankTransfer.objects.aggregate(
        total_transactions=Count("id"),
        linked_count=Count("id", filter=Q(customer__isnull=False)),
        unlinked_count=Count("id", filter=MONEY_IN & Q(customer=None)),
        processed_to_wallet=Count("id", filter=credited),
        pending_verification=Count("id", filter=Q(verification=Verification.PENDING_VERIFICATION)),
        pending=Count("id", filter=MONEY_IN & Q(verification=Verification.PENDING)),
        auto_approved=Count("id", filter=Q(verification=Verification.AUTO_APPROVED)),
        manually_approved=Count("id", filter=Q(verification=Verification.APPROVED)),
        rejected=Count("id", filter=Q(verification=Verification.REJECTED)),
        total_in=Sum("amount_vnd", filter=incoming, default=0),
        total_out=Sum("amount_vnd", filter=Q(direction=Direction.OUT), default=0),
        total_processed_to_wallet=Sum("amount_vnd", filter=credited, default=0),
    )
    return {name: int(value) for name, value in found.items()}
