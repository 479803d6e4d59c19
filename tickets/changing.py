"""What people do to a ticket, a verb each: move it on, change its fields, write a note."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from customers.models import ActivityType
from n2store import audit
from n2store.errors import DomainError
from n2store.roles import Caller
from n2store.wire import instant
from tickets import compensation, details, workflow
from tickets.authority import Right, has, require
from tickets.completing import complete
from tickets.models import CLOSED, CompensationKind, Ticket, TicketStatus, TicketType, Waiting
from tickets.outliving import require_nothing_outlives
from tickets.policies import policy_of
from tickets.record import announce, compensation_of, held, last_writer, note_down, remember
from tickets.workflow import Move

CHANGED = (
    "priority", "products", "original_cod", "new_cod", "refund_amount", "fix_cod_reason", "assigned_to",
    "internal_note", "received_at", "settled_at", "refund_order_id", "refund_number", "subject", "description",
    "carrier_deadline", "attachments", "tracking_code", "carrier",
)  # fmt: skip
"""What a request may change. `status` and `virtual_credit_id` mean more than a field."""
BESIDE = ("status", "completed_at", "virtual_credit_id")
"""Also known; when a ticket was completed is written by the clock, whatever is sent."""
RIGHT_OF_MOVE = {Move.RECEIVE: Right.RECEIVE, Move.SETTLE: Right.SETTLE, Move.COMPLETE: Right.SETTLE}
RIGHT_OF_COLUMN = dict.fromkeys(
    ("products", "original_cod_vnd", "new_cod_vnd", "refund_vnd", "settled_at"), Right.SETTLE
) | {"received_at": Right.RECEIVE}
FIXED_WHEN_CLOSED = {
    "products", "original_cod_vnd", "new_cod_vnd", "refund_vnd", "settled_at", "received_at", "carrier_deadline_at",
    "fix_cod_reason",
}  # fmt: skip
COLORS = {Move.CANCEL: "red"}


class NothingToUpdate(DomainError):
    """None of the fields named may be changed."""

    code = "NOTHING_TO_UPDATE"


class ChangedMeanwhile(DomainError):
    """The ticket is no longer as its writer saw it."""

    status, code = 409, "TICKET_CHANGED_MEANWHILE"


@transaction.atomic
def move(*, caller: Caller, ticket_id: int, move: Move, note: str = "") -> None:
    """Move a ticket on.

    Raises:
        MayNotHandle, TicketNotFound, AlreadyCompleted, TransitionNotAllowed.
        Unsettled and the others of `completing.complete`: it would be completed, and cannot be.
        MayNot, UsedCredit: it would be cancelled, and its credit cannot be taken back.
        Unsettled: it would be cancelled, and somebody still owes the shop money on it, or is owed for goods that came.
    """
    at, note = timezone.now(), details.checked_note(note)
    _advance(held(ticket_id), move, caller=caller, at=at, note=note)


def _advance(ticket: Ticket, move: Move, *, caller: Caller, at: datetime, note: str = "") -> None:
    """Move a held ticket on, save and announce it. A return's goods that cannot be paid for yet wait for that."""
    require(caller, RIGHT_OF_MOVE.get(move, Right.CREATE))
    target = workflow.after(ticket.type, ticket.status, move)
    if move is Move.RECEIVE:
        ticket.received_at = ticket.received_at or at
        if target is TicketStatus.COMPLETED and not compensation.may_give(ticket, policy_of(ticket.type), caller):
            target = workflow.after(ticket.type, ticket.status, Move.RECEIVE_ONLY)
    if target is TicketStatus.COMPLETED:
        paid = ticket.status == TicketStatus.PENDING_FINANCE
        complete(ticket, caller=caller, at=at, action=move.value, settles_carrier=paid, note=note)
        return
    before = ticket.status
    if move is Move.CANCEL:
        reason = f"Thu hồi công nợ ảo - Hủy phiếu {ticket.code}"
        compensation.take_back(ticket, reason=reason, caller=caller, at=at)
        require_nothing_outlives(ticket)
    _enter(ticket, target, at=at)
    note_down(ticket, move.value, by=caller.name, at=at, note=note, status=target.value)
    ticket.save()
    remember(
        ticket, ActivityType.TICKET_UPDATED, f"Ticket {move.value}: {ticket.code}", description=note,
        icon="clipboard-check", color=COLORS.get(move, "blue"), by=caller.name, at=at,
    )  # fmt: skip
    audit.record(
        actor=caller.name, action="ticket.move", subject=f"ticket:{ticket.code}",
        before={"status": before}, after={"status": target.value}, detail=note,
    )  # fmt: skip
    announce(ticket, "ticket.updated")


