"""Lists of ledger rows, newest first: of one wallet by its row numbers, and of all corrections."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from customers.queries import CustomerNotFound, column_meant
from n2store.json_answers import answer
from n2store.json_sql import array_of, filled, number, object_of, text, utc
from n2store.windows import BIGINT_MAX, COUNTED_MAX, window_of
from n2store.wire import instant
from wallets.models import CORRECTIONS, Transaction, TransactionType

ROW = object_of(
    {
        "id": number("t.id"),
        "sequence": number("t.sequence"),
        "phone": text("c.phone"),
        "wallet_id": number("t.wallet_id"),
        "type": text("t.type"),
        "amount": number("t.amount_vnd"),
        "balance_before": number("t.real_before_vnd"),
        "balance_after": number("t.real_after_vnd"),
        "virtual_balance_before": number("t.virtual_before_vnd"),
        "virtual_balance_after": number("t.virtual_after_vnd"),
        "source": text("t.source"),
        "reference_type": filled("t.reference_type"),
        "reference_id": filled("t.reference_id"),
        "note": filled("t.note"),
        "created_by": text("t.actor"),
        "occurred_at": utc("t.occurred_at"),
        "created_at": utc("t.created_at"),
    }
)
"""A row `t` of the ledger of customer `c`; `transaction_fields` writes the same."""
_PAGE = """
    SELECT page.data, page.shown, page.last, w.last_sequence, {counted}
    FROM customers_customer c
    JOIN wallets_wallet w ON w.customer_id = c.id
    CROSS JOIN LATERAL (
        SELECT {data} AS data,
               count(*) AS shown, min(t.sequence) AS last
        FROM (
            SELECT * FROM wallets_transaction
            WHERE wallet_id = w.id AND sequence < %(before)s
              AND sequence <= w.last_sequence - %(numbers_left_out)s {of_kind}
            ORDER BY sequence DESC LIMIT %(limit)s OFFSET %(rows_left_out)s
        ) t
    ) page
"""
_DATA = array_of(ROW, order="t.sequence DESC")
STATEMENT = _PAGE.format(data=_DATA, counted="0", of_kind="")
STATEMENT_OF_KIND = _PAGE.format(
    data=_DATA,
    counted="""(SELECT count(*) FROM (
        SELECT FROM wallets_transaction WHERE wallet_id = w.id AND type = %(kind)s LIMIT %(counted_max)s
    ) counted)""",
    of_kind="AND type = %(kind)s",
)
ROWS_PER_PAGE = 50
ROWS_PER_PAGE_MAX = 500
PAGING = [OpenApiParameter("page", int), OpenApiParameter("limit", int), OpenApiParameter("cursor", str)]


def statement_page(request: Request, identifier: str) -> HttpResponse:
    """Answer one page of a wallet's rows in one statement, however long the wallet is.

    Rows are numbered without gaps: a page begins at a number, and the last number is how many there are.
    """
    kind = _kind_of(request)
    window = window_of(request, limit=ROWS_PER_PAGE, limit_max=ROWS_PER_PAGE_MAX, key=(int,), deepest=2**31)
    column, value = column_meant(identifier)
    assert column in {"id", "phone"}
    parameters = {
        "value": value,
        "kind": kind,
        "before": window.after[0] if window.after else BIGINT_MAX,
        "numbers_left_out": 0 if kind else window.offset,
        "rows_left_out": window.offset if kind else 0,
        "limit": window.limit,
        "counted_max": COUNTED_MAX + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{STATEMENT_OF_KIND if kind else STATEMENT} WHERE c.{column} = %(value)s", parameters)
        found = cursor.fetchone()
    if found is None:
        raise CustomerNotFound("Customer not found")
    data, shown, last, total, counted = found
    estimated = bool(kind) and counted > COUNTED_MAX
    block = window.block(
        total=counted if kind and not estimated else total,
        estimated=estimated,
        rows=shown,
        last=None if last is None else (last,),
    )
    return answer(data, pagination=block)


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
