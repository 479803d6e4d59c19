"""Changing a ticket's fields by hand: whoever may change them is shown them, and nobody's change is written over."""

from itertools import count, takewhile
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from n2store.errors import DomainError
from n2store.live import newest_position
from n2store.refused import keep, sentence
from n2store.roles import Caller, caller_of
from tickets import changing
from tickets.console.editing.forms import EditForm, LineForm
from tickets.console.editing.sheet import (
    COLUMNS,
    LINE,
    Line,
    Rebased,
    Sheet,
    fields_rebased,
    lines_rebased,
    one_newline,
    rows_of,
)
from tickets.console.pages import address_of, page, require_sight, ticket_or_404
from tickets.models import FixCodReason, Ticket, TicketType
from tickets.presence import BEAT_S, PresenceChanged, topic_of
from tickets.products import PRODUCTS_MAX, rewritten
from tickets.record import last_writer

SPARE_ROWS = 3
LINES_MAX = PRODUCTS_MAX + SPARE_ROWS
ONLY_FIX_COD = {"new_cod", "reason"}
"""Fields that other types have no use for; one that holds something is shown all the same."""
NOTHING = Rebased(("",) * len(LINE))
Forms = tuple[EditForm, list[LineForm]]


def editable(caller: Caller, ticket: Ticket) -> set[str]:
    """Return the fields of the page that the caller may change, `goods` among them."""
    columns = COLUMNS | {"goods": "products"}
    useless = set() if ticket.type == TicketType.FIX_COD else ONLY_FIX_COD
    return {
        name
        for name, column in columns.items()
        if changing.may_change(caller, ticket, column) and (name not in useless or getattr(ticket, column))
    }


