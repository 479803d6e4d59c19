"""What staff confirm about payers: an account that paid for a customer is evidence for the next transfer, no more."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import F

from banking.models import BankTransfer, KnownPayer, MatchMethod, Verification

BY_PERSON = (MatchMethod.MANUAL_ENTRY, MatchMethod.MANUAL_LINK, MatchMethod.PENDING_MATCH)


def confirmed(transfer: BankTransfer) -> bool:
    """Tell whether a person said, or approved, whose transfer it is."""
    return transfer.customer_id is not None and (
        transfer.match_method in BY_PERSON or transfer.verification == Verification.APPROVED
    )


def remember(transfer: BankTransfer, *, by: str) -> None:
    """Keep the payer's account with the transfer's owner, if the bank's text named one."""
    remember_many([transfer], by=by)


def remember_many(transfers: Sequence[BankTransfer], *, by: str) -> None:
    """Keep the payers of many transfers; as `remember`, in one statement."""
    paid = [row for row in transfers if row.payer_account and row.customer_id is not None]
    if not paid:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO banking_knownpayer AS known (account, customer_id, name, times, confirmed_by, confirmed_at)
            SELECT account, customer_id, max(name), count(*), %(by)s, now()
            FROM unnest(%(accounts)s::text[], %(customers)s::bigint[], %(names)s::text[])
                AS paid (account, customer_id, name)
            GROUP BY account, customer_id ORDER BY account, customer_id
            ON CONFLICT (account, customer_id) DO UPDATE SET
                times = known.times + excluded.times, confirmed_by = excluded.confirmed_by,
                confirmed_at = excluded.confirmed_at,
                name = CASE excluded.name WHEN '' THEN known.name ELSE excluded.name END
            """,
            {
                "by": by,
                "accounts": [row.payer_account for row in paid],
                "customers": [row.customer_id for row in paid],
                "names": [row.payer_name for row in paid],
            },
        )


def forget(transfer: BankTransfer) -> None:
    """Take back what `remember` kept of this transfer; call it while the transfer still has its owner."""
    if not transfer.payer_account or transfer.customer is None or not confirmed(transfer):
        return
    kept = KnownPayer.objects.filter(account=transfer.payer_account, customer=transfer.customer)
    if not kept.filter(times__gt=1).update(times=F("times") - 1):
        kept.delete()
