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
from banking.models.topups import (
    HandCreditStatus,
    PaymentSource,
    PayosDelivery,
    PayosOutcome,
    Topup,
    TopupHandCredit,
    TopupPayment,
    TopupProvider,
    TopupStatus,
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
    "HandCreditStatus",
    "Incident",
    "IncidentStatus",
    "KnownPayer",
    "MatchMethod",
    "MatchStatus",
    "PaymentSource",
    "PayosDelivery",
    "PayosOutcome",
    "PendingMatch",
    "Provider",
    "QrCode",
    "Refusal",
    "RetryStatus",
    "Topup",
    "TopupHandCredit",
    "TopupPayment",
    "TopupProvider",
    "TopupStatus",
    "TransferAdjustment",
    "Undo",
    "UndoStatus",
    "Verdict",
    "Verification",
    "WatchedAccount",
]
