"""`/api/wallet`: wallets by phone, as the shop's existing pages use them. Amounts are whole dong as JSON numbers."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.phones import canonical_phone
from n2store.roles import IsStaffMember
from wallets.api import both_versions
from wallets.api.answers import AMOUNT, ANSWERS, FOUND, KEY, NUMBER, TEXT, body, empty_wallet, moved, spent
from wallets.api.inputs import Given
from wallets.balances import wallet_of
from wallets.commands import CREDIT_NOTE, Owner
from wallets.models import CreditSource, CreditStatus


class WalletByPhone(APIView):
    """The wallet of a phone, in any spelling."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_wallet", responses=FOUND)
    def get(self, request: Request, phone: str) -> Response:
        """Return balances, totals and live credit; zeros for somebody who is no customer yet."""
        canonical = canonical_phone(phone)
        return Response({"success": True, "data": wallet_of("phone", canonical) or empty_wallet(canonical)})


class Deposit(APIView):
    """Real money into a wallet."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v1_wallet_deposit",
        parameters=[KEY],
        request=body("amount", amount=AMOUNT, source=TEXT, reference_id=TEXT, note=TEXT),
        responses=ANSWERS,
    )
    def post(self, request: Request, phone: str) -> Response:
        """Return what was paid in and the new balance."""
        answer = both_versions.deposit(Given(request), _owner(phone))
        told = answer.data
        return moved(answer, phone=told["phone"], deposited=told["amount"], newBalance=told["real_after"])


class Withdraw(APIView):
    """Money out of a wallet: credit that expires first, then real money."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v1_wallet_withdraw",
        parameters=[KEY],
        request=body("amount", amount=AMOUNT, order_id=TEXT, note=TEXT),
        responses=ANSWERS,
    )
    def post(self, request: Request, phone: str) -> Response:
        """Return what was taken from where, and what is left."""
        answer = both_versions.withdraw(Given(request), _owner(phone))
        return moved(answer, **spent(answer))


class IssueCredit(APIView):
    """Virtual credit for a customer."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v1_wallet_virtual_credit",
        parameters=[KEY],
        request=body("amount", amount=AMOUNT, source_type=TEXT, source_id=TEXT, expiry_days=NUMBER, note=TEXT),
        responses=ANSWERS,
    )
    def post(self, request: Request, phone: str) -> Response:
        """Return the lot as it was issued, and the new virtual balance."""
        given = Given(request)
        answer, source_type = both_versions.issue_credit(given, _owner(phone), default=CreditSource.RETURN_SHIPPER)
        told = answer.data
        lot = {
            "id": told["credit_id"],
            "phone": told["phone"],
            "customer_id": told["customer_id"],
            "original_amount": told["amount"],
            "remaining_amount": told["amount"],
            "issued_at": told["created_at"],
            "expires_at": told["expires_at"],
            "status": CreditStatus.ACTIVE,
            "source_type": source_type,
            "source_id": given.text("source_id") or None,
            "note": given.text("note") or CREDIT_NOTE,
            "created_by": given.caller.name,
            "used_in_orders": [],
        }
        return moved(answer, virtualCredit=lot, newVirtualBalance=told["virtual_after"])


class BatchSummary(APIView):
    """The balances of many phones at once."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v1_wallet_batch_summary",
        request=body("phones", phones={"type": "array", "items": TEXT, "maxItems": 500}),
        responses=ANSWERS,
    )
    def post(self, request: Request) -> Response:
        """Return balances keyed by phone, zeros for those without a wallet."""
        return Response({"success": True, "data": both_versions.balances(Given(request), fill=True)})


class Expire(APIView):
    """Ending credit that has run out."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_wallet_expire", request=None, responses=ANSWERS)
    def post(self, request: Request) -> Response:
        """Return how many lots ended, and what they held."""
        return Response({"success": True, "data": both_versions.expire(request)})


def _owner(phone: str) -> Owner:
    return Owner(phone=canonical_phone(phone))


urlpatterns = [
    path("batch-summary", BatchSummary.as_view()),
    path("cron/expire", Expire.as_view()),
    path("<str:phone>", WalletByPhone.as_view()),
    path("<str:phone>/deposit", Deposit.as_view()),
    path("<str:phone>/withdraw", Withdraw.as_view()),
    path("<str:phone>/virtual-credit", IssueCredit.as_view()),
]
