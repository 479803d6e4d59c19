"""What may stand in a customer's profile, and whose word counts: plain values in, plain values out."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from customers.models import Customer, Origin, Status, Tier
from customers.phones import InvalidPhone, canonical_phone
from n2store.errors import DomainError
from n2store.wire import instant

LABELS = {
    "phone": "số điện thoại",
    "name": "tên",
    "email": "email",
    "address": "địa chỉ",
    "status": "trạng thái",
    "tier": "hạng",
    "tags": "nhãn",
    "aliases": "tên tham khảo",
    "internal_note": "ghi chú nội bộ",
    "tpos_id": "mã TPOS",
    "tpos_data": "dữ liệu TPOS",
    "debt_vnd": "nợ cũ",
    "active": "hoạt động",
}
"""The fields that may change, as a line of history names them."""
TIERS = {
    "platinum": "bạch kim",
    "gold": "vàng",
    "silver": "bạc",
    "new": "mới",
    "blacklist": "danh sách đen",
    "normal": "bình thường",
    "danger": "rủi ro",
}
"""The tiers likewise: history is stored in the shop's language."""

LENGTH_MAX = {"name": 255, "email": 255, "address": 1_000, "internal_note": 5_000, "tpos_id": 100}
LIST_MAX = 50
LIST_ITEM_LENGTH_MAX = 255
DEBT_MAX_VND = 2**53
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class InvalidProfile(DomainError):
    """Some of what was given cannot stand in a profile; `faults` says what, field by field."""

    status, code = 400, "INVALID_PROFILE"

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(next(iter(faults.values())))
        self.faults = dict(faults)


class Faulty(ValueError):
    """One value cannot stand; the text is a sentence."""


def checked(given: Mapping[str, object]) -> dict[str, Any]:
    """Return the given fields as they are stored.

    Raises:
        InvalidProfile: one of them is unknown or cannot stand.
    """
    good: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for field, value in given.items():
        if field not in LABELS:
            faults[field] = f"{field} is no field of a profile"
            continue
        try:
            good[field] = CHECKS[field](field, value)
        except (Faulty, InvalidPhone) as fault:
            faults[field] = str(fault)
    if faults:
        raise InvalidProfile(faults)
    return good


def changes_told(before: Mapping[str, object], news: Mapping[str, object]) -> str:
    """Return the fields that change, as a line of history names them; a tier with what it was and what it is now."""
    return ", ".join(LABELS[field] + (_tiers(before[field], news[field]) if field == "tier" else "") for field in news)


def _tiers(before: object, after: object) -> str:
    return f" {TIERS[str(before)]} → {TIERS[str(after)]}"


def clean_text(field: str, value: object, *, length_max: int) -> str:
    """Return a text composed (NFC) and without spaces around it.

    Raises:
        Faulty: it is no text, too long, or holds characters that nobody can type.
    """
    if not isinstance(value, str):
        raise Faulty(f"{field} must be a text")
    text = unicodedata.normalize("NFC", value).strip()
    if len(text) > length_max:
        raise Faulty(f"{field} must have at most {length_max:,} characters")
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\r\t" for c in text):
        raise Faulty(f"{field} holds characters that cannot be stored")
    return text


def _text(field: str, value: object) -> str:
    if field == "tpos_id" and type(value) is int:
        value = str(value)
    return clean_text(field, value, length_max=LENGTH_MAX[field])


def _name(field: str, value: object) -> str:
    name = " ".join(_text(field, value).split())
    if not name:
        raise Faulty("name must not be empty")
    return name


def _email(field: str, value: object) -> str:
    email = _text(field, value)
    if email and not _EMAIL.fullmatch(email):
        raise Faulty("email is no e-mail address")
    return email


def _phone(_: str, value: object) -> str:
    if not isinstance(value, str):
        raise Faulty("phone must be a text")
    return canonical_phone(value)


def _one_of(known: list[str]) -> Callable[[str, object], str]:
    def check(field: str, value: object) -> str:
        if value not in known:
            raise Faulty(f"{field} must be one of: {', '.join(known)}")
        return str(value)

    return check


def _texts(field: str, value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > LIST_MAX:
        raise Faulty(f"{field} must be a list of at most {LIST_MAX} texts")
    texts = [clean_text(field, item, length_max=LIST_ITEM_LENGTH_MAX) for item in value]
    return list(dict.fromkeys(text for text in texts if text))


def _debt(_: str, value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,16}", value.strip()):
        value = int(value)
    if type(value) is not int or abs(value) > DEBT_MAX_VND:
        raise Faulty("debt must be a whole number")
    return value


def _flag(field: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise Faulty(f"{field} must be true or false")
    return value


def _record(field: str, value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    if isinstance(value, dict):
        return dict(value)
    raise Faulty(f"{field} must be an object")


CHECKS: dict[str, Callable[[str, object], Any]] = {
    "phone": _phone,
    "name": _name,
    "email": _email,
    "address": _text,
    "status": _one_of(Status.values),
    "tier": _one_of(Tier.values),
    "tags": _texts,
    "aliases": _texts,
    "internal_note": _text,
    "tpos_id": _text,
    "tpos_data": _record,
    "debt_vnd": _debt,
    "active": _flag,
}


def status_from_elsewhere(text: str | None) -> Status | None:
    """Return our status for what TPOS or a sheet calls it; None for words that are none of ours (`Khách sỉ`)."""
    wanted = unicodedata.normalize("NFC", text or "").strip().casefold()
    return next((status for status in Status if status.value.casefold() == wanted), None)


def what_changes(customer: Customer, wanted: Mapping[str, Any], source: Origin) -> dict[str, Any]:
    """Return those of the wanted values that are to be written.

    Staff may write and empty anything. TPOS and imports fill and renew: they never empty a field, and never touch one
    that a person typed.
    """
    news = {field: value for field, value in wanted.items() if value != getattr(customer, field)}
    if source == Origin.PERSON:
        return news
    typed = {field for field, said in customer.field_sources.items() if said.get("source") == Origin.PERSON}
    return {field: value for field, value in news.items() if field not in typed and value not in ("", None, [], {})}


def sources_after(
    customer: Customer, fields: Mapping[str, Any], *, source: Origin, by: str, at: datetime
) -> dict[str, Any]:
    """Return the customer's field sources once `fields` have been written."""
    said = {"source": source.value, "by": by, "at": instant(at)}
    known: dict[str, Any] = customer.field_sources
    return known | dict.fromkeys(fields, said)
