"""The watch over every account: new lines are put into the chain, breaks become incidents, and incidents heal.

A run takes the lines it has not judged yet, in the order of their ids, and looks at the chain around each of them: at
the tip for what just came, deep in the past for what came late. So the work is that of the new lines, whatever the age
of a break. A line is judged again until it has been there for a while: rows become visible in another order than their
ids were drawn. The row of the account is locked meanwhile, and who finds it locked leaves it to the other.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils.translation import gettext_noop

from banking.continuity import strays
from banking.continuity.chain import ORDER_TOLERANCE, Break, Line, chain
from banking.continuity.events import announce
from banking.models import BankTransfer, Direction, Incident, IncidentStatus, WatchedAccount
from proxy.alerts import alert

logger = logging.getLogger(__name__)

LINES_MAX = 2_000
"""Lines judged in one transaction."""
ROUNDS_MAX = 500
SETTLED_AFTER = timedelta(seconds=60)
"""Longer than any transaction that brings lines: by then, no lower id appears any more."""
MARGIN = 3 * ORDER_TOLERANCE
"""So much of the chain is read around new lines, that disorder at the edges does not reach them."""
OPENED_MAX = 100
"""Of one stretch: a bank with more breaks than that tells no true balances."""
WATCHER = "continuity"
SENTENCE = gettext_noop(
    "The balance of account %(account)s does not agree with its transfers: %(count)d new incidents. Please look."
)


@dataclass(slots=True)
class Watched:
    """What a run found: lines judged, incidents opened, changed and healed."""

    examined: int = 0
    opened: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    healed: list[int] = field(default_factory=list)


def check_all(*, now: datetime) -> Watched:
    """Judge new lines of every account; an account's first line opens its watch. Safe to run twice, or in parallel."""
    total = Watched()
    for _ in range(ROUNDS_MAX):
        if not _round(now, total):
            break
    return total


def anything_new() -> bool:
    """Tell whether a line waits to be judged."""
    begin = WatchedAccount.objects.aggregate(least=Min("checked_transfer_id"))["least"] or 0
    return _lines_after(begin).exists()


def check_account(account_number: str, *, now: datetime) -> Watched:
    """Judge the new lines of one account, as many as one run takes."""
    total = Watched()
    account = WatchedAccount.objects.filter(account_number=account_number).first()
    if account is not None:
        begin = account.checked_transfer_id
        new = list(_lines_after(begin).filter(account_number=account_number)[:LINES_MAX])
        _check(account.pk, new, _settled_id(new, now, begin), now, total)
    return total


def _round(now: datetime, total: Watched) -> bool:
    """Judge the next lines of all accounts; True when there may be more."""
    begin = WatchedAccount.objects.aggregate(least=Min("checked_transfer_id"))["least"] or 0
    new = list(_lines_after(begin)[:LINES_MAX])
    if not new:
        return False
    accounts = {line.account_number: line.gateway for line in new}
    WatchedAccount.objects.bulk_create(
        [
            WatchedAccount(account_number=number, gateway=gateway, checked_transfer_id=begin)
            for number, gateway in accounts.items()
        ],
        ignore_conflicts=True,
    )
    settled_id = _settled_id(new, now, begin)
    for account in WatchedAccount.objects.filter(account_number__in=accounts).order_by("id"):
        mine = [line for line in new if line.account_number == account.account_number]
        _check(account.pk, mine, settled_id, now, total)
    WatchedAccount.objects.exclude(account_number__in=accounts).filter(checked_transfer_id__lt=settled_id).update(
        checked_transfer_id=settled_id
    )
    return settled_id > begin and len(new) == LINES_MAX


def _lines_after(id: int) -> QuerySet[BankTransfer]:
    told = BankTransfer.objects.filter(pk__gt=id).order_by("pk")
    return told.only("pk", "account_number", "gateway", "transferred_at", "created_at")


def _settled_id(new: Sequence[BankTransfer], now: datetime, begin: int) -> int:
    """Return up to which id no further line can appear, and all breaks have had their time to heal by themselves."""
    settled_at = now - max(SETTLED_AFTER, timedelta(seconds=settings.CONTINUITY_GRACE_S))
    for line in new:
        if line.created_at > settled_at:
            break
        begin = line.pk
    return begin


