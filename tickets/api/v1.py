"""`/api/ticket`: tickets as the existing pages know them, by code or by the id of an import."""

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.json_answers import answer
from n2store.roles import IsStaffMember
from tickets import changing, queries
from tickets.api.answers import BODY, FILTERS, OBJECT
from tickets.api.both_versions import changed, deleted, list_page, one, opened, row
from tickets.workflow import Move
from wallets.api.inputs import Given

ACTIONS = {move.value: move for move in (Move.RECEIVE, Move.SETTLE, Move.COMPLETE, Move.CANCEL)}


class Tickets(APIView):
    """The tickets, filtered."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_tickets", parameters=FILTERS, responses=OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """Return one page, newest first."""
        return list_page(request)

    @extend_schema(operation_id="v1_ticket_open", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> HttpResponse:
        """Open a ticket."""
        return opened(request)


class Statistics(APIView):
    """The figures above the lists."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_tickets_stats", responses=OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """Return how many tickets there are by state and type."""
        return answer(queries.statistics())


class Ticket(APIView):
    """One ticket."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_ticket", responses=OBJECT)
    def get(self, request: Request, identifier: str) -> HttpResponse:
        """Return the row and the customer's balances."""
        return one(identifier)

    @extend_schema(operation_id="v1_ticket_change", request=BODY, responses=OBJECT)
    def put(self, request: Request, identifier: str) -> HttpResponse:
        """Change what the body names."""
        return changed(request, identifier)

    @extend_schema(operation_id="v1_ticket_delete", parameters=[OpenApiParameter("hard", bool)], responses=OBJECT)
    def delete(self, request: Request, identifier: str) -> Response:
        """Delete it: as a mark, or for good."""
        gone = deleted(request, identifier)
        hard = request.query_params.get("hard", "").lower() in ("1", "true")
        message = "Ticket permanently deleted" if hard else "Ticket soft deleted"
        return Response({"success": True, "message": message, "ticketCode": gone.code})


class Action(APIView):
    """A ticket moved on."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_ticket_action", request=BODY, responses=OBJECT)
    def post(self, request: Request, identifier: str) -> HttpResponse:
        """Do what the body names."""
        given = Given(request)
        move = ACTIONS.get(given.text("action"))
        if move is None:
            raise ValidationError(f"Invalid action. Valid: {', '.join(ACTIONS)}")
        ticket_id = queries.id_of(identifier)
        changing.move(caller=given.caller, ticket_id=ticket_id, move=move, note=given.text("note"))
        return row(ticket_id)


urlpatterns = [
    path("stats", Statistics.as_view()),
    path("<str:identifier>", Ticket.as_view()),
    path("<str:identifier>/action", Action.as_view()),
]
