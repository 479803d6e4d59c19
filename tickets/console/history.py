"""The history of a ticket in the reader's words, newest first."""

from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy

from n2store.templatetags.money import moment, vnd
from tickets.models import ClaimKind, CompensationKind, Ticket, TicketStatus

LINES_SHOWN_MAX = 100
TITLES = {
    "created": gettext_lazy("Opened"),
    "updated": gettext_lazy("Changed"),
    "start": gettext_lazy("Work begun"),
    "wait_goods": gettext_lazy("Waits for goods"),
    "wait_finance": gettext_lazy("Waits for settlement"),
    "receive_goods": gettext_lazy("Goods received"),
    "settle": gettext_lazy("Paid"),
    "complete": gettext_lazy("Completed"),
    "cancel": gettext_lazy("Cancelled"),
    "resolved": gettext_lazy("Resolved"),
    "note_added": gettext_lazy("Note"),
    "credit_issued": gettext_lazy("Virtual credit given"),
    "written_off": gettext_lazy("Written off"),
    "claimed": gettext_lazy("Owed to the shop"),
    "deadline_near": gettext_lazy("Raised: the deadline is near"),
}
NAMES: dict[str, Any] = {
    **{field.name: field.verbose_name for field in Ticket._meta.fields},  # noqa: SLF001 -- documented API
    "tpos_order_id": gettext_lazy("order in TPOS"),
    "refund_order_id": gettext_lazy("refund in TPOS"),
}
"""What the fields of a ticket are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line."""

    title: str
    detail: str
    note: str
    by: str
    at: str


def told_history(history: Any) -> list[Told]:
    """Return the newest lines; what cannot be read, as imports may bring it, is left out."""
    lines = [line for line in history if isinstance(line, dict)] if isinstance(history, list) else []
    return [_told(line) for line in reversed(lines[-LINES_SHOWN_MAX:])]


def _told(line: dict[str, Any]) -> Told:
    action = str(line.get("action") or "")
    return Told(
        title=str(TITLES.get(action, action)),
        detail=" · ".join(filter(None, [_state(line), _amount(line), _fields(line)])),
        note=str(line.get("note") or ""),
        by=str(line.get("performed_by") or ""),
        at=_moment(line.get("performed_at")),
    )


def _state(line: dict[str, Any]) -> str:
    status = line.get("status")
    return str(TicketStatus(status).label) if status in TicketStatus.values else ""


def _fields(line: dict[str, Any]) -> str:
    """Return what was changed, in words; a name that no field has is left out."""
    names = line.get("fields")
    known = [name for name in names if isinstance(name, str) and name in NAMES] if isinstance(names, list) else []
    return ", ".join(str(NAMES[name]) for name in known)


def _amount(line: dict[str, Any]) -> str:
    amounts = line.get("amounts")
    number = sum(amounts.values()) if isinstance(amounts, dict) else line.get("amount")
    if type(number) is not int or not number:
        return ""
    reason = line.get("kind")
    if reason in ClaimKind.values:
        return f"{ClaimKind(reason).label}: {vnd(number)}"
    kind = line.get("type")
    if kind in CompensationKind.values:
        return f"{CompensationKind(kind).label}: {vnd(number)}"
    return vnd(number)


def _moment(value: Any) -> str:
    try:
        at = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    return moment(at) if at and at.tzinfo else ""
