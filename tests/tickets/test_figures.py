"""Tickets in figures equal a recount, and reach the dashboard."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from n2store.analytics import snapshots
from n2store.clock import vietnam_day
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
    young = [row for row in kept if row.created_at > now - timedelta(days=30)]
    assert {row["date"]: (row["created"], row["completed"], row["cancelled"]) for row in figures["daily"]} == {
        day.isoformat(): (
            len(of), sum(row.status == "COMPLETED" for row in of), sum(row.status == "CANCELLED" for row in of),
        )
        for day in {vietnam_day(row.created_at) for row in young}
        for of in [[row for row in young if vietnam_day(row.created_at) == day]]
    }  # fmt: skip
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
