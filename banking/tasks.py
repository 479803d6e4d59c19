"""Scheduled work on bank transfers."""

from celery import shared_task

from banking import operations
from banking.matching import due
from n2store.jobs import job_run

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
def match_due(**_: object) -> int:
    """Ask TPOS about the transfers that wait for it, and return how many went somewhere. No line if none was due."""
    if not due.is_due():
        return 0
    with job_run("match-due") as run:
        done = due.match_due()
        run.examined, run.changed, run.skipped, run.error = done.examined, done.changed, done.waiting, done.trouble
    return done.changed
