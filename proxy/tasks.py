"""Scheduled work of the gateway."""

from celery import shared_task
from django.utils import timezone

from n2store.jobs import job_run
from proxy.watching import pruning


@shared_task  # type: ignore[untyped-decorator]
def prune_traces(**_: object) -> int:
    """Forget traces and counts older than GATEWAY_TRACES_KEPT_DAYS, and what is beyond GATEWAY_TRACES_MAX."""
    with job_run("prune-traces") as run:
        run.changed = pruning.prune(timezone.now())
        return run.changed
