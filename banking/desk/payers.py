"""What staff confirm about payers: an account that paid for a customer is evidence for the next transfer, no more."""

from django.db.models import F
from django.utils import timezone

from banking.models import BankTransfer, KnownPayer, MatchMethod, Verification

BY_PERSON = (MatchMethod.MANUAL_ENTRY, MatchMethod.MANUAL_LINK, MatchMethod.PENDING_MATCH)


def confirmed(transfer: BankTransfer) -> bool:
    """Tell whether a person said, or approved, whose transfer it is."""
    return transfer.customer_id is not None and (
        transfer.match_method in BY_PERSON or transfer.verification == Verification.APPROVED
    )


def remember(transfer: BankTransfer, *, by: str) -> None:
    """Keep the payer's account with the transfer's owner, if the bank's text named one."""
    if not transfer.payer_account or transfer.customer_id is None:
        return
    payer, created = KnownPayer.objects.get_or_create(
        account=transfer.payer_account,
        customer_id=transfer.customer_id,
        defaults={"name": transfer.payer_name, "confirmed_by": by},
    )
    if not created:
        KnownPayer.objects.filter(pk=payer.pk).update(
            times=F("times") + 1, name=transfer.payer_name or payer.name, confirmed_by=by, confirmed_at=timezone.now()
        )


def forget(transfer: BankTransfer) -> None:
    """Take back what `remember` kept of this transfer; call it while the transfer still has its owner."""
    if not transfer.payer_account or not confirmed(transfer):
        return
    kept = KnownPayer.objects.filter(account=transfer.payer_account, customer_id=transfer.customer_id)
    if not kept.filter(times__gt=1).update(times=F("times") - 1):
        kept.delete()
