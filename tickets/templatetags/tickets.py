"""Tickets on screens of lower floors, which know no app above them: a customer's newest, and who may open one."""

from typing import Any

from django import template

from customers.models import Customer
from tickets.console.opening import may_open
from tickets.models import Ticket
from tickets.queries import tickets_of

register = template.Library()

SHOWN_MAX = 8


@register.simple_tag
def newest_tickets(customer: Customer) -> list[Ticket]:
    """Return a customer's newest tickets. One query."""
    return list(tickets_of(customer.pk)[:SHOWN_MAX])


@register.simple_tag(takes_context=True)
def may_open_tickets(context: dict[str, Any]) -> bool:
    """Tell whether the reader opens tickets."""
    return may_open(context["request"])
