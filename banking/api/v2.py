"""`/api/v2/balance-history`: bank transfers as lists. Amounts are whole dong as JSON numbers."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from banking.models import BankTransfer, Direction, Verification
from banking.queries import newest_transfers, transfer_statistics, unlinked_transfers
from n2store.clock import on_the_wire
from n2store.paging import page_of
from n2store.roles import IsStaffMember

TRANSFERS_PER_PAGE = 20
PAGING = [OpenApiParameter("page", int), OpenApiParameter("limit", int)]


class Transfers(APIView):
    """Bank transfers, newest first: the unlinked incoming ones unless asked otherwise."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_balance_history",
        parameters=[
            *PAGING,
            OpenApiParameter("linked", str, enum=["true", "false"]),
            OpenApiParameter("wallet_processed", str, enum=["true", "false"]),
        ],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        """Return one page of transfers. `linked` wins over `wallet_processed`; other combinations mean all."""
        rows, pagination = page_of(request, limit=TRANSFERS_PER_PAGE).of(_wanted(request))
        data = [transfer_fields(row) for row in rows]
        return Response({"success": True, "data": data, "pagination": pagination})


def _wanted(request: Request) -> QuerySet[BankTransfer]:
    linked = request.query_params.get("linked")
    processed = request.query_params.get("wallet_processed")
    if linked == "true":
        return newest_transfers().filter(customer__isnull=False)
    if linked == "false" or (linked is None and processed is None):
        return unlinked_transfers()
    if processed == "false":
        return newest_transfers().filter(customer__isnull=False, direction=Direction.IN, wallet_transaction=None)
    return newest_transfers()


class PendingTransfers(APIView):
    """Incoming transfers whose owner a person must confirm."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_balance_history_pending", parameters=PAGING, responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """Return one page of transfers that wait for the accountant."""
        waiting = newest_transfers().filter(verification=Verification.PENDING_VERIFICATION)
        rows, pagination = page_of(request, limit=TRANSFERS_PER_PAGE).of(waiting)
        data = [transfer_fields(row) | {"transaction_id": row.pk, "transaction_content": row.content} for row in rows]
        return Response({"success": True, "data": data, "pagination": pagination})


class TransferStatistics(APIView):
    """How many transfers there are in each state, and their sums."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_balance_history_stats", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """Return counts and sums."""
        return Response({"success": True, "data": transfer_statistics()})


def transfer_fields(row: BankTransfer) -> dict[str, Any]:
    """Return one transfer under its names on the wire."""
    return {
        "id": row.pk,
        "sepay_id": row.sepay_id,
        "transaction_code": row.code or None,
        "content": row.content,
        "amount": row.amount_vnd,
        "description": row.description or None,
        "transfer_type": row.direction,
        "transaction_date": on_the_wire(row.transferred_at),
        "bank_account": row.account_number,
        "gateway": row.gateway,
        "reference_code": row.reference_code or None,
        "linked_customer_phone": row.customer.phone if row.customer else None,
        "customer_id": row.customer_id,
        "customer_name": row.customer.name if row.customer else None,
        "wallet_processed": row.wallet_transaction_id is not None,
        "wallet_tx_id": row.wallet_transaction_id,
        "verification_status": row.verification,
        "match_method": row.match_method or None,
        "created_at": on_the_wire(row.created_at),
    }


urlpatterns = [
    path("balance-history", Transfers.as_view()),
    path("balance-history/pending", PendingTransfers.as_view()),
    path("balance-history/stats", TransferStatistics.as_view()),
]
