"""What a customer is given for a ticket: once, by whichever door, in the transaction that changes the ticket."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from n2store.errors import DomainError
from n2store.roles import Caller
from n2store.templatetags.money import vnd
from n2store.wire import instant
from tickets.bought import bought_with, require_within_order, said_against
from tickets.models import RETURN_TYPES, Compensation, CompensationKind, Policy, Ticket, TicketType
from tickets.money import Unsettled
from tickets.products import goods_value, something_comes_back
from tickets.record import compensation_of, dong, open_to_customer
from wallets import operations
from wallets.authority import Action, limit_of, require, require_not_blacklisted
from wallets.commands import CREDIT_DAYS_MAX, InvalidExpiry
from wallets.models import CreditSource, CreditStatus, CreditUse, Source, TransactionType, VirtualCredit, Wallet

ACTION_OF = {CompensationKind.CREDIT: Action.ISSUE_CREDIT, CompensationKind.DEPOSIT: Action.DEPOSIT}


class DuplicateCredit(DomainError):
    """The ticket's customer was compensated already."""

    code = "DUPLICATE_VIRTUAL_CREDIT"

    def __init__(self, ticket: str, *, credit_id: int | None, amount_vnd: int, at: datetime) -> None:
        super().__init__(self.code, ticket=ticket, amount=dong(amount_vnd))
        self.beside = {"existing_credit": {"id": credit_id, "amount": amount_vnd, "created_at": instant(at)}}


class AboveValue(DomainError):
    """More than the goods that come back are worth."""

    code = "COMPENSATION_ABOVE_VALUE"


class UsedCredit(DomainError):
    """Some of the credit was spent, or its time has run out: it cannot be taken back."""

    code = "CANNOT_DELETE_USED_CREDIT"


class HasDeposit(DomainError):
    """Real money was paid for the ticket and not taken back."""

    status, code = 409, "TICKET_HAS_DEPOSIT"


def give(
    ticket: Ticket,
    *,
    kind: CompensationKind,
    amount_vnd: int,
    caller: Caller,
    at: datetime,
    days: int,
    note: str = "",
    automatic: bool = False,
    in_advance: bool = False,
) -> Compensation:
    """Give the customer of a held ticket credit or money, and remember that it was for this ticket.

    `in_advance` says that the goods for which it is given are not here.

    Raises:
        DuplicateCredit: something was given before.
        MayNot, AboveOwnLimit, AmountExceedsLimit, InvalidAmount: the caller may not give so much.
        AboveValue: goods come back that are worth less.
        AboveOrder: the shop knows the order, and its total is less.
        Blacklisted: no credit is given to this customer; real money is.
    """
    Wallet.objects.select_for_update().get(customer=ticket.customer_id)  # Its own doors wait now.
    require_none_given(ticket)
    require(caller, ACTION_OF[kind], amount_vnd)
    most = value_of(ticket)
    if most is not None and amount_vnd > most:
        raise AboveValue(f"No more than {most} dong come back", limit=vnd(most))
    require_within_order(ticket.order_id, customer_id=ticket.customer_id, type=ticket.type, amount_vnd=amount_vnd)
    if type(days) is not int or not 1 <= days <= CREDIT_DAYS_MAX:
        raise InvalidExpiry(f"expires_in_days must be a whole number from 1 to {CREDIT_DAYS_MAX}")
    credit = None
    if kind is CompensationKind.CREDIT:
        require_not_blacklisted(ticket.customer, Action.ISSUE_CREDIT)
        credit = operations.issue_credit(
            customer=ticket.customer, amount_vnd=amount_vnd, key=key_of(ticket), source_type=source_of(ticket), at=at,
            by=caller.name, ticket=ticket.code, note=note or f"Công nợ ảo - Phiếu {ticket.code}",
            lifetime=timedelta(days=days),
        )  # fmt: skip
        transaction_id = credit.issue_id
    else:
        transaction_id = operations.deposit(
            customer=ticket.customer, amount_vnd=amount_vnd, key=key_of(ticket), source=Source.RETURN_GOODS, at=at,
            by=caller.name, note=note or f"Hoàn tiền - Phiếu {ticket.code}", reference=("ticket", ticket.code),
        ).pk  # fmt: skip
    return Compensation.objects.create(
        ticket=ticket, kind=kind, amount_vnd=amount_vnd, credit=credit, transaction_id=transaction_id,
        automatic=automatic, in_advance=in_advance, actor=caller.name, created_at=at,
    )  # fmt: skip


