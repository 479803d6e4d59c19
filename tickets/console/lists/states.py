"""The lists of the ticket console: what each holds, and in which order it is worked through."""

from datetime import datetime, time

from django.db import models
from django.db.models import BooleanField, Case, F, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from n2store.clock import VIETNAM, vietnam_day
from tickets.lateness import late
from tickets.models import Priority, Ticket, TicketStatus


class State(models.TextChoices):
    """A list; the values stand in addresses."""

    ALL = "all", _("All tickets")
    NEW = "new", _("New and in progress")
    GOODS = "goods", _("Waiting for goods")
    FINANCE = "finance", _("Waiting for settlement")
    LATE = "late", _("Late")
    DONE = "done", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


STATUSES = {
    State.NEW: [TicketStatus.PENDING, TicketStatus.IN_PROGRESS],
    State.GOODS: [TicketStatus.PENDING_GOODS],
    State.FINANCE: [TicketStatus.PENDING_FINANCE],
    State.DONE: [TicketStatus.COMPLETED],
    State.CANCELLED: [TicketStatus.CANCELLED],
}
WORKED_THROUGH = (State.NEW, State.GOODS, State.FINANCE, State.LATE)
"""Lists of what is open: few rows, in the order of the queue. The others grow for ever, newest first."""
PRECIOUS = Case(When(customer__tier="platinum", then=0), default=1, output_field=IntegerField())
URGENCY = Case(
    *(
        When(priority=priority, then=place)
        for place, priority in enumerate([Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.LOW])
    ),
    output_field=IntegerField(),
)


def state_of(asked: str | None, *, searching: bool) -> State:
    """Return which list is asked for: a search looks everywhere, otherwise one begins with the goods that come."""
    if asked in State.values:
        return State(asked)
    return State.ALL if searching else State.GOODS


def within(state: State, at: datetime) -> Q:
    """Return the condition of a list."""
    if state is State.LATE:
        return late(at)
    return Q(status__in=STATUSES[state]) if state in STATUSES else Q()


def completed_today(at: datetime) -> Q:
    """Return the condition of tickets completed on the Vietnam day of `at`, which an index of its own answers."""
    midnight = datetime.combine(vietnam_day(at), time.min, tzinfo=VIETNAM)
    return Q(status=TicketStatus.COMPLETED, completed_at__gte=midnight)


def ordering(state: State) -> list[object]:
    """Return the order of a list; of what is open PLATINUM comes first, then what is urgent, then the deadline."""
    if state in WORKED_THROUGH:
        return [PRECIOUS.asc(), URGENCY.asc(), F("carrier_deadline_at").asc(nulls_last=True), "pk"]
    return ["-pk"]


def marked(rows: QuerySet[Ticket], at: datetime) -> QuerySet[Ticket]:
    """Return the rows, each knowing whether it `is_late`."""
    return rows.annotate(
        is_late=Case(When(late(at), then=Value(True)), default=Value(False), output_field=BooleanField())
    )
