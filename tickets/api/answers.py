"""What ticket requests answer, and how the API document tells of them."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from tickets.models import Priority, TicketStatus, TicketType

OBJECT = dict.fromkeys((200, 400, 403, 404, 409), OpenApiTypes.OBJECT)
BODY = {"application/json": {"type": "object", "additionalProperties": True}}
FILTERS = [
    OpenApiParameter("page", int),
    OpenApiParameter("limit", int),
    OpenApiParameter("cursor", str),
    OpenApiParameter("status", str, description=f"One or several of {', '.join(TicketStatus.values)}, by commas."),
    OpenApiParameter("type", str, description=f"One or several of {', '.join(TicketType.values)}, by commas."),
    OpenApiParameter("priority", str, enum=Priority.values),
    OpenApiParameter("phone", str),
    OpenApiParameter("customer_id", int),
    OpenApiParameter("order_id", str, description="A part of the order's code."),
    OpenApiParameter("assigned_to", str),
    OpenApiParameter(
        "sort",
        str,
        enum=["newest", "queue"],
        description="The queue holds what is open: PLATINUM first, then what is urgent, then the carrier's deadline.",
    ),
]
