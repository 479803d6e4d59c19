"""The house's own scheduled work, what people ask for, and the pulse of every job."""

from typing import Any

from celery import shared_task
from celery.signals import task_success
from django.db import connection
from django.utils import timezone

from n2store import carrying_out, late_jobs, pruning
from n2store.jobs import job_run

PULSE = """
    INSERT INTO n2store_jobpulse (job, at) VALUES (%s, %s)
    ON CONFLICT (job) DO UPDATE SET at = excluded.at
"""
"""The clock counts, also where it says less than before: it may have run ahead."""


@shared_task  # type: ignore[untyped-decorator]
def carry_out(*, asked_id: int, **_: object) -> bool:
    """Do what a person asked for on the page of jobs, once."""
    return carrying_out.carry_out(asked_id)


@shared_task  # type: ignore[untyped-decorator]
def prune_job_runs(**_: object) -> int:
    """Forget runs older than JOB_RUNS_KEPT_DAYS but the last of each job, and return how many."""
    with job_run("prune-job-runs") as run:
        for pruned in pruning.prune(timezone.now()):
            run.changed += pruned
        return run.changed


@shared_task  # type: ignore[untyped-decorator]
def watch_jobs(**_: object) -> int:
    """Have the shop told of jobs that are late, and return how many alerts are new."""
    with job_run("watch-jobs") as run:
        run.examined, run.changed = late_jobs.alert_late(now=timezone.now())
        return run.changed


@task_success.connect  # type: ignore[untyped-decorator]
def keep_pulse(sender: Any = None, **_: object) -> None:
    """Remember that a job of the timetable came to its end, whether or not there was anything to do."""
    job = getattr(sender.request, "periodic_task_name", None)
    if job is not None:
        with connection.cursor() as cursor:
            cursor.execute(PULSE, [job, timezone.now()])
