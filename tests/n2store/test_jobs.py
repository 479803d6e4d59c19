"""The page of jobs: what runs when, what is late, having a job run now or dry, and a diary that stays short."""

import html
import json
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from celery.schedules import crontab, schedule
from django.utils import timezone, translation
from kombu.exceptions import OperationalError as BrokerError

from n2store import asking, batches, pruning, rehearsing
from n2store.carrying_out import carry_out
from n2store.console.jobs_told import TITLES, rhythm
from n2store.console.no_dry_run import WHY, why_none
from n2store.jobs import job_run
from n2store.models import AuditLog, JobAsked, JobPulse, JobRun
from n2store.roles import Caller, Role
from n2store.tasks import keep_pulse, prune_job_runs
from n2store.timetable import planned, timetable
from tests.factories.staff import logged_in
from tests.threads import at_once
from wallets import tasks as wallet_tasks

OWNER = Caller(name="chu", roles=frozenset({Role.OWNER}))
MAY = {Role.OWNER, Role.ACCOUNTANT}
JOBS = "/admin/n2store/jobrun/jobs/"
PAGE_QUERIES = 9

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tasks_are_known() -> None:
    """Know the tasks of all apps, as a worker does."""
    current_app.loader.import_default_modules()


def ran(job: str, ago: timedelta = timedelta(seconds=5), **more: Any) -> JobRun:
    at = timezone.now() - ago
    return JobRun.objects.create(job=job, started_at=at, **({"ended_at": at + timedelta(seconds=2)} | more))


def all_on_time() -> None:
    now = timezone.now()
    JobPulse.objects.bulk_create(JobPulse(job=job, at=now) for job in planned())


class TestPage:
    def test_a_late_or_failed_job_is_first_and_red_with_its_error(self):
        all_on_time()
        ran("match-due", error="TPOS answers 500", examined=7)
        JobPulse.objects.filter(job="ask-sepay").update(at=timezone.now() - timedelta(hours=1))

        page = logged_in(Role.VIEWER).get(JOBS)

        lines = [(line.name, line.state) for line in page.context["lines"] if line.is_alarm]
        assert sorted(lines) == [("ask-sepay", "late"), ("match-due", "failed")]
        assert [line.is_alarm for line in page.context["lines"][:3]] == [True, True, False]
        assert 'data-alarms="2"' in page.content.decode()
        assert "TPOS answers 500" in page.content.decode()

    def test_a_job_that_never_ran_is_missing(self):
        page = logged_in(Role.VIEWER).get(JOBS)

        assert {line.state for line in page.context["lines"]} == {"missing"}
        assert {line.name for line in page.context["lines"]} == set(TITLES)

    def test_when_everything_is_on_time_the_page_says_so(self):
        all_on_time()

        assert 'data-alarms="0"' in logged_in(Role.VIEWER).get(JOBS).content.decode()

    @pytest.mark.parametrize("count", [1, 3, 20])
    def test_the_pages_cost_the_same_for_any_number_of_runs(self, django_assert_num_queries, count):
        for minutes in range(count):
            ran("ask-sepay", timedelta(minutes=minutes))
        viewer = logged_in(Role.VIEWER)

        with django_assert_num_queries(PAGE_QUERIES):
            listed = viewer.get(JOBS)
        with django_assert_num_queries(PAGE_QUERIES + 2):
            shown = viewer.get(f"{JOBS}ask-sepay/")

        assert len(shown.context["runs"]) == count
        assert next(line.took_s for line in listed.context["lines"] if line.name == "ask-sepay") == 2.0

    def test_an_unknown_job_and_somebody_without_a_role_see_nothing(self):
        assert logged_in(Role.VIEWER).get(f"{JOBS}nothing/").status_code == 404
        assert logged_in(None).get(JOBS).status_code == 403

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            (schedule(15), "every 15 seconds"), (schedule(60), "every minute"), (schedule(300), "every 5 minutes"),
            (schedule(3600), "every hour"), (schedule(86_400), "every day"),
            (crontab(hour=2, minute=0), "daily at 02:00"),
            (crontab(minute=0, hour="*/6"), "daily at 00:00, 06:00, 12:00, 18:00"),
        ],
    )  # fmt: skip
    def test_how_often_is_said_in_words(self, given, told):
        with translation.override("en"):
            assert rhythm(given) == told


