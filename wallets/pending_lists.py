"""Withdrawals of orders as lists and figures."""

from typing import Any

from django.db.models import Count, Sum

from n2store.windows import COUNTED_MAX
from n2store.wire import instant
from wallets.balances import json_of
from wallets.models import PendingStatus, PendingWithdrawal

FAILURES_SHOWN_MAX = 10
PENDING = """
    SELECT coalesce(json_agg(wallets_pending_answer(p, c.phone) || jsonb_build_object('customer_name', c.name)
                             ORDER BY p.id DESC), '[]')::text
    FROM (
        SELECT * FROM wallets_pendingwithdrawal {where} ORDER BY id DESC LIMIT %(limit)s OFFSET %(offset)s
    ) p JOIN customers_customer c ON c.id = p.customer_id
"""


def pending_page(
    *, status: str, phone: str, before: int | None, offset: int, limit: int
) -> tuple[list[dict[str, Any]], int, bool]:
    """Return withdrawals of orders, newest first, how many there are, and whether that is a guess; two statements."""
    narrowed = PendingWithdrawal.objects.all()
    conditions = []
    if status:
        narrowed = narrowed.filter(status=status)
        conditions.append("status = %(status)s")
    if phone:
        narrowed = narrowed.filter(customer__phone=phone)
        conditions.append("customer_id = (SELECT id FROM customers_customer WHERE phone = %(phone)s)")
    if before is not None:
        conditions.append("id < %(before)s")
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    values = {"status": status, "phone": phone, "before": before, "limit": limit, "offset": offset}
    counted = narrowed[: COUNTED_MAX + 1].count()
    rows: list[dict[str, Any]] = json_of(PENDING.format(where=where), values)
    return rows, counted, counted > COUNTED_MAX


def pending_statistics() -> dict[str, Any]:
    """Return how many withdrawals of orders there are in each state and their sums, and the newest failures."""
    states = PendingWithdrawal.objects.values("status").annotate(count=Count("*"), total=Sum("amount_vnd"))
    failures = PendingWithdrawal.objects.filter(status=PendingStatus.FAILED).order_by("-id")[:FAILURES_SHOWN_MAX]
    return {
        "by_status": {s["status"]: {"count": s["count"], "total_amount": int(s["total"])} for s in states},
        "recent_failures": [
            {
                "id": row.pk,
                "order_id": row.order_id,
                "phone": row.customer.phone,
                "amount": row.amount_vnd,
                "last_error": row.last_error,
                "created_at": instant(row.created_at),
            }
            for row in failures.select_related("customer")
        ],
    }
