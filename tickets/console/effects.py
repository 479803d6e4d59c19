"""What each way on from here would do: said before anybody presses."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from n2store.roles import Caller
from n2store.templatetags.money import vnd
from tickets import compensation, workflow
from tickets.authority import Right, has
from tickets.changing import RIGHT_OF_MOVE
from tickets.models import (
    CLOSED,
    RETURN_TYPES,
    Compensation,
    CompensationKind,
    Direction,
    Party,
    Policy,
    Ticket,
    TicketStatus,
)
from tickets.money import ADVANCE, Line, open_of
from tickets.workflow import Move
from wallets.console.effects import held_now
from wallets.models import VirtualCredit, Wallet

LABELS = {
    Move.RECEIVE: (gettext_lazy("Goods received"), "inventory_2"),
    Move.SETTLE: (gettext_lazy("Paid"), "price_check"),
    Move.COMPLETE: (gettext_lazy("Complete"), "task_alt"),
    Move.START: (gettext_lazy("Begin work"), "play_arrow"),
    Move.WAIT_GOODS: (gettext_lazy("Wait for goods"), "hourglass_top"),
    Move.WAIT_FINANCE: (gettext_lazy("Wait for settlement"), "hourglass_top"),
    Move.CANCEL: (gettext_lazy("Cancel the ticket"), "cancel"),
}
"""In the order of the page, with their icons; the first that is possible is the main one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The money of a ticket and of its customer, read once for a page."""

    owed: list[Line]
    given: Compensation | None
    policy: Policy
    loose: VirtualCredit | None
    """Credit given for the ticket or its order at another door; it is taken as the ticket's own when that closes."""
    real_vnd: int
    virtual_vnd: int
    amount_missing: bool
    """Nobody has said what a return is worth, nor given anything for it."""
    doubts: list[str] = field(default_factory=list)
    """What the order says against the ticket, in the reader's words."""

    @property
    def advance_vnd(self) -> int:
        """What the customer was given before the goods were here."""
        return self.given.amount_vnd if self.given is not None and self.given.in_advance else 0

    @property
    def claimed_vnd(self) -> int:
        """What is open to the shop beside an advance, which is taken back when the ticket is cancelled."""
        mine = [line for line in self.owed if line.direction is Direction.OWED_BY]
        advance = self.advance_vnd if any(ADVANCE in line.reasons and line.open_vnd for line in mine) else 0
        return max(sum(line.open_vnd for line in mine) - advance, 0)

    @property
    def open_vnd(self) -> int:
        """What is open to everybody."""
        return sum(line.open_vnd for line in self.owed)


@dataclass(slots=True, kw_only=True)
class Offer:
    """A way on: its button, what it would do, and why it cannot be done yet."""

    move: Move
    label: str
    icon: str
    says: list[str] = field(default_factory=list)
    blocked: str = ""
    key: str = ""
    """The digit that presses it; cancelling has none."""


def held_of(customer_id: int) -> tuple[int, int]:
    """Return the real money and the virtual credit that a customer has now. Two queries."""
    wallet = Wallet.objects.get(customer=customer_id)
    return wallet.real_vnd, held_now(wallet).virtual_vnd


def offers(ticket: Ticket, caller: Caller, standing: Standing) -> list[Offer]:
    """Return what the caller may do to move the ticket on, each with its effect."""
    possible = workflow.moves_from(ticket.type, ticket.status)
    if Move.SETTLE in possible or _pays_for_goods_to_come(ticket, standing):
        possible.remove(Move.COMPLETE)  # The other way says that the carrier has paid, or that the goods are here.
    found = [
        _offer(ticket, move, caller, standing)
        for move in LABELS
        if move in possible and has(caller, RIGHT_OF_MOVE.get(move, Right.CREATE))
    ]
    for number, offer in enumerate((offer for offer in found if offer.move is not Move.CANCEL), start=1):
        offer.key = str(number)
    return found


def _pays_for_goods_to_come(ticket: Ticket, standing: Standing) -> bool:
    is_due = standing.amount_missing or open_of(standing.owed, Party.CUSTOMER) > 0
    return compensation.goods_missing(ticket) and is_due and ticket.status not in CLOSED


def _offer(ticket: Ticket, move: Move, caller: Caller, standing: Standing) -> Offer:
    label, icon = LABELS[move]
    offer = Offer(move=move, label=str(label), icon=icon)
    target = workflow.after(ticket.type, ticket.status, move)
    completes = target is TicketStatus.COMPLETED
    if move is Move.RECEIVE and completes and not compensation.may_give(ticket, standing.policy, caller):
        target = workflow.after(ticket.type, ticket.status, Move.RECEIVE_ONLY)
        offer.says.append(_told_afterwards(standing))
    if target is TicketStatus.COMPLETED:
        _complete(offer, ticket, standing)
    elif move is Move.CANCEL:
        _cancel(offer, ticket, standing)
    offer.says.append(_("The ticket becomes “%(state)s”.") % {"state": target.label})
    return offer