def _enter(ticket: Ticket, target: TicketStatus, *, at: datetime) -> None:
    """Put the ticket into a state, and the clock on whoever it waits for now."""
    before, now = Waiting(ticket.waits_for), workflow.waits_for(ticket.type, target)
    ticket.carrier_deadline_at = workflow.deadline_after(
        before=before, now_waits_for=now, deadline=ticket.carrier_deadline_at, at=at,
        claim_days=policy_of(ticket.type).claim_days,
    )  # fmt: skip
    if before is not now:
        ticket.waiting_since = at
    ticket.status, ticket.waits_for, ticket.updated_at = target, now, at


def may_change(caller: Caller, ticket: Ticket, column: str) -> bool:
    """Tell whether the caller may change a column of a ticket that is where this one is."""
    fixed = ticket.status in CLOSED and column in FIXED_WHEN_CLOSED
    return not fixed and has(caller, RIGHT_OF_COLUMN.get(column, Right.NOTE))


@transaction.atomic
def change(*, caller: Caller, ticket_id: int, given: Mapping[str, Any], seen: int | None = None) -> None:
    """Change the fields that are given, and move the ticket to the `status` that is named. The same again does nothing.

    `seen`: how many lines of history the ticket had when the caller read it; None for whoever does not say.

    Raises:
        ChangedMeanwhile: it has other ones now.
        MayNotHandle: the caller changes no tickets, not even to what they are.
        NothingToUpdate: no field is named that may change.
        InvalidTicket, InvalidProducts, InvalidCod: one of them cannot stand.
        And whatever `move` raises.
    """
    if not any(name in given for name in (*CHANGED, *BESIDE)):
        raise NothingToUpdate("No valid fields to update")
    wanted = details.columns_of({name: given[name] for name in CHANGED if name in given})
    target = details.columns_of({"status": given["status"]})["status"] if given.get("status") is not None else ""
    at = timezone.now()
    ticket = held(ticket_id)
    if seen is not None and seen != len(ticket.history):
        raise ChangedMeanwhile(f"The ticket was changed after {seen} lines of history", who=last_writer(ticket))
    wanted |= _amount_that_follows(ticket, wanted)
    news = {column: value for column, value in wanted.items() if value != getattr(ticket, column)}
    _write(ticket, news, caller=caller, at=at)
    adopted = _adopt(ticket, given.get("virtual_credit_id"), caller=caller, at=at)
    if target and target != ticket.status:
        move = _move_meant(ticket, target)
        if move is Move.COMPLETE and compensation.goods_missing(ticket):
            ticket.received_at = at  # Who names the state says that the goods are here.
        _advance(ticket, move, caller=caller, at=at)
    elif news or adopted:
        ticket.save()
        announce(ticket, "ticket.updated")
    else:  # Nothing to do is for those only who might have had something to do.
        require(caller, Right.NOTE)


def _move_meant(ticket: Ticket, target: str) -> Move:
    """Return what a page means that names a state: who completes a return credited in advance has its goods."""
    move = workflow.move_to(ticket.type, ticket.status, target)
    if move is Move.COMPLETE and compensation.goods_missing(ticket) and compensation.given_anyhow(ticket) is not None:
        return Move.RECEIVE
    return move


