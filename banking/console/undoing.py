"""Taking a match back with its money: the effects beforehand, and a second person where money was spent."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from banking.authority import Right, has
from banking.console.acts import keep_refusal, way_on
from banking.console.forms import ReasonForm
from banking.console.pages import address_of, page, require_sight, transfer_or_404
from banking.desk import undo
from banking.models import BankTransfer, Undo, UndoStatus
from n2store.errors import DomainError
from n2store.refused import sentence
from n2store.roles import caller_of
from n2store.templatetags.money import vnd

WAITING_SHOWN_MAX = 100


def undo_view(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Show what taking the match back would do, and do it once a reason was given."""
    require_sight(request)
    transfer = transfer_or_404(transfer_id)
    _require_right(request, transfer)
    form = ReasonForm(request.POST or None)
    try:
        effects = undo.effects(transfer.pk)
        if request.method != "POST" or not form.is_valid():
            status = 400 if request.method == "POST" else 200
            return _ask(request, transfer, {"form": form, "effects": effects}, status=status)
        asked = undo.undo(caller=caller_of(request.user), transfer_id=transfer.pk, reason=form.cleaned_data["reason"])
    except DomainError as refused:
        keep_refusal(request, transfer, code=refused.code, detail=str(refused))
        return _ask(request, transfer, {"refused": sentence(refused)}, status=refused.status)
    _tell(request, asked)
    if asked.status == UndoStatus.WAITING:
        return HttpResponseRedirect(address_of("undos"))
    return HttpResponseRedirect(way_on(request, transfer, goes_on=False))


def undos_view(request: HttpRequest) -> HttpResponse:
    """List what waits for a second person."""
    require_sight(request)
    rows = Undo.objects.filter(status=UndoStatus.WAITING).select_related("transfer", "customer").order_by("-id")
    context = {"undos": list(rows[:WAITING_SHOWN_MAX])}
    return page(request, "undos", context, title=_("Waiting for a second person"), tab="undos")


def confirm_view(request: HttpRequest, undo_id: int) -> HttpResponse:
    """Show a waiting undo to the second person, who confirms it or turns it down."""
    require_sight(request)
    asked = get_object_or_404(Undo.objects.select_related("transfer__customer", "customer"), pk=undo_id)
    _require_right(request, asked.transfer)
    caller = caller_of(request.user)
    try:
        if "confirm" in request.POST:
            _tell(request, undo.confirm_undo(caller=caller, undo_id=asked.pk, shortfall_vnd=_seen(request)))
            return HttpResponseRedirect(address_of("change", asked.transfer_id))
        if "withdraw" in request.POST:
            undo.withdraw_undo(caller=caller, undo_id=asked.pk)
            messages.success(request, _("It will not be taken back. Nothing was changed."))
            return HttpResponseRedirect(address_of("change", asked.transfer_id))
        refused_told, status = "", 200
    except DomainError as refused:
        keep_refusal(request, asked.transfer, code=refused.code, detail=str(refused))
        refused_told, status = sentence(refused), refused.status
        asked.refresh_from_db(fields=["status"])
    context = {
        "transfer": asked.transfer,
        "undo": asked,
        "own": asked.asked_by == caller.name,
        "effects": _effects(asked),
        "refused": refused_told,
    }
    return page(request, "undo_confirm", context, title=_("Confirm taking back"), tab="undos", status=status)


def _effects(asked: Undo) -> undo.UndoEffects | None:
    """Return what confirming would do; nothing once somebody has settled it, be it at this moment."""
    with suppress(DomainError):
        return undo.effects(asked.transfer_id) if asked.status == UndoStatus.WAITING else None
    return None


def _seen(request: HttpRequest) -> int | None:
    """Return the shortfall that the page showed, so that nobody confirms more than they saw."""
    seen = request.POST.get("shortfall", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= 18 else None


def _require_right(request: HttpRequest, transfer: BankTransfer) -> None:
    if not has(caller_of(request.user), Right.APPROVE):
        keep_refusal(request, transfer, code="PERMISSION_DENIED", detail="undo")
        raise PermissionDenied


def _tell(request: HttpRequest, done: Undo) -> None:
    if done.status == UndoStatus.WAITING:
        told = _("%(amount)s of it was spent: a second person must confirm. Nothing was moved yet.")
        messages.warning(request, told % {"amount": vnd(done.shortfall_vnd)})
    else:
        messages.success(request, _("The match was taken back with its money. The transfer has no owner again."))


def _ask(request: HttpRequest, transfer: BankTransfer, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    common = {"transfer": transfer, "back": given.get("back", ""), "why": given.get("why", "")}
    return page(request, "undo", common | context, title=_("Take the match back"), status=status)
