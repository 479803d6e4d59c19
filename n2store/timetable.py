"""The timetable of scheduled jobs: when each ran last, when it is due, and whether it is late.

Entries are those of django-celery-beat, where staff may change them; before beat has ever run, those of the settings.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from celery.schedules import BaseSchedule, maybe_schedule
from django.conf import settings
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from n2store.celery import app
from n2store.models import JobPulse, JobRun

GRACE = timedelta(minutes=3)
"""A job may be so much behind its time: workers are busy, or being started anew."""
RUNS_AT_MOST = timedelta(minutes=16)
"""A task is stopped after 15 minutes: a run without an end that is older was broken off."""
OWN_TASKS = "celery."
"""What Celery schedules for itself is no job of the shop."""
LATEST = """
    SELECT run.* FROM unnest(%s::text[]) AS named(job) CROSS JOIN LATERAL (
        SELECT * FROM n2store_jobrun WHERE job = named.job AND started_at <= %s
        ORDER BY started_at DESC, id DESC LIMIT 1
    ) run
"""
"""A run of the future is one of a clock that ran ahead: it says nothing of today."""


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
    schedule: BaseSchedule
    last: JobRun | None
    last_at: datetime | None
    due_at: datetime | None
    state: State

    @property
    def is_late(self) -> bool:
        """Whether somebody should look."""
        return self.state in (State.LATE, State.MISSING)


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be done when; `given` are the arguments that staff gave the task."""

    name: str
    task: str
    schedule: BaseSchedule
    enabled: bool
    known_since: datetime
    given: dict[str, Any] = field(default_factory=dict)


def timetable(now: datetime | None = None) -> list[Entry]:
    """Return every entry, by name; three queries."""
    now = now or timezone.now()
    jobs = planned(now)
    runs = {run.job: run for run in JobRun.objects.raw(LATEST, [list(jobs), now + GRACE])}
    pulses = JobPulse.objects.in_bulk(list(jobs))
    return [_entry(jobs[name], runs.get(name), pulses.get(name), now) for name in sorted(jobs)]


def planned(now: datetime | None = None) -> dict[str, Planned]:
    """Return what is planned, by the job's name; one query."""
    now = now or timezone.now()
    rows = PeriodicTask.objects.exclude(task__startswith=OWN_TASKS).select_related(
        "interval", "crontab", "solar", "clocked"
    )
    kept = [
        Planned(row.name, row.task, row.schedule, row.enabled, row.date_changed or now, json.loads(row.kwargs or "{}"))
        for row in rows
    ]
    named = {one.name for one in kept}
    wanted: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    long_ago = datetime.min.replace(tzinfo=now.tzinfo)
    kept += [
        Planned(name, entry["task"], maybe_schedule(entry["schedule"], app=app), True, long_ago)
        for name, entry in wanted.items()
        if name not in named
    ]
    return {one.name: one for one in kept}


def _entry(one: Planned, run: JobRun | None, pulse: JobPulse | None, now: datetime) -> Entry:
    """Some jobs leave no row while they have nothing to do, but each has a pulse."""
    told = (run.started_at if run else None, pulse.at if pulse else None)
    last_at = max((at for at in told if at is not None and at <= now + GRACE), default=None)
    known_since = min(pulse.known_since, now) if pulse else one.known_since
    if not one.enabled:
        due_at = None
    elif last_at is not None:
        due_at = _due(one.schedule, last_at)
    elif known_since.year < 2:  # Beat has never written it down.
        due_at = now - 2 * GRACE
    else:
        due_at = _due(one.schedule, known_since)
    return Entry(
        name=one.name, task=one.task, schedule=one.schedule, last=run, last_at=last_at, due_at=due_at,
        state=_state(run, last_at, due_at, now),
    )  # fmt: skip


def _state(run: JobRun | None, last_at: datetime | None, due_at: datetime | None, now: datetime) -> State:
    if due_at is None:
        return State.OFF
    if due_at + GRACE < now:
        return State.MISSING if last_at is None else State.LATE
    if run is not None and run.ended_at is None:
        return State.RUNNING if now - run.started_at <= RUNS_AT_MOST else State.FAILED
    return State.FAILED if run is not None and run.error else State.OK


def _due(schedule: BaseSchedule, last_at: datetime) -> datetime:
    """Return when a job that began at `last_at` is to begin again."""
    due: datetime = timezone.now() + schedule.remaining_estimate(last_at)
    return (due + timedelta(seconds=0.5)).replace(microsecond=0)  # Two readings of the clock lie in between.
