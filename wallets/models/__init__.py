"""The tables of money, by what they are for."""

from wallets.models.credit import CreditSource, CreditStatus, CreditUse, VirtualCredit
from wallets.models.ledger import CORRECTIONS, Source, Transaction, TransactionType, Wallet
from wallets.models.orders import CancelledOrder, PendingStatus, PendingWithdrawal
from wallets.models.proof import Command, LedgerSeal

__all__ = [
    "CORRECTIONS",
    "CancelledOrder",
    "Command",
    "CreditSource",
    "CreditStatus",
    "CreditUse",
    "LedgerSeal",
    "PendingStatus",
    "PendingWithdrawal",
    "Source",
    "Transaction",
    "TransactionType",
    "VirtualCredit",
    "Wallet",
]
