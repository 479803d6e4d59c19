"""`/api/v2/tickets/<id>/resolve-credit`: credit for a ticket that stays open, also before it is written (`new`)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.phones import canonical_phone
from n2store.roles import IsStaffMember
from n2store.wire import instant
from tickets import queries, resolving
from tickets.api.answers import BODY, OBJECT
from tickets.record import dong
from tickets.resolving import Credited
from wallets.api.inputs import Given
from wallets.balances import balances_of

BEFORE_TICKET = "new"


class GiveCredit(APIView):
    """Credit for a ticket, once."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_ticket_credit", request=BODY, responses=OBJECT)
    def post(self, request: Request, identifier: str) -> Response:
        """Give it, and return the customer's wallet."""
        given = Given(request)
        amount_vnd = given.number("amount")
        if not given.text("phone") or amount_vnd is None or amount_vnd <= 0:
            raise ValidationError("Phone and positive amount are required")
        said: dict[str, Any] = {
            "caller": given.caller,
            "phone": canonical_phone(given.text("phone")),
            "amount_vnd": amount_vnd,
            "days": given.number("expires_in_days"),
            "note": given.text("note"),
        }
        code = given.text("ticket_code")
        if identifier == BEFORE_TICKET:
            credited = resolving.give_credit_before_ticket(**said, reference=code, key=given.key)
        else:
            ticket_id = queries.id_of(identifier)
            if code and queries.id_of(code) != ticket_id:
                raise ValidationError({"ticket_code": "is another ticket"})
            credited = resolving.give_credit(**said, ticket_id=ticket_id)
        answered = Response(_told(credited))
        if credited.replayed:
            answered.headers["Idempotent-Replayed"] = "true"
        return answered


def _told(credited: Credited) -> dict[str, Any]:
    credit, phone = credited.credit, credited.customer.phone
    balances = balances_of("phone", [phone])[phone]
    lot = {
        "id": credit.pk,
        "amount": credit.original_vnd,
        "expiresAt": instant(credit.expires_at),
        "ticketId": credited.ticket_code,
        "reason": credit.note,
    }
    data = {
        "success": True,
        "virtual_credit_id": credit.pk,
        "phone": phone,
        "customer_id": credited.customer.pk,
        **balances,
        "virtual_balance": balances["virtualBalance"],
        "virtualCredit": lot,
    }
    return {
        "success": True,
        "data": data,
        "message": f"Đã cấp {dong(credit.original_vnd)} công nợ ảo cho {phone}",
    }
