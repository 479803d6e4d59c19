"""What banks told us, what became of it, whose it is, and whether anything is missing."""

from banking.models.deliveries import Channel, Delivery, FailedDelivery, Provider, Refusal, RetryStatus
from banking.models.matching import (
    AdjustmentKind,
    Decision,
    KnownPayer,
    MatchStatus,
    PendingMatch,
    QrCode,
    TransferAdjustment,
    Undo,
    UndoStatus,
    Verdict,
)
from banking.models.transfers import BankTransfer, Direction, MatchMethod, Verification
from banking.models.watching import BankSetting, Incident, IncidentStatus, WatchedAccount

__all__ = [
    "AdjustmentKind",
    "BankSetting",
    "BankTransfer",
    "Channel",
    "Decision",
    "Delivery",
    "Direction",
    "FailedDelivery",
    "Incident",
    "IncidentStatus",
    "KnownPayer",
    "MatchMethod",
    "MatchStatus",
    "PendingMatch",
    "Provider",
    "QrCode",
    "Refusal",
    "RetryStatus",
    "TransferAdjustment",
    "Undo",
    "UndoStatus",
    "Verdict",
    "Verification",
    "WatchedAccount",
]
