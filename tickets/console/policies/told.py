"""What a type's policy means for its tickets, said to who reads or changes it."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets.models import RETURN_TYPES, CompensationKind, Policy
from tickets.workflow import is_carried


def effects(policy: Policy) -> list[str]:
    """Return what becomes of a ticket of this type, a sentence for each value that plays a part."""
    said = [_gift(policy), _credit_days(policy.credit_days)]
    if is_carried(policy.type):
        said.append(_claim_days(policy.claim_days))
    return [*said, _overdue_days(policy.overdue_days)]


def _gift(policy: Policy) -> str:
    if policy.automatic and policy.compensation == CompensationKind.CREDIT:
        return _("Completing a ticket gives once, as virtual credit, what the customer is still owed.")
    if policy.automatic and policy.compensation == CompensationKind.DEPOSIT:
        return _("Completing a ticket gives once, as real money, what the customer is still owed.")
    if policy.type in RETURN_TYPES:
        return _("A ticket gives nothing by itself: it is completed once somebody has given what is owed.")
    if policy.compensation == CompensationKind.NONE:
        return _("Completing a ticket gives nothing.")
    if policy.compensation == CompensationKind.DEPOSIT:
        return _("A ticket gives nothing by itself: real money is suggested to who resolves it.")
    return _("A ticket gives nothing by itself: virtual credit is suggested to who resolves it.")


def _credit_days(days: int) -> str:
    text = ngettext(
        "Virtual credit for it lives %(days)s day.", "Virtual credit for it lives %(days)s days.", days
    )  # fmt: skip
    return text % {"days": days}


def _claim_days(days: int) -> str:
    text = ngettext(
        "The carrier has %(days)s day from when the ticket waits for it.",
        "The carrier has %(days)s days from when the ticket waits for it.",
        days,
    )
    return text % {"days": days}


def _overdue_days(days: int | None) -> str:
    if days is None:
        return _("However long it is open, its age alone does not make it late.")
    text = ngettext(
        "It is late when it has been open for %(days)s day.",
        "It is late when it has been open for %(days)s days.",
        days,
    )
    return text % {"days": days}
