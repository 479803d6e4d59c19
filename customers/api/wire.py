"""Customers as answers carry them: one text of SQL names every column, and PostgreSQL writes the finished JSON.

Whole dong are numbers, instants are UTC. Who has no order has zero or null, as pages expect.
"""

from typing import Any

from django.db import connection

from n2store.json_sql import NULL, Fields, filled, flag, json, number, object_of, passed, text, utc

CUSTOMER: Fields = {
    "id": number("c.id"),
    "firebase_id": NULL,
    "tpos_id": filled("c.tpos_id"),
    "phone": text("c.phone"),
    "name": text("c.name"),
    "email": filled("c.email"),
    "address": filled("c.address"),
    "carrier": text("customers_network(c.phone)"),
    "status": text("c.status"),
    "debt": number("c.debt_vnd"),
    "debt_adjusted_at": NULL,
    "active": flag("c.active"),
    "tier": text("c.tier"),
    "tags": json("c.tags"),
    "aliases": json("c.aliases"),
    "total_orders": number("coalesce(o.total_orders, 0)"),
    "total_spent": number("coalesce(o.total_spent_vnd, 0)"),
    "successful_orders": number("coalesce(o.successful_orders, 0)"),
    "returned_orders": number("coalesce(o.returned_orders, 0)"),
    "return_rate": number("round(coalesce(o.return_rate_bp, 0) / 100.0, 2)"),
    "first_order_date": utc("o.first_order_at"),
    "last_order_date": utc("o.last_order_at"),
    "last_interaction_date": NULL,
    "days_since_last_order": number("customers_vietnam_day(now()) - customers_vietnam_day(o.last_order_at)"),
    "rfm_recency_score": number("coalesce(s.recency, 0)"),
    "rfm_frequency_score": number("coalesce(s.frequency, 0)"),
    "rfm_monetary_score": number("coalesce(s.monetary, 0)"),
    "rfm_segment": text("s.segment"),
    "rfm_total_score": number("coalesce(s.total, 0)"),
    "internal_note": filled("c.internal_note"),
    "created_at": utc("c.created_at"),
    "updated_at": utc("c.updated_at"),
}
"""Of the row `c` of customers_customer, joined with what `JUDGED` adds."""
JUDGED = """
    LEFT JOIN customers_orderstats o ON o.customer_id = c.id LEFT JOIN customers_rfmscore s ON s.customer_id = c.id
"""
"""What the customer's orders add up to, and the scores; both may be missing."""
BALANCES: Fields = {
    "balance": number("w.real_vnd + w.virtual_vnd"),
    "virtual_balance": number("w.virtual_vnd"),
    "real_balance": number("w.real_vnd"),
}
"""Of the row `w` of wallets_available, as lists and searches of v1 name them."""
WALLET: Fields = {
    "wallet_balance": number("w.real_vnd"),
    "wallet_virtual_balance": number("w.virtual_vnd"),
    "wallet_total": number("w.real_vnd + w.virtual_vnd"),
}
"""The same, as the card and v2 name them."""
OWN_ROW = f"SELECT {passed(object_of(CUSTOMER))} FROM customers_customer c {JUDGED} WHERE c.id = %(id)s"


def rows(statement: str, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
    """Run one statement and return its only row."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def own_row(customer_id: int) -> bytes:
    """Return the customer's own columns as JSON."""
    found = rows(OWN_ROW, {"id": customer_id})
    assert found is not None
    row: bytes = found[0]
    return row
