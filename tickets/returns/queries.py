"""Return orders as lists and figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet, Sum, Value

from customers.models import Folded
from customers.phones import looks_like_phone
from tickets.models import ReturnOrder, ReturnSource, ReturnStatus

SORTS = {
    "invoice_date": "invoiced_at", "created_at": "created_at", "customer_name": "folded", "total_amount": "total_vnd",
    "remaining_debt": "debt_vnd",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is narrowed to. Empty means all; `before` is not included."""

    search: str = ""
    status: str = ""
    returned: bool | None = None
    since: datetime | None = None
    before: datetime | None = None


def listed(wanted: Wanted, *, sort: str, descending: bool) -> QuerySet[ReturnOrder]:
    """Return the return orders that are wanted, in order; those without the sorted value last."""
    rows = ReturnOrder.objects.all()
    if wanted.search:
        named = Q(folded__contains=Folded(Value(wanted.search)))
        numbered = Q(invoice_number__icontains=wanted.search) | Q(reference__icontains=wanted.search)
        digits = "".join(c for c in wanted.search if c.isdigit())
        phoned = Q(phone__startswith=digits) if looks_like_phone(wanted.search) and digits else Q(pk__in=[])
        rows = rows.filter(named | numbered | phoned)
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    if wanted.returned is not None:
        rows = rows.filter(returned=wanted.returned)
    if wanted.since:
        rows = rows.filter(invoiced_at__gte=wanted.since)
    if wanted.before:
        rows = rows.filter(invoiced_at__lt=wanted.before)
    column = F(SORTS[sort])
    ordered = column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
    return rows.order_by(ordered, "-pk" if descending else "pk")


def statistics() -> dict[str, Any]:
    """Return how many there are, in which state, and their sums, under the names on the wire."""
    figures = ReturnOrder.objects.aggregate(
        total_count=Count("pk"),
        confirmed_count=Count("pk", filter=Q(status=ReturnStatus.CONFIRMED)),
        draft_count=Count("pk", filter=Q(status=ReturnStatus.DRAFT)),
        cancelled_count=Count("pk", filter=Q(status=ReturnStatus.CANCELLED)),
        returned_count=Count("pk", filter=Q(returned=True)),
        pending_return_count=Count("pk", filter=Q(returned=False)),
        total_amount_sum=Sum("total_vnd", default=0),
        total_debt_sum=Sum("debt_vnd", default=0),
        avg_amount=Avg("total_vnd", default=0.0),
        tpos_count=Count("pk", filter=Q(source=ReturnSource.TPOS)),
        excel_count=Count("pk", filter=Q(source=ReturnSource.EXCEL)),
        manual_count=Count("pk", filter=Q(source=ReturnSource.MANUAL)),
    )
    sums = ("total_amount_sum", "total_debt_sum", "avg_amount")
    return figures | {name: round(figures[name]) for name in sums}
