"""Giving a transfer to somebody by phone: asked, shown with who that is, confirmed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from banking.authority import Right, has, require
from banking.console.acts import keep_refusal, meanwhile, turned_away, way_on
from banking.console.candidates import known_payers
from banking.console.forms import LinkForm
from banking.console.pages import page, require_sight, transfer_or_404
from banking.console.standing import told
from banking.console.taken_back import decisions_of, taken_back
from banking.console.waiting import latest_match, why_of
from banking.desk import linking
from banking.models import BankTransfer
from customers.models import Customer
from n2store.errors import DomainError
from n2store.refused import sentence
from n2store.roles import caller_of
from wallets.models import Wallet


def link_view(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Ask for the owner, show who that is and what happens, and link once it is confirmed."""
    require_sight(request)
    transfer = transfer_or_404(transfer_id)
    try:
        require(caller_of(request.user), Right.LINK)
    except DomainError as refused:
        keep_refusal(request, transfer, code=refused.code, detail=str(refused))
        return _page(request, transfer, {"refused": sentence(refused), "hopeless": True}, status=refused.status)
    if why_of(transfer, latest_match(transfer)) is None:
        return _page(request, transfer, {"refused": meanwhile(transfer), "hopeless": True})
    if request.method != "POST" and "phone" not in request.GET:
        return _page(request, transfer, {"form": LinkForm(initial=_begin(request))})
    form = LinkForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid() or "change" in request.POST:
        return _page(request, transfer, {"form": form}, status=400 if form.errors else 200)
    if "confirm" not in request.POST:
        return _page(request, transfer, _effect(request, transfer, form.cleaned_data) | {"form": form})
    return _link(request, transfer, form.cleaned_data)


def _begin(request: HttpRequest) -> dict[str, Any]:
    return {"credit": has(caller_of(request.user), Right.APPROVE)}


def _link(request: HttpRequest, transfer: BankTransfer, given: dict[str, Any]) -> HttpResponse:
    try:
        linked = linking.link(
            caller=caller_of(request.user),
            transfer_id=transfer.pk,
            phone=given["phone"],
            name=given["name"],
            credit=given["credit"],
            replace=bool(transfer.customer_id) and request.POST.get("owner") == str(transfer.customer_id),
        )
    except DomainError as refused:
        return turned_away(request, transfer, refused)
    messages.success(request, told(linked.transfer))
    return HttpResponseRedirect(way_on(request, transfer, goes_on=True))


def _effect(request: HttpRequest, transfer: BankTransfer, given: dict[str, Any]) -> dict[str, Any]:
    """Return who it would be, and what the wallet would hold. Three queries."""
    owner = Customer.objects.filter(phone=given["phone"]).first()
    wallet = Wallet.objects.filter(customer=owner).first() if owner else None
    before = wallet.real_vnd if wallet else 0
    credits = given["credit"] and has(caller_of(request.user), Right.APPROVE)
    back = taken_back(decisions_of(transfer)) if owner else None
    return {
        "owner": owner,
        "taken_back": back if back and back.owner == owner else None,
        "phone": given["phone"],
        "name": given["name"],
        "credits": credits,
        "real_before_vnd": before,
        "real_after_vnd": before + transfer.amount_vnd if credits else before,
        "shown": True,
    }


def _page(request: HttpRequest, transfer: BankTransfer, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    reason = why_of(transfer, latest_match(transfer))
    common = {
        "transfer": transfer,
        "payers": known_payers(transfer),
        "back": given.get("back", ""),
        "why": given.get("why", ""),
        "waited": given.get("waited", reason or ""),
        "owner_seen": given.get("owner", transfer.customer_id or ""),
    }
    return page(request, "link", common | context, title=_("Give the transfer to a customer"), status=status)
