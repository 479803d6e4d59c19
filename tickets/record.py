"""Holding a ticket while it changes, and writing down what happened to it: its history, the customer's, the events."""

from datetime import datetime
from typing import Any

from django.db import connection

from customers.models import Activity, ActivityType
from n2store.events import wake_after_commit
from n2store.wire import instant
from tickets.models import Claim, ClaimKind, Compensation, Direction, Party, Ticket, WriteOff
from tickets.money import Claimed, Line, lines, open_of
from tickets.queries import TicketNotFound


def held(ticket_id: int) -> Ticket:
    """Return the kept ticket, locked until commit. It is locked before any wallet.

    Raises:
        TicketNotFound: there is none, or it was deleted.
    """
    # Without a join: after a wait for the lock its customer would be told as before the wait, not blacklisted, say.
    ticket = Ticket.objects.kept().select_for_update().filter(pk=ticket_id).first()
    if ticket is None:
        raise TicketNotFound("Ticket not found")
    return ticket


def compensation_of(ticket: Ticket) -> Compensation | None:
    """Return what was given for the ticket and not taken back."""
    return Compensation.objects.select_related("credit").filter(ticket=ticket, revoked_at=None).first()


def owed_on(ticket: Ticket) -> list[Line]:
    """Return the ticket's money. Three queries."""
    return owed_with(ticket, compensation_of(ticket))


def owed_with(ticket: Ticket, compensation: Compensation | None) -> list[Line]:
    """Return the ticket's money if this is what was given for it. Two queries."""
    given_up = WriteOff.objects.filter(ticket=ticket).values_list("direction", "party", "amount_vnd")
    off: dict[str, dict[str, int]] = {way.value: {} for way in Direction}
    for way, party, amount_vnd in given_up:
        off[way][party] = amount_vnd
    claims = Claim.objects.filter(ticket=ticket).order_by("pk").values_list("kind", "amount_vnd", "received_vnd")
    return lines(
        ticket.type,
        refund_vnd=ticket.refund_vnd,
        original_cod_vnd=ticket.original_cod_vnd,
        carrier_settled=ticket.settled_at is not None,
        given_vnd=compensation.amount_vnd if compensation else 0,
        written_off=off[Direction.OWED_TO],
        advance_vnd=compensation.amount_vnd if compensation and compensation.in_advance else 0,
        goods_here=ticket.received_at is not None,
        claims=[
            Claimed(kind=ClaimKind(kind), amount_vnd=amount, received_vnd=received) for kind, amount, received in claims
        ],
        forgiven=off[Direction.OWED_BY],
    )


def open_to_customer(ticket: Ticket) -> int:
    """Return what the customer is still owed."""
    return open_of(owed_on(ticket), Party.CUSTOMER)


def note_down(ticket: Ticket, action: str, *, by: str, at: datetime, note: str = "", **more: Any) -> None:
    """Append a line to the ticket's history; the caller saves."""
    line = {"action": action, "performed_by": by, "performed_at": instant(at), **more}
    ticket.history = [*ticket.history, line | ({"note": note} if note else {})]


def last_writer(ticket: Ticket) -> str:
    """Return who wrote the newest line of the ticket's history."""
    last = ticket.history[-1] if ticket.history else None
    return str(last.get("performed_by") or "") if isinstance(last, dict) else ""


def remember(
    ticket: Ticket,
    type: ActivityType,
    title: str,
    *,
    by: str,
    at: datetime,
    icon: str,
    color: str,
    description: str = "",
    metadata: dict[str, Any] | None = None,
) -> None:
    """Write a line of the customer's history about the ticket."""
    Activity.objects.create(
        customer_id=ticket.customer_id,
        type=type,
        title=title[:255],
        description=description,
        reference_type="ticket",
        reference_id=ticket.code,
        icon=icon,
        color=color,
        metadata=metadata or {},
        actor=by,
        created_at=at,
    )


def announce(ticket: Ticket, event: str) -> None:
    """Publish the ticket's row as it was saved."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tickets_announce(%s, %s)::text", [ticket.pk, event])
    wake_after_commit()


def dong(amount_vnd: int) -> str:
    """Return an amount as stored texts spell it, whatever language the reader has: `150,000đ`."""
    return f"{amount_vnd:,}đ"
