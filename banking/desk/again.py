"""Sending transfers without an owner through the rules once more, when a person asks for it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from banking.authority import Right, require
from banking.matching.backlog import Matched, match, waiting
from banking.models import BankTransfer, Direction, MatchStatus, PendingMatch
from n2store.roles import Caller

LIMIT_DEFAULT, LIMIT_MAX = 100, 500
"""Of the old page's route; the verb itself takes any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOutcome:
    """What became of one transfer: `success`, `pending_match`, `not_found`, `skipped` or `failed`."""

    transfer_id: int
    status: str
    method: str = ""
    phone: str = ""
    customer_name: str = ""
    partial_phone: str = ""
    unique_phones_count: int = 0
    content: str = ""
    reason: str = ""
    note: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What became of a batch, row by row."""

    rows: list[RowOutcome] = field(default_factory=list)

    def count(self, status: str) -> int:
        """Return how many rows ended in `status`."""
        return sum(row.status == status for row in self.rows)


def match_again(*, caller: Caller, limit: int = LIMIT_DEFAULT, force: bool = False) -> BatchOutcome:
    """Match up to `limit` incoming transfers without an owner, newest first; `force` also tells of credited ones.

    One with an open or skipped question is not asked about again; one that was taken back is left to people; one that
    TPOS must be asked about is left to the job, as `skipped` with that reason.

    Raises:
        MayNotHandle (needs LINK).
    """
    require(caller, Right.LINK)
    asked = PendingMatch.objects.exclude(status=MatchStatus.RESOLVED).values("transfer")
    rows = list(waiting().exclude(pk__in=asked)[:limit])
    outcomes = [_told(one) for one in match(rows)]
    if force and len(outcomes) < limit:
        processed = BankTransfer.objects.filter(direction=Direction.IN, wallet_transaction__isnull=False)
        newest = processed.order_by("-transferred_at", "-id")[: limit - len(outcomes)]
        outcomes += [_skipped(row, "Already processed") for row in newest]
    return BatchOutcome(rows=outcomes)


def _told(one: Matched) -> RowOutcome:
    return _WORDS.get(one.settled.outcome, _left)(one)


def _success(one: Matched) -> RowOutcome:
    return RowOutcome(
        transfer_id=one.transfer.pk,
        status="success",
        method=one.ruling.method.value if one.ruling.method else "",
        phone=one.settled.phone or "",
        customer_name=one.settled.name or "",
    )


def _asked(one: Matched) -> RowOutcome:
    return RowOutcome(
        transfer_id=one.transfer.pk,
        status="pending_match",
        partial_phone=one.ruling.text,
        unique_phones_count=len(one.ruling.candidates),
    )


def _looking(one: Matched) -> RowOutcome:
    return _skipped(one.transfer, "TPOS is being asked", note=f"PARTIAL_PHONE_EXTRACTED {one.ruling.text}")


def _nothing(one: Matched) -> RowOutcome:
    if one.ruling.text:
        return RowOutcome(
            transfer_id=one.transfer.pk, status="not_found", partial_phone=one.ruling.text, note="NOT_FOUND"
        )
    return _skipped(one.transfer, "No valid identifier found", note="NO_PHONE_FOUND")


def _left(one: Matched) -> RowOutcome:
    return _skipped(one.transfer, "Somebody else was faster")


def _skipped(transfer: BankTransfer, reason: str, *, note: str = "") -> RowOutcome:
    return RowOutcome(transfer_id=transfer.pk, status="skipped", content=transfer.content, reason=reason, note=note)


_WORDS: dict[str, Callable[[Matched], RowOutcome]] = {
    "credited": _success,
    "linked": _success,
    "asked": _asked,
    "looking": _looking,
    "nothing": _nothing,
}
