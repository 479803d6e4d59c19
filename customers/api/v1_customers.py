"""`/api/customers`: the list of customers, as the shop's existing pages search, page, add and change it."""

import time
from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from customers import operations, profile
from customers.api.access import LooksOrWrites, name_of, require_owner
from customers.api.given import given_fields
from customers.api.inputs import body_of, kinds_of
from customers.api.lists import FOUND_BY_NUMBER_MAX, found_page, newest_page, recent_page
from customers.api.v1_customer import BODY, OBJECT, PAGING
from customers.api.v1_family import REQUIRED, FamilyView
from customers.api.wire import own_row, rows
from customers.imports import import_customers
from customers.models import Status
from customers.queries import customer_by_id_or_phone
from customers.search import wanted_by
from n2store.errors import DomainError
from n2store.json_answers import answer
from n2store.narrowing import Filter
from n2store.roles import IsStaffMember
from n2store.windows import window_of

CREATED = (
    "name", "phone", "email", "address", "status", "debt", "active", "tier", "tags", "internal_note", "tpos_id"
)  # fmt: skip
UPDATED = CREATED
PER_PAGE = 100
PER_PAGE_MAX = 500
RECENT_PER_PAGE = 20
RECENT_PER_PAGE_MAX = 100
STATISTICS = """
    SELECT json_build_object(
        'total', count(*), 'normal', count(*) FILTER (WHERE status = 'Bình thường'),
        'danger', count(*) FILTER (WHERE status = 'Bom hàng'), 'warning', count(*) FILTER (WHERE status = 'Cảnh báo'),
        'critical', count(*) FILTER (WHERE status = 'Nguy hiểm'), 'vip', count(*) FILTER (WHERE status = 'VIP'),
        'active', count(*) FILTER (WHERE active), 'inactive', count(*) FILTER (WHERE NOT active),
        'total_debt', coalesce(sum(debt_vnd), 0), 'avg_debt', coalesce(round(avg(debt_vnd)), 0)
    )::text FROM customers_customer
"""


class NothingToUpdate(DomainError):
    """The body names no field that can be changed."""

    code = "NOTHING_TO_UPDATE"


class QueryRequired(DomainError):
    """A search without a text."""

    code = "QUERY_REQUIRED"


