"""What somebody owes the shop on a ticket: said by a named person, and how much of it has come."""

from django.db import transaction
from django.utils import timezone

from n2store import audit
from n2store.errors import DomainError
from n2store.roles import Caller
from n2store.templatetags.money import vnd
from tickets import workflow
from tickets.authority import Right, require
from tickets.details import AMOUNT_MAX_VND, checked_note
from tickets.models import DEBTOR, Claim, ClaimKind, Direction, Ticket, WriteOff
from tickets.record import announce, held, note_down
from tickets.workflow import Move


class InvalidClaim(DomainError):
    """The amounts of a claim cannot be."""

    code = "INVALID_CLAIM"


class ClaimAboveCod(DomainError):
    """More is claimed of a COD than the parcel was to bring."""

    code = "CLAIM_ABOVE_COD"


@transaction.atomic
def claim(
    *, caller: Caller, ticket_id: int, kind: ClaimKind, amount_vnd: int, received_vnd: int | None = None, note: str = ""
) -> bool:
    """Say what is owed to the shop for one reason, and how much of that has come; return whether that is news.

    Both are totals, so that the same again changes nothing. Without `received_vnd` what had come stays. Zero owed takes
    back what was said. Money that comes is no movement in our books, as with the carrier: who says it answers for it.

    Raises:
        MayNotHandle, TicketNotFound, AlreadyCompleted, TransitionNotAllowed.
        InvalidClaim: an amount is below zero or too large, more came than is owed, or it was written off before.
        ClaimAboveCod: more of the COD than the parcel was to bring.
    """
    require(caller, Right.SETTLE)
    note = checked_note(note)
    ticket, at = held(ticket_id), timezone.now()
    workflow.after(ticket.type, ticket.status, Move.COMPLETE)
    known = Claim.objects.filter(ticket=ticket, kind=kind).first()
    came = (known.received_vnd if known else 0) if received_vnd is None else received_vnd
    if (known.amount_vnd, known.received_vnd) == (amount_vnd, came) if known else amount_vnd == came == 0:
        return False
    _check(ticket, kind, amount_vnd, came)
    before = {"amount": known.amount_vnd, "received": known.received_vnd} if known else {}
    said_why = {"note": note} if note else {}
    if amount_vnd:
        Claim.objects.update_or_create(
            ticket=ticket, kind=kind,
            defaults={"amount_vnd": amount_vnd, "received_vnd": came, "updated_at": at} | said_why,
            create_defaults={
                "amount_vnd": amount_vnd, "received_vnd": came, "note": note, "actor": caller.name, "created_at": at,
                "updated_at": at,
            },
        )  # fmt: skip
    elif known:
        known.delete()
    said = {"amount": amount_vnd, "received": came}
    note_down(ticket, "claimed", by=caller.name, at=at, note=note, kind=kind.value, **said)
    ticket.updated_at = at
    ticket.save(update_fields=["history", "updated_at"])
    audit.record(
        actor=caller.name, action="ticket.claim", subject=f"ticket:{ticket.code}", before=before,
        after={"kind": kind.value} | said, detail=note,
    )  # fmt: skip
    announce(ticket, "ticket.updated")
    return True


def _check(ticket: Ticket, kind: ClaimKind, amount_vnd: int, received_vnd: int) -> None:
    if not 0 <= received_vnd <= amount_vnd <= AMOUNT_MAX_VND:
        raise InvalidClaim(f"received must be from 0 to amount, and amount at most {AMOUNT_MAX_VND}")
    if WriteOff.objects.filter(ticket=ticket, party=DEBTOR[kind], direction=Direction.OWED_BY).exists():
        raise InvalidClaim("What this party owed was written off before")
    cod = ticket.original_cod_vnd if ticket.new_cod_vnd is None else ticket.new_cod_vnd
    if kind is ClaimKind.COD and cod is not None and amount_vnd > cod:
        raise ClaimAboveCod(f"The parcel was to bring {cod} dong", cod=vnd(cod))
