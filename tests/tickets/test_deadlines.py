"""The carrier's clock, and goods long overdue."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from customers.models import Activity
from n2store.models import Event, JobRun
from tests.factories.tickets import OWNER, ticket
from tests.threads import at_once
from tickets import changing
from tickets.deadlines import raise_near_deadlines, tell_overdue
from tickets.models import Policy, Ticket
from tickets.rehearsals import tickets_to_tell
from tickets.tasks import check_carrier_deadlines, tell_overdue_tickets


def due_in(hours: float, **fields: Any) -> Ticket:
    made = ticket("BOOM")
    at = timezone.now() + timedelta(hours=hours)
    Ticket.objects.filter(pk=made.pk).update(carrier_deadline_at=at, **fields)
    return Ticket.objects.get(pk=made.pk)


def test_the_clock_starts_when_the_carrier_has_the_next_move(api: APIClient) -> None:
    body = {"phone": "0909318264", "type": "RETURN_SHIPPER", "status": "PENDING_GOODS"}
    row = api.post("/api/v2/tickets", body, format="json").json()["data"]
    later = ticket("BOOM")
    changing.change(caller=OWNER, ticket_id=later.pk, given={"status": "PENDING_GOODS"})
    later.refresh_from_db()

    made = Ticket.objects.get(code=row["ticket_code"])
    assert made.carrier_deadline_at == made.created_at + timedelta(days=10)
    assert later.carrier_deadline_at == later.waiting_since + timedelta(days=10)
    assert row["waits_for"] == "carrier"


def test_the_clock_stops_when_somebody_else_has_it(db: None) -> None:
    made = ticket("BOOM")
    for status in ("PENDING_GOODS", "COMPLETED"):
        changing.change(caller=OWNER, ticket_id=made.pk, given={"status": status})

    made.refresh_from_db()
    assert (made.carrier_deadline_at, made.waits_for) == (None, "nobody")


def test_a_deadline_that_somebody_set_stays_while_the_carrier_is_waited_for(db: None) -> None:
    made = ticket("BOOM")
    wanted = timezone.now() + timedelta(days=3)
    given = {"carrier_deadline": wanted.isoformat()}
    changing.change(caller=OWNER, ticket_id=made.pk, given=given)
    for status in ("PENDING_GOODS", "PENDING_FINANCE"):
        changing.change(caller=OWNER, ticket_id=made.pk, given={"status": status})

    made.refresh_from_db()
    assert made.carrier_deadline_at == wanted


def test_the_job_raises_what_has_less_than_a_day_left_and_touches_nothing_else(db: None) -> None:
    raised = [due_in(23), due_in(-50), due_in(5, priority="low")]
    left = [
        due_in(25), due_in(5, priority="high"), due_in(5, priority="urgent"), due_in(5, status="CANCELLED"),
        due_in(5, deleted_at=timezone.now(), deleted_by="x"), ticket("BOOM"),
    ]  # fmt: skip

    assert check_carrier_deadlines() == 3

    for row in raised:
        after = Ticket.objects.get(pk=row.pk)
        assert (after.priority, after.history[-1]["action"]) == ("high", "deadline_near")
        assert after.updated_at > row.updated_at
    for row in left:
        assert Ticket.objects.get(pk=row.pk).updated_at == row.updated_at
    assert Event.objects.filter(name="ticket.updated").count() == 3
    assert check_carrier_deadlines() == 0
    assert [run.changed for run in JobRun.objects.filter(job="check-carrier-deadlines").order_by("pk")] == [3, 0]


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_raise_each_ticket_once() -> None:  # W42
    for _ in range(20):
        due_in(5)

    changed = at_once(lambda _: raise_near_deadlines(at=timezone.now(), rows_max=5), range(8))

    assert sum(changed) == Event.objects.filter(name="ticket.updated").count() == 20


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_tell_of_each_overdue_ticket_once() -> None:  # W27, W42
    for number in range(12):
        ticket("RETURN_SHIPPER", order_id=f"NJD/{number}")
    Ticket.objects.update(created_at=timezone.now() - timedelta(days=21))

    told = at_once(lambda _: tell_overdue(at=timezone.now(), rows_max=5), range(8))

    assert sum(told) == Activity.objects.filter(type="TICKET_OVERDUE").count() == 12


def test_overdue_returns_are_told_once_a_week(db: None) -> None:  # W27
    late = ticket("RETURN_SHIPPER", order_id="NJD/1")
    others = [ticket("RETURN_SHIPPER"), ticket("RETURN_CLIENT"), ticket("BOOM")]
    now = timezone.now()
    Ticket.objects.exclude(pk=others[0].pk).update(created_at=now - timedelta(days=20, minutes=1))

    assert [tell_overdue(at=now), tell_overdue(at=now + timedelta(days=6))] == [1, 0]
    assert tell_overdue(at=now + timedelta(days=7)) == 1

    first = Activity.objects.filter(type="TICKET_OVERDUE").order_by("pk")[0]
    assert (first.reference_id, first.icon, first.color) == (late.code, "alert-triangle", "orange")
    assert first.metadata == {"ticket_code": late.code, "order_id": "NJD/1", "days_old": 20}


def test_how_long_returns_may_take_is_policy(db: None) -> None:
    Policy.objects.filter(type="RETURN_SHIPPER").update(overdue_days=None)
    Policy.objects.filter(type="BOOM").update(overdue_days=3)
    ticket("RETURN_SHIPPER")
    ticket("BOOM")
    Ticket.objects.update(created_at=timezone.now() - timedelta(days=21))

    would = tickets_to_tell(timezone.now())
    assert (would, tell_overdue_tickets(), tickets_to_tell(timezone.now())) == ({"overdue": 1}, 1, {"overdue": 0})
    assert Activity.objects.get(type="TICKET_OVERDUE").title.endswith("quá hạn 21 ngày")
