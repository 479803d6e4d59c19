"""Reads of orders: a customer's list, whether somebody may order, and the proof that the figures are right."""

from dataclasses import dataclass

from django.db import connection

from customers.models import STANDING, Customer, FraudCase, Tier
from customers.phones import canonical_phone, looks_like_phone
from customers.queries import customer_by_id_or_phone


@dataclass(frozen=True, slots=True, kw_only=True)
class MayOrder:
    """Whether an order may be made for somebody. `customer` is None for a phone that nobody has: a new customer."""

    allowed: bool
    phone: str
    customer: Customer | None
    flags: list[str]


def may_order(identifier: str) -> MayOrder:
    """Return whether the customer of an id or a phone may order; who is on the blacklist may not.

    Raises:
        InvalidPhone: it looks like a phone and is none.
        CustomerNotFound: it is an id that nobody has.
    """
    if looks_like_phone(identifier):
        phone = canonical_phone(identifier)
        found = Customer.objects.filter(phone=phone).first()
        if found is None:
            return MayOrder(allowed=True, phone=phone, customer=None, flags=[])
    else:
        found = customer_by_id_or_phone(identifier)
    flags = (
        FraudCase.objects.filter(customer=found, status__in=STANDING).order_by("flag").values_list("flag", flat=True)
    )
    return MayOrder(allowed=found.tier != Tier.BLACKLIST, phone=found.phone, customer=found, flags=list(flags))


def wrong_figures() -> list[int]:
    """Return the customers whose kept figures are not what a recount of their orders says; empty is the proof."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.customer_id FROM customers_order_figures(ARRAY(SELECT id FROM customers_customer)) f"
            " LEFT JOIN customers_orderstats s USING (customer_id) WHERE s IS DISTINCT FROM f ORDER BY 1"
        )
        return [customer_id for (customer_id,) in cursor.fetchall()]
