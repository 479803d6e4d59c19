"""The page of one ticket: what happened, its goods and money, and what can be done, each with its effect."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from n2store.live import newest_position
from n2store.roles import Caller, caller_of
from tickets.authority import Right, has
from tickets.bought import Bought, bought_with, said_against
from tickets.compensation import ACTION_OF, amount_unknown, loose_credit, value_of
from tickets.console.acts.forms import (
    ActForm,
    AssignForm,
    CancelForm,
    ClaimForm,
    CreditForm,
    NoteForm,
    ResolveForm,
    WriteOffForm,
)
from tickets.console.editing.view import editable
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


def ticket_view(
    request: HttpRequest, ticket_id: int, *, typed: ActForm | None = None, status: int = 200
) -> HttpResponse:
    """Show a ticket; after a refused act with what was typed for it, as text where the act is no longer possible."""
    require_sight(request)
    cursor = newest_position()  # Before the row is read, so that nothing falls between page and stream.
    ticket, caller = ticket_or_404(ticket_id), caller_of(request.user)
    order = bought_with(ticket)
    standing = _standing(ticket, order)
    offered, names = offers(ticket, caller, standing), staff_names()
    context = {
        "ticket": ticket,
        "object": ticket,
        "goods": told_goods(ticket.products),
        "files": told_files(ticket.attachments),
        "history": told_history(ticket.history),
        "standing": standing,
        "write_offs": list(ticket.write_offs.order_by("pk")),
        "claims": list(ticket.claims.order_by("pk")),
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
    }  # fmt: skip
    asked = _asked(ticket, caller, standing)
    if typed is not None and typed.name in asked:
        asked[typed.name] = typed
    elif typed is not None:
        context["unsent"] = typed.written()
    if "resolve" in asked or "credit" in asked:
        context |= {"most_vnd": value_of(ticket), "order": order if order and order.bounds(ticket.type) else None}
    context |= {f"{name}_form": form for name, form in asked.items()}
    return page(request, "page", context, title=ticket.code, status=status)


def _standing(ticket: Ticket, order: Bought | None) -> Standing:
    real_vnd, virtual_vnd = held_of(ticket.customer_id)
    given = compensation_of(ticket)
    loose = None if given else loose_credit(ticket)
    return Standing(
        owed=owed_on(ticket), given=given, loose=loose, policy=policy_of(ticket.type),
        real_vnd=real_vnd, virtual_vnd=virtual_vnd, amount_missing=loose is None and amount_unknown(ticket),
        doubts=said_against(ticket, ticket.refund_vnd, order=order),
    )  # fmt: skip


def _asked(ticket: Ticket, caller: Caller, standing: Standing) -> dict[str, ActForm]:
    """Return the forms of the acts that the caller may do now, by name."""
    forms: list[ActForm] = []
    if has(caller, Right.NOTE):
        forms += [NoteForm(ticket=ticket), AssignForm(ticket=ticket)]
    if ticket.status not in CLOSED:
        forms += [CancelForm(ticket=ticket)] if has(caller, Right.CREATE) else []
        forms += _gifts(ticket, caller, standing) if standing.given is None else []
        forms += _debts(ticket, standing) if has(caller, Right.SETTLE) else []
    return {form.name: form for form in forms}


def _gifts(ticket: Ticket, caller: Caller, standing: Standing) -> list[ActForm]:
    """Return what the caller may give for an open ticket that nobody was compensated for."""
    limits = {kind: limit_of(caller.roles, ACTION_OF[kind]) for kind in ACTION_OF}
    found: list[ActForm] = []
    if has(caller, Right.SETTLE):
        kind = CompensationKind(standing.policy.compensation)
        first = kind if limits.get(kind) else CompensationKind.CREDIT
        found.append(ResolveForm(ticket=ticket, initial={"kind": first}))
    if limits[CompensationKind.CREDIT]:
        days = standing.policy.credit_days or settings.VIRTUAL_CREDIT_DAYS
        found.append(CreditForm(ticket=ticket, initial={"days": days}))
    return found


def _debts(ticket: Ticket, standing: Standing) -> list[ActForm]:
    """Return what somebody who settles an open ticket may say of its debts."""
    found: list[ActForm] = [ClaimForm(ticket=ticket)]
    return [*found, WriteOffForm(ticket=ticket, owed=standing.owed)] if standing.open_vnd else found
