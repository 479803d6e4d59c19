"""Beat's scheduler over days: a shop that sleeps at night, staff who change the timetable, and clocks that jump."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery import Celery
from celery.schedules import crontab
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from n2store.clock import VIETNAM
from n2store.jobs import job_run
from n2store.models import JobPulse, JobRun
from n2store.scheduling import Scheduler
from n2store.tasks import keep_pulse
from n2store.timetable import State, timetable

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = datetime(2026, 11, 2, 8, 0, tzinfo=VIETNAM)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WANTED = {
    "nightly": {"task": "x.nightly", "schedule": crontab(hour=2, minute=0)},
    "hourly": {"task": "x.hourly", "schedule": 3600},
}


class Beat(Scheduler):
    """The scheduler, with what it sends written down and not sent."""

    def __init__(self, app: Celery) -> None:
        self.sent: list[tuple[str, str]] = []
        super().__init__(app=app)

    def send_task(self, name: str, *args: Any, headers: dict[str, Any], **kwargs: Any) -> None:
        self.sent.append((name.removeprefix("x."), headers["due_at"]))

    def send_due(self) -> list[str]:
        """Send all that is due, and return its names."""
        del self.sent[:]
        while self.tick() == 0:
            pass
        self.sync()
        return sorted(name for name, _ in self.sent)


@pytest.fixture
def app(settings: Any) -> Iterator[Celery]:
    settings.CELERY_BEAT_SCHEDULE = WANTED
    PeriodicTask.objects.all().delete()
    JobPulse.objects.all().delete()
    app = Celery("scheduled", set_as_current=False)
    app.conf.update(timezone="Asia/Ho_Chi_Minh", beat_schedule=WANTED, result_expires=None, broker_url="memory://")
    yield app
    app.close()


def started(app: Celery, at: datetime) -> list[str]:
    """Start beat at a moment, and return what it sends at once."""
    with time_machine.travel(at, tick=False):
        return Beat(app).send_due()


def test_a_shop_that_sleeps_at_night_does_the_nights_jobs_in_the_morning(app: Celery) -> None:
    mornings = [started(app, MORNING + day * DAY) for day in range(4)]

    assert mornings == [[], *[["hourly", "nightly"]] * 3]


def test_a_job_hears_since_when_it_is_due(app: Celery) -> None:
    started(app, MORNING)
    with time_machine.travel(MORNING + DAY, tick=False):
        beat = Beat(app)
        beat.send_due()

    heard = {name: datetime.fromisoformat(due_at) for name, due_at in beat.sent}
    assert heard == {"nightly": MORNING + 18 * HOUR, "hourly": MORNING + HOUR}


def test_a_run_keeps_since_when_it_was_due(monkeypatch: pytest.MonkeyPatch) -> None:
    class Task:
        class request:  # noqa: N801 -- as Celery calls it
            due_at = MORNING.isoformat()

    monkeypatch.setattr("n2store.jobs.current_task", Task)
    with job_run("nightly"):
        pass
    monkeypatch.setattr("n2store.jobs.current_task", None)
    with job_run("nightly"):
        pass

    assert list(JobRun.objects.order_by("pk").values_list("due_at", flat=True)) == [MORNING, None]


def test_a_job_that_never_ran_is_missed_however_often_beat_starts(app: Celery) -> None:
    for day in range(3):
        started(app, MORNING + day * DAY)
    with time_machine.travel(MORNING + 2 * DAY, tick=False):
        states = {entry.name: entry.state for entry in timetable()}

    assert states == {"nightly": State.MISSING, "hourly": State.MISSING}


def test_a_new_job_is_not_missed_before_its_time(app: Celery) -> None:
    started(app, MORNING)
    with time_machine.travel(MORNING + timedelta(minutes=50), tick=False):
        states = {entry.name: entry.state for entry in timetable()}

    assert states == {"nightly": State.OK, "hourly": State.OK}


def test_what_staff_changed_stays_after_a_start(app: Celery) -> None:
    started(app, MORNING)
    evening, _ = CrontabSchedule.objects.get_or_create(minute="0", hour="21", timezone="Asia/Ho_Chi_Minh")
    PeriodicTask.objects.filter(name="nightly").update(crontab=evening, task="x.of_an_old_release")
    PeriodicTask.objects.filter(name="hourly").update(enabled=False)

    assert started(app, MORNING + timedelta(hours=12)) == []
    assert started(app, MORNING + timedelta(hours=14)) == ["nightly"]
    assert PeriodicTask.objects.get(name="nightly").task == "x.nightly"


@pytest.mark.parametrize("restarted", [True, False], ids=["restarted", "running on"])
def test_a_clock_that_ran_ahead_stops_nothing(app: Celery, restarted: bool) -> None:
    with time_machine.travel(MORNING, tick=False):
        beat = Beat(app)
        beat.send_due()
    with time_machine.travel(MORNING + 365 * DAY, tick=False):
        assert set(beat.send_due()) == {"hourly", "nightly"}
        keep_pulse(sender=_sender("hourly"))
        JobRun.objects.create(job="nightly", started_at=timezone.now(), ended_at=timezone.now())
    sent = []
    for hours in range(24):
        with time_machine.travel(MORNING + hours * HOUR, tick=False):
            beat = Beat(app) if restarted else beat
            sent += beat.send_due()

    assert sent.count("nightly") == 1
    assert sent.count("hourly") >= 22

    with time_machine.travel(MORNING + DAY, tick=False):
        keep_pulse(sender=_sender("hourly"))
        states = {entry.name: (entry.state, entry.last_at) for entry in timetable()}
    assert states == {"nightly": (State.MISSING, None), "hourly": (State.OK, MORNING + DAY)}


def _sender(job: str) -> Any:
    class Task:
        class request:  # noqa: N801 -- as Celery calls it
            periodic_task_name = job

    return Task
