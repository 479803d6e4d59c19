"""The daily closing sheet: what the bank says of an account's day, and what we made of it. Vietnam days, whole dong."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from django.db import connection

from banking.continuity.chain import chain
from banking.continuity.watch import MARGIN, line_of
from banking.models import BankTransfer, Incident, IncidentStatus
from n2store.clock import VIETNAM
from n2store.errors import DomainError

DAYS_MAX = 92
"""Days of one question."""
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)


class TooManyDays(DomainError):
    """The period is longer than is told at once, or ends before it begins. `params`: days."""

    code = "CLOSING_PERIOD_INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOfDay:
    """A break whose later line is of this day: so much is missing."""

    id: int
    missing_vnd: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingRow:
    """One account's day. Amounts in whole dong, `_count` how many lines.

    By the bank: opening + came - went = closing, unless `difference_vnd` is missing. By us: came = credited + owned
    + unowned + rejected. `opening_vnd` is the balance after the last line before the day; for the account's first
    day, the one before its first line.
    """

    account_number: str
    gateway: str
    day: date
    opening_vnd: int
    came_vnd: int
    went_vnd: int
    closing_vnd: int
    came_count: int
    went_count: int
    credited_vnd: int
    credited_count: int
    owned_vnd: int
    owned_count: int
    unowned_vnd: int
    unowned_count: int
    rejected_vnd: int
    rejected_count: int
    incidents: tuple[IncidentOfDay, ...] = ()

    @property
    def difference_vnd(self) -> int:
        """What is missing: below zero when it went out of the account."""
        return self.closing_vnd - self.opening_vnd - self.came_vnd + self.went_vnd

    @property
    def pending_vnd(self) -> int:
        """What came and is not decided yet, with an owner or without."""
        return self.owned_vnd + self.unowned_vnd

    @property
    def explained(self) -> bool:
        """Tell whether nothing is missing, or incidents name all that is."""
        return self.difference_vnd == sum(incident.missing_vnd for incident in self.incidents)


def closing_sheet(*, begin: date, end: date | None = None, account_number: str = "") -> list[ClosingRow]:
    """Return each account's days from `begin` to `end`, both included: newest day first, accounts by number.

    A day without lines is left out, unless it is the only one asked for.

    Raises:
        TooManyDays: more than 92 days, or none, or days of another age.
    """
    end = end or begin
    days = (end - begin).days + 1
    if not (1 <= days <= DAYS_MAX and begin >= FIRST_DAY and end <= LAST_DAY):
        raise TooManyDays(f"A closing sheet has 1 to {DAYS_MAX} days.", days=DAYS_MAX)
    with connection.cursor() as cursor:
        cursor.execute(
            _statement(),
            {"begin": begin, "end": end, "account_number": account_number, "also_empty": days == 1},
        )
        names = [column.name for column in cursor.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    incidents = _incidents(begin, end, account_number)
    rows = [ClosingRow(**row, incidents=tuple(incidents[row["account_number"], row["day"]])) for row in found]
    return [row if row.explained else _put_right(row) for row in rows]


def _put_right(row: ClosingRow) -> ClosingRow:
    """Take the balances of a day from the chain: its first or last line by time may not be the bank's."""
    begin, end = _midnight(row.day), _midnight(row.day) + timedelta(days=1)
    told = BankTransfer.objects.filter(account_number=row.account_number, transferred_at__lt=end)
    before = told.filter(transferred_at__lt=begin).order_by("-transferred_at", "-sepay_id").first()
    since = before.transferred_at - MARGIN if before else begin
    found = chain(map(line_of, told.filter(transferred_at__gte=since)))
    if found is None:
        return row
    moves = [(line.at, line.change_vnd) for line in found.lines]
    moves += [(one.after.at, one.missing_vnd) for one in found.breaks]
    opening_vnd = found.opening_vnd + sum(vnd for at, vnd in moves if at < begin)
    closing_vnd = opening_vnd + sum(vnd for at, vnd in moves if at >= begin)
    return replace(row, opening_vnd=opening_vnd, closing_vnd=closing_vnd)


@cache
def _statement() -> str:
    return Path(__file__).with_name("closing.sql").read_text(encoding="utf-8")


def _incidents(begin: date, end: date, account_number: str) -> dict[tuple[str, date], list[IncidentOfDay]]:
    """Return the breaks that are not healed, by account and the day of their later line."""
    found = Incident.objects.exclude(status=IncidentStatus.HEALED).filter(
        after__transferred_at__gte=_midnight(begin), after__transferred_at__lt=_midnight(end + timedelta(days=1))
    )
    if account_number:
        found = found.filter(account_number=account_number)
    told: defaultdict[tuple[str, date], list[IncidentOfDay]] = defaultdict(list)
    for id, account, at, missing_vnd, status in found.order_by("id").values_list(
        "id", "account_number", "after__transferred_at", "missing_vnd", "status"
    ):
        day = at.astimezone(VIETNAM).date()
        told[account, day].append(IncidentOfDay(id=id, missing_vnd=missing_vnd, status=status))
    return told


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=VIETNAM)
