"""The money of a ticket: what the shop owes to whom, what was given, what is still open. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from n2store.errors import DomainError
from n2store.templatetags.money import vnd
from tickets.models import Party, TicketType
from tickets.workflow import KIND_OF, Kind


class Unsettled(DomainError):
    """The ticket owes somebody money that was neither given nor written off."""

    status, code = 409, "TICKET_UNSETTLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the shop owes one party, in whole dong."""

    party: Party
    amount_vnd: int
    given_vnd: int
    written_off_vnd: int = 0

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
) -> list[Line]:
    """Return what a ticket owes. Parcels refused or lowered are settled with the carrier, goods back with the customer.

    `given_vnd` is the customer's compensation, which any type may earn.
    """
    kind = KIND_OF[TicketType(type)]
    found = []
    if kind is Kind.CARRIER:
        owed = refund_vnd if refund_vnd is not None else (original_cod_vnd or 0) * (type == TicketType.BOOM)
        found.append((Party.CARRIER, owed, owed if carrier_settled else 0))
    found.append((Party.CUSTOMER, max(refund_vnd or 0, given_vnd) if kind is Kind.RETURN else given_vnd, given_vnd))
    return [
        Line(party=party, amount_vnd=amount, given_vnd=given, written_off_vnd=written_off.get(party.value, 0))
        for party, amount, given in found
        if amount
    ]


def require_settled(owed: list[Line]) -> None:
    """Return if nothing is open.

    Raises:
        Unsettled: something is.
    """
    open_vnd = sum(line.open_vnd for line in owed)
    if open_vnd:
        raise Unsettled(f"{open_vnd} dong are not settled", open=vnd(open_vnd))


def on_the_wire(owed: list[Line]) -> list[dict[str, str | int]]:
    """Return the lines under their names on the wire."""
    return [
        {
            "party": line.party.value,
            "direction": "owed_to",
            "amount": line.amount_vnd,
            "given": line.given_vnd,
            "written_off": line.written_off_vnd,
            "open": line.open_vnd,
        }
        for line in owed
    ]
