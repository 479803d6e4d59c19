"""SePay's payload as values: checked field by field, refused with the words of the contract.

Amounts are whole dong; `transactionDate` has no zone and means Vietnam wall time. Source: SePay's webhook page.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from n2store.clock import from_wall_time
from n2store.errors import DomainError

REQUIRED = ("id", "gateway", "transactionDate", "accountNumber", "transferType", "transferAmount", "accumulated")
ID_MAX = 2**63 - 1
AMOUNT_MAX_VND = 2**53
TEXT_MAX_CHARACTERS = {
    "gateway": 100, "accountNumber": 50, "code": 100, "subAccount": 100, "referenceCode": 100,
    "content": 65_536, "description": 65_536,
}  # fmt: skip


class BadDelivery(DomainError):
    """The body can never be stored. `body` is the answer; `reason` is what the refusal is counted under."""

    def __init__(self, error: str, *, reason: str, **more: Any) -> None:
        super().__init__(error)
        self.reason = reason
        self.body = {"success": False, "error": error, **more}


class TooLarge(BadDelivery):
    """The body is longer than any delivery."""

    status = 413


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one delivery says."""

    sepay_id: int
    gateway: str
    transferred_at: datetime
    account_number: str
    sub_account: str
    code: str
    content: str
    direction: str
    amount_vnd: int
    accumulated_vnd: int
    reference_code: str
    description: str


def parse(body: bytes, *, content_type: str = "application/json") -> Notice:
    """Return what a delivery says; `application/x-www-form-urlencoded` is read too.

    Raises:
        BadDelivery: malformed, incomplete, wrongly typed, or beyond what the table holds.
    """
    if content_type.startswith("application/x-www-form-urlencoded"):
        return notice_of_fields(_from_form(_text(body)))
    return notice_of_fields(_from_json(_text(body)))


def notice_of_fields(given: Mapping[str, Any]) -> Notice:
    """Return the twelve fields as a notice, each of them checked.

    Raises:
        BadDelivery: one is missing, wrongly typed, or beyond what the table holds.
    """
    missing = [name for name in REQUIRED if given.get(name) is None]
    if missing:
        raise BadDelivery("Missing required fields", reason="missing_fields", missing=missing)
    direction = given["transferType"]
    if direction not in ("in", "out"):
        raise BadDelivery('Invalid transfer_type - must be "in" or "out"', reason="transfer_type")
    return Notice(
        sepay_id=_whole(given, "id", least=1, most=ID_MAX),
        gateway=_words(given, "gateway"),
        transferred_at=_moment(given, "transactionDate"),
        account_number=_words(given, "accountNumber"),
        sub_account=_words(given, "subAccount"),
        code=_words(given, "code"),
        content=_words(given, "content"),
        direction=direction,
        amount_vnd=_whole(given, "transferAmount", least=0, most=AMOUNT_MAX_VND),
        accumulated_vnd=_whole(given, "accumulated", least=-AMOUNT_MAX_VND, most=AMOUNT_MAX_VND),
        reference_code=_words(given, "referenceCode"),
        description=_words(given, "description"),
    )


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed("The body is not UTF-8.") from error


def _from_json(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text, object_pairs_hook=_once_each, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _malformed("The body is not valid JSON.") from error
    if isinstance(given, list | str):
        raise BadDelivery("Missing required fields", reason="missing_fields", missing=list(REQUIRED))
    if not isinstance(given, dict):
        raise BadDelivery("Invalid data - expected JSON object", reason="not_an_object")
    return given


def _malformed(message: str) -> BadDelivery:
    return BadDelivery("SyntaxError", reason="malformed", message=message)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    given = dict(pairs)
    if len(given) != len(pairs):
        raise ValueError("a name stands twice")
    return given


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _from_form(text: str) -> dict[str, Any]:
    """Read a form body, where every value is text: numbers are turned back, an empty optional value is none."""
    given: dict[str, Any] = _once_each_of_form(parse_qsl(text, keep_blank_values=True))
    for name in ("id", "transferAmount", "accumulated"):
        value = given.get(name, "")
        if value.removeprefix("-").isdecimal() and value.isascii() and len(value) <= len(str(ID_MAX)):
            given[name] = int(value)
    return given


def _once_each_of_form(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    try:
        return _once_each(pairs)
    except ValueError as error:
        raise _malformed("A form field stands twice.") from error


def _invalid(name: str, rule: str) -> BadDelivery:
    return BadDelivery(f"Invalid {name} - must be {rule}", reason=f"invalid_{name}", field=name)


def _whole(given: Mapping[str, Any], name: str, *, least: int, most: int) -> int:
    value = given[name]
    if type(value) is not int or not least <= value <= most:
        raise _invalid(name, f"a whole number from {least} to {most}")
    return value


def _words(given: Mapping[str, Any], name: str) -> str:
    """Return a text field; what SePay leaves out or sends as null is empty."""
    value = given.get(name)
    if value is None:
        return ""
    most = TEXT_MAX_CHARACTERS[name]
    if not isinstance(value, str) or len(value) > most or not _storable(value):
        raise _invalid(name, f"text of at most {most} characters")
    return value


def _storable(value: str) -> bool:
    """Tell whether PostgreSQL takes the text: no NUL, no half of a surrogate pair."""
    try:
        return b"\x00" not in value.encode()
    except UnicodeEncodeError:
        return False


def _moment(given: Mapping[str, Any], name: str) -> datetime:
    value = given[name]
    try:
        return from_wall_time(value)
    except (ValueError, TypeError) as error:
        raise _invalid(name, "a moment YYYY-MM-DD HH:MM:SS") from error
