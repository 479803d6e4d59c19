"""What may stand in the fields of a ticket: plain values in, columns out. The same for every door."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from n2store.errors import DomainError
from n2store.wire import storable
from tickets.attachments import kept
from tickets.models import RETURN_TYPES, FixCodReason, Priority, TicketStatus, TicketType
from tickets.products import InvalidProducts, checked_attachments, checked_products, goods_value, something_comes_back
from tickets.workflow import ALIASES, GOODS_COME, KIND_OF, Kind
from wallets.api.inputs import whole_number

AMOUNT_MAX_VND = 10**12
NOTE_LENGTH_MAX = 5_000
LENGTH_MAX = {
    "customer_name": 255, "order_id": 80, "tracking_code": 100, "carrier": 50, "subject": 255, "description": 10_000,
    "internal_note": 10_000, "assigned_to": 150, "refund_number": 50, "firebase_id": 100,
}  # fmt: skip
AMOUNTS = {"original_cod": "original_cod_vnd", "new_cod": "new_cod_vnd", "refund_amount": "refund_vnd"}
"""Wire name -> column."""
IDS = ("tpos_order_id", "refund_order_id")
MOMENTS = {
    "received_at": "received_at", "settled_at": "settled_at", "carrier_deadline": "carrier_deadline_at",
}  # fmt: skip
HAPPENED = ("received_at", "settled_at")
"""Moments of what is over; a deadline lies ahead."""
AHEAD_MAX_S = 300
"""By how much a caller's clock may be ahead of ours."""


class InvalidTicket(DomainError):
    """A field of the ticket cannot stand."""

    code = "INVALID_TICKET"


class InvalidNote(DomainError):
    """The note is empty, too long, or no text."""

    code = "INVALID_NOTE"


class InvalidType(DomainError):
    """There is no such type of ticket."""

    code = "INVALID_TICKET_TYPE"


class InvalidCod(DomainError):
    """The amounts contradict each other: a COD is lowered, and nothing is more than the parcel was to bring."""

    code = "INVALID_COD"


def type_of(given: object) -> TicketType:
    """Return the type that a code or a seed's name means.

    Raises:
        InvalidType: neither.
    """
    word = given.strip().upper() if isinstance(given, str) else ""
    if word in ALIASES:
        return ALIASES[word]
    if word not in TicketType.values:
        raise InvalidType(f"type must be one of: {', '.join(TicketType.values)}")
    return TicketType(word)


