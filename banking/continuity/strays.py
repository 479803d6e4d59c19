"""Lines that carry a wrong moment: their balances fit exactly into a hole elsewhere, so nothing is missing.

A bank, or SePay, now and then tells a line hours away from where its balances put it. Read by its moment it tears three
holes: one where it belongs, and one on each side of where it stands. A line is believed to have strayed when the chain
closes without it where it stands, and a hole elsewhere begins with the balance it found and ends with the one it left.
Both must be so: balances recur, and a line whose place is whole was not lost from anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from banking.continuity.chain import Break, Line
from banking.models import BankTransfer, Direction

REACH = timedelta(days=3)
"""So far from its place a line is looked for."""
LOOKED_AT_MAX = 50
"""Lines with one balance, or one amount, that are looked at."""


@dataclass(frozen=True, slots=True)
class Told:
    """The breaks that are left, and at which moments lines that strayed belong."""

    breaks: list[Break]
    belong_at: set[datetime]


@dataclass(frozen=True, slots=True)
class _Place:
    """A stored line between its neighbours by moment; None at an end."""

    before: BankTransfer | None
    line: BankTransfer
    after: BankTransfer | None

    @property
    def is_whole_without(self) -> bool:
        """Tell whether the line does not follow from the one before it, and the chain closes when it is taken out."""
        found = None if self.before is None else self.before.accumulated_vnd
        if found is None or found == _found(self.line):
            return False
        return self.after is None or _found(self.after) == found


def without_strays(breaks: Sequence[Break], account_number: str) -> Told:
    """Leave out the breaks that a line with a wrong moment explains. A few queries a break."""
    lines = BankTransfer.objects.filter(account_number=account_number)
    left: list[Break] = []
    belong_at: set[datetime] = set()
    for one in breaks:
        at = _strayed_from(one, lines) or _strayed_to(one, lines)
        if at is None:
            left.append(one)
        else:
            belong_at.add(at)
    return Told(left, belong_at)


def _strayed_from(one: Break, lines: QuerySet[BankTransfer]) -> datetime | None:
    """Return the moment of the break if the line that fits into it stands elsewhere, where nothing needs it."""
    end = one.after.before_vnd
    start = end - one.missing_vnd
    fitting = _near(lines, one.after.at).filter(
        amount_vnd=abs(one.missing_vnd),
        direction=Direction.IN if one.missing_vnd > 0 else Direction.OUT,
        accumulated_vnd=end,
    )
    places = (_place(line, lines) for line in fitting[:LOOKED_AT_MAX] if line.sepay_id != one.after.id)
    return one.after.at if any(place.is_whole_without and _found(place.line) == start for place in places) else None


def _strayed_to(one: Break, lines: QuerySet[BankTransfer]) -> datetime | None:
    """Return where the line on one side of the break belongs, if the chain closes here without it."""
    for line in (one.after, one.before):
        at = None if line is None else _belongs_at(line, lines)
        if at is not None:
            return at
    return None


def _belongs_at(line: Line, lines: QuerySet[BankTransfer]) -> datetime | None:
    """Return the moment of the line that follows from this one elsewhere, or of the last one if this should be last."""
    stored = lines.get(sepay_id=line.id)
    if not _place(stored, lines).is_whole_without:
        return None
    leading = _near(lines, line.at).filter(accumulated_vnd=line.before_vnd).exclude(pk=stored.pk)
    for each in leading[:LOOKED_AT_MAX]:
        following = _place(each, lines.exclude(pk=stored.pk)).after
        if following is None and each.sepay_id < line.id:  # One edge alone proves little; SePay told it later.
            return each.transferred_at
        if following is not None and _found(following) == line.after_vnd:
            return following.transferred_at
    return None


def _near(lines: QuerySet[BankTransfer], at: datetime) -> QuerySet[BankTransfer]:
    near = lines.filter(transferred_at__range=(at - REACH, at + REACH))
    return near.order_by("transferred_at", "sepay_id")


def _place(line: BankTransfer, lines: QuerySet[BankTransfer]) -> _Place:
    at, id = line.transferred_at, line.sepay_id
    before = lines.filter(transferred_at=at, sepay_id__lt=id).order_by("-sepay_id").first() or (
        lines.filter(transferred_at__lt=at).order_by("-transferred_at", "-sepay_id").first()
    )
    after = lines.filter(transferred_at=at, sepay_id__gt=id).order_by("sepay_id").first() or (
        lines.filter(transferred_at__gt=at).order_by("transferred_at", "sepay_id").first()
    )
    return _Place(before, line, after)


def _found(transfer: BankTransfer) -> int:
    """Return the balance that a line found."""
    change_vnd = transfer.amount_vnd if transfer.direction == Direction.IN else -transfer.amount_vnd
    return transfer.accumulated_vnd - change_vnd
