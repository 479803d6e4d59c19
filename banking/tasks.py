"""Scheduled work on bank transfers."""

from celery import shared_task

from banking import operations
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
