"""Genuine deliveries that could not be taken: kept as they came, and taken later through the same door.

A run claims by state and lease, so a worker that dies gives its delivery back. SePay may have sent it again meanwhile;
then it is taken already, and the queue only notes that.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from banking.authority import Right, require
from banking.models import FailedDelivery, Provider, RetryStatus
from banking.operations import take_sepay_notice
from banking.sepay.stored import notice_of
from n2store import audit
from n2store.errors import DomainError, NotFound
from n2store.roles import Caller
from n2store.wire import stored

logger = logging.getLogger(__name__)

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""After each failed attempt; the last one for all further ones."""
LEASE = timedelta(minutes=2)
ERROR_LENGTH_MAX = 500
BY_HAND_MAX = 100
DUE_MAX = 100


class FailedDeliveryNotFound(NotFound):
    """No queued delivery has this id."""

    code = "FAILED_DELIVERY_NOT_FOUND"


class MaxRetriesExceeded(DomainError):
    """It was tried as often as it is tried. `params`: retry_count, max_retries."""

    code = "MAX_RETRIES_EXCEEDED"


class RetryUnderWay(DomainError):
    """Another run is taking it at this moment."""

    status, code = 409, "RETRY_UNDER_WAY"


class RetryFailed(DomainError):
    """It could not be taken this time either; it stays in the queue. `params`: error."""

    status, code = 500, "RETRY_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """A queued delivery that is taken now. `duplicate`: SePay's own repeat had been taken before."""

    failed_id: int
    transfer_id: int
    duplicate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one of many: `error` is empty when it was taken."""

    id: int
    transfer_id: int | None = None
    duplicate: bool = False
    error: str = ""

    @property
    def status(self) -> str:
        """`success` or `failed`, as the old server's answer has it."""
        return "failed" if self.error else "success"


@dataclass(slots=True)
class RetriedAll:
    """What became of many, in the order of the queue."""

    details: list[Outcome] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many were tried."""
        return len(self.details)

    @property
    def success(self) -> int:
        """How many are taken now."""
        return sum(not one.error for one in self.details)

    @property
    def failed(self) -> int:
        """How many wait on, or were given up."""
        return self.total - self.success


def queue(*, body: str, provider: Provider, external_id: int, error: BaseException) -> bool:
    """Keep a genuine delivery that could not be taken; True once it is stored, also when it was before.

    Of the error only its kind is kept where staff read it: its text may hold anything.

    Raises:
        DatabaseError: it is not stored.
    """
    FailedDelivery.objects.bulk_create(
        [
            FailedDelivery(
                provider=provider, external_id=external_id, body=body, last_error=_words(error),
                next_attempt_at=timezone.now() + PAUSES[0],
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return FailedDelivery.objects.filter(provider=provider, external_id=external_id).exists()


def retry(*, caller: Caller, failed_id: int, anew: bool = False) -> Retried:
    """Take one queued delivery now. `anew` begins to count again, for one that was given up.

    Raises:
        MayNotHandle: the caller may not.
        FailedDeliveryNotFound: there is none.
        MaxRetriesExceeded: it was given up.
        RetryUnderWay: another run has it.
        RetryFailed: it could not be taken this time either.
    """
    require(caller, Right.RECOVER)
    outcome = _retry_one(failed_id, anew=anew)
    audit.record(
        actor=caller.name,
        action="failed_delivery.retry",
        subject=f"failed_delivery:{failed_id}",
        after={"transfer": outcome.transfer_id, "duplicate": outcome.duplicate, "error": outcome.error},
    )
    if outcome.error or outcome.transfer_id is None:
        raise RetryFailed("The delivery could not be taken.", error=outcome.error)
    return Retried(failed_id=failed_id, transfer_id=outcome.transfer_id, duplicate=outcome.duplicate)


def retry_all(*, caller: Caller, most: int = BY_HAND_MAX) -> RetriedAll:
    """Take what waits in the queue now, due or not, the oldest first; those given up are left.

    Raises:
        MayNotHandle: the caller may not.
    """
    require(caller, Right.RECOVER)
    waiting = FailedDelivery.objects.filter(status=RetryStatus.PENDING, attempts__lt=F("max_attempts"))
    all_ids = list(waiting.order_by("id").values_list("id", flat=True)[: min(most, BY_HAND_MAX)])
    result = RetriedAll()
    for failed_id in all_ids:
        try:
            result.details.append(_retry_one(failed_id))
        except DomainError:
            continue  # Another run took it, or gave it up, meanwhile.
    audit.record(
        actor=caller.name,
        action="failed_delivery.retry_all",
        after={"total": result.total, "success": result.success},
    )
    return result


def take_queued(failed_id: int) -> Outcome:
    """Try one for a replay, also one that was given up; one that another run has is left to it."""
    try:
        return _retry_one(failed_id, anew=True)
    except RetryUnderWay as refusal:
        return Outcome(id=failed_id, error=str(refusal))


def anything_queued() -> bool:
    """Tell whether a delivery waits to be taken, or to be marked as taken."""
    return FailedDelivery.objects.exclude(status=RetryStatus.SUCCESS).exists()


def retry_due(*, now: datetime, most: int = DUE_MAX) -> RetriedAll:
    """Take what is due, and note what SePay's own repeats have settled. Safe to run twice, or in parallel."""
    settle_taken(now=now)
    _give_up(now=now)
    result = RetriedAll()
    while result.total < most and (claimed := _claim(Q(next_attempt_at__lte=now), now=now)) is not None:
        result.details.append(_attempt(claimed, now))
    return result


