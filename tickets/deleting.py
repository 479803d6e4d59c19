"""Deleting a ticket: as a mark, or for good. Its code lives on, and its untouched credit is taken back."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from customers.models import ActivityType
from n2store import audit
from n2store.errors import DomainError
from n2store.messages import message_of
from n2store.roles import Caller, Role
from tickets import compensation
from tickets.authority import MayNotHandle, Right, require
from tickets.compensation import given_anyhow, require_can_take_back, take_back, used_of
from tickets.models import CLOSED, Claim, Compensation, Ticket, WriteOff
from tickets.outliving import require_nothing_outlives
from tickets.queries import row_of
from tickets.record import announce, held, note_down, remember


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A ticket that is gone, and how much credit was taken back with it."""

    code: str
    credit_taken_back_vnd: int


@transaction.atomic
def delete(*, caller: Caller, ticket_id: int, for_good: bool = False) -> Deleted:
    """Mark a ticket as deleted, or remove its row; its number is never given again.

    Raises:
        MayNotHandle: the caller may not; for good only the owner may.
        TicketNotFound: there is none.
        UsedCredit, HasDeposit: what was given for it cannot be taken back.
        Unsettled: it is open, and somebody still owes the shop money on it, or is owed for goods that came.
    """
    require(caller, Right.DELETE)
    if for_good and Role.OWNER not in caller.roles:
        raise MayNotHandle("Only the owner may delete a ticket for good")
    ticket, at = held(ticket_id), timezone.now()
    reason = f"Thu hồi công nợ ảo - Xóa phiếu {ticket.code}"
    taken = take_back(ticket, reason=reason, caller=caller, at=at)
    if ticket.status not in CLOSED:
        require_nothing_outlives(ticket)
    note_down(ticket, "deleted", by=caller.name, at=at, credit_taken_back=taken)
    ticket.deleted_at, ticket.deleted_by, ticket.updated_at = at, caller.name, at
    ticket.save()
    remember(
        ticket, ActivityType.TICKET_DELETED,
        f"Xóa ticket {ticket.code}" + (" + Hủy công nợ ảo" if taken else ""),
        icon="trash", color="red", by=caller.name, at=at,
    )  # fmt: skip
    audit.record(
        actor=caller.name, action="ticket.delete", subject=f"ticket:{ticket.code}",
        before=_snapshot(ticket), after={"for_good": for_good, "credit_taken_back": taken},
    )  # fmt: skip
    announce(ticket, "ticket.deleted")
    if for_good:
        Compensation.objects.filter(ticket=ticket).delete()
        WriteOff.objects.filter(ticket=ticket).delete()
        Claim.objects.filter(ticket=ticket).delete()
        Ticket.objects.filter(pk=ticket.pk).delete()
    return Deleted(code=ticket.code, credit_taken_back_vnd=taken)


def can_delete(ticket: Ticket) -> dict[str, Any]:
    """Return whether the ticket can be deleted, why not, and what becomes of its credit, as the wire names it."""
    given = given_anyhow(ticket)
    credit = given.credit if given else None
    told: dict[str, Any] = {"canDelete": True}
    try:
        require_can_take_back(given)
        if ticket.status not in CLOSED:
            require_nothing_outlives(ticket)
    except DomainError as refusal:
        told = {
            "canDelete": False,
            "reason": message_of(refusal.code, str(refusal), refusal.params),
            "code": refusal.code,
        }
    if credit is not None:
        told["virtualCreditId"] = credit.pk
        told["virtualCredit"] = {
            "id": credit.pk,
            "originalAmount": credit.original_vnd,
            "remainingAmount": credit.remaining_vnd,
            "usedAmount": used_of(credit),
            "usedOrdersCount": credit.uses.filter(transaction__type="VIRTUAL_DEBIT").count(),
            "status": credit.status,
        }
        if told["canDelete"] and compensation.untouched(credit):
            told["message"] = "Công nợ ảo chưa sử dụng sẽ được hủy khi xóa ticket"
    return told


def _snapshot(ticket: Ticket) -> dict[str, Any]:
    """Return the row for the audit log, which outlives it."""
    row: dict[str, Any] = json.loads(row_of(ticket.pk))
    return row