def goods_missing(ticket: Ticket) -> bool:
    """Tell whether a return's goods are still to come: what is given now is given in advance."""
    return ticket.type in RETURN_TYPES and ticket.received_at is None


def adopt(ticket: Ticket, credit: VirtualCredit, *, by: str, at: datetime) -> Compensation:
    """Remember that a credit given beside the ticket was for it."""
    adopted = _as_compensation(ticket, credit, by=by, at=at)
    adopted.save()
    return adopted


def given_anyhow(ticket: Ticket) -> Compensation | None:
    """Return what the customer has for the ticket, by whichever door; unsaved for credit not known as the ticket's."""
    known = compensation_of(ticket)
    if known is not None:
        return known
    loose = loose_credit(ticket)
    return None if loose is None else _as_compensation(ticket, loose, by=loose.issue.actor, at=loose.issued_at)


def _as_compensation(ticket: Ticket, credit: VirtualCredit, *, by: str, at: datetime) -> Compensation:
    return Compensation(
        ticket=ticket, kind=CompensationKind.CREDIT, amount_vnd=credit.original_vnd, credit=credit,
        transaction_id=credit.issue_id, in_advance=goods_missing(ticket), actor=by, created_at=at,
    )  # fmt: skip


def loose_credit(ticket: Ticket) -> VirtualCredit | None:
    """Return a credit that somebody gave for this ticket, or for its order, at another door."""
    taken = Compensation.objects.filter(credit__isnull=False).values("credit")
    lots = VirtualCredit.objects.filter(wallet__customer=ticket.customer_id).exclude(status=CreditStatus.CANCELLED)
    named = Q(source_id__iexact=ticket.code)
    if ticket.order_id and ticket.type in RETURN_TYPES:
        named |= Q(source_id__iexact=ticket.order_id)
    found = lots.filter(named).exclude(pk__in=taken)
    return min(found, key=lambda credit: (credit.source_id.upper() != ticket.code, credit.pk), default=None)


def earned_by_order(order_id: str, *, customer_id: int) -> Compensation | None:
    """Return what a customer has for the return of an order, in whichever case its code is written."""
    kept = Compensation.objects.filter(revoked_at=None, ticket__customer=customer_id, ticket__type__in=RETURN_TYPES)
    return kept.filter(ticket__order_id__iexact=order_id).first()


def require_none_given(ticket: Ticket) -> None:
    """Return if no credit was given for the ticket, at whatever door.

    Raises:
        DuplicateCredit: some was.
    """
    known = compensation_of(ticket)
    if known is not None:
        raise DuplicateCredit(ticket.code, credit_id=known.credit_id, amount_vnd=known.amount_vnd, at=known.created_at)
    loose = loose_credit(ticket)
    if loose is not None:
        raise DuplicateCredit(ticket.code, credit_id=loose.pk, amount_vnd=loose.original_vnd, at=loose.issued_at)


def value_of(ticket: Ticket) -> int | None:
    """Return the most that may be given for a return: what its goods are worth; None where nothing is known."""
    if ticket.type not in RETURN_TYPES:
        return None
    value = goods_value(ticket.products)
    return ticket.refund_vnd if value is None else value


