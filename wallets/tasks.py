"""Scheduled work on the ledger."""

import logging

from celery import shared_task

from n2store.jobs import job_run
from wallets.queries import verify_ledger as find_faults

logger = logging.getLogger(__name__)


@shared_task  # type: ignore[untyped-decorator]
def verify_ledger(**_: object) -> int:
    """Prove the ledger and return the number of faults; each is logged as an error."""
    with job_run("verify-ledger") as run:
        faults = find_faults()
        for fault in faults:
            logger.error("Ledger of wallet %s, row %s: %s", fault.wallet_id, fault.sequence, fault.text)
        run.error = f"{len(faults)} faults" if faults else ""
    return len(faults)