def columns_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that wire fields mean. None empties what can be empty; a field not known here is left out.

    Raises:
        InvalidTicket, InvalidProducts: one of them cannot stand.
    """
    columns: dict[str, Any] = {}
    for name, value in given.items():
        if name in LENGTH_MAX:
            columns[name] = checked_text(name, value, most=LENGTH_MAX[name], refusal=InvalidTicket)
        elif name in AMOUNTS:
            columns[AMOUNTS[name]] = _number(name, value, most=AMOUNT_MAX_VND)
        elif name in IDS:
            columns[name] = _number(name, value, most=2**63 - 1)
        elif name in MOMENTS:
            columns[MOMENTS[name]] = _moment(name, value)
        elif name in WORDS:
            columns[name] = _word(name, value, WORDS[name])
        elif name == "products":
            columns[name] = checked_products([] if value is None else value)
        elif name == "attachments":
            columns[name] = checked_attachments(kept([] if value is None else value))
    return columns


WORDS = {
    "priority": Priority.values, "fix_cod_reason": ["", *FixCodReason.values], "status": TicketStatus.values,
}  # fmt: skip


def check_amounts(
    type: TicketType,
    *,
    original_cod_vnd: int | None,
    new_cod_vnd: int | None,
    refund_vnd: int | None,
    products: list[dict[str, Any]],
) -> None:
    """Return if the amounts fit each other.

    Raises:
        InvalidCod: they do not.
    """
    if original_cod_vnd is not None and new_cod_vnd is not None and new_cod_vnd >= original_cod_vnd:
        raise InvalidCod("new_cod must be less than original_cod")
    most = _at_stake(type, original_cod_vnd=original_cod_vnd, new_cod_vnd=new_cod_vnd, products=products)
    if refund_vnd is not None and most is not None and refund_vnd > most:
        raise InvalidCod(f"refund_amount {refund_vnd} is more than the {most} at stake")


def _at_stake(
    type: TicketType, *, original_cod_vnd: int | None, new_cod_vnd: int | None, products: list[dict[str, Any]]
) -> int | None:
    """Return the most that a ticket can be about; None where nothing says it.

    A return is about what its goods are worth: of an order that was paid before, the COD is 0.
    """
    if KIND_OF[type] is Kind.CARRIER:
        if type == TicketType.FIX_COD and original_cod_vnd is not None and new_cod_vnd is not None:
            return original_cod_vnd - new_cod_vnd
        return original_cod_vnd
    value = goods_value(products) if KIND_OF[type] is Kind.RETURN else None
    return value if value is not None else original_cod_vnd or None


def amount_meant(
    type: str, *, original_cod_vnd: int | None, new_cod_vnd: int | None, products: list[dict[str, Any]]
) -> int | None:
    """Return a ticket's money where its other fields say it: the COD, how far it falls, what comes back is worth.

    A COD does not fall by more than it is: goods that are worth more do not say how far.

    Raises:
        InvalidProducts: the goods are worth more than any ticket can be about.
    """
    if type == TicketType.FIX_COD and original_cod_vnd and new_cod_vnd is not None:
        return original_cod_vnd - new_cod_vnd
    if type == TicketType.BOOM:
        return original_cod_vnd
    value = goods_value(products) if type in (*RETURN_TYPES, TicketType.FIX_COD) else None
    if type == TicketType.FIX_COD and value is not None and original_cod_vnd is not None and value > original_cod_vnd:
        return None
    if value is not None and value > AMOUNT_MAX_VND:
        raise InvalidProducts(
            f"goods for {value} dong are more than a ticket can be about",
            why=_("They are worth more than a ticket can be about."),
        )
    return value


def check_goods(type: TicketType, *, fix_cod_reason: str, products: list[dict[str, Any]]) -> None:
    """Return if something comes back wherever a ticket names the goods that do.

    Raises:
        InvalidProducts: every line says that nothing of it comes back.
    """
    returned = KIND_OF[type] is Kind.RETURN or fix_cod_reason in GOODS_COME
    if returned and products and not something_comes_back(products):
        raise InvalidProducts("no line of products comes back", why=_("Say how many pieces come back."))


def checked_text(name: str, value: object, *, most: int, refusal: type[DomainError]) -> str:
    """Return a text of at most `most` characters, without the space around it; a number counts as its digits.

    Raises:
        `refusal`: it is none, or longer.
    """
    if value is None:
        return ""
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str) or not storable(value) or len(value.strip()) > most:
        raise refusal(f"{name} must be a text of at most {most} characters")
    return value.strip()


def checked_note(text: str) -> str:
    """Return a note without the space around it; an empty one is for the caller to judge.

    Raises:
        InvalidNote: it is too long, or no text.
    """
    text = text.strip()
    if len(text) > NOTE_LENGTH_MAX or not storable(text):
        raise InvalidNote(f"A note has at most {NOTE_LENGTH_MAX} characters")
    return text


def _number(name: str, value: object, *, most: int) -> int | None:
    if value is None or value == "":
        return None
    number = whole_number(value)
    if number is None or not 0 <= number <= most:
        raise InvalidTicket(f"{name} must be a whole number from 0 to {most}")
    return number


def _word(name: str, value: object, known: list[str]) -> str:
    word = "" if value is None else value
    if not isinstance(word, str) or word not in known:
        raise InvalidTicket(f"{name} must be one of: {', '.join(filter(None, known))}")
    return word


def _moment(name: str, value: object) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        at = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or not 2000 <= at.year < 2200:
        raise InvalidTicket(f"{name} must be an instant in ISO 8601")
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if name in HAPPENED and at > timezone.now() + timedelta(seconds=AHEAD_MAX_S):
        raise InvalidTicket(f"{name} has happened: it cannot lie ahead")
    return at