def may_give(ticket: Ticket, policy: Policy, caller: Caller) -> bool:
    """Tell whether completing the ticket leaves nothing open, or gives what this caller may give.

    Nobody gives an amount that nobody has said, nor one against which the order says something.
    """
    open_vnd = open_to_customer(ticket)
    if loose_credit(ticket) is not None:
        return True
    if not open_vnd:
        return not amount_unknown(ticket)
    if not policy.automatic or policy.compensation == CompensationKind.NONE:
        return False
    kind = CompensationKind(policy.compensation)
    if kind is CompensationKind.CREDIT and ticket.customer.tier == "blacklist":
        return False
    return (
        not said_against(ticket, open_vnd, order=bought_with(ticket))
        and (limit_of(caller.roles, ACTION_OF[kind]) or 0) >= open_vnd
    )


def amount_unknown(ticket: Ticket) -> bool:
    """Tell whether goods come back of which nobody has said what they are worth, nor given anything for them.

    A return that names no goods is about none.
    """
    return amount_unsaid(ticket) and compensation_of(ticket) is None


def amount_unsaid(ticket: Ticket) -> bool:
    """Tell whether goods come back of which nobody has said what they are worth."""
    return ticket.type in RETURN_TYPES and ticket.refund_vnd is None and something_comes_back(ticket.products)


def require_amount(ticket: Ticket) -> None:
    """Return if it is known what the customer is owed: unknown is not nothing.

    Raises:
        Unsettled: it is not.
    """
    if amount_unknown(ticket):
        raise missing_amount()


def missing_amount() -> Unsettled:
    """Return the refusal to go on before somebody says the amount."""
    return Unsettled(
        "The amount is missing: say refund_amount, 0 if there is none", open=_("an amount that nobody has said")
    )


def require_can_take_back(compensation: Compensation | None) -> None:
    """Return if nothing was given, or it can be taken back whole, or that was done.

    Raises:
        UsedCredit, HasDeposit: it cannot.
    """
    if compensation is None:
        return
    if compensation.credit is None:
        if not hasattr(compensation.transaction, "reversed_by"):
            amount = vnd(compensation.amount_vnd)
            raise HasDeposit("Money was paid for this ticket; reverse it first", amount=amount)
    elif compensation.credit.status != CreditStatus.CANCELLED and not untouched(compensation.credit):
        raise UsedCredit(UsedCredit.code, used=dong(used_of(compensation.credit)))


def take_back(ticket: Ticket, *, reason: str, caller: Caller, at: datetime) -> int:
    """Take back what was given for a held ticket, by whichever door, and return how much credit that was.

    Raises:
        MayNot, AboveOwnLimit: the caller may not take back so much.
        UsedCredit, HasDeposit: it cannot be taken back.
        NotReversible: it was spent at this very moment.
    """
    Wallet.objects.select_for_update().get(customer=ticket.customer_id)  # Nothing is given or spent meanwhile.
    compensation = given_anyhow(ticket)
    if compensation is None:
        return 0
    require_can_take_back(compensation)
    taken = 0
    if compensation.credit is not None and compensation.credit.status != CreditStatus.CANCELLED:
        require(caller, Action.CANCEL_CREDIT, compensation.amount_vnd)
        operations.cancel_credit(credit=compensation.credit, reason=reason, at=at, by=caller.name)
        taken = compensation.amount_vnd
    compensation.revoked_at = at
    compensation.save()
    return taken


def untouched(credit: VirtualCredit) -> bool:
    """Tell whether all of a lot is still there."""
    return credit.status == CreditStatus.ACTIVE and credit.remaining_vnd == credit.original_vnd


def used_of(credit: VirtualCredit) -> int:
    """Return how much of a lot was spent and not given back."""
    uses = CreditUse.objects.filter(credit=credit).exclude(transaction__type=TransactionType.VIRTUAL_EXPIRE)
    return sum(uses.values_list("amount_vnd", flat=True))


def source_of(ticket: Ticket) -> CreditSource:
    """Return under which reason the wallet files credit of this ticket."""
    if ticket.type == TicketType.RETURN_SHIPPER:
        return CreditSource.RETURN_SHIPPER
    return CreditSource.COMPENSATION


def key_of(ticket: Ticket) -> str:
    """Return the ledger's key of the ticket's compensation."""
    return f"ticket:{ticket.code}:compensation"