def _cancel(offer: Offer, ticket: Ticket, standing: Standing) -> None:
    """Say what cancelling takes back, or which money would be forgotten with the ticket."""
    taken_vnd = standing.given.amount_vnd if standing.given else standing.loose.original_vnd if standing.loose else 0
    if taken_vnd:
        offer.says.append(_("%(amount)s of credit are taken back.") % {"amount": vnd(taken_vnd)})
    if claimed := standing.claimed_vnd:
        told = _("%(amount)s are owed to the shop: say that they came, or write them off.")
        offer.blocked = told % {"amount": vnd(claimed)}
    elif standing.amount_missing and ticket.received_at is not None:
        offer.blocked = told_missing()
    elif owed := _owed_for_goods(ticket, standing):
        told = _("The goods are here, and the customer is owed %(open)s: give them, or write them off.")
        offer.blocked = told % {"open": vnd(owed)}


def _owed_for_goods(ticket: Ticket, standing: Standing) -> int:
    """Return what the customer would be owed for goods that came, once what was given is taken back."""
    if ticket.type not in RETURN_TYPES or ticket.received_at is None:
        return 0
    off = sum(
        line.written_off_vnd
        for line in standing.owed
        if line.party is Party.CUSTOMER and line.direction is Direction.OWED_TO
    )
    return max((ticket.refund_vnd or 0) - off, 0)


def _complete(offer: Offer, ticket: Ticket, standing: Standing) -> None:
    """Say what completing gives and settles, or what is still in its way."""
    pays_carrier = ticket.status == TicketStatus.PENDING_FINANCE
    left = standing.open_vnd
    for line in standing.owed:
        if not line.open_vnd:
            continue
        if line.direction is Direction.OWED_BY:
            came = min(line.open_vnd, standing.advance_vnd if offer.move is Move.RECEIVE else 0)
            left -= came if line.party is Party.CUSTOMER else 0
        elif line.party is Party.CARRIER and pays_carrier:
            left -= line.open_vnd
            told = _("%(amount)s count as settled with the carrier.")
            offer.says.append(told % {"amount": vnd(line.open_vnd)})
        elif line.party is Party.CUSTOMER and standing.policy.automatic and standing.loose is not None:
            left -= min(line.open_vnd, standing.loose.original_vnd)
            told = _("%(amount)s of credit that was given before count for this ticket.")
            offer.says.append(told % {"amount": vnd(standing.loose.original_vnd)})
        elif _gives_by_itself(line, standing):
            left -= line.open_vnd
            offer.says.append(told_gift(CompensationKind(standing.policy.compensation), line.open_vnd, standing))
    if _waits_for_goods(ticket, offer.move, standing):
        offer.blocked = _("Credit was given in advance, and the goods are not here: receive them first.")
    elif standing.amount_missing:
        offer.blocked = told_missing()
    elif left > 0 and standing.doubts:
        offer.blocked = _("Nothing is given by itself: look at the order, then resolve with the amount below.")
    elif left > 0:
        offer.blocked = _("%(open)s are not settled yet: give them below, or write them off.") % {"open": vnd(left)}


def _gives_by_itself(line: Line, standing: Standing) -> bool:
    """Tell whether completing gives what is open on a line of what is owed."""
    wanted = line.party is Party.CUSTOMER and standing.policy.automatic and standing.given is None
    return wanted and not standing.doubts


def _told_afterwards(standing: Standing) -> str:
    """Return why the goods can be taken in, and no money is given with them."""
    if standing.amount_missing:
        return told_missing()
    if standing.doubts:
        return _("Nothing is given by itself: somebody looks at the order first.")
    return _("The accountant gives the money afterwards.")


def told_missing() -> str:
    """Return that an amount is missing, and where it is said."""
    return _("The amount is missing: say what the customer gets when you resolve the ticket, 0 for nothing.")


def _waits_for_goods(ticket: Ticket, move: Move, standing: Standing) -> bool:
    """Tell whether goods that were credited in advance are to come, and the move does not say that they are here."""
    missing = compensation.goods_missing(ticket) and move is not Move.RECEIVE
    return missing and (standing.loose is not None or (bool(standing.advance_vnd) and _customer_owes(standing)))


def _customer_owes(standing: Standing) -> bool:
    return open_of(standing.owed, Party.CUSTOMER, Direction.OWED_BY) > 0


def told_gift(kind: CompensationKind, amount_vnd: int, standing: Standing) -> str:
    """Return what the wallet would hold."""
    if kind is CompensationKind.DEPOSIT:
        told = _("%(amount)s of real money go to the wallet: %(before)s → %(after)s.")
        before = standing.real_vnd
    else:
        told = _("%(amount)s of virtual credit for %(days)s days go to the wallet: %(before)s → %(after)s.")
        before = standing.virtual_vnd
    return told % {
        "amount": vnd(amount_vnd),
        "days": standing.policy.credit_days,
        "before": vnd(before),
        "after": vnd(before + amount_vnd),
    }
