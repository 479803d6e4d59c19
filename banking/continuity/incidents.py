"""Incidents as people see them: the list, setting one aside, asking SePay again at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banking.authority import Right, require
from banking.continuity.events import announce
from banking.models import Incident, IncidentStatus
from n2store import audit
from n2store.errors import DomainError, NotFound
from n2store.roles import Caller
from n2store.wire import storable

NOTE_LENGTH_MAX = 1_000
UNRESOLVED = (IncidentStatus.OPEN, IncidentStatus.NOT_FOUND)
ANSWERS = {
    "SEPAY_LIST_NOT_CONFIGURED": gettext_lazy("SePay's list is not asked: no SEPAY_API_TOKEN is set."),
    "SEPAY_LIST_UNAVAILABLE": gettext_lazy("SePay did not answer. It is asked again."),
    "SEPAY_LIST_BUSY": gettext_lazy("SePay wants fewer questions. It is asked again."),
    "SEPAY_LIST_REFUSED": gettext_lazy("SePay refuses our token."),
    "INCOMPLETE": gettext_lazy("SePay has more lines than were asked for. It is asked again."),
}
"""What staff read for a code in `last_answer`; a number there is how many lines SePay listed that we did not have."""


class IncidentNotFound(NotFound):
    """No incident has this id."""

    code = "INCIDENT_NOT_FOUND"


class IncidentClosed(DomainError):
    """It is healed, or was set aside: there is nothing to do."""

    code = "INCIDENT_CLOSED"


class InvalidNote(DomainError):
    """The note is empty, too long, or no text."""

    code = "REASON_REQUIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """An incident for a list. `begin` and `end` are the moments between which the line is missing."""

    id: int
    account_number: str
    gateway: str
    status: str
    missing_vnd: int
    before_id: int | None
    after_id: int
    begin: datetime | None
    end: datetime
    opened_at: datetime
    asks: int
    next_ask_at: datetime | None
    answer: str
    closed_at: datetime | None
    closed_by: str
    note: str
    found_ids: tuple[int, ...]


def incidents(*, statuses: tuple[str, ...] = UNRESOLVED, account_number: str = "") -> QuerySet[Incident]:
    """Return incidents with their two lines, the newest first; no statuses mean all."""
    found = Incident.objects.select_related("before", "after").prefetch_related("found").order_by("-id")
    if statuses:
        found = found.filter(status__in=statuses)
    return found.filter(account_number=account_number) if account_number else found


def rows(*, statuses: tuple[str, ...] = UNRESOLVED, account_number: str = "", most: int = 100) -> list[IncidentRow]:
    """Return the newest incidents for a list, in two queries."""
    return [row(incident) for incident in incidents(statuses=statuses, account_number=account_number)[:most]]


def row(incident: Incident) -> IncidentRow:
    """Return one incident for a list."""
    return IncidentRow(
        id=incident.pk,
        account_number=incident.account_number,
        gateway=incident.gateway,
        status=incident.status,
        missing_vnd=incident.missing_vnd,
        before_id=incident.before_id,
        after_id=incident.after_id,
        begin=incident.before.transferred_at if incident.before else None,
        end=incident.after.transferred_at,
        opened_at=incident.opened_at,
        asks=incident.asks,
        next_ask_at=incident.next_ask_at,
        answer=answer_words(incident.last_answer),
        closed_at=incident.closed_at,
        closed_by=incident.closed_by,
        note=incident.note,
        found_ids=tuple(transfer.pk for transfer in incident.found.all()),
    )


def answer_words(last_answer: str) -> str:
    """Return SePay's last answer in the reader's language."""
    if last_answer.startswith("EMPTY"):
        return _("SePay's list has nothing that we do not have.")
    if last_answer.isdecimal():
        count = int(last_answer)
        return ngettext(
            "SePay's list had %(count)s line that was missing.",
            "SePay's list had %(count)s lines that were missing.",
            count,
        ) % {"count": count}
    return str(ANSWERS.get(last_answer, last_answer))


def set_aside(*, caller: Caller, incident_id: int, note: str) -> Incident:
    """Close an incident by hand, for good: the same break is not opened again. The note says why.

    Should the line come after all, the incident is healed like any other.

    Raises:
        MayNotHandle: the caller may not.
        InvalidNote: there is no note, or it is no text of at most 1,000 characters.
        IncidentNotFound, IncidentClosed: there is none, or it is closed.
    """
    require(caller, Right.RECOVER)
    note = note.strip()
    if not note or len(note) > NOTE_LENGTH_MAX or not storable(note):
        raise InvalidNote("Please give a reason of at most 1,000 characters.")

    def change(incident: Incident) -> None:
        incident.status, incident.next_ask_at = IncidentStatus.IGNORED, None
        incident.closed_at, incident.closed_by, incident.note = timezone.now(), caller.name, note

    return _changed(incident_id, change, caller=caller, action="incident.set_aside")


def ask_now(*, caller: Caller, incident_id: int) -> Incident:
    """Let the next run, within half a minute, ask SePay about it; also about one that SePay knew nothing of.

    Raises:
        MayNotHandle: the caller may not.
        IncidentNotFound, IncidentClosed: there is none, or it is closed.
    """
    require(caller, Right.RECOVER)

    def change(incident: Incident) -> None:
        incident.status, incident.asks, incident.next_ask_at = IncidentStatus.OPEN, 0, timezone.now()

    return _changed(incident_id, change, caller=caller, action="incident.ask")


@transaction.atomic
def _changed(incident_id: int, change: Callable[[Incident], None], *, caller: Caller, action: str) -> Incident:
    incident = Incident.objects.select_for_update(of=("self",)).filter(pk=incident_id).first()
    if incident is None:
        raise IncidentNotFound("There is no such incident.")
    if incident.status not in UNRESOLVED:
        raise IncidentClosed("The incident is closed.")
    before = incident.status
    change(incident)
    incident.save(update_fields=["status", "asks", "next_ask_at", "closed_at", "closed_by", "note"])
    audit.record(
        actor=caller.name,
        action=action,
        subject=f"incident:{incident.pk}",
        before={"status": before},
        after={"status": incident.status, "note": incident.note},
    )
    announce(incident.account_number, [incident])
    return incident
