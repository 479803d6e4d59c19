"""`/api/v2/orders`: orders as other systems tell them, and whether somebody may order at all."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api.access import LooksOrWrites, name_of
from customers.api.inputs import kinds_of, moment_of, plain_text
from customers.api.lists import micros, moment
from customers.api.v1_customer import BODY, OBJECT, PAGING
from customers.models import Order, OrderSource, OrderStatus
from customers.orders.queries import may_order
from customers.orders.sheets import check_size, read_sheet
from customers.orders.taking import take_orders
from customers.queries import customer_by_id_or_phone
from n2store.messages import message_of
from n2store.parsing import BoundedJSONParser
from n2store.roles import IsStaffMember
from n2store.windows import COUNTED_MAX, window_of
from n2store.wire import instant

PER_PAGE = 50
PER_PAGE_MAX = 200


class Orders(APIView):
    """Orders, newest first."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_orders",
        parameters=[
            *PAGING,
            OpenApiParameter("customer", str, description="A phone or our id."),
            OpenApiParameter("code", str),
            OpenApiParameter("status", str, enum=OrderStatus.values),
            OpenApiParameter("source", str, enum=OrderSource.values),
            OpenApiParameter("since", str),
            OpenApiParameter("until", str),
        ],
        responses=OBJECT,
    )
    def get(self, request: Request) -> Response:
        """Return one page; two queries, and one to find the customer."""
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int, int))
        wanted = Order.objects.select_related("customer").order_by("-ordered_at", "-id")
        if identifier := plain_text(request, "customer"):
            wanted = wanted.filter(customer=customer_by_id_or_phone(identifier))
        if code := plain_text(request, "code"):
            wanted = wanted.filter(external_code=code)
        if statuses := kinds_of(request, "status", OrderStatus.values):
            wanted = wanted.filter(status__in=statuses)
        if sources := kinds_of(request, "source", OrderSource.values):
            wanted = wanted.filter(source__in=sources)
        if since := moment_of(request, "since"):
            wanted = wanted.filter(ordered_at__gte=since)
        if until := moment_of(request, "until", end=True):
            wanted = wanted.filter(ordered_at__lt=until)
        total = wanted[: COUNTED_MAX + 1].count()
        shown = wanted
        if window.after:
            at = moment(window.after[0])
            shown = wanted.filter(ordered_at__lte=at).exclude(ordered_at=at, id__gte=window.after[1])
        rows = list(shown[window.offset : window.offset + window.limit])
        last = [micros(rows[-1].ordered_at), rows[-1].pk] if rows else None
        block = window.block(total=total, estimated=total > COUNTED_MAX, rows=len(rows), last=last)
        return Response({"success": True, "data": [order_fields(row) for row in rows], "pagination": block})


class Batch(APIView):
    """Orders brought in: a JSON list, or a sheet as CSV or Excel."""

    permission_classes = [LooksOrWrites]
    parser_classes = [BoundedJSONParser, MultiPartParser, FormParser]

    @extend_schema(operation_id="v2_orders_batch", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Add and renew up to 1,000 orders, and answer what became of each; sent again it changes nothing.

        A row without a status leaves a known order's status as it was, with when it was delivered, returned or
        cancelled; a new order begins as confirmed. Such a moment counts only for an order of that status.
        """
        file = request.FILES.get("file") if hasattr(request, "FILES") else None
        if file is not None:
            check_size(file.size or 0)
            rows: object = read_sheet(file.read(), name=file.name or "")
            source = _source(request, OrderSource.IMPORT)
        else:
            data: Any = request.data
            rows = data.get("orders") if isinstance(data, dict) else data
            source = _source(request, OrderSource.API)
        return Response({"success": True, "data": take_orders(rows, source=source, by=name_of(request)).as_json()})


def _source(request: Request, default: OrderSource) -> OrderSource:
    """Return whose codes these are where a row does not say it."""
    data: Any = request.data
    named = data.get("source", default) if isinstance(data, dict) else default
    if named not in OrderSource.values:
        raise ValidationError({"source": f"must be one of: {', '.join(OrderSource.values)}"})
    return OrderSource(named)


class CanOrder(APIView):
    """Whether an order may be made for a customer: what order tools ask first."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_customer_can_order", responses=OBJECT)
    def get(self, request: Request, identifier: str) -> Response:
        """Return yes or no, and why; a phone that nobody has yet may order."""
        answer = may_order(identifier)
        code = None if answer.allowed else "CUSTOMER_BLACKLISTED"
        return Response(
            {
                "success": True,
                "data": {
                    "allowed": answer.allowed,
                    "code": code,
                    "message": message_of(code, "", {}) if code else None,
                    "customer_id": answer.customer.pk if answer.customer else None,
                    "phone": answer.phone,
                    "name": answer.customer.name if answer.customer else None,
                    "tier": answer.customer.tier if answer.customer else None,
                    "flags": answer.flags,
                },
            }
        )


def order_fields(row: Order) -> dict[str, Any]:
    """Return one order under its names on the wire; its customer is loaded."""
    return {
        "id": row.pk,
        "source": row.source,
        "code": row.external_code,
        "customer_id": row.customer_id,
        "phone": row.customer.phone,
        "customer_name": row.customer.name,
        "total": row.total_vnd,
        "status": row.status,
        "status_text": row.status_text or None,
        "ordered_at": instant(row.ordered_at),
        "delivered_at": instant(row.delivered_at),
        "returned_at": instant(row.returned_at),
        "cancelled_at": instant(row.cancelled_at),
        "updated_at": instant(row.told_at),
    }


urlpatterns = [
    path("orders", Orders.as_view()),
    path("orders/batch", Batch.as_view()),
]