class TestPulse:
    def test_a_job_that_leaves_no_row_is_on_time_while_it_comes_to_its_end(self):
        ran("match-due", timedelta(hours=3))
        before = next(one.state for one in timetable() if one.name == "match-due")

        keep_pulse(sender=SimpleNamespace(request=SimpleNamespace(periodic_task_name="match-due")))

        assert (before, next(one.state for one in timetable() if one.name == "match-due")) == ("late", "ok")

    def test_a_task_that_is_no_job_has_no_pulse(self):
        keep_pulse(sender=SimpleNamespace(request=SimpleNamespace()))

        assert not JobPulse.objects.exists()

    def test_a_run_that_was_broken_off_has_failed(self):
        all_on_time()
        ran("ask-sepay", timedelta(minutes=17), ended_at=None)
        ran("expire-credits", timedelta(minutes=3), ended_at=None)

        states = {one.name: one.state for one in timetable()}

        assert (states["ask-sepay"], states["expire-credits"]) == ("failed", "running")


class TestRunNow:
    @pytest.mark.parametrize("role", Role)
    def test_owner_and_accountant_have_a_job_run(self, role):
        client = logged_in(role)
        offered = "/expire-credits/run/" in client.get(f"{JOBS}expire-credits/").content.decode()

        asked = client.get(f"{JOBS}expire-credits/run/").status_code
        client.post(f"{JOBS}expire-credits/run/")

        assert (offered, asked == 200, JobAsked.objects.exists()) == ((role in MAY),) * 3
        assert AuditLog.objects.filter(outcome="refused", subject="job:expire-credits").exists() == (role not in MAY)

    def test_the_run_has_the_name_of_who_asked_and_its_result_is_shown(self):
        client = logged_in(Role.OWNER)

        page = client.post(f"{JOBS}expire-credits/run/", follow=True)

        asked = JobAsked.objects.get()
        assert asked.run == JobRun.objects.get()
        assert (asked.run.job, asked.run.asked_by, asked.error) == ("expire-credits", "staff-owner", "")
        assert asked.ended_at is not None
        assert 'data-asked="over"' in page.content.decode()
        assert AuditLog.objects.filter(action="job.run", subject="job:expire-credits", actor="staff-owner").exists()

    def test_a_job_with_nothing_to_do_says_so(self):
        page = logged_in(Role.OWNER).post(f"{JOBS}match-due/run/", follow=True)

        assert JobAsked.objects.get().run is None
        assert "Không có việc gì để làm" in page.content.decode()

    def test_what_goes_wrong_is_written_down(self, monkeypatch):
        def broken(**_: object) -> None:
            with job_run("expire-credits"):
                raise RuntimeError("the disk is full")

        monkeypatch.setattr(wallet_tasks.expire_credits, "run", broken)

        page = logged_in(Role.OWNER).post(f"{JOBS}expire-credits/run/", follow=True)

        asked = JobAsked.objects.get()
        assert asked.run is not None
        assert (asked.error, asked.run.error) == ("RuntimeError: the disk is full",) * 2
        assert "the disk is full" in page.content.decode()

    def test_while_one_wish_waits_the_same_is_refused_and_the_page_looks_again(self, monkeypatch):
        monkeypatch.setattr(asking.carry_out, "apply_async", lambda **_: None)
        client = logged_in(Role.OWNER)
        waiting = client.post(f"{JOBS}expire-credits/run/", follow=True)

        again = client.post(f"{JOBS}expire-credits/run/", follow=True)

        assert (waiting["Refresh"], JobAsked.objects.count()) == ("2", 1)
        assert "đã được yêu cầu" in again.content.decode()

    def test_a_wish_is_carried_out_once(self, monkeypatch):
        monkeypatch.setattr(asking.carry_out, "apply_async", lambda **_: None)
        asked = asking.ask(caller=OWNER, job="expire-credits", dry=False)

        assert [carry_out(asked.pk), carry_out(asked.pk), JobRun.objects.count()] == [True, False, 1]

    def test_what_no_worker_came_to_the_end_of_is_given_up_and_not_carried_out_later(self, monkeypatch):
        monkeypatch.setattr(asking.carry_out, "apply_async", lambda **_: None)
        lost = asking.ask(caller=OWNER, job="expire-credits", dry=False)
        JobAsked.objects.update(asked_at=timezone.now() - asking.GIVEN_UP_AFTER - timedelta(seconds=1))

        asking.ask(caller=OWNER, job="expire-credits", dry=False)

        lost.refresh_from_db()
        assert (lost.error, lost.ended_at is not None, carry_out(lost.pk)) == (asking.GIVEN_UP, True, False)

    def test_when_the_workers_cannot_be_told_nothing_waits(self, monkeypatch):
        def no_broker(**_: object) -> None:
            raise BrokerError("connection refused")

        monkeypatch.setattr(asking.carry_out, "apply_async", no_broker)

        page = logged_in(Role.OWNER).post(f"{JOBS}expire-credits/run/", follow=True)

        assert not JobAsked.objects.filter(ended_at=None).exists()
        assert "Không kết nối được với các tiến trình xử lý" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_press_at_once_one_has_the_job_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking.carry_out, "apply_async", lambda **_: None)

    def press(_: int) -> str:
        try:
            asking.ask(caller=OWNER, job="expire-credits", dry=False)
        except asking.AskedAlready as refused:
            return refused.code
        return "asked"

    assert sorted(at_once(press, range(8))) == ["JOB_ASKED_ALREADY"] * 7 + ["asked"]


