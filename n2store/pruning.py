"""Keeping the diary of jobs as short as JOB_RUNS_KEPT_DAYS says. The last run of each job stays, however old."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from n2store.batches import delete_in_batches
from n2store.models import JobAsked, JobRun

PRUNE = """
    DELETE FROM n2store_jobrun WHERE id IN (
        SELECT old.id FROM n2store_jobrun old
        WHERE old.started_at < %s AND EXISTS (
            SELECT FROM n2store_jobrun newer WHERE newer.job = old.job AND newer.started_at > old.started_at
        )
        ORDER BY old.id LIMIT %s
    )
"""


def prune(now: datetime) -> Iterator[int]:
    """Delete what is too old, also what people asked for then, batch by batch; yield how many runs each batch had."""
    JobAsked.objects.filter(asked_at__lt=_before(now)).delete()  # Before the runs they led to.
    yield from delete_in_batches(PRUNE, _before(now))


def runs_to_prune(now: datetime) -> dict[str, int]:
    """Return how many runs are too old."""
    return {"runs": _old(now).count()}


def _old(now: datetime) -> QuerySet[JobRun]:
    newer = JobRun.objects.filter(job=OuterRef("job"), started_at__gt=OuterRef("started_at"))
    return JobRun.objects.filter(Exists(newer), started_at__lt=_before(now))


def _before(now: datetime) -> datetime:
    return now - timedelta(days=settings.JOB_RUNS_KEPT_DAYS)
