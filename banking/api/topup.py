"""`/api/topup/…`: starting a top-up, its status for those who poll, and how many watch. Streams are in `realtime`."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.urls import path, reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from banking.api.answers import FOUND, NUMBER, TEXT, body
from banking.api.inputs import Body
from banking.api.topup_access import PayerByLink, StaffOrPayer, viewer_of
from banking.authority import Right, require
from banking.models import Topup
from banking.payos import cache, reading
from banking.payos.access import TopupNotFound, Viewer
from banking.payos.references import is_reference
from banking.payos.starting import start
from customers.models import Customer
from customers.phones import canonical_phone
from customers.queries import CustomerNotFound
from n2store.errors import DomainError
from n2store.idempotency import InvalidKey, is_key
from n2store.roles import IsStaffMember, caller_of
from n2store.tokens import RememberedToken
from n2store.wire import instant
from wallets.ledger import InvalidAmount


class InvalidReference(DomainError):
    """That is no reference of a top-up."""

    code = "INVALID_TX_REF"


class TopupView(APIView):
    """A view for staff, and for customers by link."""

    authentication_classes = [RememberedToken, SessionAuthentication, PayerByLink]
    permission_classes = [StaffOrPayer]


class Init(TopupView):
    """The beginning of a top-up."""

    @extend_schema(
        operation_id="topup_init",
        request=body("amount", amount=NUMBER, idempotency_key=TEXT, phone=TEXT, customer_id=NUMBER),
        responses=dict.fromkeys((200, 201), FOUND[200]),
    )
    def post(self, request: Request) -> Response:
        """Make a payment link; the same key and amount answer with the first one. Staff say for which customer."""
        given = Body(request)
        amount_vnd = given.fields.get("amount")
        if type(amount_vnd) is not int:
            raise InvalidAmount("amount must be a whole number of dong")
        key = given.fields.get("idempotency_key") or request.headers.get("Idempotency-Key")
        if key is not None and not is_key(key):
            raise InvalidKey("The idempotency key has 1 to 100 visible characters")
        viewer = viewer_of(request)
        customer = _customer_meant(given, viewer, is_staff=isinstance(request.user, User))
        started = start(
            customer=customer,
            amount_vnd=amount_vnd,
            viewer=viewer,
            by=caller_of(request.user).name,
            return_url=request.build_absolute_uri(reverse("topup")),
            key=key,
        )
        return Response(told(started.topup), status=201 if started.is_new else 200)


class Status(TopupView):
    """How far a top-up is."""

    @extend_schema(operation_id="topup_status", parameters=[OpenApiParameter("tx_ref", str)], responses=FOUND)
    def get(self, request: Request) -> Response:
        """Return the state. For those who poll: from the cache, where it is kept."""
        reference = request.query_params.get("tx_ref", "")
        if not is_reference(reference):
            raise InvalidReference("tx_ref is no reference of a top-up")
        kept = reading.kept_state(reference)
        if kept is None or not viewer_of(request).may_see(customer_id=kept.customer_id, starter_id=kept.starter_id):
            raise TopupNotFound("There is no such top-up.")
        return Response(kept.state, headers={"Cache-Control": "no-store"})


class Stats(APIView):
    """What the cache and the streams are doing."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="topup_stats", responses=FOUND)
    def get(self, request: Request) -> Response:
        """Return how many states are kept, how many top-ups are watched, and by how many streams."""
        found = cache.stats()
        return Response(
            {
                "success": True,
                "cachedOrders": found.cached_orders,
                "activeSubscriptions": found.active_subscriptions,
                "connectionCount": found.connection_count,
            }
        )


def told(topup: Topup) -> dict[str, Any]:
    """Return a top-up as the beginning tells it: all that a page needs to show it."""
    return {
        "tx_ref": topup.tx_ref,
        "order_code": topup.order_code,
        "amount": topup.amount_vnd,
        "currency": "VND",
        "status": topup.status,
        "checkout_url": topup.checkout_url,
        "qr_code": topup.qr_code,
        "bank": {
            "bin": topup.bank_bin, "account_number": topup.account_number, "account_name": topup.account_name,
        },
        "memo": topup.memo,
        "expires_at": instant(topup.expires_at),
        "version": topup.version,
    }  # fmt: skip


def _customer_meant(given: Body, viewer: Viewer, *, is_staff: bool) -> Customer:
    """Return whose wallet it is for: whom staff name, or the customer who came by link."""
    phone, customer_id = given.text("phone"), given.fields.get("customer_id")
    if not phone and customer_id is None and viewer.customer_id is not None:
        return Customer.objects.get(pk=viewer.customer_id)
    if not is_staff:
        raise TopupNotFound("A link tops up its own customer's wallet only.")
    require(given.caller, Right.TOPUP)
    if not phone and type(customer_id) is not int:
        raise ValidationError({"phone": "say for which customer: phone or customer_id"})
    meant = Q(phone=canonical_phone(phone)) if phone else Q(pk=customer_id)
    customer = Customer.objects.filter(meant).first()
    if customer is None:
        raise CustomerNotFound("There is no such customer.")
    return customer


urlpatterns = [
    path("init", Init.as_view()),
    path("status", Status.as_view()),
    path("stats", Stats.as_view()),
]
