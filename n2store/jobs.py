"""The diary of scheduled jobs: every run leaves a row, also one that failed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from n2store.models import JobRun


@contextmanager
def job_run(job: str) -> Iterator[JobRun]:
    """Keep a row for one run; the body counts `examined`, `changed` and `skipped` on it.

    An exception is written down and goes on to Celery, which reports it.
    """
    run = JobRun.objects.create(job=job, started_at=timezone.now())
    try:
        yield run
    except Exception as error:
        run.error = f"{type(error).__name__}: {error}"
        raise
    finally:
        run.ended_at = timezone.now()
        run.save()
