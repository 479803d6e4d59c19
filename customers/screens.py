"""Customer 360: one customer with all that the apps know, ready for the template. Four queries, whatever there is."""

from typing import Any

from django.shortcuts import get_object_or_404

from banking.queries import transfers_of
from customers.models import ActivityType, Customer
from customers.queries import recent_activities
from wallets.queries import statement, wallet_summary

ROWS_SHOWN_MAX = 20
LIVE_EVENTS = ("wallet.deposit", "customer.created", "customer.updated", "transfer.received", "transfer.linked")
"""What may change this screen; an EventSource hears only names it was told."""


def customer_screen(customer_id: int) -> dict[str, Any]:
    """Return the customer, both balances and the newest rows of each kind.

    Raises:
        Http404: there is no such customer.
    """
    customer = get_object_or_404(Customer, pk=customer_id)
    return {
        "customer": customer,
        "wallet": wallet_summary(customer),
        "transactions": list(statement(customer)[:ROWS_SHOWN_MAX]),
        "transfers": transfers_of(customer, limit=ROWS_SHOWN_MAX),
        "activities": [
            row | {"type_label": _label(row["type"])} for row in recent_activities(customer, limit=ROWS_SHOWN_MAX)
        ],
        "rows_shown_max": ROWS_SHOWN_MAX,
    }


def live_topics(customer: Customer) -> str:
    """Return the topics whose events change this customer's screen, as the stream's address wants them."""
    return f"wallet:{customer.phone},customer:{customer.phone}"


def _label(type: str) -> str:
    return str(ActivityType(type).label)
