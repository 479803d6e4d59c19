"""Tickets in figures equal a recount, and reach the dashboard."""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from n2store.analytics import snapshots
from n2store.clock import VIETNAM, vietnam_day
from tests.factories.tickets import OWNER, ticket
from tickets.completing import Award
from tickets.deleting import delete
from tickets.figures import metrics
from tickets.models import CompensationKind, Ticket
from tickets.resolving import resolve

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    """Open tickets of all ages and states, one that earned credit, and one that was deleted."""
    boom = ticket("BOOM", refund_vnd=80_000, priority="urgent")
    ticket("BOOM", status="CANCELLED")
    ticket("FIX_COD", status="PENDING_FINANCE", priority="low")
    ticket("OTHER", priority="high")
    old = ticket("OTHER", status="COMPLETED")
    now = timezone.now()
    Ticket.objects.filter(pk=old.pk).update(created_at=now - timedelta(days=40), completed_at=now - timedelta(days=38))
    Ticket.objects.filter(pk=boom.pk).update(created_at=now - timedelta(hours=5))
    award = Award(kind=CompensationKind.CREDIT, amount_vnd=50_000)
    resolve(caller=OWNER, ticket_id=boom.pk, award=award, write_off_reason="cho qua")
    delete(caller=OWNER, ticket_id=ticket("WARRANTY").pk)


def day_recounted(day: date, tickets: list[Ticket]) -> dict[str, object]:
    opened = [row for row in tickets if vietnam_day(row.created_at) == day]
    completed = [
        row for row in tickets
        if row.status == "COMPLETED" and row.completed_at is not None and vietnam_day(row.completed_at) == day
    ]  # fmt: skip
    return {
        "date": day.isoformat(), "created": len(opened), "completed": len(completed),
        "cancelled": sum(row.status == "CANCELLED" for row in opened),
        "total_refunds": sum(row.refund_vnd or 0 for row in completed),
    }  # fmt: skip


def test_a_completion_counts_on_its_own_day_and_no_day_is_left_out() -> None:
    now = timezone.now()
    midnight = datetime.combine(vietnam_day(now), time.min, tzinfo=VIETNAM)
    Ticket.objects.filter(pk=ticket("BOOM", status="COMPLETED").pk).update(
        created_at=midnight - timedelta(days=50), completed_at=midnight - timedelta(days=2, seconds=1),
        refund_vnd=70_000,
    )  # fmt: skip

    daily = metrics(now=now, days=7)["daily"]

    assert [row["date"] for row in daily] == [(midnight - timedelta(days=back)).date().isoformat() for back in range(7)]
    assert daily[3] == {
        "date": daily[3]["date"], "created": 0, "completed": 1, "cancelled": 0, "total_refunds": 70_000,
    }  # fmt: skip
    assert daily[2] == dict.fromkeys(daily[2], 0) | {"date": daily[2]["date"]}


def test_metrics_equal_a_recount() -> None:
    now = timezone.now()
    figures = metrics(now=now, days=30)
    kept = list(Ticket.objects.filter(deleted_at=None))

    assert {(row["type"], row["status"]): row["ticket_count"] for row in figures["overall"]} == Counter(
        (row.type, row.status) for row in kept
    )
    boom = next(row for row in figures["overall"] if row["type"] == "BOOM" and row["status"] == "COMPLETED")
    assert (boom["credited_count"], boom["total_virtual_credits_issued"]) == (1, 50_000)
    assert boom["avg_resolution_hours"] == pytest.approx(5, abs=0.1)
    assert figures["daily"] == [day_recounted(vietnam_day(now) - timedelta(days=back), kept) for back in range(30)]
    assert figures["resolutionTime"] == [{"type": "BOOM", "total": 1, "avg_hours": boom["avg_resolution_hours"]}]
    assert [(row["priority"], row["count"]) for row in figures["pending"]] == [("high", 1), ("low", 1)]
    assert [row["total"] for row in metrics(now=now, days=60)["resolutionTime"]] == [1, 1]


def test_the_dashboard_shows_them(api: APIClient) -> None:
    snapshots.forget()

    tickets = api.get("/api/v2/analytics/dashboard").json()["data"]["tickets"]
    shown = api.get("/api/v2/analytics/ticket-metrics?days=30").json()["data"]

    assert (tickets["total_tickets"], tickets["completed_count"], tickets["cancelled_count"]) == (5, 2, 1)
    assert [row["type"] for row in shown["resolutionTime"]] == ["BOOM"]


def test_a_customers_card_shows_their_tickets(api: APIClient) -> None:
    newest = ticket("OTHER")

    card = api.get(f"/api/v2/customers/{newest.customer_id}").json()["data"]

    assert card["recentTickets"][0]["ticket_code"] == newest.code
    assert len(card["recentTickets"]) == card["customer"]["ticketStats"]["total"] == 6
