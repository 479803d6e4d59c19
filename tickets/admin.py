"""Tickets for staff: lists by state in the order of the queue, each ticket's page, and a form for a new one."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from n2store.counting import counted, told_count
from n2store.live import newest_position
from n2store.roles import caller_of
from n2store.screens import PageScreen, badge, below, customer_cell
from n2store.templatetags.money import moment, vnd
from tickets.authority import Right, has
from tickets.console import opening
from tickets.console.goods import in_short
from tickets.console.lists.debts import owing, with_debts
from tickets.console.lists.search import tickets_saying
from tickets.console.lists.states import State, completed_today, marked, ordering, state_of, within
from tickets.console.policies.admin import PolicyAdmin
from tickets.console.staff import assigned_to, staff_names, with_assignees
from tickets.console.ticket import LIVE_EVENTS, ticket_view
from tickets.console.urls import patterns
from tickets.models import Party, Priority, Ticket, TicketType
from tickets.workflow import KIND_OF, Kind

__all__ = ["PolicyAdmin", "TicketAdmin"]


class StateFilter(SimpleListFilter):
    """Which list; shown as tabs too."""

    title = _("list")
    parameter_name = "state"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return State.choices

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        return queryset.filter(within(_state(request), timezone.now()))


class DebtFilter(SimpleListFilter):
    """Whether somebody owes the shop money on the ticket."""

    title = _("owed to the shop")
    parameter_name = "debt"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Party.choices

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        party = self.value() or ""
        return queryset.filter(owing(Party(party))) if party in Party.values else queryset


class AssigneeFilter(SimpleListFilter):
    """Who looks after the ticket."""

    title = _("assigned to")
    parameter_name = "assignee"
    mine, nobody, of = "mine", "nobody", "of:"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        people = [(f"{self.of}{login}", name) for login, name in staff_names().items()]
        return [(self.mine, _("Mine")), (self.nobody, _("Nobody yet")), *people]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        asked = self.value() or ""
        if asked == self.nobody:
            return queryset.filter(assigned_to="")
        if asked == self.mine:
            return queryset.filter(assigned_to(caller_of(request.user).name))
        return queryset.filter(assigned_to(asked.removeprefix(self.of))) if asked.startswith(self.of) else queryset


@admin.register(Ticket)
class TicketAdmin(PageScreen):
    """The lists. They never move under the hand: a banner tells of what came or changed."""

    list_display = ["ticket", "owner", "kind", "said", "amount", "standing"]
    list_display_links = ["ticket"]
    list_select_related = ["customer"]
    list_filter = [StateFilter, AssigneeFilter, "type", "priority", DebtFilter]
    list_before_template = "admin/tickets/ticket/_list_head.html"
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["code"]
    search_help_text = _("Code, phone, name, order or parcel; looks in all lists")

    def get_urls(self) -> list[URLPattern]:
        return [*patterns(self.admin_site.admin_view), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return opening.open_view(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return with_assignees(with_debts(marked(Ticket.objects.kept(), timezone.now())))

    def get_ordering(self, request: HttpRequest) -> Any:
        return ordering(_state(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        text = search_term.strip()
        return (queryset.filter(tickets_saying(text)) if text else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            "live_cursor": newest_position(),
            "live_events": " ".join(LIVE_EVENTS),
            "lists": _tabs(request),
            "mine": _mine(request),
            "may_open": opening.may_open(request),
            "may_settle": has(caller_of(request.user), Right.SETTLE),
        }
        return super().changelist_view(request, context | (extra_context or {}))  # type: ignore[no-any-return]

    @override
    def page_view(self, request: HttpRequest, id: int) -> HttpResponse:
        return ticket_view(request, id)

    @admin.display(description=_("ticket"))
    def ticket(self, row: Ticket) -> SafeString:
        return format_html("{}{}", row.code, below(row.order_id or "–"))

    @admin.display(description=_("customer"))
    def owner(self, row: Ticket) -> SafeString:
        customer = row.customer
        tier = badge(customer.tier, customer.get_tier_display()) if customer.tier in ("platinum", "blacklist") else ""
        return format_html("{} {}", customer_cell(customer), tier)

    @admin.display(description=_("type"))
    def kind(self, row: Ticket) -> SafeString:
        return format_html("{}{}", row.get_type_display(), below(row.get_fix_cod_reason_display() or row.carrier))

    @admin.display(description=_("note and goods"))
    def said(self, row: Ticket) -> SafeString:
        note, goods = row.description or row.subject or row.internal_note, in_short(row.products)
        shown = format_html('<span class="n2-clip" title="{}">{}</span>', note, note) if note else "–"
        return format_html("{}{}", shown, below(goods)) if goods else format_html("{}", shown)

    @admin.display(description=_("money"))
    def amount(self, row: Ticket) -> SafeString | str:
        debt = getattr(row, "owed_by_vnd", None)
        told = _("owes us %(amount)s") % {"amount": vnd(debt)}
        owed = format_html('<span class="n2-missing n2-below">{}</span>', told) if debt else ""
        if row.refund_vnd is None:
            return format_html("–{}", owed)
        shown = format_html('<span class="n2-amount">{}</span>{}', vnd(row.refund_vnd), below(amount_name(row.type)))
        return format_html("{}{}", shown, owed)

    @admin.display(description=_("state"))
    def standing(self, row: Ticket) -> SafeString:
        marks = [badge(row.status, row.get_status_display())]
        if row.priority in (Priority.HIGH, Priority.URGENT):
            marks.append(badge(row.priority, row.get_priority_display()))
        if getattr(row, "is_late", False):
            marks.append(badge("late", _("Late")))
        told = format_html_join(" ", "{}", ((mark,) for mark in marks))
        assignee = getattr(row, "assignee_name", "") or row.assigned_to
        return format_html("{}{}{}", told, _when(row), _below_person(assignee) if assignee else "")


def amount_name(type: str) -> Any:
    """Return what the amount of a ticket is called, by its type."""
    if type == TicketType.FIX_COD:
        return _("COD lowered by")
    return _("COD of the parcel") if KIND_OF[TicketType(type)] is Kind.CARRIER else _("Value of the goods")


def _when(row: Ticket) -> SafeString:
    if row.completed_at:
        return below(moment(row.completed_at))
    if row.carrier_deadline_at:
        return below(_("until %(at)s") % {"at": moment(row.carrier_deadline_at)})
    return below(_("since %(at)s") % {"at": moment(row.created_at)})


def _below_person(name: str) -> SafeString:
    return format_html(
        '<span class="n2-below n2-assignee" title="{title}: {name}">'
        '<span class="material-symbols-outlined" aria-hidden="true">person</span><span>{name}</span></span>',
        title=_("Looked after by"),
        name=name,
    )


def _state(request: HttpRequest) -> State:
    return state_of(request.GET.get("state"), searching=bool(request.GET.get("q", "").strip()))


def _mine(request: HttpRequest) -> dict[str, Any]:
    """Return the way to one's own tickets of this list, or back to everybody's."""
    asked, name = request.GET.copy(), AssigneeFilter.parameter_name
    here = asked.pop(name, None) == [AssigneeFilter.mine]
    asked.pop("p", None)
    if not here:
        asked[name] = AssigneeFilter.mine
    return {"here": here, "query": asked.urlencode()}


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the lists with how many tickets of them are open, and how many were completed today. One query."""
    at, here = timezone.now(), _state(request)
    kept = {name: request.GET[name] for name in ("q", AssigneeFilter.parameter_name) if request.GET.get(name)}
    worked = [State.GOODS, State.FINANCE, State.NEW, State.LATE]
    rows = Ticket.objects.kept()
    counts = counted(
        today=rows.filter(completed_today(at)), **{state.value: rows.filter(within(state, at)) for state in worked}
    )
    shown = [State.ALL, *worked, State.DONE, State.CANCELLED]
    return [
        {
            "label": state.label,
            "query": urlencode({"state": state.value} | kept),
            "here": state is here,
            "count": counts.get(state, 0),
            "alarm": state is State.LATE,
            "today": told_count(counts["today"]) if state is State.DONE and counts["today"] else "",
        }
        for state in shown
    ]