def _amount_that_follows(ticket: Ticket, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ticket's money where it was what goods or COD said, and these change without a word about it."""
    fields = ("original_cod_vnd", "new_cod_vnd", "products")
    if "refund_vnd" in wanted or not any(column in wanted for column in fields):
        return {}
    before = {column: getattr(ticket, column) for column in fields}
    after = {column: wanted.get(column, before[column]) for column in fields}
    meant = details.amount_meant(ticket.type, **after)
    if meant is None or ticket.refund_vnd not in (None, details.amount_meant(ticket.type, **before)):
        return {}
    return {"refund_vnd": meant}


def _write(ticket: Ticket, news: Mapping[str, Any], *, caller: Caller, at: datetime) -> None:
    """Set the columns of a held ticket; the caller saves."""
    if not news:
        return
    for right in {RIGHT_OF_COLUMN.get(column, Right.NOTE) for column in news}:
        require(caller, right)
    if ticket.status in CLOSED and FIXED_WHEN_CLOSED & news.keys():
        raise workflow.refusal(ticket.status, f"The ticket is {ticket.status}: its money and goods stay as they are")
    before = {column: _loggable(getattr(ticket, column)) for column in news}
    for column, value in news.items():
        setattr(ticket, column, value)
    if news.keys() & {"products", "original_cod_vnd", "new_cod_vnd", "refund_vnd"}:
        details.check_amounts(
            TicketType(ticket.type), original_cod_vnd=ticket.original_cod_vnd, new_cod_vnd=ticket.new_cod_vnd,
            refund_vnd=ticket.refund_vnd, products=ticket.products,
        )  # fmt: skip
    if news.keys() & {"products", "fix_cod_reason"}:
        type = TicketType(ticket.type)
        details.check_goods(type, fix_cod_reason=ticket.fix_cod_reason, products=ticket.products)
    ticket.updated_at = at
    note_down(ticket, "updated", by=caller.name, at=at, fields=sorted(news))
    audit.record(
        actor=caller.name, action="ticket.update", subject=f"ticket:{ticket.code}", before=before,
        after={column: _loggable(value) for column, value in news.items()},
    )  # fmt: skip


def _adopt(ticket: Ticket, credit_id: object, *, caller: Caller, at: datetime) -> bool:
    """Take a credit that was given beside the ticket as the ticket's; return whether that is news."""
    if credit_id is None:
        return False
    known = compensation_of(ticket)
    if known is not None and known.credit_id == credit_id:
        return False
    require(caller, Right.SETTLE)
    loose = compensation.loose_credit(ticket)
    if known is not None or loose is None or loose.pk != credit_id:
        raise details.InvalidTicket("virtual_credit_id must be a credit that was given for this ticket or its order")
    compensation.adopt(ticket, loose, by=caller.name, at=at)
    note_down(ticket, "credit_issued", by=caller.name, at=at, amount=loose.original_vnd, type=CompensationKind.CREDIT)
    ticket.updated_at = at
    return True


@transaction.atomic
def add_note(*, caller: Caller, ticket_id: int, note: str) -> None:
    """Append a note to the ticket's history.

    Raises:
        MayNotHandle, TicketNotFound.
        InvalidNote: it is empty, too long, or no text.
    """
    require(caller, Right.NOTE)
    text = details.checked_note(note)
    if not text:
        raise details.InvalidNote("Note is required")
    ticket, at = held(ticket_id), timezone.now()
    note_down(ticket, "note_added", by=caller.name, at=at, note=text)
    ticket.updated_at = at
    ticket.save(update_fields=["history", "updated_at"])
    audit.record(actor=caller.name, action="ticket.note", subject=f"ticket:{ticket.code}", after={"text": text})
    announce(ticket, "ticket.updated")


def _loggable(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else value
