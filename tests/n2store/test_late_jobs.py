"""Jobs that fall behind raise an alert, once each time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from n2store.late_jobs import JOB, alert_late
from n2store.models import JobPulse, JobRun
from n2store.tasks import watch_jobs
from n2store.timetable import planned
from proxy.models import Alert

pytestmark = pytest.mark.django_db
LATE = "credit-approved"


@pytest.fixture(autouse=True)
def _all_in_time() -> None:
    """Let every job have run this moment."""
    JobPulse.objects.bulk_create([JobPulse(job=name, at=timezone.now()) for name in planned()])


def _ran(job: str, ago: timedelta) -> None:
    JobPulse.objects.filter(job=job).update(at=timezone.now() - ago)


def test_a_job_that_is_late_is_told_once_each_time_it_falls_behind() -> None:
    _ran(LATE, timedelta(hours=2))
    first, again = (alert_late(now=timezone.now())[1] for _ in range(2))
    _ran(LATE, timedelta(seconds=1))
    well = alert_late(now=timezone.now())[1]
    _ran(LATE, timedelta(hours=1))
    behind = alert_late(now=timezone.now())[1]

    assert (first, again, well, behind) == (1, 0, 0, 1)
    assert all(alert.text.startswith(f"Tác vụ {LATE} bị trễ: lần chạy gần nhất lúc ") for alert in Alert.objects.all())


def test_a_job_that_has_never_run_is_told_once() -> None:
    JobPulse.objects.filter(job=LATE).delete()

    found = [alert_late(now=timezone.now() + timedelta(minutes=minutes))[1] for minutes in (0, 1)]

    assert found == [1, 0]
    assert Alert.objects.get().text == f"Tác vụ {LATE} chưa chạy lần nào, lẽ ra phải chạy."


def test_who_was_away_raises_nothing_for_what_all_are_late_with() -> None:
    JobPulse.objects.update(at=timezone.now() - timedelta(days=3))

    assert alert_late(now=timezone.now()) == (0, 0)

    _ran(JOB, timedelta(minutes=1))
    assert alert_late(now=timezone.now())[1] > 5


def test_the_job_leaves_a_run() -> None:
    watch_jobs()

    run = JobRun.objects.get(job=JOB)
    assert (run.examined, run.changed, run.error) == (len(planned()), 0, "")