def edit_view(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """Show what may be changed, and change it."""
    require_sight(request)
    ticket, caller = ticket_or_404(ticket_id), caller_of(request.user)
    names = editable(caller, ticket)
    if not names:
        keep(request, f"ticket:{ticket.code}", code="PERMISSION_DENIED", detail="edit_view")
        raise PermissionDenied
    if request.method != "POST":
        form, lines = _forms(ticket, names)
        _begin(lines[0] if lines and request.GET.get("at") == "goods" else form)
        return _page(request, ticket, (form, lines))
    return _take(request, caller, ticket)


def _begin(form: EditForm | LineForm) -> None:
    """Have the page begin in the first field of a form."""
    next(iter(form.fields.values())).widget.attrs["autofocus"] = True


def _take(request: HttpRequest, caller: Caller, ticket: Ticket) -> HttpResponse:
    """Change what was typed. Whether the caller still may is for the service to say; if not, what was typed stays."""
    seen = request.POST.get("seen", "")
    names = {name for name in COLUMNS if name in request.POST} | ({"goods"} if _typed_lines(request) else set())
    if seen != str(len(ticket.history)):
        return _meanwhile(request, ticket, names)
    form, lines = _forms(ticket, names, request.POST, len(_typed_lines(request)))
    if not all([form.is_valid(), *(line.is_valid() for line in lines)]):
        return _page(request, ticket, (form, lines), status=400)
    try:
        given = form.said() | _goods_said(ticket, lines)
        if given:
            changing.change(caller=caller, ticket_id=ticket.pk, given=given, seen=int(seen))
    except changing.ChangedMeanwhile:
        return _meanwhile(request, ticket_or_404(ticket.pk), names)
    except DomainError as refused:
        keep(request, f"ticket:{ticket.code}", code=refused.code, detail=str(refused))
        return _page(request, ticket, (form, lines), refused=refused, status=refused.status)
    told = _("%(code)s was changed.") if given else _("Nothing was changed.")
    messages.success(request, told % {"code": ticket.code})
    return HttpResponseRedirect(address_of("change", ticket.pk))


def _goods_said(ticket: Ticket, lines: list[LineForm]) -> dict[str, Any]:
    """Return the rows of goods if they change. A row keeps what the page does not show of it."""
    rows = rows_of(ticket)
    there = [(row, line) for row, line in zip(rows, lines, strict=False) if line.is_there]
    kept = [rewritten(row, line.changes()) for row, line in there if not line.is_gone]
    added = [line.told() for line in lines if not line.is_there and line.touched]
    products = [*kept, *rows[len(there) :], *added]
    return {} if products == rows else {"products": products}


def _forms(ticket: Ticket, names: set[str], data: Any = None, typed: int = 0) -> Forms:
    """Return the forms over the ticket as it is, with `typed` lines of goods, or else with room for some more."""
    now = Sheet.of(ticket)
    form = EditForm(data, drawn=now.fields, names=names, type=ticket.type)
    drawn = list(now.lines.values()) if "goods" in names else []
    wanted = (typed or len(drawn) + SPARE_ROWS) if "goods" in names else 0
    return form, [
        LineForm(data, number=number, drawn=drawn[number] if number < len(drawn) else None)
        for number in range(max(wanted, len(drawn)))
    ]


def _typed_lines(request: HttpRequest) -> list[Line]:
    there = takewhile(lambda number: f"good-{number}-name" in request.POST and number < LINES_MAX, count())
    return [tuple(request.POST.get(f"good-{number}-{name}", "") for name in LINE) for number in there]


def _meanwhile(request: HttpRequest, ticket: Ticket, names: set[str]) -> HttpResponse:
    """Draw the page over the ticket as it is now: what was typed stays, the rest follows, and nothing is written."""
    now = Sheet.of(ticket)
    was = Sheet.unpacked(request.POST.get("sheet", "")) or now
    typed = {name: one_newline(request.POST[name]) for name in COLUMNS if name in request.POST}
    fields = fields_rebased(typed, was.fields, now.fields)
    lines = lines_rebased(_typed_lines(request), was.lines, now.lines) if "goods" in names else []
    lines += [NOTHING] * SPARE_ROWS if "goods" in names else []
    data = {name: one.text for name, one in fields.items()} | {
        f"good-{number}-{name}": text
        for number, one in enumerate(lines)
        for name, text in zip(LINE, one.text, strict=True)
        if text or name != LINE[-1]
    }
    drawn = _forms(ticket, names, data, len(lines))
    _tell_theirs(drawn, fields, lines)
    refused = changing.ChangedMeanwhile(who=last_writer(ticket))
    return _page(request, ticket, drawn, refused=refused, status=refused.status)


def _tell_theirs(drawn: Forms, fields: dict[str, Rebased[str]], lines: list[Rebased[Line]]) -> None:
    """Say beside what was typed what a colleague has written there."""
    form, line_forms = drawn
    said = _("It says now: %(text)s")
    for name, one in fields.items():
        if one.theirs is not None:
            form.add_error(name, said % {"text": _readable(name, one.theirs) or "–"})
    for line_form, line in zip(line_forms, lines, strict=True):
        if line.theirs is not None:
            line_form.add_error("name", said % {"text": " · ".join(text or "–" for text in line.theirs[:-1])})


def _readable(name: str, text: str) -> str:
    if name == "reason":
        return str(dict(FixCodReason.choices).get(text, text))
    return text.replace("T", " ") if name == "deadline" else text


def _page(
    request: HttpRequest, ticket: Ticket, forms: Forms, *, refused: DomainError | None = None, status: int = 200
) -> HttpResponse:
    form, lines = forms
    context = {
        "ticket": ticket,
        "form": form,
        "goods": lines,
        "all_may_be_empty": True,
        "removable": any(line.is_there for line in lines),
        "refused": sentence(refused) if refused else "",
        "seen": len(ticket.history),
        "sheet": Sheet.of(ticket).packed(),
        "beat_s": BEAT_S,
        "live_events": PresenceChanged.name,
        "live_query": f"topics={topic_of(ticket.pk)}",
        "live_cursor": newest_position(),
    }
    return page(request, "edit", context, title=_("Edit %(code)s") % {"code": ticket.code}, status=status)