class Customers(FamilyView):
    """The customers, newest first."""

    permission_classes = [LooksOrWrites]

    @extend_schema(
        operation_id="v1_customers",
        parameters=[*PAGING, OpenApiParameter("status", str), OpenApiParameter("active", str)],
        responses=OBJECT,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return one page; one statement, and one more for the estimate when there are more than 1,000."""
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int, int))
        wanted = Filter()
        if statuses := kinds_of(request, "status", Status.values):
            wanted = wanted.and_("c.status = ANY(%(statuses)s)", statuses=statuses)
        if active := request.query_params.get("active"):
            wanted = wanted.and_("c.active" if active == "true" else "NOT c.active")
        return newest_page(window, wanted)

    @extend_schema(operation_id="v1_customers_add", request=BODY, responses={201: BODY, 400: BODY, 409: BODY})
    def post(self, request: Request) -> HttpResponse:
        """Add a customer."""
        body = body_of(request)
        given = _complete_or_faulty(body)
        customer = operations.create_customer(by=name_of(request), **given)
        return answer(own_row(customer.pk), status=201, message="Thêm khách hàng thành công")


def _complete_or_faulty(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a new customer, or refuse with everything that is wrong at once."""
    given = given_fields(body, CREATED)
    missing = [name for name in ("name", "phone") if given.get(name) in (None, "")]
    faults = {REQUIRED: f"Missing required fields: {', '.join(missing)}"} if missing else {}
    try:
        profile.checked({field: value for field, value in given.items() if field not in missing})
    except profile.InvalidProfile as found:
        faults |= found.faults
    if faults:
        raise profile.InvalidProfile(faults)
    return given


class Customer(FamilyView):
    """One customer by our id or by phone."""

    permission_classes = [LooksOrWrites]

    @extend_schema(operation_id="v1_customers_one", responses=OBJECT)
    def get(self, request: Request, identifier: str) -> HttpResponse:
        """Return the row."""
        return answer(own_row(customer_by_id_or_phone(identifier).pk))

    @extend_schema(operation_id="v1_customers_update", request=BODY, responses=OBJECT)
    def put(self, request: Request, identifier: str) -> HttpResponse:
        """Change what is given."""
        changes = given_fields(body_of(request), UPDATED)
        if not changes:
            raise NothingToUpdate("No valid fields to update")
        customer = customer_by_id_or_phone(identifier)
        operations.update_profile(customer_id=customer.pk, changes=changes, by=name_of(request))
        return answer(own_row(customer.pk), message="Cập nhật khách hàng thành công")

    @extend_schema(
        operation_id="v1_customers_remove", parameters=[OpenApiParameter("hard_delete", str)], responses=OBJECT
    )
    def delete(self, request: Request, identifier: str) -> Response:
        """Hide the customer; with `hard_delete=true` the owner removes one to whom nothing belongs."""
        customer = customer_by_id_or_phone(identifier)
        if request.query_params.get("hard_delete") == "true":
            require_owner(request)
            operations.delete_customer(customer_id=customer.pk, by=name_of(request))
            return Response({"success": True, "message": "Đã xóa vĩnh viễn khách hàng"})
        operations.deactivate(customer_id=customer.pk, by=name_of(request))
        return Response({"success": True, "message": "Đã vô hiệu hóa khách hàng"})


class Search(FamilyView):
    """Customers by name, phone, alias, e-mail, address, id or order code."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v1_customers_search", parameters=[*PAGING, OpenApiParameter("q", str)], responses=OBJECT
    )
    def get(self, request: Request) -> HttpResponse:
        """Return those found, best first."""
        started = time.perf_counter()
        query = request.query_params.get("q", "")
        if not query.strip():
            raise QueryRequired("The search text (q) is required")
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int, int), deepest=FOUND_BY_NUMBER_MAX)
        return found_page(window, wanted_by(query), started=started)


class Recent(FamilyView):
    """Active customers, who was busy last first."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_customers_recent", parameters=PAGING, responses=OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """Return one page."""
        return recent_page(window_of(request, limit=RECENT_PER_PAGE, limit_max=RECENT_PER_PAGE_MAX, key=(int,)))


class Statistics(FamilyView):
    """How many customers there are of each kind."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_customers_stats", responses=OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """Return the counts; they read the whole table, so no page asks for them at every turn."""
        started = time.perf_counter()
        found = rows(STATISTICS, {})
        assert found is not None
        return answer(found[0], query_time_ms=milliseconds_since(started))


class Duplicates(FamilyView):
    """Customers who share a phone: none, the database sees to it."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_customers_duplicates", parameters=PAGING, responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return an empty page."""
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int,))
        block = window.block(total=0, estimated=False, rows=0, last=None)
        return Response({"success": True, "data": [], "duplicate_phones_count": 0, "pagination": block})


class Import(FamilyView):
    """A sheet of customers."""

    permission_classes = [LooksOrWrites]

    @extend_schema(operation_id="v1_customers_import", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Add and complete the customers of the sheet; sent again it changes nothing."""
        started = time.perf_counter()
        sheet = body_of(request).get("customers")
        done = import_customers(sheet, by=name_of(request))  # type: ignore[arg-type]  # checked there
        count = f"{done.success}/{done.success + done.skipped}"
        return Response(
            {
                "success": True,
                "message": f"Import thành công {count} khách hàng",
                "data": {
                    "success": done.success,
                    "failed": 0,
                    "skipped": done.skipped,
                    "created": done.created,
                    "changed": done.changed,
                    "errors": done.faults,
                    "duration_ms": milliseconds_since(started),
                },
            }
        )


def milliseconds_since(started: float) -> int:
    """Return whole milliseconds since a reading of `time.perf_counter`."""
    return round((time.perf_counter() - started) * 1000)


urlpatterns = [
    path("search", Search.as_view()),
    path("recent", Recent.as_view()),
    path("stats", Statistics.as_view()),
    path("duplicates", Duplicates.as_view()),
    path("batch", Import.as_view()),
    path("<str:identifier>", Customer.as_view()),
]
