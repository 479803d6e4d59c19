"""`/api/return-orders`: goods that come back, as TPOS or a spreadsheet lists them."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.clock import VIETNAM
from n2store.roles import IsStaffMember, caller_of
from n2store.windows import window_of
from n2store.wire import storable
from tickets.api.answers import BODY, OBJECT
from tickets.models import ReturnOrder, ReturnStatus
from tickets.returns import keeping
from tickets.returns.keeping import ReturnOrderNotFound
from tickets.returns.queries import SORTS, Wanted, listed, statistics
from tickets.returns.reading import fields_of
from wallets.api.inputs import Given

PER_PAGE = 50
PER_PAGE_MAX = 500
SEARCH_LENGTH_MAX = 200
FILTERS = [
    OpenApiParameter("page", int),
    OpenApiParameter("limit", int),
    OpenApiParameter("search", str),
    OpenApiParameter("status", str, enum=ReturnStatus.values),
    OpenApiParameter("is_returned", bool),
    OpenApiParameter("start_date", str, description="First Vietnam day of the invoice."),
    OpenApiParameter("end_date", str, description="Last Vietnam day of the invoice."),
    OpenApiParameter("sort", str, enum=list(SORTS)),
    OpenApiParameter("order", str, enum=["asc", "desc"]),
]


class ReturnOrders(APIView):
    """The return orders, filtered."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_return_orders", parameters=FILTERS, responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return one page."""
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=())
        sort = _word(request, "sort", SORTS, default="invoice_date")
        order = _word(request, "order", ("asc", "desc", "ASC", "DESC"), default="desc").lower()
        rows = listed(_wanted(request), sort=sort, descending=order == "desc")
        shown = [fields_of(row) for row in rows[window.offset : window.offset + window.limit]]
        block = window.block(total=rows.count(), estimated=False, rows=len(shown), last=None)
        return Response({"success": True, "data": shown, "pagination": block})


class WithSlash(ReturnOrders):
    """The same with a slash at its end; the API document names it once."""

    schema = None


class Statistics(APIView):
    """The figures of return orders."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_return_orders_stats", responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return counts and sums."""
        return Response({"success": True, "data": statistics()})


class Batch(APIView):
    """Many return orders at once."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_return_orders_batch", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Keep those whose invoice is new; all of them, or none when one cannot stand."""
        given = Given(request)
        kept, skipped = keeping.take_in(caller=given.caller, orders=given.body.get("orders"))
        return Response(
            {
                "success": True,
                "message": f"Đã nhập {len(kept)} đơn hàng, bỏ qua {skipped} đơn trùng lặp",
                "inserted": len(kept),
                "skipped": skipped,
                "data": [fields_of(row) for row in kept],
            }
        )


class One(APIView):
    """One return order."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_return_order", responses=OBJECT)
    def get(self, request: Request, order_id: str) -> Response:
        """Return it."""
        row = ReturnOrder.objects.filter(pk=_id(order_id)).first()
        if row is None:
            raise ReturnOrderNotFound("Return order not found")
        return Response({"success": True, "data": fields_of(row)})

    @extend_schema(operation_id="v1_return_order_change", request=BODY, responses=OBJECT)
    def put(self, request: Request, order_id: str) -> Response:
        """Change what the body names."""
        given = Given(request)
        row = keeping.change(caller=given.caller, order_id=_id(order_id), given=given.body)
        return Response({"success": True, "message": "Đã cập nhật đơn trả hàng", "data": fields_of(row)})

    @extend_schema(operation_id="v1_return_order_delete", responses=OBJECT)
    def delete(self, request: Request, order_id: str) -> Response:
        """Delete it for good."""
        keeping.remove(caller=caller_of(request.user), order_id=_id(order_id))
        return Response({"success": True, "message": "Đã xóa đơn trả hàng"})


def _id(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    raise ReturnOrderNotFound("Return order not found")


def _wanted(request: Request) -> Wanted:
    search: str = request.query_params.get("search", "").strip()
    if not storable(search) or len(search) > SEARCH_LENGTH_MAX:
        raise ValidationError({"search": f"must be a text of at most {SEARCH_LENGTH_MAX} characters"})
    flag = _word(request, "is_returned", ("", "true", "false", "0", "1"), default="")
    last = _day(request, "end_date")
    return Wanted(
        search=search,
        status=_word(request, "status", ["", *ReturnStatus.values], default=""),
        returned=None if not flag else flag in ("true", "1"),
        since=_day(request, "start_date"),
        before=last + timedelta(days=1) if last else None,
    )


def _word(request: Request, name: str, known: Any, *, default: str) -> str:
    word: str = request.query_params.get(name) or default
    if word not in known:
        raise ValidationError({name: f"must be one of: {', '.join(filter(None, known))}"})
    return word


def _day(request: Request, name: str) -> datetime | None:
    given = request.query_params.get(name, "").strip()
    if not given:
        return None
    try:
        day = date.fromisoformat(given[:10])
    except ValueError as error:
        raise ValidationError({name: "must be a day such as 2026-01-31"}) from error
    if not 1990 <= day.year < 2200:
        raise ValidationError({name: "must be a day of this century"})
    return datetime.combine(day, time.min, tzinfo=VIETNAM)


urlpatterns = [
    path("", WithSlash.as_view()),
    path("stats", Statistics.as_view()),
    path("batch", Batch.as_view()),
    path("<str:order_id>", One.as_view()),
]