class TestDryRun:
    @pytest.mark.parametrize("job", sorted(rehearsing._rehearsals))
    def test_every_dry_run_tells_numbers_and_leaves_no_run(self, job):
        assert job in planned()

        page = logged_in(Role.ACCOUNTANT).post(f"{JOBS}{job}/dry-run/", follow=True)

        asked = JobAsked.objects.get()
        assert (asked.dry, asked.error, JobRun.objects.exists()) == (True, "", False)
        assert asked.result
        assert set(asked.result.values()) == {0}
        assert 'data-asked="over"' in page.content.decode()

    @pytest.mark.parametrize("job", sorted(TITLES))
    def test_every_job_has_a_dry_run_or_says_why_not(self, job):
        page = logged_in(Role.OWNER).get(f"{JOBS}{job}/").content.decode()

        assert ("dry-run" in page, "Không có chạy thử" in page) == ((True, False) if job not in WHY else (False, True))
        assert job not in WHY or html.escape(why_none(job)) in page

    def test_a_job_without_a_dry_run_offers_none(self):
        client = logged_in(Role.OWNER)

        assert "dry-run" not in client.get(f"{JOBS}verify-ledger/").content.decode()
        assert client.post(f"{JOBS}verify-ledger/dry-run/").status_code == 404
        assert client.get(f"{JOBS}expire-credits/dry-run/").status_code == 405


class TestPruning:
    def test_old_runs_go_but_the_last_of_each_job(self, settings):
        settings.JOB_RUNS_KEPT_DAYS = 30
        kept = [ran("ask-sepay", timedelta(days=days)) for days in (1, 29)] + [ran("verify-ledger", timedelta(days=90))]
        ran("ask-sepay", timedelta(days=31))
        ran("verify-ledger", timedelta(days=91))
        would = pruning.runs_to_prune(timezone.now())

        changed = prune_job_runs()

        assert (would, changed) == ({"runs": 2}, 2)
        assert set(JobRun.objects.exclude(job="prune-job-runs").values_list("pk", flat=True)) == {
            run.pk for run in kept
        }

    def test_what_people_asked_for_then_goes_with_it(self):
        old = ran("ask-sepay", timedelta(days=50))
        ran("ask-sepay")
        JobAsked.objects.create(job="ask-sepay", dry=False, asked_by="chu", run=old, ended_at=old.ended_at)
        JobAsked.objects.update(asked_at=timezone.now() - timedelta(days=50))

        prune_job_runs()

        assert (JobAsked.objects.count(), JobRun.objects.filter(job="ask-sepay").count()) == (0, 1)

    def test_batch_by_batch(self, monkeypatch):
        monkeypatch.setattr(batches, "BATCH_MAX", 2)
        for days in range(40, 46):
            ran("ask-sepay", timedelta(days=days))

        assert list(pruning.prune(timezone.now())) == [2, 2, 1]


def test_the_dry_run_of_scores_tells_who_would_move(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rehearsing._rehearsals, "recalculate-rfm", _moves)

    page = logged_in(Role.OWNER).post(f"{JOBS}recalculate-rfm/dry-run/", follow=True).content.decode()

    assert "1.234" in page
    assert "Vàng → Bạch kim" in page or "→" in page


def test_the_numbers_of_a_dry_run_come_in_the_order_in_which_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rehearsing._rehearsals, "expire-credits", lambda _now: {"lots": 2, "vnd": 60_000})

    page = logged_in(Role.OWNER).post(f"{JOBS}expire-credits/dry-run/", follow=True).content.decode()

    assert list(JobAsked.objects.get().result) == ["vnd", "lots"]  # As PostgreSQL keeps names: the shorter one first.
    assert page.index("lô công nợ ảo sẽ hết hạn") < page.index("đồng trong đó")


def _moves(now: datetime) -> dict[str, int]:
    assert json.dumps(now.isoformat())
    return {"moved": 1_234, "gold>platinum": 1_234}
