"""The timetable of scheduled jobs: when each ran last, when it is due, and whether it is late.

Entries are those of django-celery-beat, where staff may change them; before beat has ever run, those of the settings.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from celery.schedules import BaseSchedule, maybe_schedule
from django.conf import settings
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from n2store.celery import app
from n2store.models import JobRun

GRACE = timedelta(minutes=3)
"""A job may be so much behind its time: workers are busy, or being started anew."""
OWN_TASKS = "celery."
"""What Celery schedules for itself is no job of the shop."""


class State(StrEnum):
    """How a job stands."""

    OK = "ok"
    RUNNING = "running"
    FAILED = "failed"
    LATE = "late"
    MISSING = "missing"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the timetable. `due_at` is when it is to run next, or was to run; None when it is switched off."""

    name: str
    task: str
    schedule: str
    last: JobRun | None
    last_at: datetime | None
    due_at: datetime | None
    state: State

    @property
    def is_late(self) -> bool:
        """Whether somebody should look."""
        return self.state in (State.LATE, State.MISSING)


@dataclass(frozen=True, slots=True)
class _Planned:
    name: str
    task: str
    schedule: BaseSchedule
    enabled: bool
    known_since: datetime
    sent_at: datetime | None


def timetable(now: datetime | None = None) -> list[Entry]:
    """Return every entry, by name; three queries."""
    now = now or timezone.now()
    planned = _planned(now)
    runs = {
        run.job: run
        for run in JobRun.objects.filter(job__in=[one.name for one in planned])
        .order_by("job", "-started_at")
        .distinct("job")
    }
    return [_entry(one, runs.get(one.name), now) for one in sorted(planned, key=lambda one: one.name)]


def _planned(now: datetime) -> list[_Planned]:
    rows = PeriodicTask.objects.exclude(task__startswith=OWN_TASKS).select_related(
        "interval", "crontab", "solar", "clocked"
    )
    kept = [
        _Planned(row.name, row.task, row.schedule, row.enabled, row.date_changed or now, row.last_run_at)
        for row in rows
    ]
    named = {one.name for one in kept}
    wanted: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    long_ago = datetime.min.replace(tzinfo=now.tzinfo)
    return kept + [
        _Planned(name, entry["task"], maybe_schedule(entry["schedule"], app=app), True, long_ago, None)
        for name, entry in wanted.items()
        if name not in named
    ]


def _entry(one: _Planned, run: JobRun | None, now: datetime) -> Entry:
    last_at = run.started_at if run is not None else one.sent_at  # Some leave no row while they have nothing to ask.
    if not one.enabled:
        due_at = None
    elif last_at is not None:
        due_at = _due(one.schedule, last_at)
    elif one.known_since.year < 2:  # Beat has never written it down.
        due_at = now - 2 * GRACE
    else:
        due_at = _due(one.schedule, one.known_since)
    return Entry(
        name=one.name, task=one.task, schedule=str(one.schedule), last=run, last_at=last_at, due_at=due_at,
        state=_state(run, last_at, due_at, now),
    )  # fmt: skip


def _state(run: JobRun | None, last_at: datetime | None, due_at: datetime | None, now: datetime) -> State:
    if due_at is None:
        return State.OFF
    if due_at + GRACE < now:
        return State.MISSING if last_at is None else State.LATE
    if run is not None and run.ended_at is None:
        return State.RUNNING
    return State.FAILED if run is not None and run.error else State.OK


def _due(schedule: BaseSchedule, last_at: datetime) -> datetime:
    """Return when a job that began at `last_at` is to begin again."""
    due: datetime = timezone.now() + schedule.remaining_estimate(last_at)
    return due
