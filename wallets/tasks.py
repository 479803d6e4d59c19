"""Scheduled work on the ledger."""

import logging

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_noop

from n2store.jobs import job_run
from proxy.alerts import alert
from wallets import operations, pending
from wallets.proof.seals import seal_days
from wallets.queries import verify_ledger as find_faults

logger = logging.getLogger(__name__)

FAULTS = gettext_noop("The ledger has %(count)d faults. Stop paying out and look at `ledger_verify`.")
EXPIRE_WALLETS_MAX = 200
"""Wallets that one transaction of the job may hold."""


@shared_task  # type: ignore[untyped-decorator]
def verify_ledger(**_: object) -> int:
    """Prove the ledger and return the number of faults; each is logged as an error. Without any, close past days."""
    with job_run("verify-ledger") as run:
        faults = find_faults()
        for fault in faults:
            logger.error("Ledger of wallet %s, row %s: %s", fault.wallet_id, fault.sequence, fault.text)
        run.error = f"{len(faults)} faults" if faults else ""
        if faults:
            first = faults[0]
            alert(f"ledger:{first.wallet_id}:{first.sequence}", FAULTS, {"count": len(faults)}, at=timezone.now())
        else:
            run.changed = seal_days(now=timezone.now())
    return len(faults)


@shared_task  # type: ignore[untyped-decorator]
def expire_credits(*, wallets_max: int = EXPIRE_WALLETS_MAX, **_: object) -> int:
    """End the lots that have run out, a batch of wallets a transaction, and return how many ended.

    Spending does not wait for this job: it decides by the clock. The job makes the balances on screen true.
    """
    total = 0
    with job_run("expire-credits") as run:
        while ended := operations.expire_credits(at=timezone.now(), wallets_max=wallets_max):
            total += ended
            run.changed = total
    return total


@shared_task  # type: ignore[untyped-decorator]
def process_pending_withdrawals(*, rows_max: int = pending.ROWS_MAX, **_: object) -> int:
    """Try the withdrawals of orders that are due, batch by batch, and return how many took their money."""
    at = timezone.now()
    with job_run("process-pending-withdrawals") as run:
        while (done := pending.process_due(at=at, rows_max=rows_max)).total:
            run.examined += done.total
            run.changed += done.success
            run.skipped += done.failed + done.retry_later
    return run.changed
