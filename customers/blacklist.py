"""The blacklist: nothing more is sold to who stands on it. On and off with a reason, which everybody may read."""

from django.db import transaction

from customers import profile
from customers.models import Customer, Tier
from customers.operations import update_profile
from customers.queries import CustomerNotFound
from n2store.errors import DomainError
from n2store.models import AuditLog

REASON_LENGTH_MAX = 500


class ReasonMissing(DomainError):
    """Nobody is put on the blacklist, or taken off it, without a word."""

    code = "REASON_REQUIRED"


class InvalidReason(DomainError):
    """The reason is too long, or no text."""

    code = "INVALID_TEXT"


@transaction.atomic
def mark(*, customer_id: int, reason: str, by: str) -> bool:
    """Put the customer on the blacklist; return False for who is there already, and stays there for the first reason.

    Raises:
        CustomerNotFound: there is no such customer.
        ReasonMissing, InvalidReason: `reason` does not say why.
    """
    reason = _said(reason)
    if _locked(customer_id).tier == Tier.BLACKLIST:
        return False
    update_profile(customer_id=customer_id, changes={"tier": Tier.BLACKLIST}, by=by, reason=reason)
    return True


@transaction.atomic
def unmark(*, customer_id: int, reason: str, by: str) -> bool:
    """Take the customer off the blacklist, back to the tier of before; return False for who is not on it.

    Raises:
        CustomerNotFound: there is no such customer.
        ReasonMissing, InvalidReason: `reason` does not say why.
    """
    reason = _said(reason)
    customer = _locked(customer_id)
    if customer.tier != Tier.BLACKLIST:
        return False
    marked = marked_by(customer)
    before = (marked.before or {}).get("tier") if marked else None
    tier = before if before in Tier.values else Tier.NEW
    update_profile(customer_id=customer_id, changes={"tier": tier}, by=by, reason=reason)
    return True


def marked_by(customer: Customer) -> AuditLog | None:
    """Return the line that says who put the customer on the blacklist, when and why; None where nobody wrote one."""
    lines = AuditLog.objects.filter(
        subject=f"customer:{customer.pk}", action="customer.update", after__tier=Tier.BLACKLIST.value
    )
    return lines.order_by("-id").first()


def _locked(customer_id: int) -> Customer:
    customer = Customer.objects.select_for_update().filter(pk=customer_id).first()
    if customer is None:
        raise CustomerNotFound("Customer not found")
    return customer


def _said(reason: str) -> str:
    try:
        reason = profile.clean_text("reason", reason, length_max=REASON_LENGTH_MAX)
    except profile.Faulty as fault:
        raise InvalidReason(str(fault)) from fault
    if not reason:
        raise ReasonMissing("A reason is required")
    return reason
