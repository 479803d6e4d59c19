"""What PayOS says, checked: strict where money hangs on it, blind for fields nobody knows yet. Pure."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from banking.models.topups import ORDER_CODE_MAX
from n2store.clock import VIETNAM, from_wall_time
from n2store.errors import DomainError
from n2store.wire import storable

AMOUNT_MAX = 2**53 - 1
TEXT_LENGTH_MAX = 500
REFERENCE_LENGTH_MAX = 100
SAMPLE_ACCOUNT, SAMPLE_REFERENCE = "12345678", "TF230204212323"
"""By these PayOS's sample is known, which it sends before it takes an address: what a real one cannot have both of."""
OPTIONAL = (
    "counterAccountBankId", "counterAccountBankName", "counterAccountName", "counterAccountNumber",
    "virtualAccountName", "virtualAccountNumber",
)  # fmt: skip
ACCOUNTS = ("accountNumber", "counterAccountNumber", "virtualAccountNumber")
_DIGITS = re.compile(r"\d(?=.*\d{4})")


class BadNotice(DomainError):
    """What came is not what PayOS sends."""

    status, code = 400, "INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One bank transfer, as a webhook tells it."""

    order_code: int
    amount_vnd: int
    description: str
    accounts: tuple[str, ...]
    reference: str
    paid_at: datetime
    currency: str
    link_id: str
    code: str

    @property
    def is_sample(self) -> bool:
        """Tell whether PayOS only tries the address."""
        return SAMPLE_ACCOUNT in self.accounts and self.reference == SAMPLE_REFERENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One bank transfer, as a link lists it."""

    reference: str
    amount_vnd: int
    paid_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A payment link. What an answer leaves out is empty."""

    link_id: str
    order_code: int
    amount_vnd: int
    status: str
    paid: tuple[Paid, ...] = ()
    checkout_url: str = ""
    qr_code: str = ""
    bank_bin: str = ""
    account_number: str = ""
    account_name: str = ""
    memo: str = ""


def envelope_of(body: bytes) -> tuple[dict[str, Any], str]:
    """Return `data` and signature of a webhook's body.

    Raises:
        BadNotice: it is no JSON object with both; NaN and repeated names are no JSON here.
    """
    try:
        given = json.loads(body, parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadNotice("The body is no JSON.") from error
    if not isinstance(given, dict) or not isinstance(given.get("data"), dict):
        raise BadNotice("The body holds no data.")
    if not isinstance(given.get("signature"), str) or not given["signature"]:
        raise BadNotice("The signature is missing.")
    return given["data"], given["signature"]


def notice_of(data: dict[str, Any]) -> Notice:
    """Return what a genuine `data` says.

    Raises:
        BadNotice: a field that matters is missing or of another kind.
    """
    for name in OPTIONAL:
        if data.get(name) is not None:
            _text(data, name)
    accounts = (_text(data, "accountNumber"), data.get("virtualAccountNumber") or "")
    return Notice(
        order_code=_whole(data, "orderCode", most=ORDER_CODE_MAX),
        amount_vnd=_whole(data, "amount", most=AMOUNT_MAX),
        description=_text(data, "description"),
        accounts=tuple(account for account in accounts if account),
        reference=_reference(data),
        paid_at=_moment(data),
        currency=_text(data, "currency"),
        link_id=_text(data, "paymentLinkId"),
        code=_text(data, "code"),
    )


def link_of(data: Any) -> Link:
    """Return what an answer says of a link, made or asked for.

    Raises:
        BadNotice: a field that matters is missing or of another kind.
    """
    if not isinstance(data, dict):
        raise BadNotice("The answer holds no data.")
    transactions = data.get("transactions") or []
    if not isinstance(transactions, list) or not all(isinstance(each, dict) for each in transactions):
        raise BadNotice("transactions must be a list of objects.")
    return Link(
        link_id=_text(data, "paymentLinkId" if "paymentLinkId" in data else "id"),
        order_code=_whole(data, "orderCode", most=ORDER_CODE_MAX),
        amount_vnd=_whole(data, "amount", most=AMOUNT_MAX),
        status=_text(data, "status"),
        paid=tuple(
            Paid(reference=_reference(each), amount_vnd=_whole(each, "amount", most=AMOUNT_MAX), paid_at=_moment(each))
            for each in transactions
        ),
        checkout_url=_optional(data, "checkoutUrl"),
        qr_code=_optional(data, "qrCode"),
        bank_bin=_optional(data, "bin"),
        account_number=_optional(data, "accountNumber"),
        account_name=_optional(data, "accountName"),
        memo=_optional(data, "description"),
    )


def blotted(data: dict[str, Any]) -> dict[str, Any]:
    """Return `data` for keeping: of an account only the last four digits."""
    return {
        name: _DIGITS.sub("*", value) if name in ACCOUNTS and isinstance(value, str) else value
        for name, value in data.items()
    }


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _whole(data: dict[str, Any], name: str, *, most: int) -> int:
    value = data.get(name)
    if type(value) is not int or not 0 < value <= most:
        raise BadNotice(f"{name} must be a whole number above 0.")
    return value


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or len(value) > TEXT_LENGTH_MAX or not storable(value):
        raise BadNotice(f"{name} must be a text.")
    return value


def _optional(data: dict[str, Any], name: str) -> str:
    return "" if data.get(name) is None else _text(data, name)


def _reference(data: dict[str, Any]) -> str:
    reference = _text(data, "reference")
    if len(reference) > REFERENCE_LENGTH_MAX:
        raise BadNotice("reference is too long.")
    return reference.strip()


def _moment(data: dict[str, Any]) -> datetime:
    """Read Vietnam's wall time, or ISO 8601 with its offset."""
    text = _text(data, "transactionDateTime")
    try:
        return from_wall_time(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadNotice("transactionDateTime is no moment.") from error
    return at if at.tzinfo else at.replace(tzinfo=VIETNAM)
