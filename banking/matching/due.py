"""The transfers that wait for TPOS: asked about one by one, with nothing held while TPOS thinks.

A row is claimed by moving its `match_due_at` forward, in a transaction of its own: whoever is killed loses nothing, the
row is due again when the lease has run out. What TPOS said is settled afterwards, where the row's state counts again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone

from banking.matching.backlog import BATCH_ROWS, clues_in, match
from banking.matching.clues import Clues
from banking.matching.rules import Ruling, rule_with_tpos, rule_without_tpos
from banking.matching.settling import Settled, settle
from banking.models import BankTransfer, Verdict
from customers.queries import CustomerNotFound
from customers.tpos import take
from proxy.tpos import Found, Tpos, TposError, TposNotConfigured, TposUnavailable, tpos

logger = logging.getLogger(__name__)

ASKS_MAX = 50
"""Questions to TPOS in one run: the next run comes soon."""
LEASE = timedelta(seconds=90)
"""Longer than TPOS may take to answer one question."""
PAUSE_MIN, PAUSE_MAX = timedelta(seconds=15), timedelta(minutes=15)
UNAVAILABLE, REFUSED = "TPOS_UNAVAILABLE", "TPOS_REFUSED"


@dataclass(slots=True)
class Run:
    """What one run did: transfers looked at, those that went somewhere, those that go on waiting, and why."""

    examined: int = 0
    changed: int = 0
    waiting: int = 0
    trouble: str = ""
    held: set[int] = field(default_factory=set)


def is_due(at: datetime | None = None) -> bool:
    """Tell whether any transfer is to be looked at."""
    return BankTransfer.objects.filter(match_due_at__lte=at or timezone.now()).exists()


def match_due(*, book: Tpos | None = None, asks_max: int = ASKS_MAX) -> Run:
    """Look at what is due: our own customers first, many at once; then TPOS, until it fails or enough was asked."""
    run = Run()
    asked = 0
    while not run.trouble and asked < asks_max and (claimed := _claim(BATCH_ROWS)):
        run.examined += len(claimed)
        run.held = {row.pk for row in claimed}
        for_tpos = _settle_from_own(claimed, run)
        for place, row in enumerate(for_tpos):
            if run.trouble or asked >= asks_max:
                _let_go(for_tpos[place:])
                run.waiting += len(for_tpos) - place
                break
            asked += 1
            _ask_about(row, run, book)
    return run


def _claim(rows_max: int) -> list[BankTransfer]:
    """Take the rows that have been due longest, for the time of a lease."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE banking_banktransfer SET match_due_at = clock_timestamp() + make_interval(secs => %s) WHERE id IN (
                SELECT id FROM banking_banktransfer WHERE match_due_at <= clock_timestamp()
                ORDER BY match_due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
            ) RETURNING id
            """,
            [LEASE.total_seconds(), rows_max],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(BankTransfer.objects.filter(pk__in=ids).order_by("pk")) if ids else []


def _settle_from_own(claimed: Sequence[BankTransfer], run: Run) -> list[BankTransfer]:
    """Settle what needs no TPOS, and return the rest."""
    rest = []
    for one in match(claimed):
        if one.settled.outcome == Verdict.LOOKING:
            rest.append(one.transfer)
        elif one.settled.outcome == "left":  # It found its owner elsewhere, or is a person's now.
            BankTransfer.objects.filter(pk=one.transfer.pk, match_due_at=one.transfer.match_due_at).update(
                match_due_at=None
            )
        else:
            run.changed += 1
    return rest


def _ask_about(row: BankTransfer, run: Run, book: Tpos | None) -> None:
    """Ask TPOS about one row, if it is still ours, and write what follows."""
    if not _renew(row):
        return
    clue = clues_in(row)
    try:
        found = (book or tpos()).search_partial(clue.digits)
    except TposNotConfigured as error:
        _settle(row, rule_without_tpos(clue, error.code), run)
        return
    except TposError as error:
        logger.info("TPOS was not asked about transfer %s: %s", row.pk, error)
        _wait(row, UNAVAILABLE if isinstance(error, TposUnavailable) else REFUSED, run)
        return
    _recovered(run)
    new = _settle(row, rule_with_tpos(clue, found), run)
    if new is not None:
        _fill(new, clue, found)


def _renew(row: BankTransfer) -> bool:
    """Make the lease of a row last for one question; False when it ran out and somebody else has the row.

    Whoever calls with a transaction open is refused: nothing is held while TPOS thinks.
    """
    until = timezone.now() + LEASE
    with transaction.atomic(durable=True):
        ours = BankTransfer.objects.filter(pk=row.pk, match_due_at=row.match_due_at)
        renewed = ours.update(match_due_at=until, match_attempts=F("match_attempts") + 1)
    row.match_due_at = until
    return bool(renewed)


def _settle(row: BankTransfer, ruling: Ruling, run: Run) -> Settled | None:
    """Write the ruling; return what became of it if a customer was made for it."""
    [settled] = settle({row.pk: ruling})
    run.changed += settled.outcome != "left"
    return settled if settled.is_new else None


def _fill(settled: Settled, clue: Clues, found: Found) -> None:
    """Fill a customer whom only TPOS knew in from what TPOS said, as far as it said all."""
    assert settled.customer_id is not None
    try:
        take(settled.customer_id, found)
    except CustomerNotFound:
        logger.info("The customer of %s was deleted meanwhile", clue.digits)


def _wait(row: BankTransfer, trouble: str, run: Run) -> None:
    """Look at this row again after a pause that grows; tell on every row that waits why it does. The run ends."""
    pause = min(PAUSE_MIN * 2 ** min(row.match_attempts, 10), PAUSE_MAX)
    BankTransfer.objects.filter(pk=row.pk, match_due_at=row.match_due_at).update(match_due_at=timezone.now() + pause)
    _update_in_order(
        BankTransfer.objects.filter(match_due_at__isnull=False).exclude(match_trouble=trouble), match_trouble=trouble
    )
    run.trouble, run.waiting = trouble, run.waiting + 1


def _recovered(run: Run) -> None:
    """TPOS answers: what waited for that is due at once, but for what this run holds already."""
    _update_in_order(
        BankTransfer.objects.filter(match_trouble__in=[UNAVAILABLE, REFUSED], match_due_at__isnull=False),
        match_trouble="",
        match_due_at=Case(When(pk__in=run.held, then=F("match_due_at")), default=Value(timezone.now())),
    )


@transaction.atomic
def _update_in_order(rows: QuerySet[BankTransfer], **changes: Any) -> None:
    """Change rows that others may hold several of as well: by id, as everywhere, so that nobody waits in a circle."""
    held = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    if held:
        rows.filter(pk__in=held).update(**changes)


def _let_go(rows: Sequence[BankTransfer]) -> None:
    """Make claimed rows due again that were not asked about."""
    for row in rows:
        BankTransfer.objects.filter(pk=row.pk, match_due_at=row.match_due_at).update(match_due_at=timezone.now())
