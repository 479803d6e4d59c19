"""Giving up money of a ticket, in a named person's name and with a reason."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from n2store import audit
from n2store.errors import DomainError
from n2store.roles import Caller
from tickets import workflow
from tickets.authority import Right, require
from tickets.details import checked_note
from tickets.models import Direction, Party, Ticket, WriteOff
from tickets.record import announce, held, note_down, owed_on
from tickets.workflow import Move


class ReasonMissing(DomainError):
    """Money is not given up without a word."""

    code = "REASON_REQUIRED"


class NothingOpen(DomainError):
    """Nothing is open on the lines that are named: they were settled, or given up before."""

    status, code = 409, "NOTHING_TO_WRITE_OFF"


Which = tuple[Direction, Party]
"""A line of a ticket's money: which way it is owed, and with whom."""


@transaction.atomic
def write_off(*, caller: Caller, ticket_id: int, reason: str, lines: Collection[Which] | None = None) -> int:
    """Give up what is open on a ticket, in the caller's name; return how much that was.

    Without `lines` that is whatever is open, be it nothing.

    Raises:
        MayNotHandle, TicketNotFound, AlreadyCompleted, TransitionNotAllowed.
        ReasonMissing: nobody says why.
        NothingOpen: lines are named, and nothing is open on them.
    """
    require(caller, Right.SETTLE)
    text = checked_note(reason)
    if not text:
        raise ReasonMissing("A reason is required")
    ticket, at = held(ticket_id), timezone.now()
    workflow.after(ticket.type, ticket.status, Move.COMPLETE)
    given_up_vnd = forgive(ticket, caller=caller, at=at, reason=text, lines=lines)
    if lines is not None and not given_up_vnd:
        raise NothingOpen("Nothing is open there")
    return given_up_vnd


def forgive(
    ticket: Ticket,
    *,
    caller: Caller,
    at: datetime,
    reason: str,
    still_given_vnd: int = 0,
    lines: Collection[Which] | None = None,
) -> int:
    """Write off what is open on a held ticket, but for what the customer is still given; return how much that was.

    `lines` are those that count, all of them by default.
    """
    still = {(Direction.OWED_TO, Party.CUSTOMER): still_given_vnd}
    opens = {
        (line.direction, line.party): line.open_vnd - still.get((line.direction, line.party), 0)
        for line in owed_on(ticket)
    }
    opens = {
        which: amount_vnd for which, amount_vnd in opens.items() if amount_vnd > 0 and (lines is None or which in lines)
    }
    if not opens:
        return 0
    told = {f"{direction.value} {party.value}": amount_vnd for (direction, party), amount_vnd in opens.items()}
    for (direction, party), amount_vnd in opens.items():
        row, created = WriteOff.objects.get_or_create(
            ticket=ticket, party=party, direction=direction,
            defaults={"amount_vnd": amount_vnd, "reason": reason, "actor": caller.name, "created_at": at},
        )  # fmt: skip
        if not created:
            row.amount_vnd += amount_vnd
            row.reason, row.actor = f"{row.reason}\n{reason}", caller.name
            row.save()
    note_down(ticket, "written_off", by=caller.name, at=at, note=reason, amounts=told)
    ticket.updated_at = at
    ticket.save(update_fields=["history", "updated_at"])
    audit.record(
        actor=caller.name, action="ticket.write_off", subject=f"ticket:{ticket.code}", detail=reason, after=told
    )
    announce(ticket, "ticket.updated")
    return sum(opens.values())
