"""The page of one ticket: what happened, its goods and money, and what can be done, each with its effect."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from n2store.live import newest_position
from n2store.roles import Caller, caller_of
from tickets.authority import Right, has
from tickets.compensation import ACTION_OF, amount_unknown, loose_credit, value_of
from tickets.console import forms
from tickets.console.editing import editable
from tickets.console.effects import Standing, held_of, offers
from tickets.console.files import told_files
from tickets.console.goods import told_goods
from tickets.console.history import told_history
from tickets.console.pages import page, require_sight, ticket_or_404
from tickets.console.staff import assignees, staff_names
from tickets.deleting import can_delete
from tickets.models import CLOSED, RETURN_TYPES, CompensationKind, Priority, Ticket
from tickets.policies import policy_of
from tickets.presence import BEAT_S, PresenceChanged, topic_of
from tickets.record import compensation_of, owed_on
from wallets.authority import limit_of

LIVE_EVENTS = ("ticket.created", "ticket.updated", "ticket.completed", "ticket.deleted")
PAGE_EVENTS = (*LIVE_EVENTS, PresenceChanged.name)


def ticket_view(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """Show a ticket."""
    require_sight(request)
    cursor = newest_position()  # Before the row is read, so that nothing falls between page and stream.
    ticket, caller = ticket_or_404(ticket_id), caller_of(request.user)
    real_vnd, virtual_vnd = held_of(ticket.customer_id)
    given = compensation_of(ticket)
    loose = None if given else loose_credit(ticket)
    standing = Standing(
        owed=owed_on(ticket), given=given, loose=loose, policy=policy_of(ticket.type),
        real_vnd=real_vnd, virtual_vnd=virtual_vnd, amount_missing=loose is None and amount_unknown(ticket),
    )  # fmt: skip
    offered, names = offers(ticket, caller, standing), staff_names()
    context = {
        "ticket": ticket,
        "object": ticket,
        "goods": told_goods(ticket.products),
        "files": told_files(ticket.attachments),
        "history": told_history(ticket.history),
        "standing": standing,
        "write_offs": list(ticket.write_offs.order_by("pk")),
        "offers": offered,
        "numbered": sum(bool(offer.key) for offer in offered),
        "priorities": Priority.choices,
        "editable": editable(caller, ticket),
        "assignees": assignees(names, ticket.assigned_to),
        "assignee": names.get(ticket.assigned_to, ticket.assigned_to),
        "me": caller.name,
        "may_take": ticket.status not in CLOSED and caller.name != ticket.assigned_to and caller.name in names,
        "returns": ticket.type in RETURN_TYPES,
        "removal": can_delete(ticket) if has(caller, Right.DELETE) else None,
        "seen": len(ticket.history),
        "beat_s": BEAT_S,
        "live_events": " ".join(PAGE_EVENTS),
        "live_query": f"channels=tickets&topics={topic_of(ticket.pk)}",
        "live_cursor": cursor,
    } | _gifts(ticket, caller, standing) | _claims(ticket, caller)  # fmt: skip
    return page(request, "page", context, title=ticket.code)


def _gifts(ticket: Ticket, caller: Caller, standing: Standing) -> dict[str, object]:
    """Return what the caller may give for an open ticket that nobody was compensated for."""
    if ticket.status in CLOSED or standing.given is not None:
        return {}
    limits = {kind: limit_of(caller.roles, ACTION_OF[kind]) for kind in ACTION_OF}
    allowed = [kind for kind, limit in limits.items() if limit]
    context: dict[str, object] = {"most_vnd": value_of(ticket), "limits": {k.value: v for k, v in limits.items()}}
    if has(caller, Right.SETTLE):
        kind = CompensationKind(standing.policy.compensation)
        first = {"kind": kind if kind in allowed else CompensationKind.CREDIT}
        context["resolve_form"] = forms.ResolveForm(initial=first, auto_id="resolve-%s")
    if limits[CompensationKind.CREDIT]:
        begin = {"days": standing.policy.credit_days or settings.VIRTUAL_CREDIT_DAYS}
        context["credit_form"] = forms.CreditForm(initial=begin, auto_id="credit-%s")
    return context


def _claims(ticket: Ticket, caller: Caller) -> dict[str, object]:
    """Return what was claimed, and the form for more while the ticket is open."""
    context: dict[str, object] = {"claims": list(ticket.claims.order_by("pk"))}
    if ticket.status not in CLOSED and has(caller, Right.SETTLE):
        context["claim_form"] = forms.ClaimForm(auto_id="claim-%s")
    return context
