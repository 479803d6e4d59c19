"""Customers as answers carry them: one text of SQL names every column, and PostgreSQL writes the finished JSON.

Whole dong are numbers, instants are UTC. Who has no order has zero or null, as pages expect.
"""

import json
from typing import Any

from django.db import connection
from django.http import HttpResponse

CUSTOMER = """
    'id', c.id, 'firebase_id', NULL, 'tpos_id', nullif(c.tpos_id, ''), 'phone', c.phone, 'name', c.name,
    'email', nullif(c.email, ''), 'address', nullif(c.address, ''), 'carrier', customers_network(c.phone),
    'status', c.status, 'debt', c.debt_vnd, 'debt_adjusted_at', NULL, 'active', c.active, 'tier', c.tier,
    'tags', c.tags, 'aliases', c.aliases, 'total_orders', coalesce(o.total_orders, 0),
    'total_spent', coalesce(o.total_spent_vnd, 0), 'successful_orders', coalesce(o.successful_orders, 0),
    'returned_orders', coalesce(o.returned_orders, 0), 'return_rate', round(coalesce(o.return_rate_bp, 0) / 100.0, 2),
    'first_order_date', n2store_iso(o.first_order_at), 'last_order_date', n2store_iso(o.last_order_at),
    'last_interaction_date', NULL,
    'days_since_last_order', customers_vietnam_day(now()) - customers_vietnam_day(o.last_order_at),
    'rfm_recency_score', coalesce(s.recency, 0), 'rfm_frequency_score', coalesce(s.frequency, 0),
    'rfm_monetary_score', coalesce(s.monetary, 0), 'rfm_segment', s.segment, 'rfm_total_score', coalesce(s.total, 0),
    'internal_note', nullif(c.internal_note, ''),
    'created_at', n2store_iso(c.created_at), 'updated_at', n2store_iso(c.updated_at)
"""
"""Of the row `c` of customers_customer, joined with what `JUDGED` adds."""
JUDGED = """
    LEFT JOIN customers_orderstats o ON o.customer_id = c.id LEFT JOIN customers_rfmscore s ON s.customer_id = c.id
"""
"""What the customer's orders add up to, and the scores; both may be missing."""
BALANCES = "'balance', w.real_vnd + w.virtual_vnd, 'virtual_balance', w.virtual_vnd, 'real_balance', w.real_vnd"
"""Of the row `w` of wallets_available, as lists and searches of v1 name them."""
WALLET = (
    "'wallet_balance', w.real_vnd, 'wallet_virtual_balance', w.virtual_vnd, 'wallet_total', w.real_vnd + w.virtual_vnd"
)
"""The same, as the card and v2 name them."""
OWN_ROW = f"SELECT json_build_object({CUSTOMER})::text FROM customers_customer c {JUDGED} WHERE c.id = %(id)s"


def rows(statement: str, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
    """Run one statement and return its only row."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def answer(data: str, *, status: int = 200, **more: Any) -> HttpResponse:
    """Return the envelope around finished JSON; `more` goes beside `data`."""
    rest = "".join(f',"{name}":{json.dumps(value, ensure_ascii=False)}' for name, value in more.items())
    return HttpResponse(f'{{"success":true,"data":{data}{rest}}}', status=status, content_type="application/json")


def own_row(customer_id: int) -> str:
    """Return the customer's own columns as JSON."""
    found = rows(OWN_ROW, {"id": customer_id})
    assert found is not None
    return str(found[0])
