"""What the customer's page shows of top-ups: a button for staff who may start one, and one that makes a link."""

from typing import Any

from django import template

from banking.console.topups import may_start

register = template.Library()


@register.inclusion_tag("admin/banking/topup/_start.html", takes_context=True)
def topup_buttons(context: dict[str, Any], customer_id: int) -> dict[str, Any]:
    """Return what the buttons need."""
    request = context["request"]
    return {"may": may_start(request), "customer_id": customer_id, "csrf_token": context.get("csrf_token")}
