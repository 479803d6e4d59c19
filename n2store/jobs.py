"""The diary of scheduled jobs: every run leaves a row, also one that failed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from celery import current_task
from django.utils import timezone

from n2store.models import JobRun

_asking: ContextVar[tuple[str, list[JobRun]] | None] = ContextVar("asking", default=None)


@contextmanager
def job_run(job: str) -> Iterator[JobRun]:
    """Keep a row for one run; the body counts `examined`, `changed` and `skipped` on it.

    An exception is written down and goes on to Celery, which reports it.
    """
    asked_by, runs = _asking.get() or ("", [])
    run = JobRun.objects.create(job=job, due_at=_due_at(), started_at=timezone.now(), asked_by=asked_by)
    runs.append(run)
    try:
        yield run
    except Exception as error:
        run.error = f"{type(error).__name__}: {error}"
        raise
    finally:
        run.ended_at = timezone.now()
        run.save()


@contextmanager
def asked_for(by: str) -> Iterator[list[JobRun]]:
    """Write `by` on every run that begins within, and return those runs: none where there was nothing to do."""
    runs: list[JobRun] = []
    token = _asking.set((by, runs))
    try:
        yield runs
    finally:
        _asking.reset(token)


def _due_at() -> datetime | None:
    """Return since when the timetable wants what runs now; None when it does not, but a person."""
    said: str | None = getattr(current_task.request, "due_at", None) if current_task else None
    return datetime.fromisoformat(said) if said else None
