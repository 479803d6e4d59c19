"""Resolving a ticket with or without compensation, and giving credit for one that stays open."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from customers.models import Customer
from customers.operations import get_or_create_customer
from customers.phones import canonical_phone
from n2store import audit
from n2store.errors import DomainError
from n2store.roles import Caller
from tickets import compensation, workflow
from tickets.authority import Right, require
from tickets.bought import require_within_order
from tickets.compensation import DuplicateCredit
from tickets.completing import Award, complete
from tickets.details import checked_note
from tickets.models import CompensationKind, Ticket, TicketStatus, TicketType
from tickets.policies import policy_of
from tickets.queries import TicketNotFound, id_of
from tickets.record import announce, compensation_of, held, note_down
from tickets.workflow import Move
from tickets.writing_off import forgive
from wallets import commands
from wallets.commands import Owner
from wallets.models import Command, CreditSource, CreditStatus, VirtualCredit, Wallet


class PhoneDiffers(DomainError):
    """The phone is not that of the ticket's customer."""

    code = "TICKET_PHONE_DIFFERS"


@transaction.atomic
def resolve(*, caller: Caller, ticket_id: int, award: Award | None, note: str = "", write_off_reason: str = "") -> bool:
    """Complete a ticket with what the caller awards; without an award its type's policy decides.

    Who resolves says that the carrier is settled with. With `write_off_reason` the rest of what the customer is owed is
    given up in the caller's name. Return False for a ticket whose policy gave exactly this when it was completed.

    Raises:
        MayNotHandle, TicketNotFound, AlreadyCompleted, TransitionNotAllowed, and those of `completing.complete`.
    """
    require(caller, Right.SETTLE)
    note = checked_note(note)
    ticket, at = held(ticket_id), timezone.now()
    if _given_by_policy(ticket, award):
        return False
    workflow.after(ticket.type, ticket.status, Move.COMPLETE)
    if award is not None and award.amount_vnd:
        compensation.require_none_given(ticket)
    if write_off_reason:
        if award is None:
            compensation.require_amount(ticket)  # Nobody gives up what nobody knows.
        award = award or Award(kind=CompensationKind.CREDIT, amount_vnd=0)
        ticket.settled_at = ticket.settled_at or at
        forgive(ticket, caller=caller, at=at, reason=write_off_reason, still_given_vnd=award.amount_vnd)
    complete(ticket, caller=caller, at=at, action="resolved", award=award, settles_carrier=True, note=note)
    return True


def _given_by_policy(ticket: Ticket, award: Award | None) -> bool:
    """Tell whether the award is what completing gave by itself: old pages complete a return, then order its refund."""
    given = compensation_of(ticket)
    return (
        ticket.status == TicketStatus.COMPLETED
        and given is not None
        and given.automatic
        and award is not None
        and (award.kind, award.amount_vnd) == (given.kind, given.amount_vnd)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """A credit that was given, and for which ticket; None for one given before its ticket. `replayed` for one known."""

    credit: VirtualCredit
    customer: Customer
    ticket_code: str | None
    replayed: bool = False


@transaction.atomic
def give_credit(
    *, caller: Caller, ticket_id: int, phone: str, amount_vnd: int, days: int | None, note: str = ""
) -> Credited:
    """Give the customer of an open ticket credit for it, once.

    Raises:
        PhoneDiffers: the phone is not the ticket's customer's.
        DuplicateCredit: something was given for the ticket already, spent or not.
        MayNot and the others of `compensation.give`; AlreadyCompleted, TransitionNotAllowed.
    """
    ticket, at = held(ticket_id), timezone.now()
    if canonical_phone(phone) != ticket.customer.phone:
        raise PhoneDiffers("The phone is not that of the ticket's customer")
    compensation.require_none_given(ticket)
    workflow.after(ticket.type, ticket.status, Move.COMPLETE)
    given = compensation.give(
        ticket, kind=CompensationKind.CREDIT, amount_vnd=amount_vnd, caller=caller, at=at,
        days=policy_of(ticket.type).credit_days if days is None else days, note=note,
        in_advance=compensation.goods_missing(ticket),
    )  # fmt: skip
    note_down(ticket, "credit_issued", by=caller.name, at=at, note=note, amount=amount_vnd, type=given.kind)
    ticket.updated_at = at
    ticket.save(update_fields=["history", "updated_at"])
    audit.record(
        actor=caller.name, action="ticket.credit", subject=f"ticket:{ticket.code}", after={"amount": amount_vnd},
        detail=note,
    )  # fmt: skip
    announce(ticket, "ticket.updated")
    assert given.credit is not None
    return Credited(credit=given.credit, customer=ticket.customer, ticket_code=ticket.code)


@transaction.atomic
def give_credit_before_ticket(
    *, caller: Caller, phone: str, amount_vnd: int, reference: str, days: int | None, key: str | None, note: str = ""
) -> Credited:
    """Give credit for goods whose ticket is not written yet; `reference` is the ticket's code or the order's.

    A known ticket's code means that ticket. Otherwise the credit is known by its reference, and the ticket that is
    opened for the order later takes it as its own. Without one it is known by its key, and without that by who gives
    how much to whom and why, for `settings.IDEMPOTENCY_WINDOW_S`: a repeat answers with the first (ADR 9).

    Raises:
        DuplicateCredit: credit with this reference was given to the customer already, spent or not.
        AboveOrder: the reference is an order that cost less.
        And whatever `wallets.commands.issue_credit` raises.
    """
    if reference:
        try:
            ticket_id = id_of(reference)
        except TicketNotFound:
            pass
        else:
            return give_credit(
                caller=caller, ticket_id=ticket_id, phone=phone, amount_vnd=amount_vnd, days=days, note=note
            )
    customer, _created = get_or_create_customer(phone=phone, by=caller.name)
    wallet = Wallet.objects.select_for_update().get(customer=customer)
    is_repeat = key is not None and Command.objects.filter(key=key).exists()
    if reference and not is_repeat:
        _require_none_known(reference, wallet)
        require_within_order(reference, customer_id=customer.pk, type=TicketType.RETURN_SHIPPER, amount_vnd=amount_vnd)
    answer = commands.issue_credit(
        caller=caller, owner=Owner(customer_id=customer.pk), amount_vnd=amount_vnd, key=key,
        source_type=CreditSource.RETURN_SHIPPER, source_id=reference, expiry_days=days, note=note,
    )  # fmt: skip
    credit = VirtualCredit.objects.get(pk=answer.data["credit_id"])
    return Credited(credit=credit, customer=customer, ticket_code=None, replayed=answer.replayed)


def _require_none_known(reference: str, wallet: Wallet) -> None:
    """Return if the customer of a held wallet has nothing by this reference: no credit, nor what its return earned.

    Raises:
        DuplicateCredit: something was given.
    """
    known = VirtualCredit.objects.filter(wallet=wallet, source_id__iexact=reference)
    if earlier := known.exclude(status=CreditStatus.CANCELLED).order_by("pk").first():
        raise DuplicateCredit(reference, credit_id=earlier.pk, amount_vnd=earlier.original_vnd, at=earlier.issued_at)
    if earned := compensation.earned_by_order(reference, customer_id=wallet.customer_id):
        raise DuplicateCredit(reference, credit_id=earned.credit_id, amount_vnd=earned.amount_vnd, at=earned.created_at)
