"""Putting transfers that arrived before through the rules: many at a time, one read and one write for each batch."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from banking.matching.clues import Clues, clues_of
from banking.matching.rules import Ruling, rule
from banking.matching.settling import Settled, settle
from banking.models import MONEY_IN, BankTransfer, Verdict, Verification

BATCH_ROWS = 100
"""Transfers held at once: one transaction."""
WITH_CODE_MAX = 500


@dataclass(frozen=True, slots=True)
class Matched:
    """One transfer, what the rules said, and what became of it."""

    transfer: BankTransfer
    ruling: Ruling
    settled: Settled


def waiting() -> QuerySet[BankTransfer]:
    """Return incoming transfers that nobody has been found for, newest first.

    One whose owner a person took away, with or without money, is left to people: the rules would find the same again.
    """
    unowned = BankTransfer.objects.filter(MONEY_IN, customer=None, verification=Verification.PENDING, times_undone=0)
    return unowned.exclude(decisions__verdict=Verdict.UNLINKED).order_by("-transferred_at", "-id")


def clues_in(transfer: BankTransfer) -> Clues:
    """Read a transfer's text as when it arrived."""
    accounts = (transfer.account_number, transfer.sub_account)
    return clues_of(transfer.content, amount_vnd=transfer.amount_vnd, accounts=accounts)


def match(transfers: Sequence[BankTransfer], *, ask_first: bool = False) -> Iterator[Matched]:
    """Put transfers through the rules, batch by batch, and yield what became of each."""
    for start in range(0, len(transfers), BATCH_ROWS):
        batch = transfers[start : start + BATCH_ROWS]
        rulings = dict(zip((row.pk for row in batch), rule([clues_in(row) for row in batch]), strict=True))
        settled = {one.transfer_id: one for one in settle(rulings, ask_first=ask_first)}
        yield from (Matched(row, rulings[row.pk], settled[row.pk]) for row in batch)


def match_unlinked_with_code(code: str, *, ask_first: bool) -> list[Matched]:
    """Match the newest waiting transfers that carry `code`, now that somebody has it."""
    return list(match(list(waiting().filter(content__icontains=code)[:WITH_CODE_MAX]), ask_first=ask_first))


def with_outcome(matched: Iterable[Matched], *outcomes: str) -> list[Matched]:
    """Return those that ended in one of the outcomes."""
    return [one for one in matched if one.settled.outcome in outcomes]
