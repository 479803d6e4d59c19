"""Whom a transfer was taken back from: said where it waits, and where it would be given to them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from banking.models import BankTransfer, Decision, Verdict
from customers.models import Customer

READ_MAX = 50
"""Decisions of one transfer that are looked at, the latest first."""
TAKEN_BACK = (Verdict.UNDONE, Verdict.UNLINKED)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Who had the transfer, and who took it back, when and why."""

    owner: Customer
    by: str
    at: datetime
    reason: str


def decisions_of(transfer: BankTransfer) -> list[Decision]:
    """Return what was decided about a transfer, the latest first. One query."""
    rows = Decision.objects.filter(transfer=transfer).select_related("customer")
    return list(rows.order_by("-id")[:READ_MAX])


def taken_back(decisions: Sequence[Decision]) -> TakenBack | None:
    """Return from whom the transfer was taken back last, unless somebody was given it since."""
    back: Decision | None = None
    for one in decisions:
        if one.verdict in TAKEN_BACK:
            back = back or one
        elif one.customer is not None:
            reason = back.note if back and back.verdict == Verdict.UNDONE else ""
            return TakenBack(one.customer, back.actor, back.at, reason) if back else None
    return None
