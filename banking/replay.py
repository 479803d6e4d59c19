"""Going through what is stored once more: are all deliveries transfers, and would the rules decide as they did?

A delivery without its transfer is taken again, one from the queue of the failed is tried, and a transfer that nobody
was found for goes through the present rules. Where money has moved, nothing is changed: what the rules would do
otherwise today is only told, and a person may take the match back. A second replay finds nothing left to do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from banking import retrying
from banking.matching.backlog import clues_in, match, waiting
from banking.matching.rules import Ruling, rule
from banking.models import (
    BankTransfer,
    Channel,
    Delivery,
    Direction,
    FailedDelivery,
    MatchMethod,
    MatchStatus,
    PendingMatch,
    RetryStatus,
)
from banking.operations import take_sepay_notice
from banking.sepay.parser import BadDelivery, Notice
from banking.sepay.stored import notice_of

BATCH_ROWS = 500
BY_RULES = (MatchMethod.QR_CODE, MatchMethod.EXACT_PHONE, MatchMethod.SINGLE_MATCH)


class What(StrEnum):
    """What was found about a delivery. The first three are changes; the others are only told."""

    RESTORED = "restored"
    """It was stored and was no transfer."""
    TAKEN = "taken"
    """It waited in the queue of those that could not be taken."""
    FOUND = "found"
    """It was nobody's, and the present rules know whose it is."""
    OTHERWISE = "otherwise"
    """The rules gave it to somebody, and today they would not."""
    UNREADABLE = "unreadable"
    """By the present rules it cannot be stored."""


CHANGES = frozenset({What.RESTORED, What.TAKEN, What.FOUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding: the provider's id, the transfer if there is one, and whose it was and would be, by phone."""

    what: What
    sepay_id: int
    transfer_id: int | None = None
    was: str = ""
    now: str = ""
    error: str = ""


def replay(*, since: datetime, preview: bool) -> Iterator[Finding]:
    """Go through what was received from `since` on and yield what is found; a preview changes nothing.

    Each restored or queued delivery is a transaction of its own, so a replay may be ended and begun again.
    """
    last_id = 0
    while batch := list(_received(since).filter(pk__gt=last_id).order_by("pk")[:BATCH_ROWS]):
        last_id = batch[-1].pk
        ids = [one.pk for one in batch]
        taken = set(BankTransfer.objects.filter(delivery__in=ids).values_list("delivery_id", flat=True))
        yield from _restored([one for one in batch if one.pk not in taken], preview=preview)
        yield from _decided(ids, preview=preview)
    yield from _queued(since, preview=preview)


def _received(since: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(received_at__gte=since)


def _restored(lost: Sequence[Delivery], *, preview: bool) -> Iterator[Finding]:
    for delivery in lost:
        try:
            notice = notice_of(delivery.body)
        except BadDelivery as error:
            yield Finding(what=What.UNREADABLE, sepay_id=delivery.external_id, error=str(error))
            continue
        transfer_id = None if preview else _take_again(delivery, notice)
        if preview or transfer_id is not None:
            yield Finding(what=What.RESTORED, sepay_id=delivery.external_id, transfer_id=transfer_id)


@transaction.atomic
def _take_again(delivery: Delivery, notice: Notice) -> int | None:
    """Take a stored delivery that is no transfer, and keep when it came and how often; None if another run did.

    It goes and comes back with its transfer, by the webhook's own door, before anybody sees it gone.
    """
    gone, _ = Delivery.objects.filter(pk=delivery.pk).delete()
    if not gone:
        return None
    taken = take_sepay_notice(notice, body=delivery.body, channel=Channel(delivery.channel))
    Delivery.objects.filter(provider=delivery.provider, external_id=delivery.external_id).update(
        received_at=delivery.received_at, repeats=delivery.repeats, repeated_at=delivery.repeated_at,
        differing_body=delivery.differing_body,
    )  # fmt: skip
    return taken.transfer_id


def _decided(delivery_ids: Sequence[int], *, preview: bool) -> Iterator[Finding]:
    """Compare what became of incoming transfers with what the rules say today."""
    asked = PendingMatch.objects.exclude(status=MatchStatus.RESOLVED).values("transfer")
    nobodys = list(waiting().filter(delivery__in=delivery_ids).exclude(pk__in=asked))
    by_rules = list(
        BankTransfer.objects.select_related("customer")
        .filter(delivery__in=delivery_ids, direction=Direction.IN, match_method__in=BY_RULES, customer__isnull=False)
        .order_by("pk")
    )
    for row, ruling in zip(by_rules, _rulings(by_rules), strict=True):
        was, now = row.customer.phone if row.customer else "", _owner(ruling)
        if was != now:
            yield Finding(what=What.OTHERWISE, sepay_id=row.sepay_id, transfer_id=row.pk, was=was, now=now)
    found = {row.pk: _owner(ruling) for row, ruling in zip(nobodys, _rulings(nobodys), strict=True)}
    sure = [row for row in nobodys if found[row.pk]]
    if not preview:
        list(match(sure))
    for row in sure:
        yield Finding(what=What.FOUND, sepay_id=row.sepay_id, transfer_id=row.pk, now=found[row.pk])


def _rulings(rows: Sequence[BankTransfer]) -> list[Ruling]:
    return rule([clues_in(row) for row in rows])


def _owner(ruling: Ruling) -> str:
    return ruling.owner.phone if ruling.owner else ""


def _queued(since: datetime, *, preview: bool) -> Iterator[Finding]:
    """Try what waits in the queue of the failed, also what was given up."""
    for failed in (
        FailedDelivery.objects.filter(created_at__gte=since).exclude(status=RetryStatus.SUCCESS).order_by("pk")
    ):
        try:
            notice_of(failed.body)
        except BadDelivery as error:
            yield Finding(what=What.UNREADABLE, sepay_id=failed.external_id, error=str(error))
            continue
        outcome = retrying.Outcome(id=failed.pk) if preview else retrying.take_queued(failed.pk)
        if not outcome.error:
            yield Finding(what=What.TAKEN, sepay_id=failed.external_id, transfer_id=outcome.transfer_id)
