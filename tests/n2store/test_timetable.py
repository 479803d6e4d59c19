"""Which job ran when, which is due, which is late."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.schedules import crontab
from django.core.management import call_command
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from n2store.clock import VIETNAM
from n2store.jobs import job_run
from n2store.models import JobRun
from n2store.timetable import Entry, State, timetable

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _two_jobs(settings: Any) -> None:
    settings.CELERY_BEAT_SCHEDULE = {
        "often": {"task": "x.often", "schedule": 300},
        "nightly": {"task": "x.nightly", "schedule": crontab(hour=3, minute=0)},
    }


def ran(job: str, at: datetime, **more: Any) -> None:
    JobRun.objects.create(job=job, started_at=at, **({"ended_at": at} | more))


def entry(name: str, now: datetime = NOW) -> Entry:
    return next(entry for entry in timetable(now) if entry.name == name)


def test_before_beat_has_ever_run_every_job_is_missing() -> None:
    assert [(one.name, one.state, one.last) for one in timetable(NOW)] == [
        ("nightly", "missing", None), ("often", "missing", None),
    ]  # fmt: skip


def test_a_job_that_ran_in_time_is_due_again() -> None:
    ran("often", NOW - timedelta(seconds=200))

    often = entry("often")

    assert (often.state, often.is_late) == (State.OK, False)
    assert often.due_at is not None
    assert abs(often.due_at - (NOW + timedelta(seconds=100))) < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("seconds", "state"), [(300 + 170, State.OK), (300 + 190, State.LATE), (86_400 * 3, State.LATE)]
)
def test_a_job_is_late_after_three_minutes_of_grace(seconds: int, state: State) -> None:
    ran("often", NOW - timedelta(seconds=seconds))

    assert entry("often").state == state


def test_a_nightly_job_is_due_at_its_hour_in_vietnam() -> None:
    now = datetime.now(VIETNAM)
    last = now.replace(hour=3, minute=0, second=5, microsecond=0)
    last -= timedelta(days=1) if last > now else timedelta(0)
    ran("nightly", last)

    nightly = entry("nightly", now.astimezone(UTC))

    assert nightly.state == State.OK
    assert nightly.due_at is not None
    due = (nightly.due_at + timedelta(seconds=1)).astimezone(VIETNAM)
    assert (due.hour, due.minute, due.date()) == (3, 0, last.date() + timedelta(days=1))
    ran("nightly", last - timedelta(days=3))
    JobRun.objects.filter(started_at=last).delete()
    assert entry("nightly", now.astimezone(UTC)).state == State.LATE


def test_a_job_that_failed_or_runs_is_shown_so() -> None:
    ran("often", NOW, error="TPOS answers 500")
    failed = entry("often").state
    ran("often", NOW + timedelta(seconds=1), ended_at=None)

    assert (failed, entry("often").state) == (State.FAILED, State.RUNNING)


def test_an_hour_that_staff_set_is_vietnams(settings: Any) -> None:
    at = datetime.now(VIETNAM) + timedelta(hours=2)
    hourly, _ = CrontabSchedule.objects.get_or_create(minute=at.minute, hour=at.hour, timezone="Asia/Ho_Chi_Minh")
    PeriodicTask.objects.create(name="nightly", task="x.nightly", crontab=hourly)
    ran("nightly", NOW - timedelta(hours=20))

    due = entry("nightly").due_at

    assert due is not None
    assert abs(due - at) < timedelta(seconds=61)


def test_what_staff_changed_in_the_admin_counts() -> None:
    every, _ = IntervalSchedule.objects.get_or_create(every=1, period=IntervalSchedule.DAYS)
    PeriodicTask.objects.create(name="often", task="x.often", interval=every)
    PeriodicTask.objects.create(name="off", task="x.off", interval=every, enabled=False)
    PeriodicTask.objects.create(name="celery.backend_cleanup", task="celery.backend_cleanup", interval=every)
    ran("often", NOW - timedelta(hours=20))

    assert {one.name: one.state for one in timetable(NOW)} == {"often": "ok", "off": "off", "nightly": "missing"}


def test_the_command_fails_when_a_job_is_late(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    del settings.CELERY_BEAT_SCHEDULE["nightly"]
    with job_run("often") as run:
        run.examined, run.changed = 1_200, 7
    call_command("jobs_status", "--json")
    [told] = json.loads(capsys.readouterr().out)["jobs"]
    JobRun.objects.update(started_at=NOW - timedelta(hours=1))
    with pytest.raises(SystemExit) as stopped:
        call_command("jobs_status")

    assert (told["state"], told["examined"], told["changed"], stopped.value.code) == ("ok", 1_200, 7, 1)
    assert "late" in capsys.readouterr().out
