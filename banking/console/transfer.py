"""The page of one transfer: what came, what became of it, every decision with its evidence, and what can be done."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from banking.console.candidates import evidence_of
from banking.console.pages import page, require_sight
from banking.console.standing import told, way_back
from banking.console.waiting import latest_match, why_of
from banking.models import BankTransfer, Decision, Incident, TransferAdjustment, Undo, UndoStatus
from n2store.roles import caller_of

DECISIONS_SHOWN_MAX = 50


def transfer_view(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Show a transfer with its history."""
    require_sight(request)
    rows = BankTransfer.objects.select_related("customer", "delivery", "wallet_transaction", "topup_line__topup")
    transfer = get_object_or_404(rows, pk=transfer_id)
    match = latest_match(transfer)
    reason = why_of(transfer, match)
    undos = list(Undo.objects.filter(transfer=transfer).select_related("customer").order_by("-id"))
    context = {
        "transfer": transfer,
        "told": told(transfer, match),
        "reason": reason,
        "reason_label": reason.label if reason else "",
        "match": match,
        "decisions": _decisions(transfer),
        "undos": undos,
        "undo_waiting": next((undo for undo in undos if undo.status == UndoStatus.WAITING), None),
        "adjustment": TransferAdjustment.objects.filter(transfer=transfer)
        .select_related("wrong_customer", "right_customer")
        .first(),
        "incident": Incident.objects.filter(found=transfer).order_by("-id").first(),
        "way_back": way_back(transfer, match, caller_of(request.user)),
    }
    return page(request, "transfer/page", context, title=_("Bank transfer"), tab="all")


def _decisions(transfer: BankTransfer) -> list[dict[str, Any]]:
    """Return the decisions, newest first, each with its candidates and their evidence in words. One query."""
    rows = Decision.objects.filter(transfer=transfer).select_related("customer").order_by("-id")
    return [
        {"row": row, "label": row.get_verdict_display(), "candidates": _considered(row.candidates)}
        for row in rows[:DECISIONS_SHOWN_MAX]
    ]


def _considered(candidates: Any) -> list[dict[str, Any]]:
    """Return the candidates as they were then, whoever they are by now."""
    rows = [row for row in candidates if isinstance(row, dict)] if isinstance(candidates, list) else []
    return [
        {
            "name": str(row.get("name") or ""),
            "phone": str(row.get("phone") or ""),
            "score": int(row.get("score") or 0),
            "evidence": evidence_of(row),
        }
        for row in rows
    ]
