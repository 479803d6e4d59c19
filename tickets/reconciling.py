"""Settling with a carrier many tickets at once: what each line of its list means, and then the lines that agree.

A line is settled in a transaction of its own, under its ticket's lock: a list that was broken off half-way is pasted
again, and what was settled is settled already.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Sum, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from n2store import audit
from n2store.errors import DomainError
from n2store.roles import Caller
from n2store.templatetags.money import vnd
from tickets import workflow
from tickets.authority import Right, require
from tickets.carrier_lines import Line
from tickets.completing import complete
from tickets.models import Direction, Party, Ticket, TicketStatus, TicketType, WriteOff
from tickets.money import lines as money_lines
from tickets.money import open_of
from tickets.queries import CODE_PREFIX
from tickets.record import held, owed_on
from tickets.workflow import KIND_OF, Kind, Move

NOTED_LENGTH_MAX = 300
"""Characters of a line that the ticket's history keeps."""
CARRIERS = [type.value for type in TicketType if KIND_OF[type] is Kind.CARRIER]


class AmountDiffers(DomainError):
    """The carrier was paid another amount than the ticket has open."""

    status, code = 409, "SETTLEMENT_AMOUNT_DIFFERS"


class Verdict(TextChoices):
    """What would happen with a line."""

    CLEAN = "clean", _("Will be settled")
    SETTLED = "settled", _("Settled already")
    REPEATED = "repeated", _("Twice in the list")
    DIFFERS = "differs", _("Amount differs")
    NOT_WAITING = "not_waiting", _("Does not wait for settlement")
    NOT_CARRIERS = "not_carriers", _("Not settled with the carrier")
    SEVERAL = "several", _("Several tickets")
    UNKNOWN = "unknown", _("No ticket found")
    UNREADABLE = "unreadable", _("Cannot be read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A line, and what it means."""

    line: Line
    verdict: Verdict
    ticket: Ticket | None = None
    open_vnd: int = 0
    """What the ticket has open to the carrier."""
    others: tuple[Ticket, ...] = ()
    """The tickets that the line might mean, where there are several."""
    by_phone: bool = False
    """No code says which ticket it is: it is what this customer's parcels have open."""
    refused: DomainError | None = None
    """Why it could not be settled, though it agreed."""

    @property
    def clean(self) -> bool:
        """Whether the line would be settled."""
        return self.verdict is Verdict.CLEAN


def judge(lines: Sequence[Line]) -> list[Judged]:
    """Return what each line means. Five queries, however many lines there are."""
    known = _Known([line for line in lines if line.fault is None])
    judged: list[Judged] = []
    seen: set[int] = set()
    for line in lines:
        one = _judge(line, known)
        counted = one.ticket if one.verdict in (Verdict.CLEAN, Verdict.DIFFERS) else None
        twice = counted is not None and counted.pk in seen
        judged.append(replace(one, verdict=Verdict.REPEATED) if twice else one)
        if counted is not None:
            seen.add(counted.pk)
    return judged


def _judge(line: Line, known: "_Known") -> Judged:
    if line.fault is not None:
        return Judged(line=line, verdict=Verdict.UNREADABLE)
    found = known.meant(line.reference)
    if not found and line.phone:
        return _judge_by_phone(line, known)
    carried = [ticket for ticket in found if ticket.type in CARRIERS]
    live = [ticket for ticket in carried if ticket.status != TicketStatus.CANCELLED]
    if not found:
        return Judged(line=line, verdict=Verdict.UNKNOWN)
    if not carried:
        return Judged(line=line, verdict=Verdict.NOT_CARRIERS, ticket=found[0])
    if len(live) > 1:
        over = all(ticket.status == TicketStatus.COMPLETED for ticket in live)
        return Judged(line=line, verdict=Verdict.SETTLED if over else Verdict.SEVERAL, others=tuple(live))
    ticket = (live or carried)[0]
    open_vnd = known.open_vnd(ticket)
    return Judged(line=line, verdict=_verdict(ticket, line.amount_vnd, open_vnd), ticket=ticket, open_vnd=open_vnd)


def _judge_by_phone(line: Line, known: "_Known") -> Judged:
    """Return what a line of no known code means: the one parcel of its phone that waits, or has this amount open."""
    waiting = known.waiting_of(line.phone)
    alike = [ticket for ticket in waiting if known.open_vnd(ticket) == line.amount_vnd]
    meant = alike if len(alike) == 1 else waiting
    if not meant:
        return Judged(line=line, verdict=Verdict.UNKNOWN)
    if len(meant) > 1:
        return Judged(line=line, verdict=Verdict.SEVERAL, others=tuple(meant), by_phone=True)
    [ticket] = meant
    open_vnd = known.open_vnd(ticket)
    verdict = _verdict(ticket, line.amount_vnd, open_vnd)
    return Judged(line=line, verdict=verdict, ticket=ticket, open_vnd=open_vnd, by_phone=True)


def _verdict(ticket: Ticket, amount_vnd: int, open_vnd: int) -> Verdict:
    if ticket.status == TicketStatus.COMPLETED:
        return Verdict.SETTLED
    if ticket.status != TicketStatus.PENDING_FINANCE:
        return Verdict.NOT_WAITING
    return Verdict.CLEAN if amount_vnd == open_vnd else Verdict.DIFFERS


class _Known:
    """The tickets that lines may mean, read at once."""

    def __init__(self, lines: Collection[Line]) -> None:
        references = {line.reference for line in lines if line.reference}
        spelled = {one for reference in references for one in (reference, reference.upper())}
        kept = Ticket.objects.kept().select_related("customer").order_by("pk")
        codes = [one for one in spelled if one.startswith(CODE_PREFIX)]
        by_order = kept.exclude(order_id="").filter(order_id__in=spelled)
        by_tracking = kept.exclude(tracking_code="").filter(tracking_code__in=spelled)
        self._by_name: dict[str, dict[int, Ticket]] = {}
        self._add(kept.filter(code__in=codes), "code")
        self._add(by_order, "order_id")
        self._add(by_tracking, "tracking_code")
        phones = {line.phone for line in lines if line.phone and not self.meant(line.reference)}
        parcels = kept.filter(type__in=CARRIERS, status=TicketStatus.PENDING_FINANCE)
        self._waiting = list(parcels.filter(customer__phone__in=phones))
        tickets = {pk for named in self._by_name.values() for pk in named} | {one.pk for one in self._waiting}
        ours = WriteOff.objects.filter(ticket__in=tickets, party=Party.CARRIER, direction=Direction.OWED_TO)
        given_up = ours.values_list("ticket")
        self._given_up: dict[int, int] = dict(given_up.annotate(Sum("amount_vnd")))

    def _add(self, tickets: Iterable[Ticket], column: str) -> None:
        for ticket in tickets:
            self._by_name.setdefault(getattr(ticket, column).upper(), {})[ticket.pk] = ticket

    def meant(self, reference: str) -> list[Ticket]:
        """Return the kept tickets with this code of their own, of their order or of the carrier."""
        return list(self._by_name.get(reference.upper(), {}).values())

    def waiting_of(self, phone: str) -> list[Ticket]:
        """Return the parcels of a phone that wait for settlement."""
        return [ticket for ticket in self._waiting if ticket.customer.phone == phone]

    def open_vnd(self, ticket: Ticket) -> int:
        """Return what the ticket has open to the carrier."""
        owed = money_lines(
            ticket.type, refund_vnd=ticket.refund_vnd, original_cod_vnd=ticket.original_cod_vnd,
            carrier_settled=ticket.settled_at is not None, given_vnd=0,
            written_off={Party.CARRIER.value: self._given_up.get(ticket.pk, 0)},
        )  # fmt: skip
        return open_of(owed, Party.CARRIER)


def settle(*, caller: Caller, lines: Sequence[Line], shown: Collection[int]) -> list[Judged]:
    """Settle the lines that agree and whose tickets were `shown` as such; return all lines as they were found now.

    A line that could not be settled although it agreed says why in `refused`.

    Raises:
        MayNotHandle: the caller may not settle.
    """
    require(caller, Right.SETTLE)
    outcome = [_settled(one, caller) if _wanted(one, shown) else one for one in judge(lines)]
    done = [one for one in outcome if _wanted(one, shown) and one.refused is None]
    if done:
        audit.record(
            actor=caller.name, action="ticket.settle_list", subject="",
            after={"lines": len(lines), "settled": len(done), "amount": sum(one.open_vnd for one in done)},
        )  # fmt: skip
    return outcome


def _wanted(one: Judged, shown: Collection[int]) -> bool:
    return one.clean and one.ticket is not None and one.ticket.pk in shown


def _settled(one: Judged, caller: Caller) -> Judged:
    assert one.ticket is not None
    try:
        settle_line(caller=caller, ticket_id=one.ticket.pk, line=one.line)
    except DomainError as refused:
        return replace(one, refused=refused)
    return one


@transaction.atomic
def settle_line(*, caller: Caller, ticket_id: int, line: Line) -> None:
    """Say that the carrier was paid what the line says; the ticket is completed and remembers the line.

    Raises:
        MayNotHandle, TicketNotFound, AlreadyCompleted, TransitionNotAllowed.
        AmountDiffers: the ticket has another amount open to the carrier.
    """
    require(caller, Right.SETTLE)
    ticket = held(ticket_id)
    workflow.after(ticket.type, ticket.status, Move.SETTLE)
    open_vnd = open_of(owed_on(ticket), Party.CARRIER)
    if open_vnd != line.amount_vnd:
        told = {"open": vnd(open_vnd), "amount": vnd(line.amount_vnd)}
        raise AmountDiffers(f"{open_vnd} dong are open, not {line.amount_vnd}", **told)
    complete(
        ticket, caller=caller, at=timezone.now(), action=Move.SETTLE.value, settles_carrier=True,
        note=f"Đối soát, dòng {line.number}: {line.text[:NOTED_LENGTH_MAX]}",
    )  # fmt: skip
