"""Putting a customer on the blacklist and taking them off it, each with a reason."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from customers import blacklist
from customers.console.acts import act
from customers.fraud.told import reason_told
from customers.models import Customer, Tier
from n2store.roles import Role, caller_of, roles_of

BLACKLISTERS = frozenset({Role.OWNER, Role.ACCOUNTANT})


def may_blacklist(request: HttpRequest) -> bool:
    """Tell whether the reader says who stands on the blacklist: the owner and the accountant."""
    return bool(BLACKLISTERS & roles_of(request.user))


def standing(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Return whether and why the customer is blacklisted. A query for those who are."""
    listed = customer.tier == Tier.BLACKLIST
    marked = blacklist.marked_by(customer) if listed else None
    return {
        "blacklisted": listed,
        "blacklisted_by": marked,
        "blacklisted_for": reason_told(marked.detail) if marked else "",
        "may_blacklist": may_blacklist(request),
        "reason_length_max": blacklist.REASON_LENGTH_MAX,
    }


@act(may_blacklist)
def mark(request: HttpRequest, customer: Customer) -> str:
    """Put the customer on the blacklist."""
    done = blacklist.mark(
        customer_id=customer.pk, reason=request.POST.get("reason", ""), by=caller_of(request.user).name
    )
    if not done:
        return _("The customer is on the blacklist already; nothing was changed.")
    return _("The customer is on the blacklist now: no new order, withdrawal or credit.")


@act(may_blacklist)
def unmark(request: HttpRequest, customer: Customer) -> str:
    """Take the customer off the blacklist."""
    done = blacklist.unmark(
        customer_id=customer.pk, reason=request.POST.get("reason", ""), by=caller_of(request.user).name
    )
    if not done:
        return _("The customer is not on the blacklist; nothing was changed.")
    return _("The customer is no longer on the blacklist.")
