"""`/api/customer/<phone>`: one customer, as the shop's existing pages read and write it."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import operations
from customers.api.access import LooksOrWrites, LooksOrWritesNotes, name_of
from customers.api.batch import by_phones
from customers.api.card import card_by_phone, glance_by_phone
from customers.api.given import given_fields
from customers.api.history import FILTERS, history_page
from customers.api.inputs import body_of, phones_of
from customers.api.movements import movements_page
from customers.api.notes import note_written
from customers.api.stranger import stranger
from customers.api.wire import own_row
from customers.phones import InvalidPhone
from customers.queries import CustomerNotFound, customer_by_phone
from customers.tpos import lookup
from n2store.json_answers import answer
from n2store.roles import IsStaffMember
from n2store.windows import window_of
from tickets.lists import Wanted, listed

UPSERTED = ("name", "email", "address", "status", "tier", "tags", "internal_note")
TICKETS_PER_PAGE = 20
PAGING = [OpenApiParameter("page", int), OpenApiParameter("limit", int), OpenApiParameter("cursor", str)]
OBJECT = {200: OpenApiTypes.OBJECT, 400: OpenApiTypes.OBJECT}
BODY = OpenApiTypes.OBJECT


class Upsert(APIView):
    """A customer added, or completed with what is given."""

    permission_classes = [LooksOrWrites]

    @extend_schema(operation_id="v1_customer_upsert", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> HttpResponse:
        """Return the row; what is not given stays as it is."""
        return upserted(request)


def upserted(request: Request) -> HttpResponse:
    """Add or complete the customer that the body names, and answer with the row; v2 does the same."""
    body = body_of(request)
    phone = body.get("phone")
    if not isinstance(phone, str):
        raise InvalidPhone("Invalid phone number")
    customer, _ = operations.save_customer(phone=phone, by=name_of(request), given=given_fields(body, UPSERTED))
    return answer(own_row(customer.pk))


class CustomerByPhone(APIView):
    """Customer 360 by phone, in any spelling."""

    permission_classes = [LooksOrWrites]

    @extend_schema(operation_id="v1_customer", responses=OBJECT)
    def get(self, request: Request, phone: str) -> HttpResponse:
        """Return everything about the customer that a page shows first; one statement."""
        return answer(card_by_phone(phone))

    @extend_schema(operation_id="v1_customer_update", request=BODY, responses=OBJECT)
    def put(self, request: Request, phone: str) -> HttpResponse:
        """Change the profile; null and absent fields stay."""
        changes = given_fields(body_of(request), UPSERTED)
        customer = customer_by_phone(phone)
        operations.update_profile(customer_id=customer.pk, changes=changes, by=name_of(request))
        return answer(own_row(customer.pk))


class QuickView(APIView):
    """A glance at a customer, for a hover."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_customer_quick_view", responses=OBJECT)
    def get(self, request: Request, phone: str) -> HttpResponse | Response:
        """Return the glance, of TPOS where we know nobody; who is unknown there too is a 200 that says so."""
        try:
            return answer(glance_by_phone(phone))
        except CustomerNotFound:
            found = lookup(phone)
        if found:
            return Response({"success": True, "data": stranger(found)})
        return Response({"success": False, "message": "Không tìm thấy khách hàng", "code": CustomerNotFound.code})


class Tickets(APIView):
    """The customer's tickets."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_customer_tickets", parameters=PAGING, responses=OBJECT)
    def get(self, request: Request, phone: str) -> HttpResponse:
        """Return one page, newest first."""
        window = window_of(request, limit=TICKETS_PER_PAGE, limit_max=500, key=(int,))
        wanted = Wanted(customer_id=customer_by_phone(phone).pk)
        page = listed(wanted, limit=window.limit, offset=window.offset, after=window.after)
        block = window.block(total=page.total, estimated=page.estimated, rows=page.rows, last=page.last)
        return answer(page.data, pagination=block)


class Activities(APIView):
    """What happened to the customer."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_customer_activities", parameters=FILTERS, responses=OBJECT)
    def get(self, request: Request, phone: str) -> Response:
        """Return one page, newest first."""
        return history_page(request, customer_by_phone(phone))


class Notes(APIView):
    """A note about the customer."""

    permission_classes = [LooksOrWritesNotes]

    @extend_schema(operation_id="v1_customer_note", request=BODY, responses=OBJECT)
    def post(self, request: Request, phone: str) -> Response:
        """Write it and return it."""
        return Response({"success": True, "data": note_written(request, customer_by_phone(phone))})


class Movements(APIView):
    """The customer's money movements."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v1_customer_transactions", parameters=[*PAGING, OpenApiParameter("type", str)], responses=OBJECT
    )
    def get(self, request: Request, phone: str) -> Response:
        """Return one page, newest first."""
        return movements_page(request, customer_by_phone(phone))


class Batch(APIView):
    """Many customers by phone, with their balances."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_customer_batch", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> HttpResponse:
        """Return those who are there, keyed by phone, and the given spellings that are nobody's."""
        data, found, missing = by_phones(phones_of(body_of(request)))
        return answer(data, found=found, notFound=missing)


urlpatterns: list[Any] = [
    path("batch", Batch.as_view()),
    path("<str:phone>", CustomerByPhone.as_view()),
    path("<str:phone>/quick-view", QuickView.as_view()),
    path("<str:phone>/tickets", Tickets.as_view()),
    path("<str:phone>/activities", Activities.as_view()),
    path("<str:phone>/note", Notes.as_view()),
    path("<str:phone>/transactions", Movements.as_view()),
]
