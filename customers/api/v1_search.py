"""`/api/customer-search-v2`: what the hub's search box asks."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from customers.api.inputs import body_of
from customers.api.lists import FOUND_BY_NUMBER_MAX, found_page
from customers.api.v1_customer import BODY, OBJECT
from customers.search import wanted_by
from n2store.roles import IsStaffMember
from n2store.windows import window_of

PER_PAGE = 50
PER_PAGE_MAX = 200


class Search(APIView):
    """Customers by name, phone, alias, e-mail, address, id or order code."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_customer_search", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> HttpResponse:
        """Return those found, best first."""
        return searched(request)


def searched(request: Request) -> HttpResponse:
    """Answer the search that the body describes: `query`, and `limit`, `cursor` or `page`; v2 does the same."""
    body = body_of(request)
    window = window_of(
        request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int, int), given=body, deepest=FOUND_BY_NUMBER_MAX
    )
    return found_page(window, wanted_by(body.get("query") or ""))
