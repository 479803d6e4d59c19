"""Fetching what a verb works on, locked, and the checks that verbs share."""

from banking.desk.errors import AlreadyCredited, NotIncoming, TransferNotFound, WrongState
from banking.models import BankTransfer, Verification

OPEN = (Verification.PENDING, Verification.PENDING_VERIFICATION)
"""States in which a transfer waits for somebody."""


def locked(transfer_id: int) -> BankTransfer:
    """Return the transfer, held until commit; its owner is read when first asked for.

    Note [A lock joins nothing]: whoever waited for a lock gets the locked row as it is now, but what was joined to it
    as it was before the wait. A transfer that got its owner meanwhile would come with `customer_id` and without
    `customer`, and a row whose inner join fits no more would not come at all. So a row is locked by itself, and what
    belongs to it is read by a query that begins under the lock.

    Raises:
        TransferNotFound: there is none.
    """
    return _found(BankTransfer.objects.select_for_update().filter(pk=transfer_id).first())


def fresh(transfer_id: int) -> BankTransfer:
    """Return the transfer with its owner.

    Raises:
        TransferNotFound: there is none.
    """
    return _found(BankTransfer.objects.select_related("customer").filter(pk=transfer_id).first())


def _found(transfer: BankTransfer | None) -> BankTransfer:
    if transfer is None:
        raise TransferNotFound("Transaction not found")
    return transfer


def require_incoming(transfer: BankTransfer) -> None:
    """Return if money came in.

    Raises:
        NotIncoming: it went out, or it is a line of 0 dong.
    """
    if not transfer.is_money_in:
        raise NotIncoming("Not incoming transaction", transfer)


def require_uncredited(transfer: BankTransfer) -> None:
    """Return if the money is in no wallet.

    Raises:
        AlreadyCredited: it is in one.
    """
    if transfer.wallet_transaction_id is not None:
        raise AlreadyCredited("The transfer was credited to a wallet", transfer)


def require_state(transfer: BankTransfer, *states: Verification) -> None:
    """Return if the transfer is in one of the states.

    Raises:
        WrongState: it is in another.
    """
    if transfer.verification not in states:
        wanted = "pending verification" if Verification.PENDING in states else states[0].lower()
        raise WrongState(f"Transaction is not {wanted}. Current status: {transfer.verification}", transfer)
