"""Reads of customers: finding one by what a URL says, and its latest history."""

from typing import Any

from customers.models import Activity, Customer
from customers.phones import canonical_phone, looks_like_phone
from n2store.errors import NotFound

ACTIVITIES_SHOWN_MAX = 20


class CustomerNotFound(NotFound):
    """No customer has this id or phone."""


def customer_by_phone(phone: str) -> Customer:
    """Return the customer of a phone in any spelling.

    Raises:
        InvalidPhone: the text is no phone number.
        CustomerNotFound: nobody has it.
    """
    customer = Customer.objects.filter(phone=canonical_phone(phone)).first()
    if customer is None:
        raise CustomerNotFound("Customer not found")
    return customer


def customer_by_id_or_phone(identifier: str) -> Customer:
    """Return the customer that an identifier in a URL means: a phone if it looks like one, otherwise our id.

    Raises:
        InvalidPhone: it looks like a phone and is none.
        CustomerNotFound: nobody has it, or it is neither.
    """
    if looks_like_phone(identifier):
        return customer_by_phone(identifier)
    if identifier.isascii() and identifier.isdigit() and len(identifier) < 19:  # bigint
        customer = Customer.objects.filter(pk=int(identifier)).first()
        if customer is not None:
            return customer
    raise CustomerNotFound("Customer not found")


def recent_activities(customer: Customer, *, limit: int = ACTIVITIES_SHOWN_MAX) -> list[dict[str, Any]]:
    """Return the newest lines of the customer's history as plain rows."""
    rows = Activity.objects.filter(customer=customer).order_by("-id")
    return [
        dict(row)
        for row in rows.values(
            "id", "type", "title", "description", "reference_type", "reference_id", "icon", "color", "actor",
            "created_at",
        )[:limit]
    ]  # fmt: skip
