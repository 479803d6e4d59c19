"""Somebody whom TPOS knows and we do not: shown like a customer, without a number and without money."""

from collections.abc import Mapping
from typing import Any


def stranger(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the quick view of what `customers.tpos.lookup` found."""
    customer = {
        "id": None,
        "tpos_id": found["tpos_id"],
        "phone": found["phone"],
        "name": found["name"],
        "email": found["email"] or None,
        "address": found["address"] or None,
        "status": found["status"],
        "tier": "new",
        "tags": [],
        "aliases": [],
        "debt": 0,
        "active": True,
        "total_orders": 0,
        "total_spent": 0,
        "created_at": None,
        "wallet_balance": 0,
        "wallet_virtual_balance": 0,
    }
    return {
        "customer": customer,
        "source": "tpos",
        "isFromTpos": True,
        "wallet": {"balance": 0, "virtual_balance": 0, "total": 0},
        "pending_deposits": {"count": 0, "total": 0},
        "recent_transactions": [],
    }
