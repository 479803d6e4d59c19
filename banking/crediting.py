"""Crediting one transfer to its owner's wallet, once: every door comes through here, or through its twin in `sql/`."""

from banking.models import BankTransfer
from wallets.models import Source, Transaction
from wallets.operations import deposit

REFERENCE_TYPE = "balance_history"


def deposit_key(transfer: BankTransfer) -> str:
    """Return the ledger key of this transfer's deposit: a new one each time that a match was taken back."""
    again = f":{transfer.times_undone + 1}" if transfer.times_undone else ""
    return f"sepay:{transfer.sepay_id}{again}"


def credit(transfer: BankTransfer, *, how: str, by: str) -> Transaction:
    """Credit the transfer to its owner; the caller holds the row and saves it. `how` stands in the ledger's note."""
    assert transfer.customer is not None
    posted = deposit(
        customer=transfer.customer,
        amount_vnd=transfer.amount_vnd,
        key=deposit_key(transfer),
        source=Source.BANK_TRANSFER,
        at=transfer.transferred_at,
        by=by,
        note=f"Nạp từ CK {how}",
        reference=(REFERENCE_TYPE, str(transfer.pk)),
    )
    transfer.wallet_transaction = posted
    return posted


def named(transfer: BankTransfer) -> str:
    """Return what a ledger note calls the transfer: its code, else the bank's reference, else our number."""
    return transfer.code or transfer.reference_code or f"#{transfer.pk}"
