"""The acts at one transfer that need no page of their own: each is one press, and each can be taken back."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from banking.authority import Right
from banking.console.acts import act
from banking.console.standing import told
from banking.console.waiting import latest_match
from banking.desk import asking, labels, linking, of_topup, review
from banking.models import BankTransfer
from n2store.roles import Caller
from n2store.templatetags.money import vnd


@act(Right.RESOLVE)
def choose(request: HttpRequest, caller: Caller, transfer: BankTransfer) -> str:
    """Say which of the candidates it is."""
    resolved = asking.resolve(caller=caller, transfer_id=transfer.pk, phone=request.POST.get("phone", ""))
    return told(resolved.transfer)


@act(Right.APPROVE)
def topup(request: HttpRequest, caller: Caller, transfer: BankTransfer) -> str:
    """Say that it is the money of the top-up that it looks like."""
    return told(of_topup.settle_as_topup(caller=caller, transfer_id=transfer.pk))


@act(Right.RESOLVE)
def skip(request: HttpRequest, caller: Caller, transfer: BankTransfer) -> str:
    """Lay the question aside."""
    match = latest_match(transfer)
    asking.skip(caller=caller, match_id=match.pk if match else 0, reason=_written(request, "reason"))
    return _("Skipped. It stays under “Skipped”.")


@act(Right.RESOLVE, goes_on=False)
def unskip(request: HttpRequest, caller: Caller, transfer: BankTransfer) -> str:
    """Ask a skipped question again."""
    match = latest_match(transfer)
    asking.undo_skip(caller=caller, match_id=match.pk if match else 0)
    return _("The question is asked again.")


@act(Right.APPROVE)
def approve(request: HttpRequest, caller: Caller, transfer: BankTransfer) -> str:
    """Let the money into the owner's wallet."""
    approved = review.approve(caller=caller, transfer_id=transfer.pk, note=_written(request, "note"))
    if approved.replayed:
        messages.info(request, _("It was done before; nothing was done twice."))
    return told(approved.transfer)


@act(Right.APPROVE)
def reject(request: HttpRequest, caller: Caller, transfer: BankTransfer) -> str:
    """Say that it is no customer's money."""
    review.reject(caller=caller, transfer_id=transfer.pk, reason=_written(request, "reason"))
    return _("Rejected: %(amount)s is no customer's money.") % {"amount": vnd(transfer.amount_vnd)}


@act(Right.APPROVE, goes_on=False)
def reopen(request: HttpRequest, caller: Caller, transfer: BankTransfer) -> str:
    """Take a rejection back."""
    review.reopen(caller=caller, transfer_id=transfer.pk)
    return _("It is no longer rejected.")


@act(Right.LINK, goes_on=False)
def unlink(request: HttpRequest, caller: Caller, transfer: BankTransfer) -> str:
    """Take the owner away from a transfer that was not credited."""
    linking.unlink(caller=caller, transfer_id=transfer.pk)
    return _("The link was removed. The transfer has no owner again.")


@act(Right.EDIT)
def hide(request: HttpRequest, caller: Caller, transfer: BankTransfer) -> str:
    """Put the row among the confirmed ones of Live Mode, or take it out."""
    hidden = request.POST.get("hidden") == "1"
    labels.set_hidden(caller=caller, transfer_id=transfer.pk, hidden=hidden)
    return _("Confirmed in Live Mode.") if hidden else _("No longer confirmed in Live Mode.")


@act(Right.EDIT)
def name(request: HttpRequest, caller: Caller, transfer: BankTransfer) -> str:
    """Show this one row under another name."""
    labels.set_display_name(
        caller=caller,
        transfer_id=transfer.pk,
        name=request.POST.get("name", ""),
        add_to_aliases="alias" in request.POST,
    )
    return _("The name was kept.")


def _written(request: HttpRequest, name: str) -> str:
    return labels.written(name, request.POST.get(name, ""))
