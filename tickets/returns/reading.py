"""What a return order may hold, as bodies say it, and what it looks like on the wire. Plain values in, columns out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.dateparse import parse_datetime

from customers.phones import InvalidPhone, canonical_phone
from n2store.clock import VIETNAM
from n2store.errors import DomainError
from n2store.wire import instant, storable
from tickets.details import checked_text
from tickets.models import ReturnOrder, ReturnSource, ReturnStatus
from wallets.api.inputs import whole_number

LENGTH_MAX = {
    "customer_name": 255, "invoice_number": 100, "reference": 255, "return_reason": 2_000, "tpos_id": 100,
}  # fmt: skip
STORED_AS = {
    "total_amount": "total_vnd", "remaining_debt": "debt_vnd", "return_reason": "reason", "is_returned": "returned",
    "invoice_date": "invoiced_at",
}  # fmt: skip
FIELDS = (
    "customer_name", "phone", "invoice_number", "reference", "invoice_date", "total_amount", "remaining_debt",
    "status", "return_reason", "is_returned", "tpos_id", "tpos_data", "source",
)  # fmt: skip
AMOUNT_MAX_VND = 10**12


class InvalidReturnOrder(DomainError):
    """A field of the return order cannot stand."""

    code = "INVALID_RETURN_ORDER"


def columns_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that wire fields mean; a field not known here is left out.

    Raises:
        InvalidReturnOrder: one of them cannot stand.
    """
    return {STORED_AS.get(name, name): _READ[name](name, given[name]) for name in FIELDS if name in given}


def fields_of(row: ReturnOrder) -> dict[str, Any]:
    """Return a return order under its names on the wire."""
    return {
        "id": row.pk,
        "customer_name": row.customer_name,
        "phone": row.phone or None,
        "invoice_number": row.invoice_number,
        "reference": row.reference or None,
        "invoice_date": instant(row.invoiced_at),
        "total_amount": row.total_vnd,
        "remaining_debt": row.debt_vnd,
        "status": row.status,
        "return_reason": row.reason or None,
        "is_returned": row.returned,
        "tpos_id": row.tpos_id or None,
        "tpos_data": row.tpos_data,
        "source": row.source,
        "created_by": row.actor,
        "created_at": instant(row.created_at),
        "updated_at": instant(row.updated_at),
    }


def _text(name: str, value: object) -> str:
    return checked_text(name, value, most=LENGTH_MAX[name], refusal=InvalidReturnOrder)


def _named(name: str, value: object) -> str:
    text = _text(name, value)
    if not text:
        raise InvalidReturnOrder(f"{name} is required")
    return text


def _phone(name: str, value: object) -> str:
    if value is None or value == "":
        return ""
    try:
        return canonical_phone(str(value)) if isinstance(value, str | int) else canonical_phone("?")
    except InvalidPhone as error:
        raise InvalidReturnOrder(f"{name} is no phone number") from error


def _amount(name: str, value: object) -> int:
    number = 0 if value is None else whole_number(value)
    if number is None or not 0 <= number <= AMOUNT_MAX_VND:
        raise InvalidReturnOrder(f"{name} must be a whole number of dong, not below zero")
    return number


def _word(name: str, value: object) -> str:
    known = {"status": ReturnStatus.values, "source": ReturnSource.values}[name]
    if not isinstance(value, str) or value not in known:
        raise InvalidReturnOrder(f"{name} must be one of: {', '.join(known)}")
    return value


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidReturnOrder(f"{name} must be true or false")
    return value


def _moment(name: str, value: object) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        if not isinstance(value, str):
            raise ValueError
        if len(value) == 10:
            return datetime.combine(date.fromisoformat(value), time.min, tzinfo=VIETNAM)
        at = parse_datetime(value)
        if at is None or not 1990 <= at.year < 2200:
            raise ValueError
    except ValueError as error:
        raise InvalidReturnOrder(f"{name} must be a day or an instant in ISO 8601") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _object(name: str, value: object) -> object:
    if value is not None and not isinstance(value, dict):
        raise InvalidReturnOrder(f"{name} must be an object")
    if not storable(repr(value)) or "\\x00" in repr(value) or len(repr(value)) > 100_000:
        raise InvalidReturnOrder(f"{name} is too large, or holds characters that are no text")
    return value


_READ = {
    "customer_name": _named, "phone": _phone, "invoice_number": _named, "reference": _text, "invoice_date": _moment,
    "total_amount": _amount, "remaining_debt": _amount, "status": _word, "return_reason": _text,
    "is_returned": _flag, "tpos_id": _text, "tpos_data": _object, "source": _word,
}  # fmt: skip
