"""Lists of ledger rows, newest first: of one wallet by its row numbers, and of all corrections."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from customers.paging import COUNTED_MAX, window_of
from customers.queries import CustomerNotFound, column_meant
from n2store.wire import instant
from wallets.models import CORRECTIONS, Transaction, TransactionType, Wallet

ROWS_PER_PAGE = 50
ROWS_PER_PAGE_MAX = 500
PAGING = [OpenApiParameter("page", int), OpenApiParameter("limit", int), OpenApiParameter("cursor", str)]


def statement_page(request: Request, identifier: str) -> Response:
    """Return one page of a wallet's rows: two statements, however long the wallet is.

    Rows are numbered without gaps: a page begins at a number, and the last number is how many there are.
    """
    kind = _kind_of(request)
    window = window_of(request, limit=ROWS_PER_PAGE, limit_max=ROWS_PER_PAGE_MAX, key=(int,), deepest=2**31)
    column, value = column_meant(identifier)
    wallet = Wallet.objects.filter(**{f"customer__{column}": value}).select_related("customer").first()
    if wallet is None:
        raise CustomerNotFound("Customer not found")

    rows = Transaction.objects.filter(wallet=wallet).order_by("-sequence")
    total, estimated = wallet.last_sequence, False
    if kind:
        rows = rows.filter(type=kind)
        counted = rows.order_by()[: COUNTED_MAX + 1].count()
        total, estimated = (counted, False) if counted <= COUNTED_MAX else (wallet.last_sequence, True)
    if window.after:
        rows = rows.filter(sequence__lt=window.after[0])
    elif not kind:
        rows = rows.filter(sequence__lte=wallet.last_sequence - window.offset)
    first = window.offset if kind else 0
    shown = list(rows[first : first + window.limit])
    return Response(
        {
            "success": True,
            "data": [transaction_fields(row, phone=wallet.customer.phone) for row in shown],
            "pagination": window.block(
                total=total, estimated=estimated, rows=len(shown), last=(shown[-1].sequence,) if shown else None
            ),
        }
    )


def corrections_page(request: Request) -> Response:
    """Return one page of what was corrected in all wallets."""
    window = window_of(request, limit=ROWS_PER_PAGE, limit_max=ROWS_PER_PAGE_MAX, key=(int,))
    rows: QuerySet[Transaction] = Transaction.objects.filter(type__in=CORRECTIONS).order_by("-id")
    counted = rows.order_by()[: COUNTED_MAX + 1].count()
    if window.after:
        rows = rows.filter(pk__lt=window.after[0])
    shown = list(rows.select_related("wallet__customer")[window.offset : window.offset + window.limit])
    return Response(
        {
            "success": True,
            "data": [
                transaction_fields(row, phone=row.wallet.customer.phone) | {"reverses": row.reverses_id}
                for row in shown
            ],
            "pagination": window.block(
                total=counted,
                estimated=counted > COUNTED_MAX,
                rows=len(shown),
                last=(shown[-1].pk,) if shown else None,
            ),
        }
    )


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
        "occurred_at": instant(row.occurred_at),
        "created_at": instant(row.created_at),
    }


def _kind_of(request: Request) -> str:
    kind: str = request.query_params.get("type", "")
    if kind and kind not in TransactionType.values:
        raise ValidationError({"type": f"must be one of {', '.join(TransactionType.values)}"})
    return kind
