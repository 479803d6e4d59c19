"""Which way a ticket may go: transitions as data, the one place where service, API and console look them up. Pure.

| from | by | to | which types |
|---|---|---|---|
| (new) | create | `PENDING`, or the state of `BEGINS` | |
| `PENDING` | start | `IN_PROGRESS` | all |
| `PENDING`, `IN_PROGRESS` | wait for goods | `PENDING_GOODS` | all |
| `PENDING`, `IN_PROGRESS` | wait for settlement | `PENDING_FINANCE` | paid through the carrier |
| `PENDING`, `IN_PROGRESS`, `PENDING_GOODS` | receive | `PENDING_FINANCE` | paid through the carrier |
| `PENDING`, `IN_PROGRESS`, `PENDING_GOODS` | receive | `COMPLETED` | returns |
| the same | receive, by somebody who may not give the money | `PENDING_FINANCE` | returns |
| `PENDING_FINANCE` | settle | `COMPLETED` | all |
| any open | complete | `COMPLETED` | all |
| any open | cancel | `CANCELLED` | all |

Everything else is refused. Completing from `PENDING_FINANCE` says that the carrier was paid. Whether money is settled
before `COMPLETED` is for `tickets.money` to say.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from n2store.errors import DomainError
from tickets.models import FixCodReason, TicketStatus, TicketType, Waiting


class TransitionNotAllowed(DomainError):
    """Nothing leads from where the ticket is to where it is sent."""

    status, code = 409, "TICKET_TRANSITION_NOT_ALLOWED"


class AlreadyCompleted(DomainError):
    """The ticket is over; what was settled stays settled."""

    status, code = 400, "TICKET_ALREADY_COMPLETED"


class Kind(StrEnum):
    """What types have in common: who is owed the money."""

    CARRIER = "carrier"
    RETURN = "return"
    CARE = "care"


KIND_OF = {
    TicketType.BOOM: Kind.CARRIER,
    TicketType.FIX_COD: Kind.CARRIER,
    TicketType.RETURN_CLIENT: Kind.RETURN,
    TicketType.RETURN_SHIPPER: Kind.RETURN,
    TicketType.COMPLAINT: Kind.CARE,
    TicketType.WARRANTY: Kind.CARE,
    TicketType.OTHER: Kind.CARE,
}
ALIASES = {
    "DOI": TicketType.RETURN_SHIPPER,
    "THIEU": TicketType.FIX_COD,
    "HOAN": TicketType.RETURN_CLIENT,
    "COD": TicketType.FIX_COD,
}
"""The seeds' names, taken on the way in. See ADR 18."""
IMPORTED_STATUS = {
    "NEW": TicketStatus.PENDING,
    "PENDING_RETURN": TicketStatus.PENDING_GOODS,
    "RECEIVED_VERIFIED": TicketStatus.PENDING_FINANCE,
    "ACCOUNTING_DONE": TicketStatus.PENDING_FINANCE,
    "VIRTUAL_CREDIT_ISSUED": TicketStatus.PENDING_FINANCE,
    "COMPLETED": TicketStatus.COMPLETED,
}
"""States of tickets from before PostgreSQL, for imports."""


class Move(StrEnum):
    """What is done to a ticket so that it goes on."""

    START = "start"
    WAIT_GOODS = "wait_goods"
    WAIT_FINANCE = "wait_finance"
    RECEIVE = "receive_goods"
    RECEIVE_ONLY = "receive_only"
    """Goods of a return are here; the money is for somebody else to give."""
    SETTLE = "settle"
    COMPLETE = "complete"
    CANCEL = "cancel"


NEW, WORKED_ON = TicketStatus.PENDING, TicketStatus.IN_PROGRESS
GOODS, FINANCE = TicketStatus.PENDING_GOODS, TicketStatus.PENDING_FINANCE
DONE, CANCELLED = TicketStatus.COMPLETED, TicketStatus.CANCELLED
OPEN = (NEW, WORKED_ON, GOODS, FINANCE)

_BY_KIND = {
    (Move.START, None): ((NEW,), WORKED_ON),
    (Move.WAIT_GOODS, None): ((NEW, WORKED_ON), GOODS),
    (Move.WAIT_FINANCE, Kind.CARRIER): ((NEW, WORKED_ON), FINANCE),
    (Move.RECEIVE, Kind.CARRIER): ((NEW, WORKED_ON, GOODS), FINANCE),
    (Move.RECEIVE, Kind.RETURN): ((NEW, WORKED_ON, GOODS), DONE),
    (Move.RECEIVE_ONLY, Kind.RETURN): ((NEW, WORKED_ON, GOODS), FINANCE),
    (Move.SETTLE, None): ((FINANCE,), DONE),
    (Move.COMPLETE, None): (OPEN, DONE),
    (Move.CANCEL, None): (OPEN, CANCELLED),
}


