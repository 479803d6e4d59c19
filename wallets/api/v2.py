"""`/api/v2/wallets`: wallets by our id or by phone. Amounts are whole dong as JSON numbers."""

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.queries import CustomerNotFound, column_meant
from n2store.roles import IsStaffMember
from wallets.api import both_versions, v2_corrections
from wallets.api.answers import AMOUNT, ANSWERS, FOUND, KEY, NUMBER, TEXT, body, empty_wallet, moved, spent
from wallets.api.inputs import Given
from wallets.api.statement import PAGING, statement_page
from wallets.balances import wallet_of
from wallets.commands import Owner
from wallets.models import CreditSource, TransactionType


class WalletDetail(APIView):
    """The wallet of a customer."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_wallet", responses=FOUND)
    def get(self, request: Request, identifier: str) -> Response:
        """Return balances, totals and live credit; zeros for a phone that is no customer's yet."""
        column, value = column_meant(identifier)
        wallet = wallet_of(column, value)
        if wallet is None and column == "id":
            raise CustomerNotFound("Customer not found")
        return Response({"success": True, "data": wallet or empty_wallet(str(value))})


class WalletTransactions(APIView):
    """The movements of a wallet, newest first."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_wallet_transactions",
        parameters=[*PAGING, OpenApiParameter("type", str, enum=TransactionType.values)],
        responses=FOUND,
    )
    def get(self, request: Request, identifier: str) -> HttpResponse:
        """Return one page of transactions."""
        return statement_page(request, identifier)


class Deposit(APIView):
    """Real money into a wallet."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_wallet_deposit",
        parameters=[KEY],
        request=body("amount", amount=AMOUNT, source=TEXT, reference_id=TEXT, note=TEXT),
        responses=ANSWERS,
    )
    def post(self, request: Request, identifier: str) -> Response:
        """Return what was paid in, and the balance before and after."""
        answer = both_versions.deposit(Given(request), Owner.of(identifier))
        told = answer.data
        return moved(
            answer,
            phone=told["phone"],
            deposited=told["amount"],
            previousBalance=told["real_before"],
            newBalance=told["real_after"],
            transactionId=told["transaction_id"],
        )


class IssueCredit(APIView):
    """Virtual credit for a customer."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_wallet_credit",
        parameters=[KEY],
        request=body("amount", amount=AMOUNT, source_type=TEXT, source_id=TEXT, expiry_days=NUMBER, note=TEXT),
        responses=ANSWERS,
    )
    def post(self, request: Request, identifier: str) -> Response:
        """Return what was issued, until when, and the new virtual balance."""
        answer, _ = both_versions.issue_credit(Given(request), Owner.of(identifier), default=CreditSource.COMPENSATION)
        told = answer.data
        return moved(
            answer,
            phone=told["phone"],
            amount=told["amount"],
            newVirtualBalance=told["virtual_after"],
            expiresAt=told["expires_at"],
            transactionId=told["transaction_id"],
            creditId=told["credit_id"],
        )


class Withdraw(APIView):
    """Money out of a wallet: credit that expires first, then real money."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_wallet_withdraw",
        parameters=[KEY],
        request=body("amount", amount=AMOUNT, order_id=TEXT, note=TEXT),
        responses=ANSWERS,
    )
    def post(self, request: Request, identifier: str) -> Response:
        """Return what was taken from where, and what is left."""
        answer = both_versions.withdraw(Given(request), Owner.of(identifier))
        return moved(answer, **spent(answer))


class BatchSummary(APIView):
    """The balances of many customers at once."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_wallet_batch_summary",
        request=body(
            phones={"type": "array", "items": TEXT, "maxItems": 500},
            customer_ids={"type": "array", "items": NUMBER, "maxItems": 500},
        ),
        responses=ANSWERS,
    )
    def post(self, request: Request) -> Response:
        """Return balances of those who exist, keyed by phone."""
        return Response({"success": True, "data": both_versions.balances(Given(request), fill=False)})


class Expire(APIView):
    """Ending credit that has run out."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_wallet_expire", request=None, responses=ANSWERS)
    def post(self, request: Request) -> Response:
        """Return how many lots ended, and what they held."""
        return Response({"success": True, "data": both_versions.expire(request)})


urlpatterns = [
    path("batch-summary", BatchSummary.as_view()),
    path("cron/expire", Expire.as_view()),
    *v2_corrections.urlpatterns,
    path("<str:identifier>", WalletDetail.as_view()),
    path("<str:identifier>/transactions", WalletTransactions.as_view()),
    path("<str:identifier>/deposit", Deposit.as_view()),
    path("<str:identifier>/credit", IssueCredit.as_view()),
    path("<str:identifier>/withdraw", Withdraw.as_view()),
]
