"""Putting credited money right, once for each transfer: asked, shown with both wallets, confirmed."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from banking.authority import Right, has
from banking.console.acts import keep_refusal
from banking.console.forms import AdjustTransferForm
from banking.console.pages import address_of, page, require_sight, transfer_or_404
from banking.desk import adjusting
from banking.desk.adjusting import CanAdjust
from banking.models import AdjustmentKind, BankTransfer
from customers.models import Customer
from n2store.errors import DomainError
from n2store.refused import sentence
from n2store.roles import caller_of
from n2store.templatetags.money import vnd
from wallets.models import Wallet


def adjust_view(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Ask how, show what both wallets hold afterwards, and do it."""
    require_sight(request)
    transfer = transfer_or_404(transfer_id)
    if not has(caller_of(request.user), Right.APPROVE):
        keep_refusal(request, transfer, code="PERMISSION_DENIED", detail="adjust")
        raise PermissionDenied
    possible = adjusting.can_adjust(transfer.pk)
    if not possible.can:
        return _page(request, transfer, {"refused": obstacle_told(possible)})
    form = AdjustTransferForm(request.POST or None)
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        status = 400 if request.method == "POST" and form.errors else 200
        return _page(request, transfer, {"form": form}, status=status)
    if "confirm" not in request.POST:
        return _page(request, transfer, _confirmable(request, transfer, form))
    return _adjust(request, transfer, form)


def _confirmable(request: HttpRequest, transfer: BankTransfer, form: AdjustTransferForm) -> dict[str, Any]:
    sent = [(name, request.POST.get(name, "")) for name in form.fields]
    return {"form": form, "sent": sent, "effect": _effect(transfer, form.cleaned_data)}


def obstacle_told(possible: CanAdjust) -> str:
    """Return what stands against an adjustment, in the reader's words."""
    told = {
        "NOT_CREDITED": _("The transfer was not credited to a wallet: there is nothing to put right."),
        "NO_CUSTOMER": _("The transfer has no owner."),
        "WITHDRAWN_SINCE": _("The customer has taken money out or paid since. Take the match back instead."),
        "SPENT": _("%(amount)s of it was spent. Take the match back instead.") % {"amount": vnd(possible.used_vnd)},
        "ADJUSTED": _("The transfer was put right before; that is done once."),
        "UNDO_WAITING": _("Taking this match back waits for a second person."),
    }
    return told.get(possible.obstacle, possible.obstacle)


def _adjust(request: HttpRequest, transfer: BankTransfer, form: AdjustTransferForm) -> HttpResponse:
    given = form.cleaned_data
    try:
        done = adjusting.adjust(
            caller=caller_of(request.user),
            transfer_id=transfer.pk,
            kind=given["kind"],
            amount_vnd=given["amount"] or None,
            correct_phone=given["phone"],
            reason=given["reason"],
        )
    except DomainError as refused:
        keep_refusal(request, transfer, code=refused.code, detail=str(refused))
        return _page(request, transfer, {"form": form, "refused": sentence(refused)}, status=refused.status)
    messages.success(request, _("%(amount)s was put right.") % {"amount": vnd(done.amount_vnd)})
    return HttpResponseRedirect(address_of("change", transfer.pk))


def _effect(transfer: BankTransfer, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each wallet that changes, before and after. Three queries at most."""
    amount_vnd = given["amount"] or transfer.amount_vnd
    assert transfer.customer is not None
    effect = [_change(transfer.customer.name, transfer.customer.phone, transfer.customer, -amount_vnd)]
    if given["kind"] == AdjustmentKind.TRANSFER_TO_CORRECT and given["phone"]:
        right = Customer.objects.filter(phone=given["phone"]).first()
        name = right.name if right else _("New customer")
        effect.append(_change(name, given["phone"], right, amount_vnd))
    return effect


def _change(name: str, phone: str, customer: Customer | None, change_vnd: int) -> dict[str, Any]:
    wallet = Wallet.objects.filter(customer=customer).first() if customer else None
    before = wallet.real_vnd if wallet else 0
    return {"name": name, "phone": phone, "before_vnd": before, "after_vnd": before + change_vnd}


def _page(request: HttpRequest, transfer: BankTransfer, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return page(request, "adjust", {"transfer": transfer} | context, title=_("Put the money right"), status=status)