def _spelled_out() -> Iterator[tuple[tuple[Kind, TicketStatus, Move], TicketStatus]]:
    for (move, only), (sources, target) in _BY_KIND.items():
        for kind in (only,) if only else Kind:
            yield from (((kind, source, move), target) for source in sources)


TRANSITIONS: dict[tuple[Kind, TicketStatus, Move], TicketStatus] = dict(_spelled_out())
"""Every way there is."""


def after(type: str, status: str, move: Move) -> TicketStatus:
    """Return where a move leads.

    Raises:
        AlreadyCompleted, TransitionNotAllowed: nowhere.
    """
    target = TRANSITIONS.get((KIND_OF[TicketType(type)], TicketStatus(status), move))
    if target is None:
        raise refusal(status, f"{move.value} is not possible for a {type} ticket that is {status}")
    return target


def move_to(type: str, status: str, target: str) -> Move:
    """Return which move a caller means who names the state it leads to, as the old pages do.

    Raises:
        AlreadyCompleted, TransitionNotAllowed: none leads there.
    """
    kind, source = KIND_OF[TicketType(type)], TicketStatus(status)
    preferred = [Move.SETTLE] if source is FINANCE else [Move.RECEIVE] if source is GOODS else []
    for move in (*preferred, Move.START, Move.WAIT_GOODS, Move.WAIT_FINANCE, Move.COMPLETE, Move.CANCEL):
        if TRANSITIONS.get((kind, source, move)) == target:
            return move
    raise refusal(status, f"A {type} ticket that is {status} cannot become {target}")


def moves_from(type: str, status: str) -> list[Move]:
    """Return what may be done to a ticket, for a screen's buttons."""
    kind, source = KIND_OF[TicketType(type)], TicketStatus(status)
    return [move for move in Move if move is not Move.RECEIVE_ONLY and (kind, source, move) in TRANSITIONS]


def refusal(status: str, sentence: str) -> DomainError:
    """Return what is said to who wants to change a ticket that is over, or cannot go that way."""
    return AlreadyCompleted("The ticket is completed") if status == DONE else TransitionNotAllowed(sentence)


GOODS_COME = (FixCodReason.REJECT_PARTIAL, FixCodReason.RETURN_OLD_ORDER)
"""Reasons to lower a COD for which goods come back."""


def begins(type: str, fix_cod_reason: str = "") -> TicketStatus:
    """Return the state in which a form begins a ticket."""
    if type == TicketType.FIX_COD:
        return GOODS if fix_cod_reason in GOODS_COME else FINANCE
    if type == TicketType.OTHER:
        return DONE
    return NEW if KIND_OF[TicketType(type)] is Kind.CARE else GOODS


def may_begin(type: str, status: str, fix_cod_reason: str = "") -> None:
    """Return if a ticket may begin in a state: as new, or where its form begins it.

    Raises:
        TransitionNotAllowed: it may not.
    """
    if status not in (NEW, begins(type, fix_cod_reason)):
        raise TransitionNotAllowed(f"A {type} ticket cannot begin as {status}")


def waits_for(type: str, status: str) -> Waiting:
    """Return whose move it is."""
    if status in (DONE, CANCELLED):
        return Waiting.NOBODY
    if status == GOODS:
        return Waiting.CARRIER if is_carried(type) else Waiting.CUSTOMER
    if status == FINANCE and KIND_OF[TicketType(type)] is Kind.CARRIER:
        return Waiting.CARRIER
    return Waiting.SHOP


def is_carried(type: str) -> bool:
    """Tell whether the goods of a type travel with the carrier: only then does its clock ever run."""
    return KIND_OF[TicketType(type)] is Kind.CARRIER or type == TicketType.RETURN_SHIPPER


def deadline_after(
    *, before: Waiting | None, now_waits_for: Waiting, deadline: datetime | None, at: datetime, claim_days: int
) -> datetime | None:
    """Return until when the carrier must move: the clock starts when the ticket begins to wait for it, and stops then.

    A deadline that somebody set while nothing else changed stays.
    """
    if now_waits_for is Waiting.CARRIER:
        return deadline or at + timedelta(days=claim_days)
    return deadline if before is now_waits_for else None
