"""Which open tickets are late: the carrier's time is over, or the goods took longer than their type's policy allows."""

from datetime import datetime, timedelta

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, Value

from tickets.models import Policy
from tickets.workflow import OPEN


def late(at: datetime) -> Q:
    """Return the condition of tickets that are late at that moment; an index finds the open ones by their states."""
    newest = ExpressionWrapper(
        Value(at, output_field=DateTimeField()) - F("overdue_days") * Value(timedelta(days=1)),
        output_field=DateTimeField(),
    )
    too_old = Policy.objects.filter(type=OuterRef("type"), overdue_days__isnull=False).annotate(newest=newest)
    beyond_claim = Q(carrier_deadline_at__lt=at)
    return (beyond_claim | Exists(too_old.filter(newest__gte=OuterRef("created_at")))) & Q(status__in=OPEN)
