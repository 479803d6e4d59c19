"""The queue of what needs a person: one transfer in focus, and nothing that moves under the hand."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from banking.console import candidates
from banking.console.acts import meanwhile
from banking.console.pages import address_of, page, require_sight, transfer_or_404
from banking.console.standing import told, way_back
from banking.console.taken_back import decisions_of, taken_back
from banking.console.waiting import CHOICES, Why, above, below, latest_match, waiting, why_of
from banking.models import BankTransfer
from n2store.counting import COUNTED_MAX, counted
from n2store.live import newest_position
from n2store.roles import caller_of

FOLLOWING_SHOWN_MAX = 8
LIVE_EVENTS = "transfer.received transfer.matched transfer.asked transfer.updated"
_ID_DIGITS_MAX = 18


def queue_view(request: HttpRequest) -> HttpResponse:
    """Lead to the newest transfer that waits; where none does, say so."""
    require_sight(request)
    why, done = _asked(request)
    first = waiting(why).values_list("pk", flat=True).first()
    if first is not None:
        return HttpResponseRedirect(address_of("focus", first, why=why, done=done))
    return _page(request, None, why, done)


def focus_view(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Show one transfer with all that helps to decide about it."""
    require_sight(request)
    why, done = _asked(request)
    return _page(request, transfer_or_404(transfer_id), why, done)


def meanwhile_view(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Return what happened to the transfer, for a page that has it in focus; nothing while it waits as it did."""
    require_sight(request)
    transfer = transfer_or_404(transfer_id)
    reason, waited = why_of(transfer, latest_match(transfer)), request.GET.get("waited", "")
    settled = reason != waited and reason in {None, Why.SKIPPED, Why.REVIEW}
    context = {
        "meanwhile": meanwhile(transfer) if settled else "",
        "changed": address_of("focus", transfer.pk) if reason != waited else "",
    }
    return render(request, "admin/banking/queue/_meanwhile.html", context)


def _asked(request: HttpRequest) -> tuple[str, int | None]:
    why, done = request.GET.get("why", ""), request.GET.get("done", "")
    known = done.isascii() and done.isdigit() and len(done) <= _ID_DIGITS_MAX
    return (why if why in CHOICES else ""), (int(done) if known else None)


def _page(request: HttpRequest, transfer: BankTransfer | None, why: str, done: int | None) -> HttpResponse:
    cursor = newest_position()  # Before the rows are read, so that nothing falls between page and stream.
    context = {
        "why": why,
        "choices": _choices(why),
        "counted_max": COUNTED_MAX,
        "done": _done(request, done),
        "live_events": LIVE_EVENTS,
        "live_cursor": cursor,
    }
    if transfer:
        context |= _focus(transfer) | _around(transfer, why, done)
    return page(request, "queue/page", context, title=_("Transfers to settle"), tab="queue")


def _choices(why: str) -> list[dict[str, Any]]:
    """Return the tabs of the queue with how many wait in each. One query."""
    counts = counted(all=waiting(), **{choice.value: waiting(choice) for choice in CHOICES})
    names = [("", _("All")), *((choice.value, choice.label) for choice in CHOICES)]
    return [
        {"value": value, "label": label, "count": counts[value or "all"], "chosen": value == why}
        for value, label in names
    ]


def _focus(transfer: BankTransfer) -> dict[str, Any]:
    """Return what is known of a transfer: its question, who may own it, and what the rules made of it."""
    match = latest_match(transfer)
    decisions = decisions_of(transfer)
    reason = why_of(transfer, match)
    line = getattr(transfer, "topup_line", None)
    asked = candidates.shown(match.candidates if match and reason in {Why.QUESTION, Why.SKIPPED} else [])
    return {
        "transfer": transfer,
        "reason": reason,
        "reason_label": reason.label if reason else "",
        "match": match,
        "decision": next((one for one in decisions if one.rule_version), None),
        "taken_back": taken_back(decisions),
        "candidates": asked,
        "clear": line is None and bool(asked) and (len(asked) == 1 or asked[0].score > asked[1].score),
        "payers": candidates.known_payers(transfer),
        "meanwhile": meanwhile(transfer) if reason is None else "",
    }


def _around(transfer: BankTransfer, why: str, done: int | None) -> dict[str, Any]:
    """Return the neighbours, and where the keys lead. Two queries."""
    rows: QuerySet[BankTransfer] = waiting(why).select_related("customer")
    following = list(rows.filter(below(transfer))[:FOLLOWING_SHOWN_MAX])
    before = rows.filter(above(transfer)).order_by("transferred_at", "pk").values_list("pk", flat=True).first()
    return {
        "following": following,
        "next": address_of("focus", following[0].pk, why=why, done=done) if following else "",
        "previous": address_of("focus", before, why=why, done=done) if before else "",
    }


def _done(request: HttpRequest, done: int | None) -> dict[str, Any] | None:
    """Return the transfer that was settled last, with how that is taken back. Two queries, none without one."""
    transfer = BankTransfer.objects.select_related("customer").filter(pk=done).first() if done else None
    if transfer is None:
        return None
    match = latest_match(transfer)
    back = way_back(transfer, match, caller_of(request.user))
    return {"transfer": transfer, "told": told(transfer, match), "way_back": back} if back else None
