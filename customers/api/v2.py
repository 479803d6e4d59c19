"""`/api/v2/customers`: customers by our id or by phone."""

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import operations
from customers.api.access import LooksOrWrites, LooksOrWritesNotes, name_of
from customers.api.batch import by_ids, by_phones
from customers.api.card import card
from customers.api.given import patched_fields
from customers.api.history import FILTERS, history_page
from customers.api.inputs import body_of, ids_of, kinds_of, phones_of, plain_text
from customers.api.lists import SORTS, newest_page, of_segments
from customers.api.notes import note_fields, note_written
from customers.api.orders import CanOrder
from customers.api.rfm import Rfm
from customers.api.v1_customer import BODY, OBJECT, PAGING, UPSERTED, upserted
from customers.api.v1_customers import NothingToUpdate
from customers.api.v1_search import searched
from customers.api.wire import own_row
from customers.models import Status, Tier
from customers.queries import customer_by_id_or_phone, notes
from customers.rfm.segments import NAMES as SEGMENTS
from customers.search import wanted_by
from n2store.json_answers import answer
from n2store.narrowing import Filter
from n2store.roles import IsStaffMember
from n2store.windows import window_of

PER_PAGE = 50
PER_PAGE_MAX = 500
NOTES_PER_PAGE = 50


class Customers(APIView):
    """The customers, filtered and sorted."""

    permission_classes = [LooksOrWrites]

    @extend_schema(
        operation_id="v2_customers",
        parameters=[
            *PAGING,
            OpenApiParameter("status", str, enum=Status.values),
            OpenApiParameter("tier", str, enum=Tier.values),
            OpenApiParameter("segment", str, enum=SEGMENTS),
            OpenApiParameter("search", str),
            OpenApiParameter("sort", str, enum=list(SORTS)),
            OpenApiParameter("order", str, enum=["asc", "desc"]),
        ],
        responses=OBJECT,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return one page; one statement, and one more for the estimate when there are more than 1,000."""
        sort = (kinds_of(request, "sort", SORTS) or ["created_at"])[0]
        order = (kinds_of(request, "order", ("asc", "desc", "ASC", "DESC")) or ["desc"])[0].lower()
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(SORTS[sort][1], int))
        return newest_page(window, _filter(request), sort=sort, descending=order == "desc")

    @extend_schema(operation_id="v2_customers_upsert", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> HttpResponse:
        """Add a customer, or complete one with what is given."""
        return upserted(request)


def _filter(request: Request) -> Filter:
    """Return what the query narrows the list to."""
    wanted = Filter()
    if statuses := kinds_of(request, "status", Status.values):
        wanted = wanted.and_("c.status = ANY(%(statuses)s)", statuses=statuses)
    if tiers := kinds_of(request, "tier", [*Tier.values, *(tier.upper() for tier in Tier.values)]):
        wanted = wanted.and_("c.tier = ANY(%(tiers)s)", tiers=[tier.lower() for tier in tiers])
    if segments := kinds_of(request, "segment", SEGMENTS):
        wanted = wanted.and_(of_segments(segments), segments=segments)
    if text := plain_text(request, "search"):
        said = wanted_by(text)
        if said.digits:
            wanted = wanted.and_("c.phone LIKE %(part)s", part=f"%{said.digits}%")
        else:
            wanted = wanted.and_("c.folded LIKE customers_fold(%(part)s)", part=said.within)
    return wanted


class Customer(APIView):
    """One customer."""

    permission_classes = [LooksOrWrites]

    @extend_schema(operation_id="v2_customer", responses=OBJECT)
    def get(self, request: Request, identifier: str) -> HttpResponse:
        """Return Customer 360; one statement."""
        return answer(card(identifier))

    @extend_schema(operation_id="v2_customer_update", request=BODY, responses=OBJECT)
    def patch(self, request: Request, identifier: str) -> HttpResponse:
        """Change what the body names; null empties a text."""
        changes = patched_fields(body_of(request), UPSERTED)
        if not changes:
            raise NothingToUpdate("No valid fields to update")
        customer = customer_by_id_or_phone(identifier)
        operations.update_profile(customer_id=customer.pk, changes=changes, by=name_of(request))
        return answer(own_row(customer.pk))


class Activities(APIView):
    """What happened to the customer."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_customer_activity", parameters=FILTERS, responses=OBJECT)
    def get(self, request: Request, identifier: str) -> Response:
        """Return one page, newest first."""
        return history_page(request, customer_by_id_or_phone(identifier))


class Notes(APIView):
    """The notes about the customer."""

    permission_classes = [LooksOrWritesNotes]

    @extend_schema(operation_id="v2_customer_notes", parameters=PAGING, responses=OBJECT)
    def get(self, request: Request, identifier: str) -> Response:
        """Return one page, pinned first, then the newest."""
        window = window_of(request, limit=NOTES_PER_PAGE, limit_max=200, key=(int,))
        customer = customer_by_id_or_phone(identifier)
        kept = notes(customer)
        shown = [note_fields(note, phone=customer.phone) for note in kept[window.offset : window.offset + window.limit]]
        block = window.block(total=kept.count(), estimated=False, rows=len(shown), last=None)
        return Response({"success": True, "data": shown, "pagination": block})

    @extend_schema(operation_id="v2_customer_note", request=BODY, responses=OBJECT)
    def post(self, request: Request, identifier: str) -> Response:
        """Write one."""
        return Response({"success": True, "data": note_written(request, customer_by_id_or_phone(identifier))})


class Batch(APIView):
    """Many customers by phone or by id, with their balances."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_customers_batch", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> HttpResponse:
        """Return those who are there, keyed by phone."""
        body = body_of(request)
        if body.get("phones") is not None:
            phones = phones_of(body)
            data, found, _ = by_phones(phones)
            return answer(data, found=found, total=len(phones))
        if body.get("ids") is not None:
            ids = ids_of(body)
            data, found = by_ids(ids)
            return answer(data, found=found, total=len(ids))
        raise ValidationError("phones or ids array is required")


class Search(APIView):
    """Customers by name, phone, alias, e-mail, address, id or order code."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_customers_search", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> HttpResponse:
        """Return those found, best first."""
        return searched(request)


urlpatterns = [
    path("batch", Batch.as_view()),
    path("search", Search.as_view()),
    path("<str:identifier>", Customer.as_view()),
    path("<str:identifier>/activity", Activities.as_view()),
    path("<str:identifier>/notes", Notes.as_view()),
    path("<str:identifier>/can-order", CanOrder.as_view()),
    path("<str:identifier>/rfm", Rfm.as_view()),
]
