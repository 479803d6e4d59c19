"""The acts at one ticket. Each is one press on its page, where its effect was read."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from n2store.roles import Caller
from n2store.templatetags.money import vnd
from tickets import changing, claiming, deleting, resolving, writing_off
from tickets.authority import Right
from tickets.completing import Award
from tickets.console.acts import forms
from tickets.console.acts.act import act
from tickets.models import ClaimKind, CompensationKind, Ticket
from tickets.workflow import Move, TransitionNotAllowed

Given = Mapping[str, Any]


@act(*Right)
def move(request: HttpRequest, caller: Caller, ticket: Ticket, given: Given) -> str:
    """Move the ticket on; cancelling asks for more."""
    word = request.POST.get("move", "")
    if word not in set(Move) - {Move.RECEIVE_ONLY, Move.CANCEL}:
        raise TransitionNotAllowed(f"There is no move {word[:40]!r}")
    changing.move(caller=caller, ticket_id=ticket.pk, move=Move(word), note=request.POST.get("note", ""))
    ticket.refresh_from_db()
    return _("%(code)s is “%(state)s” now.") % {"code": ticket.code, "state": ticket.get_status_display()}


@act(Right.CREATE, asks=forms.CancelForm)
def cancel(request: HttpRequest, caller: Caller, ticket: Ticket, given: Given) -> str:
    """End the ticket with nothing; untouched credit is taken back."""
    changing.move(caller=caller, ticket_id=ticket.pk, move=Move.CANCEL, note=given["note"])
    return _("%(code)s was cancelled.") % {"code": ticket.code}


@act(Right.SETTLE, asks=forms.ResolveForm)
def resolve(request: HttpRequest, caller: Caller, ticket: Ticket, given: Given) -> str:
    """Complete the ticket with what the customer gets."""
    amount = given["amount"]
    award = None if amount in (None, "") else Award(kind=CompensationKind(given["kind"]), amount_vnd=amount)
    resolving.resolve(caller=caller, ticket_id=ticket.pk, award=award, note=given["note"])
    return _("%(code)s is completed.") % {"code": ticket.code}


@act(*Right, asks=forms.CreditForm)
def credit(request: HttpRequest, caller: Caller, ticket: Ticket, given: Given) -> str:
    """Give virtual credit; the ticket stays open. Who may is for the wallet's limits to say."""
    resolving.give_credit(
        caller=caller, ticket_id=ticket.pk, phone=ticket.customer.phone, amount_vnd=given["amount"],
        days=given["days"], note=given["note"],
    )  # fmt: skip
    return _("%(amount)s of virtual credit were given.") % {"amount": vnd(given["amount"])}


@act(Right.SETTLE, asks=forms.WriteOffForm)
def write_off(request: HttpRequest, caller: Caller, ticket: Ticket, given: Given) -> str:
    """Give up a line, or all that is open, in the caller's name."""
    amount_vnd = writing_off.write_off(caller=caller, ticket_id=ticket.pk, reason=given["reason"], lines=given["which"])
    return _("%(amount)s were written off in your name.") % {"amount": vnd(amount_vnd)}


@act(Right.SETTLE, asks=forms.ClaimForm)
def claim(request: HttpRequest, caller: Caller, ticket: Ticket, given: Given) -> str:
    """Keep what somebody owes the shop, and how much of it has come."""
    claiming.claim(
        caller=caller, ticket_id=ticket.pk, kind=ClaimKind(given["kind"]), amount_vnd=given["amount"],
        received_vnd=given["received"] or 0, note=given["note"],
    )  # fmt: skip
    return _("It was kept what is owed to the shop.")


@act(Right.NOTE, asks=forms.NoteForm)
def note(request: HttpRequest, caller: Caller, ticket: Ticket, given: Given) -> str:
    """Write a note into the history."""
    changing.add_note(caller=caller, ticket_id=ticket.pk, note=given["note"])
    return _("The note was kept.")


@act(Right.NOTE, asks=forms.AssignForm)
def assign(request: HttpRequest, caller: Caller, ticket: Ticket, given: Given) -> str:
    """Say who looks after it, how soon, and by which number TPOS knows its refund."""
    sent = {name: value for name, value in given.items() if name in request.POST}
    changing.change(caller=caller, ticket_id=ticket.pk, given=sent)
    return _("It was kept who looks after the ticket.")


@act(Right.DELETE)
def delete(request: HttpRequest, caller: Caller, ticket: Ticket, given: Given) -> str:
    """Delete it as a mark; untouched credit is taken back."""
    gone = deleting.delete(caller=caller, ticket_id=ticket.pk)
    if gone.credit_taken_back_vnd:
        messages.info(request, _("%(amount)s of credit were taken back.") % {"amount": vnd(gone.credit_taken_back_vnd)})
    return _("%(code)s was deleted. Its code is not given again.") % {"code": gone.code}
