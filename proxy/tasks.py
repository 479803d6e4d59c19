"""Scheduled work of the gateway."""

from celery import shared_task
from django.utils import timezone

from n2store.jobs import job_run
from proxy import alerts
from proxy.facebook import once
from proxy.watching import pruning


@shared_task  # type: ignore[untyped-decorator]
def tell_alerts(**_: object) -> int:
    """Tell the shop's chat what it has not heard yet, and return how much; no row where there is nothing to tell."""
    now = timezone.now()
    if not alerts.is_anything_due(now=now):
        return 0
    with job_run("tell-alerts") as run:
        told = alerts.tell(now=now)
        run.examined, run.changed, run.skipped = told.examined, told.told, told.examined - told.told
        return told.told


@shared_task  # type: ignore[untyped-decorator]
def prune_gateway(**_: object) -> int:
    """Forget alerts and keys of sent messages that are too old to matter, and return how many."""
    with job_run("prune-gateway") as run:
        run.changed = alerts.forget(now=timezone.now()) + once.forget(now=timezone.now())
        return run.changed


@shared_task  # type: ignore[untyped-decorator]
def prune_traces(**_: object) -> int:
    """Forget traces and counts older than GATEWAY_TRACES_KEPT_DAYS, and what is beyond GATEWAY_TRACES_MAX."""
    with job_run("prune-traces") as run:
        run.changed = pruning.prune(timezone.now())
        return run.changed