@transaction.atomic
def _check(account_id: int, new: Sequence[BankTransfer], settled_id: int, now: datetime, total: Watched) -> None:
    """Judge the chain around the new lines of one account, unless another run is at it."""
    account = WatchedAccount.objects.select_for_update(skip_locked=True).filter(pk=account_id).first()
    if account is None:
        return
    new = [line for line in new if line.pk > account.checked_transfer_id]
    incomplete = False
    stretches, judged = _stretches(account, new), set[datetime]()
    while stretches:
        stretch = _Stretch.read(account, *stretches.pop(0))
        incomplete |= _judge(stretch, now, total)
        for at in stretch.elsewhere - judged:  # Where the lines of a wrong moment belong, an incident may heal.
            judged.add(at)
            stretches.append((at, at))
    total.examined += len(new)
    account.checked_transfer_id = max(account.checked_transfer_id, settled_id)
    account.checked_at = now
    _prove(account, incomplete)
    account.save(update_fields=["checked_transfer_id", "checked_at", "proven_until", "proven_balance_vnd"])


def _stretches(account: WatchedAccount, new: Sequence[BankTransfer]) -> list[tuple[datetime, datetime]]:
    """Put the moments of new lines together whose surroundings overlap, and all if hardly a known line is between.

    The latter is a history that is judged for the first time.
    """
    found: list[tuple[datetime, datetime]] = []
    for at in sorted(line.transferred_at for line in new):
        if found and at - found[-1][1] <= 2 * MARGIN:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    if len(found) > 1:
        whole = found[0][0], found[-1][1]
        there = BankTransfer.objects.filter(account_number=account.account_number, transferred_at__range=whole)
        if there[: 2 * len(new) + 1].count() <= 2 * len(new):
            return [whole]
    return found


@dataclass(slots=True)
class _Stretch:
    """A part of an account's lines, and between which moments its breaks are judged."""

    account: WatchedAccount
    transfers: dict[int, BankTransfer]
    begin: datetime
    end: datetime
    elsewhere: set[datetime] = field(default_factory=set)
    """Moments of other stretches in which lines of this one belong."""

    @classmethod
    def read(cls, account: WatchedAccount, first_at: datetime, last_at: datetime) -> "_Stretch":
        """Read the lines around those from `first_at` to `last_at`, at least one on each side."""
        told = BankTransfer.objects.filter(account_number=account.account_number)
        moments = told.values_list("transferred_at", flat=True)
        earlier = moments.filter(transferred_at__lt=first_at - MARGIN).order_by("-transferred_at", "-sepay_id").first()
        later = moments.filter(transferred_at__gt=last_at + MARGIN).order_by("transferred_at", "sepay_id").first()
        following = (
            moments.filter(transferred_at__gt=last_at + ORDER_TOLERANCE).order_by("transferred_at", "sepay_id").first()
        )
        lines = told.filter(
            transferred_at__gte=(earlier or first_at - MARGIN) - ORDER_TOLERANCE,
            transferred_at__lte=(later or last_at + MARGIN) + ORDER_TOLERANCE,
        ).only("pk", "sepay_id", "transferred_at", "direction", "amount_vnd", "accumulated_vnd", "created_at")
        return cls(
            account=account,
            transfers={transfer.sepay_id: transfer for transfer in lines},
            begin=first_at - ORDER_TOLERANCE,
            end=following or last_at + ORDER_TOLERANCE,
        )

    def breaks(self) -> list[Break]:
        """Return the breaks that are judged. A bank that tells no balances has none."""
        if not any(transfer.accumulated_vnd for transfer in self.transfers.values()):
            return []
        found = chain(map(line_of, self.transfers.values()))
        judged = [one for one in found.breaks if self.begin <= one.after.at <= self.end] if found else []
        if not judged or len(judged) > OPENED_MAX:
            return judged
        told = strays.without_strays(judged, self.account.account_number)
        self.elsewhere |= {at for at in told.belong_at if not self.begin <= at <= self.end}
        return told.breaks

    def transfer(self, line: Line | None) -> BankTransfer | None:
        """Return the row of a line."""
        return None if line is None else self.transfers[line.id]

    def between(self, incident: Incident) -> list[BankTransfer]:
        """Return the lines between the two of an incident that came after them."""
        moments = sorted(line.transferred_at for line in (incident.before, incident.after) if line)
        known = max(incident.before_id or 0, incident.after_id)
        return [
            transfer
            for transfer in self.transfers.values()
            if transfer.pk > known and moments[0] <= transfer.transferred_at <= moments[-1]
        ]


def line_of(transfer: BankTransfer) -> Line:
    """Return a stored line as the chain reads it."""
    change_vnd = transfer.amount_vnd if transfer.direction == Direction.IN else -transfer.amount_vnd
    return Line(
        id=transfer.sepay_id, at=transfer.transferred_at, change_vnd=change_vnd, after_vnd=transfer.accumulated_vnd
    )


