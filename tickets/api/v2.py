"""`/api/v2/tickets`: tickets by code, by our id, or by the id of an import."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.json_answers import answer
from n2store.roles import IsStaffMember
from tickets import changing, queries, resolving
from tickets.api.answers import BODY, FILTERS, OBJECT
from tickets.api.both_versions import changed, deleted, list_page, one, opened, row
from tickets.api.given import lines_named
from tickets.api.v2_credit import GiveCredit
from tickets.claiming import claim
from tickets.compensation import amount_unknown
from tickets.completing import Award
from tickets.deleting import can_delete
from tickets.models import ClaimKind, CompensationKind
from tickets.models import Ticket as TicketRow
from tickets.money import on_the_wire
from tickets.record import owed_on
from tickets.workflow import moves_from
from tickets.writing_off import write_off
from wallets.api.inputs import Given

KINDS = (CompensationKind.CREDIT.value, CompensationKind.DEPOSIT.value)


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
        return one(identifier)

    @extend_schema(operation_id="v2_ticket_change", request=BODY, responses=OBJECT)
    def patch(self, request: Request, identifier: str) -> HttpResponse:
        """Change what the body names; `status` moves the ticket."""
        return changed(request, identifier)

    @extend_schema(operation_id="v2_ticket_delete", parameters=[OpenApiParameter("hard", bool)], responses=OBJECT)
    def delete(self, request: Request, identifier: str) -> Response:
        """Delete it: as a mark, or for good. Untouched credit is taken back."""
        gone = deleted(request, identifier)
        answered: dict[str, Any] = {"success": True, "message": f"Đã xóa ticket {gone.code}", "ticketCode": gone.code}
        if gone.credit_taken_back_vnd:
            answered["virtualCreditCancelled"] = gone.credit_taken_back_vnd
        return Response(answered)


class Notes(APIView):
    """A note on a ticket."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_ticket_note", request=BODY, responses=OBJECT)
    def post(self, request: Request, identifier: str) -> HttpResponse:
        """Append it to the ticket's history."""
        given = Given(request)
        ticket_id = queries.id_of(identifier)
        changing.add_note(caller=given.caller, ticket_id=ticket_id, note=given.text("note"))
        return row(ticket_id)


class Resolve(APIView):
    """A ticket completed, with or without compensation."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_ticket_resolve", request=BODY, responses=OBJECT)
    def post(self, request: Request, identifier: str) -> HttpResponse:
        """Give what the body says, once, and complete the ticket."""
        given = Given(request)
        kind = CompensationKind(given.word("compensation_type", KINDS, default=CompensationKind.CREDIT))
        amount_vnd = given.number("compensation_amount")
        if amount_vnd is not None and amount_vnd < 0:
            raise ValidationError({"compensation_amount": "must not be below zero"})
        ticket_id = queries.id_of(identifier)
        news = resolving.resolve(
            caller=given.caller,
            ticket_id=ticket_id,
            award=None if amount_vnd is None else Award(kind=kind, amount_vnd=amount_vnd),
            note=given.text("note"),
            write_off_reason=given.text("write_off_reason"),
        )
        answered = row(ticket_id)
        if not news:
            answered.headers["Idempotent-Replayed"] = "true"
        return answered


class WriteOff(APIView):
    """Money of a ticket given up."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_ticket_write_off", request=BODY, responses=OBJECT)
    def post(self, request: Request, identifier: str) -> HttpResponse:
        """Write off what is open, with the reason, in the caller's name; `party` and `direction` narrow it."""
        given = Given(request)
        lines, ticket_id = lines_named(given), queries.id_of(identifier)
        amount_vnd = write_off(caller=given.caller, ticket_id=ticket_id, reason=given.text("reason"), lines=lines)
        return row(ticket_id, written_off=amount_vnd)


class Money(APIView):
    """The money of a ticket."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_ticket_money", responses=OBJECT)
    def get(self, request: Request, identifier: str) -> Response:
        """Return who owes whom what, what is open, and what may be done next."""
        return Response({"success": True, "data": _money_of(queries.id_of(identifier))})


class Claims(APIView):
    """What somebody owes the shop on a ticket."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_ticket_claim", request=BODY, responses=OBJECT)
    def post(self, request: Request, identifier: str) -> Response:
        """Keep `amount` and `received`, both totals, for one `kind`; the same again changes nothing."""
        given = Given(request)
        received = given.number("received")
        ticket_id = queries.id_of(identifier)
        news = claim(
            caller=given.caller, ticket_id=ticket_id, kind=ClaimKind(given.word("kind", ClaimKind.values, default="")),
            amount_vnd=given.amount(), received_vnd=received, note=given.text("note"),
        )  # fmt: skip
        answered = Response({"success": True, "data": _money_of(ticket_id)})
        if not news:
            answered.headers["Idempotent-Replayed"] = "true"
        return answered


class CanDelete(APIView):
    """Whether a ticket can be deleted."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_ticket_can_delete", responses=OBJECT)
    def get(self, request: Request, identifier: str) -> Response:
        """Return whether, why not, and what becomes of its credit."""
        ticket = TicketRow.objects.get(pk=queries.id_of(identifier))
        return Response({"success": True, **can_delete(ticket)})


def _money_of(ticket_id: int) -> dict[str, Any]:
    ticket = TicketRow.objects.get(pk=ticket_id)
    owed = owed_on(ticket)
    return {
        "ticket_code": ticket.code,
        "lines": on_the_wire(owed),
        "open": sum(line.open_vnd for line in owed),
        "amount_missing": amount_unknown(ticket),
        "moves": [move.value for move in moves_from(ticket.type, ticket.status)],
    }


urlpatterns = [
    path("", WithSlash.as_view()),
    path("stats", Statistics.as_view()),
    path("<str:identifier>", Ticket.as_view()),
    path("<str:identifier>/notes", Notes.as_view()),
    path("<str:identifier>/resolve", Resolve.as_view()),
    path("<str:identifier>/resolve-credit", GiveCredit.as_view()),
    path("<str:identifier>/write-off", WriteOff.as_view()),
    path("<str:identifier>/money", Money.as_view()),
    path("<str:identifier>/claims", Claims.as_view()),
    path("<str:identifier>/can-delete", CanDelete.as_view()),
]