def due(now: datetime) -> QuerySet[FailedDelivery]:
    """Return the deliveries that the next run would try."""
    return _free(Q(next_attempt_at__lte=now), now)


def _free(which: Q, now: datetime) -> QuerySet[FailedDelivery]:
    free = Q(status=RetryStatus.PENDING) | Q(status=RetryStatus.PROCESSING, next_attempt_at__lte=now)
    return FailedDelivery.objects.filter(which, free, attempts__lt=F("max_attempts"))


def settle_taken(*, now: datetime) -> int:
    """Mark queued deliveries as taken whose transfer is there: SePay sent them again. Return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE banking_faileddelivery f SET status = 'success', transfer_id = t.id, processed_at = %s"
            " FROM banking_banktransfer t"
            " WHERE f.status <> 'success' AND f.provider = %s AND t.sepay_id = f.external_id",
            [now, Provider.SEPAY],
        )
        return int(cursor.rowcount)


def _retry_one(failed_id: int, *, anew: bool = False) -> Outcome:
    """Claim one by its id and try it.

    Raises:
        FailedDeliveryNotFound, MaxRetriesExceeded, RetryUnderWay: it cannot be claimed.
    """
    now = timezone.now()
    if anew:
        FailedDelivery.objects.filter(pk=failed_id, status=RetryStatus.FAILED).update(
            status=RetryStatus.PENDING, attempts=0
        )
    claimed = _claim(Q(pk=failed_id), now=now)
    if claimed is not None:
        return _attempt(claimed, now)
    known = FailedDelivery.objects.filter(pk=failed_id).first()
    if known is None:
        raise FailedDeliveryNotFound("Failed webhook not found")
    if known.status == RetryStatus.SUCCESS:
        return Outcome(id=failed_id, transfer_id=known.transfer_id, duplicate=True)
    being_claimed = known.status != RetryStatus.FAILED and known.attempts < known.max_attempts
    if being_claimed or (known.status == RetryStatus.PROCESSING and known.next_attempt_at > now):
        raise RetryUnderWay("This delivery is being taken at this moment.")
    raise MaxRetriesExceeded("Max retries exceeded", retry_count=known.attempts, max_retries=known.max_attempts)


@transaction.atomic
def _claim(which: Q, *, now: datetime) -> FailedDelivery | None:
    """Take the next of them for ourselves, for the length of a lease; None when there is none to take."""
    claimed = _free(which, now).select_for_update(skip_locked=True).order_by("next_attempt_at", "id").first()
    if claimed is not None:
        claimed.status, claimed.attempts = RetryStatus.PROCESSING, claimed.attempts + 1
        claimed.last_attempt_at, claimed.next_attempt_at = now, now + LEASE
        claimed.save(update_fields=["status", "attempts", "last_attempt_at", "next_attempt_at"])
    return claimed


def _give_up(*, now: datetime) -> None:
    """Give up what died in its last attempt."""
    died = FailedDelivery.objects.filter(
        status=RetryStatus.PROCESSING, next_attempt_at__lte=now, attempts__gte=F("max_attempts")
    )
    died.update(status=RetryStatus.FAILED)


def _attempt(claimed: FailedDelivery, now: datetime) -> Outcome:
    """Take one claimed delivery through the webhook's own door, and write down what came of it."""
    mine = FailedDelivery.objects.filter(pk=claimed.pk, attempts=claimed.attempts)
    try:
        taken = take_sepay_notice(notice_of(claimed.body), body=claimed.body)
    except Exception as error:
        logger.warning("Queued delivery %s was not taken.", claimed.pk, exc_info=error)
        words, given_up = _words(error), claimed.attempts >= claimed.max_attempts
        mine.update(
            status=RetryStatus.FAILED if given_up else RetryStatus.PENDING,
            last_error=words,
            next_attempt_at=now + PAUSES[min(claimed.attempts, len(PAUSES)) - 1],
        )
        return Outcome(id=claimed.pk, error=words)
    mine.update(status=RetryStatus.SUCCESS, transfer_id=taken.transfer_id, processed_at=timezone.now(), last_error="")
    return Outcome(id=claimed.pk, transfer_id=taken.transfer_id, duplicate=not taken.is_new)


def _words(error: BaseException) -> str:
    """Return what staff may read of an error: a refusal's own sentence, else only its kind."""
    text = f"{type(error).__name__}: {error}" if isinstance(error, DomainError) else type(error).__name__
    return stored(text[:ERROR_LENGTH_MAX])
