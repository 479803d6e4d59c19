"""Settling a carrier's whole list: paste it, read what each line would do, and settle those that agree."""

from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from n2store.errors import DomainError
from n2store.refused import keep, sentence
from n2store.roles import Caller, caller_of
from n2store.templatetags.money import vnd
from tickets.authority import Right, has
from tickets.carrier_lines import CHARACTERS_MAX, LINES_MAX, Line, read
from tickets.console.pages import page, require_sight
from tickets.models import Ticket
from tickets.reconciling import Judged, Verdict, judge, settle

DIGITS_MAX = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line as the table shows it; `state` is a colour of `badges.css`."""

    line: Line
    state: str
    label: str
    why: str = ""
    ticket: Ticket | None = None
    open_vnd: int | None = None
    others: tuple[Ticket, ...] = field(default=())


def settle_view(request: HttpRequest) -> HttpResponse:
    """Ask for the list; tell what each line would do; settle what was told and agrees still."""
    require_sight(request)
    caller = caller_of(request.user)
    if not has(caller, Right.SETTLE):
        keep(request, "", code="PERMISSION_DENIED", detail="settle_view")
        raise PermissionDenied
    text = request.POST.get("text", "")
    if request.method != "POST" or not text.strip():
        return _page(request, {"nothing": request.method == "POST"}, status=400 if request.method == "POST" else 200)
    try:
        lines = read(text)
    except DomainError as refused:
        keep(request, "", code=refused.code, detail=str(refused))
        return _page(request, {"refused": sentence(refused), "text": text[:CHARACTERS_MAX]}, status=refused.status)
    if "confirm" in request.POST:
        return _settle(request, caller, text, lines)
    judged = judge(lines)
    clean = [one for one in judged if one.clean]
    told = {
        "rows": [_row(one) for one in judged],
        "clean": len(clean),
        "sum_vnd": sum(one.line.amount_vnd for one in clean),
        "shown": ",".join(str(one.ticket.pk) for one in clean if one.ticket),
    }
    return _page(request, told | {"text": text})


def _settle(request: HttpRequest, caller: Caller, text: str, lines: list[Line]) -> HttpResponse:
    """Settle and show what became of each line. To send it once more settles nothing more."""
    shown = {int(one) for one in request.POST.get("shown", "").split(",") if _is_id(one)}
    outcome = settle(caller=caller, lines=lines, shown=shown)
    for one in outcome:
        if one.refused is not None and one.ticket is not None:
            keep(request, f"ticket:{one.ticket.code}", code=one.refused.code, detail=str(one.refused))
    done = [one for one in outcome if _is_done(one, shown)]
    told = {
        "rows": [_done_row(one) if _is_done(one, shown) else _row(one) for one in outcome],
        "settled": len(done),
        "sum_vnd": sum(one.line.amount_vnd for one in done),
        "over": True,
    }
    return _page(request, told | {"text": text})


def _is_done(one: Judged, shown: set[int]) -> bool:
    return one.clean and one.refused is None and one.ticket is not None and one.ticket.pk in shown


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX


def _row(one: Judged) -> Row:
    return Row(
        line=one.line, state=f"line-{one.verdict.value}", label=str(one.verdict.label), why=_why(one),
        ticket=one.ticket, open_vnd=one.open_vnd if one.ticket is not None else None, others=one.others,
    )  # fmt: skip


def _done_row(one: Judged) -> Row:
    return Row(line=one.line, state="done", label=_("Settled now"), ticket=one.ticket, open_vnd=0)


def _why(one: Judged) -> str:
    """Return what stands in the way, or how the ticket was found, in a few words; empty where the label says it all."""
    if one.refused is not None:
        return sentence(one.refused)
    if one.line.fault is not None:
        return str(one.line.fault.label)
    return _why_not(one, one.ticket) if one.ticket is not None else ""


def _why_not(one: Judged, ticket: Ticket) -> str:
    if one.verdict is Verdict.DIFFERS:
        difference_vnd = one.line.amount_vnd - one.open_vnd
        more, less = _("The list says %(amount)s more."), _("The list says %(amount)s less.")
        return (more if difference_vnd > 0 else less) % {"amount": vnd(abs(difference_vnd))}
    if one.verdict in (Verdict.NOT_WAITING, Verdict.SETTLED):
        return str(ticket.get_status_display())
    if one.verdict is Verdict.NOT_CARRIERS:
        return str(ticket.get_type_display())
    return _("Found by the phone %(phone)s.") % {"phone": one.line.phone} if one.by_phone else ""


def _page(request: HttpRequest, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    limits = {"lines_max": LINES_MAX}
    return page(request, "settle", limits | context, title=_("Settle with the carrier"), status=status)
