"""`/api/v2/wallets`: balances and statement of one customer. Amounts are whole dong as JSON numbers."""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.queries import customer_by_id_or_phone
from n2store.paging import page_of
from n2store.roles import IsStaffMember
from wallets.models import Transaction, TransactionType
from wallets.queries import statement, wallet_summary

TRANSACTIONS_PER_PAGE = 50


class WalletDetail(APIView):
    """The wallet of a customer."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_wallet", responses={200: OpenApiTypes.OBJECT, 404: OpenApiTypes.OBJECT})
    def get(self, request: Request, identifier: str) -> Response:
        """Return both balances and their total."""
        summary = wallet_summary(customer_by_id_or_phone(identifier))
        return Response({"success": True, "data": summary | {"virtualCredits": []}})


class WalletTransactions(APIView):
    """The movements of a wallet, newest first."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_wallet_transactions",
        parameters=[
            OpenApiParameter("page", int),
            OpenApiParameter("limit", int),
            OpenApiParameter("type", str, enum=TransactionType.values),
        ],
        responses={200: OpenApiTypes.OBJECT, 404: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, identifier: str) -> Response:
        """Return one page of transactions."""
        page = page_of(request, limit=TRANSACTIONS_PER_PAGE)
        type_given = request.query_params.get("type") or None
        if type_given is not None and type_given not in TransactionType.values:
            raise ValidationError({"type": f"must be one of {', '.join(TransactionType.values)}"})
        customer = customer_by_id_or_phone(identifier)
        rows, pagination = page.of(statement(customer, type=type_given))
        data = [transaction_fields(row, phone=customer.phone) for row in rows]
        return Response({"success": True, "data": data, "pagination": pagination})


def transaction_fields(row: Transaction, *, phone: str) -> dict[str, Any]:
    """Return one movement under its names on the wire."""
    return {
        "id": row.pk,
        "sequence": row.sequence,
        "phone": phone,
        "wallet_id": row.wallet_id,
        "type": row.type,
        "amount": row.amount_vnd,
        "balance_before": row.real_before_vnd,
        "balance_after": row.real_after_vnd,
        "virtual_balance_before": row.virtual_before_vnd,
        "virtual_balance_after": row.virtual_after_vnd,
        "source": row.source,
        "reference_type": row.reference_type or None,
        "reference_id": row.reference_id or None,
        "note": row.note or None,
        "created_by": row.actor,
        "occurred_at": row.occurred_at,
        "created_at": row.created_at,
    }


urlpatterns = [
    path("<str:identifier>", WalletDetail.as_view()),
    path("<str:identifier>/transactions", WalletTransactions.as_view()),
]
