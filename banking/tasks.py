"""Scheduled work on bank transfers."""

from celery import shared_task
from django.utils import timezone

from banking import operations, retrying
from banking.continuity import healing, watch
from banking.matching import due
from banking.payos import asking
from n2store.jobs import job_run
from proxy.sepay import SepayNotConfigured

CREDIT_ROWS_MAX = 50
"""Transfers of one transaction of the job."""


@shared_task  # type: ignore[untyped-decorator]
def credit_approved(**_: object) -> int:
    """Credit what was approved and not credited at once, and return how many transfers."""
    total = 0
    with job_run("credit-approved") as run:
        while credited := operations.credit_approved(rows_max=CREDIT_ROWS_MAX):
            total += len(credited)
            run.changed = total
    return total


@shared_task  # type: ignore[untyped-decorator]
def retry_failed_deliveries(**_: object) -> int:
    """Take what could not be taken when it came, and return how many are taken now. No line if none waited."""
    if not retrying.anything_queued():
        return 0
    with job_run("retry-failed-deliveries") as run:
        result = retrying.retry_due(now=timezone.now())
        run.examined, run.changed, run.skipped = result.total, result.success, result.failed
    return result.success


@shared_task  # type: ignore[untyped-decorator]
def check_continuity(**_: object) -> int:
    """Judge new lines of every account, ask SePay about breaks that are due, and return how many breaks were found.

    No line if there was neither.
    """
    if not watch.anything_new() and not healing.anything_due(timezone.now()):
        return 0
    with job_run("check-continuity") as run:
        found = watch.check_all(now=timezone.now())
        run.examined, run.changed = found.examined, len(found.opened) + len(found.changed) + len(found.healed)
        if healing.anything_due(timezone.now()):
            healing.ask_due(now=timezone.now())
    return len(found.opened)


@shared_task  # type: ignore[untyped-decorator]
def ask_sepay(**_: object) -> int:
    """Ask SePay's list for what its webhook failed to tell, and return how many lines were missing."""
    with job_run("ask-sepay") as run:
        brought = healing.ask_due(now=timezone.now())
        brought.add(healing.poll(now=timezone.now()))
        run.examined, run.changed, run.skipped = brought.seen, brought.new, brought.refused
        if brought.error != SepayNotConfigured.code:  # A shop may do without.
            run.error = brought.error
    return run.changed


@shared_task  # type: ignore[untyped-decorator]
def match_due(**_: object) -> int:
    """Ask TPOS about the transfers that wait for it, and return how many went somewhere. No line if none was due."""
    if not due.is_due():
        return 0
    with job_run("match-due") as run:
        done = due.match_due()
        run.examined, run.changed, run.skipped, run.error = done.examined, done.changed, done.waiting, done.trouble
    return done.changed


@shared_task  # type: ignore[untyped-decorator]
def check_topups(**_: object) -> int:
    """Ask PayOS about the top-ups that are due, and return how many changed. No line if none was due.

    Also about those of which a webhook told too little: these are due at once.
    """
    if not asking.is_due(timezone.now()):
        return 0
    with job_run("check-topups") as run:
        done = asking.check_due(now=timezone.now())
        run.examined, run.changed, run.skipped, run.error = done.examined, done.changed, done.skipped, done.trouble
    return done.changed
