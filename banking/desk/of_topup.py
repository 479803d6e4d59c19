"""A line of the bank that may be a top-up's money: a person says that it is, and nothing is credited by it."""

from django.db import connection, transaction

from banking.authority import Right, require
from banking.desk.errors import NoPaymentAlike
from banking.desk.keeping import leave, state_of
from banking.desk.rows import fresh
from banking.models import BankTransfer, Verdict
from n2store.roles import Caller


@transaction.atomic
def settle_as_topup(*, caller: Caller, transfer_id: int) -> BankTransfer:
    """Tie the line to the payment of the top-up that it looks like; the deposit of that payment is its deposit then.

    Raises:
        MayNotHandle, TransferNotFound.
        NoPaymentAlike: no payment of a top-up is told that the line could be, or the line is settled.
    """
    require(caller, Right.APPROVE)
    before = state_of(fresh(transfer_id))
    with connection.cursor() as cursor:
        cursor.execute("SELECT banking_topup_tie_by_hand(%s)", [transfer_id])
        (tied,) = cursor.fetchone()
    transfer = fresh(transfer_id)
    if not tied:
        raise NoPaymentAlike("No payment of a top-up is told that this line could be", transfer)
    leave(transfer, caller, "of_topup", before=before, verdict=Verdict.RESOLVED, note=transfer.matched_text)
    return transfer
