"""The acts at one ticket. Each is one press on its page, where its effect was read."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from n2store.roles import Caller
from n2store.templatetags.money import vnd
from tickets import changing, claiming, deleting, resolving, writing_off
from tickets.authority import Right
from tickets.completing import Award
from tickets.console import forms
from tickets.console.acts import act
from tickets.details import InvalidTicket
from tickets.models import ClaimKind, CompensationKind, Ticket
from tickets.workflow import Move, TransitionNotAllowed


@act(*Right)
def move(request: HttpRequest, caller: Caller, ticket: Ticket) -> str:
    """Move the ticket on."""
    word = request.POST.get("move", "")
    if word not in set(Move) - {Move.RECEIVE_ONLY}:
        raise TransitionNotAllowed(f"There is no move {word[:40]!r}")
    changing.move(caller=caller, ticket_id=ticket.pk, move=Move(word), note=request.POST.get("note", ""))
    ticket.refresh_from_db()
    return _("%(code)s is “%(state)s” now.") % {"code": ticket.code, "state": ticket.get_status_display()}


@act(Right.SETTLE)
def resolve(request: HttpRequest, caller: Caller, ticket: Ticket) -> str:
    """Complete the ticket with what the customer gets."""
    given = _checked(request, forms.ResolveForm(request.POST))
    amount = given["amount"]
    award = None if amount in (None, "") else Award(kind=CompensationKind(given["kind"]), amount_vnd=amount)
    resolving.resolve(caller=caller, ticket_id=ticket.pk, award=award, note=given["note"])
    return _("%(code)s is completed.") % {"code": ticket.code}


@act(*Right)
def credit(request: HttpRequest, caller: Caller, ticket: Ticket) -> str:
    """Give virtual credit; the ticket stays open. Who may is for the wallet's limits to say."""
    given = _checked(request, forms.CreditForm(request.POST))
    resolving.give_credit(
        caller=caller, ticket_id=ticket.pk, phone=ticket.customer.phone, amount_vnd=given["amount"],
        days=given["days"], note=given["note"],
    )  # fmt: skip
    return _("%(amount)s of virtual credit were given.") % {"amount": vnd(given["amount"])}


@act(Right.SETTLE)
def write_off(request: HttpRequest, caller: Caller, ticket: Ticket) -> str:
    """Give up what is open, in the caller's name."""
    amount_vnd = writing_off.write_off(caller=caller, ticket_id=ticket.pk, reason=request.POST.get("reason", ""))
    return _("%(amount)s were written off in your name.") % {"amount": vnd(amount_vnd)}


@act(Right.SETTLE)
def claim(request: HttpRequest, caller: Caller, ticket: Ticket) -> str:
    """Keep what somebody owes the shop, and how much of it has come."""
    given = _checked(request, forms.ClaimForm(request.POST))
    claiming.claim(
        caller=caller, ticket_id=ticket.pk, kind=ClaimKind(given["kind"]), amount_vnd=given["amount"],
        received_vnd=given["received"] or 0, note=given["note"],
    )  # fmt: skip
    return _("It was kept what is owed to the shop.")


@act(Right.NOTE)
def note(request: HttpRequest, caller: Caller, ticket: Ticket) -> str:
    """Write a note into the history."""
    changing.add_note(caller=caller, ticket_id=ticket.pk, note=request.POST.get("note", ""))
    return _("The note was kept.")


@act(Right.NOTE)
def assign(request: HttpRequest, caller: Caller, ticket: Ticket) -> str:
    """Say who looks after it, how soon, and by which number TPOS knows its refund."""
    named = ("assigned_to", "priority", "refund_number")
    given = {name: request.POST[name] for name in named if name in request.POST}
    changing.change(caller=caller, ticket_id=ticket.pk, given=given)
    return _("It was kept who looks after the ticket.")


@act(Right.DELETE)
def delete(request: HttpRequest, caller: Caller, ticket: Ticket) -> str:
    """Delete it as a mark; untouched credit is taken back."""
    gone = deleting.delete(caller=caller, ticket_id=ticket.pk)
    if gone.credit_taken_back_vnd:
        messages.info(request, _("%(amount)s of credit were taken back.") % {"amount": vnd(gone.credit_taken_back_vnd)})
    return _("%(code)s was deleted. Its code is not given again.") % {"code": gone.code}


def _checked(request: HttpRequest, form: django_forms.Form) -> dict[str, Any]:
    """Return what was given.

    Raises:
        InvalidTicket: it cannot stand; what is wrong is told beside it.
    """
    if form.is_valid():
        return form.cleaned_data
    for field, faults in form.errors.items():
        messages.warning(request, f"{form.fields[field].label}: {' '.join(map(str, faults))}")
    raise InvalidTicket(f"Not valid: {', '.join(form.errors)}")
