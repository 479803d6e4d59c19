"""Which person of TPOS a customer is: asked for anew, and chosen by staff where several have the phone."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from customers import tpos
from customers.console.acts import act
from customers.console.notes import may_write_names
from customers.models import Customer
from customers.tpos import Outcome
from n2store.roles import caller_of


def asks_tpos() -> bool:
    """Tell whether this shop has a user at TPOS."""
    return bool(settings.TPOS_USERNAME and settings.TPOS_PASSWORD)


def persons(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Return who of TPOS the customer may be, and what the reader may do about it. No query."""
    may = may_write_names(request) and asks_tpos()
    found = customer.tpos_data.get("candidates") if isinstance(customer.tpos_data, dict) else None
    known = [one for one in found if isinstance(one, dict) and one.get("id")] if isinstance(found, list) else []
    return {"candidates": known, "may_ask_tpos": may}


@act(may_write_names)
def choose(request: HttpRequest, customer: Customer) -> str:
    """Say which person of TPOS the customer is."""
    tpos.choose(customer.pk, tpos_id=request.POST.get("tpos_id", ""), by=caller_of(request.user).name)
    return _("The customer was filled in from the chosen person of TPOS.")


@act(may_write_names)
def ask(request: HttpRequest, customer: Customer) -> str:
    """Ask TPOS about the customer now."""
    told = {
        Outcome.FILLED: _("TPOS knew something new; it was filled in."),
        Outcome.SAME: _("TPOS knows nothing new."),
        Outcome.NOBODY: _("TPOS knows nobody with this phone."),
        Outcome.SEVERAL: _("TPOS knows several persons with this phone: choose the right one."),
        Outcome.INCOMPLETE: _("TPOS has too many similar numbers to be sure; nothing was filled in."),
        Outcome.MOVED: _("The phone was changed meanwhile. Please ask again."),
    }
    return told[tpos.fill(customer.pk)]
