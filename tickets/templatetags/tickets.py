"""Tickets on screens of lower floors, which know no app above them: a customer's newest, and who may open one."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from tickets.console.opening import may_open
from tickets.models import Ticket
from tickets.queries import money_of, tickets_of

register = template.Library()

SHOWN_MAX = 8
OPEN_MONEY = {
    "owed_by_customer": _("The customer owes us"),
    "owed_to_customer": _("We owe the customer"),
    "owed_by_carrier": _("The carrier owes us"),
    "owed_to_carrier": _("We owe the carrier"),
}
OWED_TO_US = ("owed_by_customer", "owed_by_carrier")


@register.simple_tag
def newest_tickets(customer: Customer) -> list[Ticket]:
    """Return a customer's newest tickets. One query."""
    return list(tickets_of(customer.pk)[:SHOWN_MAX])


@register.simple_tag
def ticket_money(customer: Customer) -> list[dict[str, Any]]:
    """Return what is open on a customer's tickets that are not over, a line for each who owes. One query."""
    found = money_of(customer.pk)
    return [
        {"name": name, "label": label, "amount_vnd": found[name], "ours": name in OWED_TO_US}
        for name, label in OPEN_MONEY.items()
        if found[name]
    ]


@register.simple_tag(takes_context=True)
def may_open_tickets(context: dict[str, Any]) -> bool:
    """Tell whether the reader opens tickets."""
    return may_open(context["request"])
