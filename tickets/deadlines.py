"""Clocks: the carrier's, which raises the priority, and the one that tells of goods long overdue."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from customers.models import ActivityType
from tickets.models import Policy, Priority, Ticket
from tickets.record import announce, note_down, remember

NEAR = timedelta(hours=24)
TOLD_AGAIN_AFTER = timedelta(days=7)
ROWS_MAX = 200
ACTOR = "system"


def near(at: datetime) -> QuerySet[Ticket]:
    """Return the tickets whose carrier has less than a day left, and that are not raised yet."""
    return Ticket.objects.open().filter(carrier_deadline_at__lt=at + NEAR, priority__in=[Priority.LOW, Priority.NORMAL])


@transaction.atomic
def raise_near_deadlines(*, at: datetime, rows_max: int = ROWS_MAX) -> int:
    """Raise tickets to high whose carrier has less than a day left, or none; return how many that changed.

    What is high or urgent already is left alone. Safe to run twice, or in parallel.
    """
    rows = near(at).select_for_update(skip_locked=True, of=("self",)).order_by("carrier_deadline_at", "pk")[:rows_max]
    for ticket in rows:
        note_down(ticket, "deadline_near", by=ACTOR, at=at, before=ticket.priority, after=Priority.HIGH.value)
        ticket.priority, ticket.updated_at = Priority.HIGH, at
        ticket.save(update_fields=["priority", "history", "updated_at"])
        announce(ticket, "ticket.updated")
    return len(rows)


def overdue(at: datetime) -> QuerySet[Ticket]:
    """Return the tickets that are overdue by their type's policy, and of which that was not told for a week."""
    late = Q(pk__in=[])
    for policy in Policy.objects.filter(overdue_days__isnull=False):
        late |= Q(type=policy.type, created_at__lte=at - timedelta(days=policy.overdue_days or 0))
    untold = Q(overdue_told_at=None) | Q(overdue_told_at__lte=at - TOLD_AGAIN_AFTER)
    return Ticket.objects.open().filter(late).filter(untold)


@transaction.atomic
def tell_overdue(*, at: datetime, rows_max: int = ROWS_MAX) -> int:
    """Write into the history of customers whose goods are overdue by their type's policy; return how many.

    Once a week for each ticket, however often it runs.
    """
    rows = overdue(at).select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:rows_max]
    for ticket in rows:
        days = (at - ticket.created_at).days
        remember(
            ticket, ActivityType.TICKET_OVERDUE, f"Sự vụ {ticket.code} quá hạn {days} ngày",
            icon="alert-triangle", color="orange", by=ACTOR, at=at,
            metadata={"ticket_code": ticket.code, "order_id": ticket.order_id or None, "days_old": days},
        )  # fmt: skip
        ticket.overdue_told_at = at
        ticket.save(update_fields=["overdue_told_at"])
    return len(rows)
