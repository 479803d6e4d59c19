"""Fetching what a verb works on, locked, and the checks that verbs share."""

from banking.desk.errors import AlreadyCredited, NotIncoming, TransferNotFound, WrongState
from banking.models import BankTransfer, Direction, Verification

OPEN = (Verification.PENDING, Verification.PENDING_VERIFICATION)
"""States in which a transfer waits for somebody."""


def locked(transfer_id: int) -> BankTransfer:
    """Return the transfer with its owner, held until commit.

    Raises:
        TransferNotFound: there is none.
    """
    rows = BankTransfer.objects.select_for_update(of=("self",)).select_related("customer")
    return _found(rows.filter(pk=transfer_id).first())


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
    """Return if the money came in.

    Raises:
        NotIncoming: it went out.
    """
    if transfer.direction != Direction.IN:
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
