"""The customer as the APIs show it: composed from each app's queries, one shape for v1 and v2."""

from typing import Any

from customers.models import Customer
from customers.queries import recent_activities
from wallets.queries import wallet_summary

CUSTOMER_QUERIES = 3
"""Queries of one profile: customer, wallet, activities."""


def customer_fields(customer: Customer) -> dict[str, Any]:
    """Return the customer's own columns under their names on the wire."""
    return {
        "id": customer.pk,
        "phone": customer.phone,
        "name": customer.name,
        "email": customer.email or None,
        "address": customer.address or None,
        "status": customer.status,
        "tier": customer.tier,
        "tags": customer.tags,
        "aliases": customer.aliases,
        "tpos_id": customer.tpos_id or None,
        "internal_note": customer.internal_note or None,
        "active": customer.active,
        "created_at": customer.created_at,
        "updated_at": customer.updated_at,
    }


def profile(customer: Customer) -> dict[str, Any]:
    """Return the Customer 360 object: who, wallet, latest activities; amounts are whole dong as numbers.

    `recentTickets` and `notes` are the lists that the shop's pages expect; nothing is kept in them yet.
    """
    wallet = wallet_summary(customer)
    return {
        "customer": customer_fields(customer)
        | {
            "wallet_balance": wallet["balance"],
            "wallet_virtual_balance": wallet["virtual_balance"],
            "wallet_total": wallet["total"],
        },
        "wallet": {
            "balance": wallet["balance"],
            "virtualBalance": wallet["virtual_balance"],
            "total": wallet["total"],
            "virtualCredits": [],
        },
        "recentTickets": [],
        "recentActivities": [_activity(row) for row in recent_activities(customer)],
        "notes": [],
    }


def _activity(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "activity_type": row["type"],
        "title": row["title"],
        "description": row["description"] or None,
        "icon": row["icon"],
        "color": row["color"],
        "created_by": row["actor"],
        "created_at": row["created_at"],
    }
