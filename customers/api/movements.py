"""A customer's money movements as the old pages list them. Every issue of credit is a row of the ledger itself."""

from typing import Any

from django.db.models import F
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.inputs import kinds_of
from customers.models import Customer
from n2store.windows import COUNTED_MAX, window_of
from n2store.wire import instant
from wallets.models import TransactionType
from wallets.queries import statement

PER_PAGE = 50
PER_PAGE_MAX = 500


def movements_page(request: Request, customer: Customer) -> Response:
    """Answer one page of movements, newest first; two queries."""
    window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int,))
    types = kinds_of(request, "type", TransactionType.values)
    if len(types) > 1:
        raise ValidationError({"type": "must be a single type"})
    wanted = statement(customer, type=types[0] if types else None)
    total = wanted[: COUNTED_MAX + 1].count()
    shown = wanted.filter(sequence__lt=window.after[0]) if window.after else wanted
    rows = list(
        shown.values(
            "id", "sequence", "wallet_id", "type", "source", "reference_type", "reference_id", "note", "created_at",
            amount=F("amount_vnd"), balance_before=F("real_before_vnd"), balance_after=F("real_after_vnd"),
            virtual_balance_before=F("virtual_before_vnd"), virtual_balance_after=F("virtual_after_vnd"),
            created_by=F("actor"), expires_at=F("credit__expires_at"), gateway=F("transfer__gateway"),
        )[window.offset : window.offset + window.limit]
    )  # fmt: skip
    block = window.block(
        total=total, estimated=total > COUNTED_MAX, rows=len(rows), last=[rows[-1]["sequence"]] if rows else None
    )
    return Response({"success": True, "data": [_fields(dict(row), customer) for row in rows], "pagination": block})


def _fields(row: dict[str, Any], customer: Customer) -> dict[str, Any]:
    return row | {
        "phone": customer.phone,
        "customer_id": customer.pk,
        "reference_type": row["reference_type"] or None,
        "reference_id": row["reference_id"] or None,
        "note": row["note"] or None,
        "created_at": instant(row["created_at"]),
        "expires_at": instant(row["expires_at"]),
    }
