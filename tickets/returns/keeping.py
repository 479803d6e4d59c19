"""Every change to a return order, a verb each."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from n2store import audit
from n2store.errors import DomainError, NotFound
from n2store.roles import Caller
from tickets.authority import Right, require
from tickets.models import ReturnOrder
from tickets.returns.reading import InvalidReturnOrder, columns_of, fields_of

BATCH_MAX = 1_000
CHANGED = (
    "customer_name", "phone", "invoice_number", "reference", "invoice_date", "total_amount", "remaining_debt",
    "status", "return_reason", "is_returned",
)  # fmt: skip


class ReturnOrderNotFound(NotFound):
    """There is no such return order."""


class InvoiceTaken(DomainError):
    """Another return order has this invoice number."""

    status, code = 409, "DUPLICATE_INVOICE"


@transaction.atomic
def take_in(*, caller: Caller, orders: object) -> tuple[list[ReturnOrder], int]:
    """Keep return orders whose invoice is not known yet; return them, and how many were known or told twice.

    Raises:
        MayNotHandle: the caller may not.
        InvalidReturnOrder: one of them cannot stand; then none is kept.
    """
    require(caller, Right.NOTE)
    rows = [_row(order, by=caller.name) for order in _listed(orders)]
    with connection.cursor() as cursor:  # Batches come one after the other, so that what is new is known exactly.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('tickets.return_orders', 0))")
    numbers = {row.invoice_number for row in rows}
    known = set(ReturnOrder.objects.filter(invoice_number__in=numbers).values_list("invoice_number", flat=True))
    news: dict[str, ReturnOrder] = {}
    for row in rows:
        if row.invoice_number not in known:
            news.setdefault(row.invoice_number, row)
    kept = ReturnOrder.objects.bulk_create(news.values())
    return kept, len(rows) - len(kept)


def _listed(orders: object) -> Sequence[Any]:
    if not isinstance(orders, list) or not 1 <= len(orders) <= BATCH_MAX:
        raise InvalidReturnOrder(f"orders must be a list of 1 to {BATCH_MAX}")
    return orders


def _row(order: object, *, by: str) -> ReturnOrder:
    if not isinstance(order, dict):
        raise InvalidReturnOrder("orders must hold objects")
    columns = columns_of({"customer_name": None, "invoice_number": None} | order)
    at = timezone.now()
    empty = {"total_vnd": 0, "debt_vnd": 0, "status": "Nháp", "source": "Manual", "phone": "", "reference": ""}
    texts = {"reason": "", "tpos_id": ""}
    return ReturnOrder(**(empty | texts | columns), actor=by, created_at=at, updated_at=at)


@transaction.atomic
def change(*, caller: Caller, order_id: int, given: Mapping[str, Any]) -> ReturnOrder:
    """Change what is given.

    Raises:
        MayNotHandle, ReturnOrderNotFound, InvalidReturnOrder.
        InvoiceTaken: another one has this invoice number.
    """
    require(caller, Right.NOTE)
    columns = columns_of({name: given[name] for name in CHANGED if name in given})
    if not columns:
        raise InvalidReturnOrder("No valid fields to update")
    row = _held(order_id)
    before = fields_of(row)
    for column, value in columns.items():
        setattr(row, column, value)
    row.updated_at = timezone.now()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise InvoiceTaken("Another return order has this invoice number") from error
    audit.record(
        actor=caller.name, action="return_order.update", subject=f"return_order:{order_id}",
        before={name: before[name] for name in given if name in before},
        after={name: value for name, value in fields_of(row).items() if name in given},
    )  # fmt: skip
    return row


@transaction.atomic
def remove(*, caller: Caller, order_id: int) -> None:
    """Delete a return order for good; the audit log keeps it.

    Raises:
        MayNotHandle, ReturnOrderNotFound.
    """
    require(caller, Right.DELETE)
    row = _held(order_id)
    audit.record(
        actor=caller.name, action="return_order.delete", subject=f"return_order:{order_id}", before=fields_of(row)
    )
    row.delete()


def _held(order_id: int) -> ReturnOrder:
    row = ReturnOrder.objects.select_for_update().filter(pk=order_id).first()
    if row is None:
        raise ReturnOrderNotFound("Return order not found")
    return row
