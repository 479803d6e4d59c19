"""The money of a ticket: who owes whom what, what was given, what is still open. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from n2store.errors import DomainError
from n2store.templatetags.money import vnd
from tickets.models import DEBTOR, ClaimKind, Direction, Party, TicketType
from tickets.workflow import KIND_OF, Kind

NOTHING: Mapping[str, int] = {}
ADVANCE = "advance"
"""Why a customer owes who was credited before the goods came."""


class Unsettled(DomainError):
    """On this ticket money is owed that was neither given nor written off."""

    status, code = 409, "TICKET_UNSETTLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What somebody owes the shop for one reason, and how much of it has come, in whole dong."""

    kind: ClaimKind
    amount_vnd: int
    received_vnd: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the shop owes one party, or that party the shop, in whole dong."""

    party: Party
    direction: Direction = Direction.OWED_TO
    amount_vnd: int
    given_vnd: int
    written_off_vnd: int = 0
    reasons: tuple[str, ...] = ()
    """Why it is owed to the shop: kinds of claims, or an advance."""

    @property
    def open_vnd(self) -> int:
        """What is neither given nor written off."""
        return max(self.amount_vnd - self.given_vnd - self.written_off_vnd, 0)


def lines(
    type: str,
    *,
    refund_vnd: int | None,
    original_cod_vnd: int | None,
    carrier_settled: bool,
    given_vnd: int,
    written_off: Mapping[str, int],
    advance_vnd: int = 0,
    goods_here: bool = False,
    claims: Iterable[Claimed] = (),
    forgiven: Mapping[str, int] = NOTHING,
) -> list[Line]:
    """Return who owes what. Parcels refused or lowered are settled with the carrier, goods with the customer.

    `given_vnd` is the customer's compensation, which any type may earn. `advance_vnd` is how much of it was given
    before the goods of a return were here: until they are, the customer owes it. By party, `written_off` is what the
    shop gives no more, and `forgiven` what it asks for no more.
    """
    kind = KIND_OF[TicketType(type)]
    found = []
    if kind is Kind.CARRIER:
        owed = refund_vnd if refund_vnd is not None else (original_cod_vnd or 0) * (type == TicketType.BOOM)
        found.append((Party.CARRIER, owed, owed if carrier_settled else 0))
    found.append((Party.CUSTOMER, max(refund_vnd or 0, given_vnd) if kind is Kind.RETURN else given_vnd, given_vnd))
    owed_to = [
        Line(party=party, amount_vnd=amount, given_vnd=given, written_off_vnd=written_off.get(party.value, 0))
        for party, amount, given in found
        if amount
    ]
    return [*owed_to, *_owed_by(claims, advance_vnd if kind is Kind.RETURN else 0, goods_here, forgiven)]


def _owed_by(claims: Iterable[Claimed], advance_vnd: int, goods_here: bool, forgiven: Mapping[str, int]) -> list[Line]:
    """Return what is owed to the shop, a line for each party that owes something."""
    said = [(DEBTOR[claim.kind], claim.kind.value, claim.amount_vnd, claim.received_vnd) for claim in claims]
    if advance_vnd:
        said.append((Party.CUSTOMER, ADVANCE, advance_vnd, advance_vnd if goods_here else 0))
    found = []
    for party in Party:
        owing = [row for row in said if row[0] is party]
        if owing:
            line = Line(
                party=party, direction=Direction.OWED_BY, amount_vnd=sum(row[2] for row in owing),
                given_vnd=sum(row[3] for row in owing), written_off_vnd=forgiven.get(party.value, 0),
                reasons=tuple(row[1] for row in owing),
            )  # fmt: skip
            found.append(line)
    return found


def open_of(owed: Iterable[Line], party: Party, direction: Direction = Direction.OWED_TO) -> int:
    """Return what is open one way with one party."""
    return sum(line.open_vnd for line in owed if line.party is party and line.direction is direction)


def require_settled(owed: Iterable[Line]) -> None:
    """Return if nothing is open.

    Raises:
        Unsettled: something is.
    """
    open_vnd = sum(line.open_vnd for line in owed)
    if open_vnd:
        raise Unsettled(f"{open_vnd} dong are not settled", open=vnd(open_vnd))


def on_the_wire(owed: Iterable[Line]) -> list[dict[str, Any]]:
    """Return the lines under their names on the wire; `reasons` only where something is owed to the shop."""
    told = []
    for line in owed:
        shown: dict[str, Any] = {
            "party": line.party.value, "direction": line.direction.value, "amount": line.amount_vnd,
            "given": line.given_vnd, "written_off": line.written_off_vnd, "open": line.open_vnd,
        }  # fmt: skip
        told.append(shown | ({"reasons": list(line.reasons)} if line.reasons else {}))
    return told
