"""The one way to COMPLETED, whichever door leads there: compensation, settled or refused, history, event."""

from dataclasses import dataclass
from datetime import datetime

from customers.models import ActivityType
from n2store import audit
from n2store.roles import Caller
from tickets import compensation
from tickets.bought import require_undoubted
from tickets.models import Compensation, CompensationKind, Ticket, TicketStatus, TicketType, Waiting
from tickets.money import require_settled
from tickets.policies import policy_of
from tickets.record import announce, compensation_of, dong, note_down, open_to_customer, owed_on, remember
from tickets.workflow import KIND_OF, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """What somebody who resolves a ticket gives. No award at all leaves it to the type's policy."""

    kind: CompensationKind
    amount_vnd: int
    """Zero gives nothing, and no policy gives instead; it is the amount of a return that had none."""


def complete(
    ticket: Ticket,
    *,
    caller: Caller,
    at: datetime,
    action: str,
    award: Award | None = None,
    settles_carrier: bool = False,
    note: str = "",
) -> None:
    """Complete a held, open ticket.

    Raises:
        Unsettled: somebody is still owed money, and nobody has written it off; or nobody has said how much.
        OrderDoubted: policy would give what the order speaks against.
        DuplicateCredit, AboveValue, AboveOrder, MayNot, AboveOwnLimit, Blacklisted: the award cannot be given.
    """
    given = _compensated(ticket, award, caller=caller, at=at, note=note)
    if given is not None and not given.in_advance and compensation.goods_missing(ticket):
        ticket.received_at = at  # Who pays for a return on completing it says that its goods are here.
    if settles_carrier and ticket.settled_at is None:
        ticket.settled_at = at
    compensation.require_amount(ticket)
    require_settled(owed_on(ticket))

    before = ticket.status
    ticket.status, ticket.waits_for, ticket.completed_at = TicketStatus.COMPLETED, Waiting.NOBODY, at
    ticket.waiting_since, ticket.carrier_deadline_at, ticket.updated_at = at, None, at
    told = {"amount": given.amount_vnd, "type": given.kind} if given else {}
    note_down(ticket, action, by=caller.name, at=at, note=note, status=ticket.status, **told)
    ticket.save()
    remember(
        ticket, ActivityType.TICKET_COMPLETED, f"Hoàn thành ticket {ticket.code}",
        description=f"Bồi thường: {dong(given.amount_vnd)}" if given else "Không bồi thường",
        icon="check-circle", color="green", by=caller.name, at=at,
    )  # fmt: skip
    audit.record(
        actor=caller.name, action="ticket.resolve", subject=f"ticket:{ticket.code}",
        before={"status": before}, after={"status": ticket.status} | told, detail=note,
    )  # fmt: skip
    announce(ticket, "ticket.completed")


def _compensated(
    ticket: Ticket, award: Award | None, *, caller: Caller, at: datetime, note: str
) -> Compensation | None:
    """Give what was awarded, or what policy gives by itself; return what the customer has for this ticket then."""
    policy = policy_of(ticket.type)
    if award is not None and award.amount_vnd:
        given = compensation.give(
            ticket,
            kind=award.kind,
            amount_vnd=award.amount_vnd,
            caller=caller,
            at=at,
            days=policy.credit_days,
            note=note,
        )
        owes_carrier = KIND_OF[TicketType(ticket.type)] is Kind.CARRIER  # There the amount is the parcel's.
        if award.kind is CompensationKind.DEPOSIT and not ticket.refund_vnd and not owes_carrier:
            ticket.refund_vnd = award.amount_vnd
        return given
    if award is not None and compensation.amount_unknown(ticket):
        ticket.refund_vnd = 0
    known = compensation_of(ticket)
    if known is not None or award is not None or not policy.automatic:
        return known
    loose = compensation.loose_credit(ticket)
    if loose is not None:
        return compensation.adopt(ticket, loose, by=caller.name, at=at)
    open_vnd = open_to_customer(ticket)
    if not open_vnd or policy.compensation == CompensationKind.NONE:
        return None
    require_undoubted(ticket, open_vnd)
    kind = CompensationKind(policy.compensation)
    return compensation.give(
        ticket, kind=kind, amount_vnd=open_vnd, caller=caller, at=at, days=policy.credit_days, automatic=True
    )
