"""`/api/v2/tickets`: tickets by code, by our id, or by the id of an import."""

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from n2store.roles import IsStaffMember
from tickets import queries
from tickets.api.answers import BODY, FILTERS, OBJECT, answer
from tickets.api.both_versions import list_page, opened


class Tickets(APIView):
    """The tickets, filtered."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_tickets", parameters=FILTERS, responses=OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """Return one page, newest first, or in the order of the queue; one statement."""
        return list_page(request)

    @extend_schema(operation_id="v2_ticket_open", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> HttpResponse:
        """Open a ticket."""
        return opened(request)


class WithSlash(Tickets):
    """The same with a slash at its end; the API document names it once."""

    schema = None


class Statistics(APIView):
    """The figures above the lists."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_tickets_stats", responses=OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """Return how many tickets there are by state and type."""
        return answer(queries.statistics())


class Ticket(APIView):
    """One ticket."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_ticket", responses=OBJECT)
    def get(self, request: Request, identifier: str) -> HttpResponse:
        """Return the row and the customer's balances."""
        row, real_vnd, virtual_vnd = queries.detail(identifier)
        more = f'"wallet_balance":{real_vnd},"wallet_virtual":{virtual_vnd}'
        return answer(f"{row[:-1]},{more}}}")


urlpatterns = [
    path("", WithSlash.as_view()),
    path("stats", Statistics.as_view()),
    path("<str:identifier>", Ticket.as_view()),
]
