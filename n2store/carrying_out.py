"""Carrying out what a person asked for on the page of jobs: each wish once, with the run or the numbers it led to."""

from celery import current_app
from django.utils import timezone

from n2store.jobs import asked_for
from n2store.models import JobAsked
from n2store.rehearsing import rehearsal_of
from n2store.timetable import planned


def carry_out(asked_id: int) -> bool:
    """Do what somebody asked for, unless that was done or given up; return whether it was done now.

    An exception of the job is written down and goes on.
    """
    now = timezone.now()
    if not JobAsked.objects.filter(pk=asked_id, started_at=None, ended_at=None).update(started_at=now):
        return False
    asked = JobAsked.objects.get(pk=asked_id)
    try:
        if asked.dry:
            asked.result = _rehearse(asked.job)
        else:
            _run(asked)
    except Exception as error:
        asked.error = f"{type(error).__name__}: {error}"
        raise
    finally:
        asked.ended_at = timezone.now()
        asked.save(update_fields=["result", "run", "error", "ended_at"])
    return True


def _run(asked: JobAsked) -> None:
    job = planned()[asked.job]
    with asked_for(asked.asked_by) as runs:
        try:
            current_app.tasks[job.task](**job.given)
        finally:
            asked.run = runs[-1] if runs else None


def _rehearse(job: str) -> dict[str, int]:
    rehearsal = rehearsal_of(job)
    assert rehearsal is not None, f"{job} has no dry run"
    return rehearsal(timezone.now())
