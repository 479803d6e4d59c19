"""`/api/sepay/customer-info` and `/phone-data`: which code on a payment QR belongs to whom."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from banking.api.answers import DONE, FOUND, TEXT, body
from banking.api.inputs import NAME_LENGTH_MAX, Body, text_of
from banking.api.refusals import BankView
from banking.desk import codes as desk
from banking.lists import codes
from n2store.json_answers import answer
from n2store.paging import number_of
from n2store.wire import storable

CODES_MAX = 10_000
"""The old page reads them all at once."""
PER_PAGE, PER_PAGE_MAX = 50, 200
OFFSET_MAX = 1_000_000


class CustomerInfo(BankView):
    """All codes."""

    @extend_schema(
        operation_id="v1_sepay_customer_info",
        parameters=[OpenApiParameter("page", int), OpenApiParameter("limit", int)],
        responses=FOUND,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return them, newest first, ten thousand at most."""
        limit = number_of(request.query_params.get("limit"), "limit", default=CODES_MAX, most=CODES_MAX)
        page = number_of(request.query_params.get("page"), "page", default=1, most=OFFSET_MAX // limit)
        return answer(codes.codes(limit=limit, offset=(page - 1) * limit))

    @extend_schema(
        operation_id="v1_sepay_customer_info_save",
        request=body("uniqueCode", "customerPhone", uniqueCode=TEXT, customerName=TEXT, customerPhone=TEXT),
        responses=DONE,
    )
    def post(self, request: Request) -> Response:
        """Say whose code it is; transfers that came before with it find their owner."""
        given = Body(request)
        code = given.required("uniqueCode", "unique_code", missing="Missing required field: uniqueCode", most=100)
        mapped, customer = desk.map_code(
            caller=given.caller,
            code=code,
            phone=given.text("customerPhone", "customer_phone"),
            name=given.text("customerName", "customer_name", most=NAME_LENGTH_MAX),
        )
        data = {"unique_code": mapped.code, "customer_name": customer.name, "customer_phone": customer.phone}
        return Response({"success": True, "data": data, "customerId": customer.pk})


class OneCustomerInfo(BankView):
    """One code."""

    @extend_schema(operation_id="v1_sepay_customer_info_one", responses=FOUND)
    def get(self, request: Request, code: str) -> HttpResponse:
        """Return it, exactly as written; null when nobody has it."""
        return answer(codes.code(code) if storable(code) else None)

    @extend_schema(operation_id="v1_sepay_customer_info_change", request=body(), responses=FOUND)
    def put(self, request: Request, code: str) -> Response:
        """Change nothing: names are the customers' own now."""
        message = "Names belong to the customer: change them there"
        return Response({"success": True, "deprecated": True, "message": message})


class PhoneData(BankView):
    """Codes with what their owners have paid in."""

    @extend_schema(
        operation_id="v1_sepay_phone_data",
        parameters=[
            OpenApiParameter("limit", int),
            OpenApiParameter("offset", int),
            OpenApiParameter("include_totals", str, enum=["true", "false"]),
        ],
        responses=FOUND,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return one part of them, newest first; `include_totals=false` leaves the sums out."""
        limit = number_of(request.query_params.get("limit"), "limit", default=PER_PAGE, most=PER_PAGE_MAX)
        offset = _offset(request)
        with_totals = text_of(request, "include_totals") != "false"
        data, returned, total = codes.codes_with_totals(limit=limit, offset=offset, with_totals=with_totals)
        block: dict[str, Any] = {"total": total, "limit": limit, "offset": offset, "returned": returned}
        return answer(data, pagination=block)


def _offset(request: Request) -> int:
    text = text_of(request, "offset")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValidationError({"offset": "must be a whole number from 0"})
    return min(int(text), OFFSET_MAX)


urlpatterns = [
    path("customer-info", CustomerInfo.as_view()),
    path("customer-info/<str:code>", OneCustomerInfo.as_view()),
    path("phone-data", PhoneData.as_view()),
]
