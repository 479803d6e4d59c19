"""Withdrawals that wait for an order: what a retry would take is shown before it is tried; a cancellation says why."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from n2store.errors import DomainError
from n2store.pages import drawn
from n2store.refused import keep, sentence
from n2store.roles import caller_of
from n2store.templatetags.money import vnd
from wallets import pending
from wallets.authority import Action, Blacklisted, require, require_not_blacklisted
from wallets.console.effects import Effect, held_now, of_release, of_withdrawal
from wallets.console.forms import text_field
from wallets.ledger import InsufficientFunds, NotReversible
from wallets.models import PendingStatus, PendingWithdrawal, Transaction, Wallet
from wallets.receipts import SPENDS
from wallets.shortfalls import told_error

WAITING = (PendingStatus.PENDING, PendingStatus.PROCESSING, PendingStatus.FAILED)
"""In these states a withdrawal has taken no money: it can be tried again, or cancelled."""


class CancelForm(forms.Form):
    """Why an order takes no money, or gives it back."""

    reason = text_field(_("Reason"), required=True)


def retry_view(request: HttpRequest, pending_id: int) -> HttpResponse:
    """Try a withdrawal now, once the reader has seen what it would take."""
    row = _row(pending_id)
    try:
        require(caller_of(request.user), Action.PAY_ORDER, row.amount_vnd)
        if request.method == "POST":
            held = pending.retry(caller=caller_of(request.user), pending_id=row.pk)
            return _home(request, _told(held.data["status"], row), well=held.data["status"] == PendingStatus.COMPLETED)
        return _page(request, "retry.html", row, _("Try again"), _what_happens(row))
    except DomainError as refused:
        return _refused(request, row, refused)


def cancel_view(request: HttpRequest, pending_id: int) -> HttpResponse:
    """End a withdrawal that has taken no money."""
    row = _row(pending_id)
    form = CancelForm(request.POST or None)
    try:
        require(caller_of(request.user), Action.PAY_ORDER, row.amount_vnd)
        if request.method == "POST" and form.is_valid():
            pending.cancel(caller=caller_of(request.user), pending_id=row.pk, reason=form.cleaned_data["reason"])
            told = _("Order %(order)s takes no money any more.") % {"order": row.order_id}
            return _home(request, told, well=True)
        status = 400 if request.method == "POST" else 200
        return _page(request, "cancel.html", row, _("Cancel the withdrawal"), {"form": form}, status=status)
    except DomainError as refused:
        return _refused(request, row, refused)


def release_view(request: HttpRequest, pending_id: int) -> HttpResponse:
    """Give back what an order took, once the reader has seen what that is and said why."""
    row = _row(pending_id)
    form = CancelForm(request.POST or None)
    caller = caller_of(request.user)
    try:
        require(caller, Action.REVERSE, row.amount_vnd)
        if request.method == "POST" and form.is_valid():
            pending.release(caller=caller, pending_id=row.pk, reason=form.cleaned_data["reason"])
            given = {"order": row.order_id, "amount": vnd(row.amount_vnd)}
            return _home(request, _("Order %(order)s gave %(amount)s back to the wallet.") % given, well=True)
        status = 400 if request.method == "POST" else 200
        said = {"form": form} | _what_comes_back(row)
        return _page(request, "release.html", row, _("Give the money back"), said, status=status)
    except DomainError as refused:
        return _refused(request, row, refused)


def why(row: PendingWithdrawal) -> str:
    """Return why the last attempt took nothing, in the reader's language where the database said it in figures."""
    return told_error(row.last_error)


def _row(pending_id: int) -> PendingWithdrawal:
    return get_object_or_404(PendingWithdrawal.objects.select_related("customer"), pk=pending_id)


def _what_happens(row: PendingWithdrawal) -> dict[str, Any]:
    """Return the effect of trying now, or why nothing would be taken."""
    if row.status not in WAITING:
        return {
            "effect": None,
            "refused": _("This withdrawal is over: %(state)s.") % {"state": row.get_status_display()},
        }
    try:
        require_not_blacklisted(row.customer, Action.PAY_ORDER)
    except Blacklisted as refused:
        return {"effect": None, "refused": sentence(refused)}
    held = held_now(Wallet.objects.get(customer=row.customer))
    try:
        effect: Effect | None = of_withdrawal(held, row.amount_vnd)
    except InsufficientFunds as refused:
        return {"effect": None, "possible": True, "refused": sentence(refused)}
    return {"effect": effect, "possible": True}


def _what_comes_back(row: PendingWithdrawal) -> dict[str, Any]:
    """Return the effect of giving the money back, or why there is none to give."""
    if row.status != PendingStatus.COMPLETED:
        over = row.released_at is not None
        refused = pending.NothingTaken("This order took no money")
        told = _("The money was given back already.") if over else sentence(refused)
        return {"effect": None, "refused": told}
    wallet = Wallet.objects.get(customer=row.customer)
    taken = Transaction.objects.filter(
        wallet=wallet, key=f"order:{row.order_id}:{row.customer_id}", type__in=SPENDS
    ).select_related("reversed_by")
    try:
        return {"effect": of_release(held_now(wallet), list(taken.order_by("sequence"))), "possible": True}
    except NotReversible:
        # Each row was taken back from the statement: only the order is left to be closed.
        return {"effect": None, "possible": True, "refused": _("All of it was taken back already, row by row.")}


def _told(status: str, row: PendingWithdrawal) -> str:
    given = {"order": row.order_id, "amount": vnd(row.amount_vnd)}
    if status == PendingStatus.COMPLETED:
        return _("Order %(order)s took %(amount)s.") % given
    return _("There is still not enough money for order %(order)s (%(amount)s). It will be tried again.") % given


def _home(request: HttpRequest, told: str, *, well: bool) -> HttpResponse:
    (messages.success if well else messages.warning)(request, told)
    return HttpResponseRedirect(reverse("admin:wallets_pendingwithdrawal_changelist"))


def _refused(request: HttpRequest, row: PendingWithdrawal, refused: DomainError) -> HttpResponse:
    keep(request, f"pending:{row.pk}", code=refused.code, detail=str(refused))
    said = {"refused": sentence(refused)}
    return _page(request, "retry.html", row, _("Pending withdrawal"), said, status=refused.status)


def _page(
    request: HttpRequest,
    name: str,
    row: PendingWithdrawal,
    title: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    common = {
        "deed": {"title": title, "icon": "shopping_cart"},
        "customer": row.customer,
        "row": row,
        "why": why(row),
        "home": reverse("admin:wallets_pendingwithdrawal_changelist"),
    }
    title, template = f"{title} · {row.order_id}", f"wallets/pendingwithdrawal/{name}"
    return drawn(request, template, common | context, title=title, of=PendingWithdrawal, status=status)
