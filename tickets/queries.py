"""Reads of tickets: by what a URL says, one in full, those of a customer, the figures above the lists."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from n2store.errors import NotFound
from n2store.wire import storable
from tickets.models import Ticket

CODE_PREFIX = "TV-"
_ID_DIGITS_MAX = 18
CARD_TICKETS_MAX = 20


class TicketNotFound(NotFound):
    """No ticket has this code or id."""

    code = "TICKET_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Meant:
    """Which column an identifier of a URL means, and its value: one column, never two by OR."""

    column: str
    value: str | int


def ticket_meant(identifier: str) -> Meant:
    """Return what an identifier means: digits alone are our id, `TV-…` is a code, anything else an imported id.

    Raises:
        TicketNotFound: no ticket could have it.
    """
    text = identifier.strip()
    if not text or len(text) > 100 or not storable(text):
        raise TicketNotFound("Ticket not found")
    if text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS_MAX:
        return Meant("id", int(text))
    if text.upper().startswith(CODE_PREFIX):
        return Meant("code", text.upper())
    return Meant("firebase_id", text)


def id_of(identifier: str) -> int:
    """Return the id of the kept ticket that an identifier means.

    Raises:
        TicketNotFound: there is none.
    """
    meant = ticket_meant(identifier)
    found = Ticket.objects.kept().filter(**{meant.column: meant.value}).values_list("pk", flat=True).first()
    if found is None:
        raise TicketNotFound("Ticket not found")
    return found


DETAIL = """
    SELECT v.data::text, w.real_vnd, w.virtual_vnd, (
        SELECT json_build_object(
            'owed_to', coalesce(sum(o.open_vnd) FILTER (WHERE o.direction = 'owed_to'), 0)::bigint,
            'owed_by', coalesce(sum(o.open_vnd) FILTER (WHERE o.direction = 'owed_by'), 0)::bigint
        )::text FROM tickets_owed o WHERE o.ticket_id = t.id
    )
    FROM tickets_ticket t JOIN tickets_shown v ON v.id = t.id
    JOIN wallets_available w ON w.customer_id = t.customer_id
    WHERE t.{column} = %(value)s AND t.deleted_at IS NULL
"""


def detail(identifier: str) -> tuple[str, int, int, str]:
    """Return a ticket's row as JSON, its customer's real and virtual balance, and what is open both ways as JSON.

    Raises:
        TicketNotFound: there is none.
    """
    meant = ticket_meant(identifier)
    with connection.cursor() as cursor:
        cursor.execute(DETAIL.format(column=meant.column), {"value": meant.value})
        found: tuple[str, int, int, str] | None = cursor.fetchone()
    if found is None:
        raise TicketNotFound("Ticket not found")
    return found


def row_of(ticket_id: int) -> str:
    """Return a ticket's row as JSON, also of a deleted one."""
    return str(_value("SELECT data::text FROM tickets_shown WHERE id = %s", [ticket_id]))


def statistics() -> str:
    """Return how many tickets there are by state and type, and their money, as JSON."""
    return str(_value("SELECT tickets_statistics()::text", []))


def card(customer_id: int) -> str:
    """Return a customer's newest tickets, how many there are and what is open on them, as JSON for Customer 360."""
    return str(_value("SELECT tickets_card(%s, %s)::text", [customer_id, CARD_TICKETS_MAX]))


def money_of(customer_id: int) -> dict[str, int]:
    """Return what is open on a customer's tickets that are not over, by name: `owed_to_customer`, `owed_by_carrier`…"""
    found: dict[str, int] = _value("SELECT tickets_money_of(%s)", [customer_id])
    return found


def tickets_of(customer_id: int) -> QuerySet[Ticket]:
    """Return a customer's kept tickets, newest first."""
    return Ticket.objects.kept().filter(customer=customer_id).order_by("-pk")


def open_count(customer_id: int) -> int:
    """Return how many of a customer's tickets are not over."""
    return Ticket.objects.open().filter(customer=customer_id).count()


def _value(statement: str, parameters: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        [value] = cursor.fetchone()
    return value
