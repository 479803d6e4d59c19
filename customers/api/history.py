"""A customer's history as both versions list it: filtered by type, time and actor, newest first."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.inputs import kinds_of, moment_of, plain_text
from customers.models import Activity, ActivityType, Customer
from customers.queries import activities
from n2store.windows import COUNTED_MAX, window_of
from n2store.wire import instant

PER_PAGE = 50
PER_PAGE_MAX = 200
FILTERS = [
    OpenApiParameter("type", str, description="One or several types, parted by commas."),
    OpenApiParameter("since", str, description="First Vietnam day, or an instant."),
    OpenApiParameter("until", str, description="Last Vietnam day, or an instant."),
    OpenApiParameter("actor", str),
    OpenApiParameter("page", int),
    OpenApiParameter("limit", int),
    OpenApiParameter("cursor", str),
]


def history_page(request: Request, customer: Customer) -> Response:
    """Answer one page of what happened to the customer; two queries."""
    window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int,))
    wanted = activities(
        customer,
        types=kinds_of(request, "type", ActivityType.values),
        actor=plain_text(request, "actor"),
        since=moment_of(request, "since"),
        until=moment_of(request, "until", end=True),
    )
    total = wanted[: COUNTED_MAX + 1].count()
    shown = wanted.filter(pk__lt=window.after[0]) if window.after else wanted
    rows = list(shown[window.offset : window.offset + window.limit])
    block = window.block(
        total=total, estimated=total > COUNTED_MAX, rows=len(rows), last=[rows[-1].pk] if rows else None
    )
    data = [activity_fields(row, phone=customer.phone) for row in rows]
    return Response({"success": True, "data": data, "pagination": block})


def activity_fields(row: Activity, *, phone: str) -> dict[str, Any]:
    """Return one line of history under its names on the wire."""
    return {
        "id": row.pk,
        "phone": phone,
        "customer_id": row.customer_id,
        "activity_type": row.type,
        "title": row.title,
        "description": row.description or None,
        "reference_type": row.reference_type or None,
        "reference_id": row.reference_id or None,
        "metadata": row.metadata,
        "icon": row.icon,
        "color": row.color,
        "created_by": row.actor,
        "created_at": instant(row.created_at),
    }
