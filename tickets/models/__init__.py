"""Tables of tickets and return orders."""

from tickets.models.goods_back import ReturnOrder, ReturnSource, ReturnStatus
from tickets.models.numbers import Tally, YearCounter
from tickets.models.queue import TierMove
from tickets.models.settlement import (
    DEBTOR,
    Claim,
    ClaimKind,
    Compensation,
    CompensationKind,
    Direction,
    Owed,
    Party,
    Policy,
    WriteOff,
)
from tickets.models.ticket import (
    CLOSED,
    RETURN_TYPES,
    FixCodReason,
    Priority,
    Ticket,
    TicketStatus,
    TicketType,
    Waiting,
)

__all__ = [
    "CLOSED",
    "DEBTOR",
    "RETURN_TYPES",
    "Claim",
    "ClaimKind",
    "Compensation",
    "CompensationKind",
    "Direction",
    "FixCodReason",
    "Owed",
    "Party",
    "Policy",
    "Priority",
    "ReturnOrder",
    "ReturnSource",
    "ReturnStatus",
    "Tally",
    "Ticket",
    "TicketStatus",
    "TicketType",
    "TierMove",
    "Waiting",
    "WriteOff",
    "YearCounter",
]