def _judge(stretch: _Stretch, now: datetime, total: Watched) -> bool:
    """Bring the incidents of a stretch in line with its breaks; True when one still has time to heal by itself."""
    known = list(
        Incident.objects.select_related("before", "after")
        .filter(
            account_number=stretch.account.account_number,
            status__in=(IncidentStatus.OPEN, IncidentStatus.NOT_FOUND, IncidentStatus.IGNORED),
            after__transferred_at__gte=stretch.begin,
            after__transferred_at__lte=stretch.end,
        )
        .select_for_update(of=("self",))
        .order_by("id")
    )
    pairs, opening = _matched(known, stretch)
    kept = {incident.pk for incident, _found in pairs}
    healed = [incident for incident in known if incident.pk not in kept]
    for incident in healed:
        _heal(incident, stretch, now)
    changed = [incident for incident, found in pairs if _change(incident, found, stretch, now)]
    grace = timedelta(seconds=settings.CONTINUITY_GRACE_S)
    due = [found for found in opening if stretch.transfers[found.after.id].created_at <= now - grace]
    if len(due) > OPENED_MAX:
        logger.warning("%s: %d breaks at once; the first %d become incidents.", stretch.account, len(due), OPENED_MAX)
    opened = Incident.objects.bulk_create([_incident(found, stretch, now) for found in due[:OPENED_MAX]])
    announce(stretch.account.account_number, [*opened, *changed, *healed])
    if opened:
        told = {"account": stretch.account.account_number, "count": len(opened)}
        alert(f"bank-incident:{opened[0].pk}", SENTENCE, told, at=now)
    total.opened += [incident.pk for incident in opened]
    total.changed += [incident.pk for incident in changed]
    total.healed += [incident.pk for incident in healed]
    return len(due) < len(opening)


def _matched(known: Sequence[Incident], stretch: _Stretch) -> tuple[list[tuple[Incident, Break]], list[Break]]:
    """Put breaks to the incidents they are: by the line after, else by the line before. The rest are new."""
    found = stretch.breaks()
    by_after = {stretch.transfers[one.after.id].pk: one for one in found}
    pairs = [(incident, by_after.pop(incident.after_id)) for incident in known if incident.after_id in by_after]
    by_before = {stretch.transfers[one.before.id].pk: one for one in by_after.values() if one.before}
    left = [incident for incident in known if incident.pk not in {paired.pk for paired, _found in pairs}]
    more = [(one, by_before.pop(one.before_id)) for one in left if one.before_id in by_before]
    taken = {id(one) for _incident, one in [*pairs, *more]}
    return [*pairs, *more], [one for one in found if id(one) not in taken]


def _incident(found: Break, stretch: _Stretch, now: datetime) -> Incident:
    return Incident(
        account_number=stretch.account.account_number,
        gateway=stretch.account.gateway,
        missing_vnd=found.missing_vnd,
        before=stretch.transfer(found.before),
        after=stretch.transfers[found.after.id],
        opened_at=now,
        status=IncidentStatus.OPEN,
        next_ask_at=now,
    )


def _change(incident: Incident, found: Break, stretch: _Stretch, now: datetime) -> bool:
    """Follow a break that part of its lines have come for; True when it did change."""
    before, after = stretch.transfer(found.before), stretch.transfers[found.after.id]
    told = (before.pk if before else None, after.pk, found.missing_vnd)
    if told == (incident.before_id, incident.after_id, incident.missing_vnd):
        return False
    incident.found.add(*stretch.between(incident))
    incident.before, incident.after, incident.missing_vnd = before, after, found.missing_vnd
    if incident.status != IncidentStatus.IGNORED:
        incident.status, incident.asks, incident.next_ask_at = IncidentStatus.OPEN, 0, now
    incident.save(update_fields=["before", "after", "missing_vnd", "status", "asks", "next_ask_at"])
    return True


def _heal(incident: Incident, stretch: _Stretch, now: datetime) -> None:
    incident.found.add(*stretch.between(incident))
    incident.status, incident.next_ask_at = IncidentStatus.HEALED, None
    incident.closed_at, incident.closed_by = now, WATCHER
    incident.save(update_fields=["status", "next_ask_at", "closed_at", "closed_by"])


def _prove(account: WatchedAccount, incomplete: bool) -> None:
    """Note until when the account has no gap: up to its first break that nobody explained, else to its newest line."""
    told = BankTransfer.objects.filter(account_number=account.account_number)
    gap = (
        Incident.objects.select_related("before")
        .filter(
            account_number=account.account_number, status__in=(IncidentStatus.OPEN, IncidentStatus.NOT_FOUND),
            before__isnull=False,
        )
        .order_by("before__transferred_at")
        .first()
    )  # fmt: skip
    if gap is not None:
        line = gap.before
    elif incomplete:
        return
    else:
        line = told.order_by("-transferred_at", "-sepay_id").first()
    if line is not None:
        account.proven_until, account.proven_balance_vnd = line.transferred_at, line.accumulated_vnd
