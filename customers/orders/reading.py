"""Reading one order as a page, a sheet or a program writes it: plain values in, an `OrderFact` out. Pure.

Names and words are those of our API, of TPOS's exports and of the shop's sheets. A time without a zone is Vietnam's.
"""

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from customers.models import OrderSource, OrderStatus
from customers.phones import InvalidPhone, canonical_phone
from n2store.clock import VIETNAM
from n2store.wire import storable

CODE_LENGTH_MAX = 80
NAME_LENGTH_MAX = 255
WORDS_LENGTH_MAX = 100
TOTAL_MAX_VND = 100_000_000_000
RAW_LENGTH_MAX = 20_000
YEAR_MIN = 2000
AHEAD_MAX = timedelta(days=1)
"""How far the clock of whoever tells may be ahead of ours."""

NAMES: dict[str, tuple[str, ...]] = {
    "source": ("source", "nguon"),
    "code": ("code", "external_code", "order_code", "order_id", "number", "ma don", "ma don hang", "so hd", "ma"),
    "phone": ("phone", "customer_phone", "sdt", "so dien thoai", "dien thoai"),
    "name": ("name", "customer_name", "ten khach hang", "khach hang", "ten"),
    "total": ("total", "total_vnd", "total_amount", "amount", "tong tien", "thanh tien"),
    "status": ("status", "state", "trang thai"),
    "ordered_at": ("ordered_at", "order_date", "created_at", "ngay dat", "ngay ban", "ngay tao", "ngay"),
    "delivered_at": ("delivered_at", "ngay giao"),
    "returned_at": ("returned_at", "ngay hoan", "ngay tra"),
    "cancelled_at": ("cancelled_at", "ngay huy"),
    "told_at": ("updated_at", "told_at", "ngay cap nhat"),
    "raw": ("raw",),
}
"""What each field is called, folded; the first one that holds something counts."""
STATUS_WORDS: dict[str, OrderStatus] = {
    **{status.value: status for status in OrderStatus},
    **dict.fromkeys(("draft", "pending", "nhap", "cho xac nhan", "don nhap"), OrderStatus.OPEN),
    **dict.fromkeys(
        ("processing", "shipping", "da xac nhan", "xac nhan", "dang xu ly", "dang giao", "cho giao"),
        OrderStatus.CONFIRMED,
    ),
    **dict.fromkeys(
        ("completed", "paid", "da giao", "da thanh toan", "hoan thanh", "thanh cong"), OrderStatus.DELIVERED
    ),
    **dict.fromkeys(
        ("refunded", "da hoan", "hoan hang", "tra hang", "da tra hang", "hoan", "chuyen hoan"), OrderStatus.RETURNED
    ),
    **dict.fromkeys(("canceled", "cancel", "da huy", "huy", "huy bo"), OrderStatus.CANCELLED),
}
"""Words for a state, folded."""
_AMOUNT = re.compile(r"-?[0-9]+([.,][0-9]{3})*([.,][0-9]{1,2})?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})(?:[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?")


class Unreadable(ValueError):
    """The row is no order. The text is an English sentence for programs; `told` says it to the reader."""

    def __init__(self, sentence: str, **params: object) -> None:
        super().__init__(sentence % params if params else sentence)
        self._sentence, self._params = sentence, params

    @property
    def told(self) -> str:
        """Return the sentence in the reader's language; names of fields stay as our API spells them."""
        return gettext(self._sentence) % self._params if self._params else gettext(self._sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFact:
    """One order as a source tells it at `told_at`. Moments, and a status, that it does not name are None."""

    source: str
    code: str
    phone: str
    name: str = ""
    total: int
    status: str | None = None
    words: str = ""
    ordered_at: datetime | None = None
    delivered_at: datetime | None = None
    returned_at: datetime | None = None
    cancelled_at: datetime | None = None
    told_at: datetime
    raw: dict[str, Any] = field(default_factory=dict)

    def as_json(self, place: int) -> dict[str, Any]:
        """Return the row that `customers_take_orders` takes."""
        values = asdict(self) | {"place": place}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def fold(text: str) -> str:
    """Return a heading or a word without case, diacritics and spaces around it."""
    bare = unicodedata.normalize("NFD", text.strip().casefold().replace("đ", "d"))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())


def read_order(row: Mapping[str, Any], *, source: OrderSource, now: datetime) -> OrderFact:
    """Read one row; `source` counts where the row names none, and `now` where it says not until when it is true.

    Raises:
        Unreadable: the code, the phone or the total is missing, or something in the row cannot be.
    """
    given = _by_field(row)
    told_at = _moment(given, "told_at", now) or now
    words = _text(given, "status", WORDS_LENGTH_MAX)
    status = STATUS_WORDS.get(fold(words)) if words else None
    if words and status is None:
        raise Unreadable(_("status must be one of: %(words)s"), words=", ".join(OrderStatus.values))
    try:
        phone = canonical_phone(_required(given, "phone", 50))
    except InvalidPhone as fault:
        raise Unreadable(_("phone must be a Vietnamese phone number of 10 digits")) from fault
    moments = {
        name: _moment(given, name, now) for name in ("ordered_at", "delivered_at", "returned_at", "cancelled_at")
    }
    check_moments(**moments)
    return OrderFact(
        source=_source(given, source),
        code=_required(given, "code", CODE_LENGTH_MAX),
        phone=phone,
        name=" ".join(_text(given, "name", NAME_LENGTH_MAX).split()),
        total=read_total(given.get("total")),
        status=status,
        words=words,
        told_at=told_at,
        raw=_raw(given),
        **moments,
    )


def code_told(row: Mapping[str, Any]) -> str | None:
    """Return the code of a row that is no order, so that its sender finds it again; None where that cannot be read."""
    try:
        return _required(_by_field(row), "code", CODE_LENGTH_MAX)
    except Unreadable:
        return None


def read_total(given: object) -> int:
    """Return an amount in whole dong; what is less than a dong is cut off.

    Raises:
        Unreadable: it is no amount from 0 to 100 billion.
    """
    if isinstance(given, str):
        given = _amount(given.strip().removesuffix("đ").removesuffix("₫").strip())
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise Unreadable(_("total must be an amount of dong"))
    if not 0 <= given <= TOTAL_MAX_VND:
        raise Unreadable(_("total must be from 0 to %(most)s"), most=f"{TOTAL_MAX_VND:,}")
    return math.floor(given)


def _amount(text: str) -> float | int | None:
    """Read `1.250.000`, `1,250,000`, `350000` and `350000.00`; None for anything else."""
    if not _AMOUNT.fullmatch(text) or len(text) > 30:
        return None
    whole, *rest = re.split(r"[.,]", text)
    if rest and len(rest[-1]) < 3:
        rest.pop()  # Below a dong.
    return int("".join([whole, *rest]))


def read_moment(given: object, name: str, now: datetime) -> datetime | None:
    """Return the moment that a value names; None for an empty one.

    Raises:
        Unreadable: it is none, or not of this century up to tomorrow.
    """
    if given is None or given == "":
        return None
    at = given if isinstance(given, datetime) else _parsed(given)
    if at is None:
        raise Unreadable(_("%(name)s must be a time such as 2026-01-31T10:00:00+07:00"), name=name)
    at = at if at.tzinfo else at.replace(tzinfo=VIETNAM)
    if not YEAR_MIN <= at.year <= now.year + 1 or at > now + AHEAD_MAX:
        raise Unreadable(_("%(name)s must lie between the year %(year)s and now"), name=name, year=YEAR_MIN)
    return at


def check_moments(
    *, ordered_at: datetime | None, delivered_at: datetime | None, returned_at: datetime | None,
    cancelled_at: datetime | None,
) -> None:  # fmt: skip
    """Return if nothing happened before what must come before it. A day without an hour may be any hour of that day.

    Raises:
        Unreadable: something did.
    """
    for name, at in (("delivered_at", delivered_at), ("returned_at", returned_at), ("cancelled_at", cancelled_at)):
        if _comes_before(at, ordered_at):
            raise Unreadable(_("%(name)s lies before ordered_at"), name=name)
    if _comes_before(returned_at, delivered_at):
        raise Unreadable(_("returned_at lies before delivered_at"))


def _comes_before(later: datetime | None, earlier: datetime | None) -> bool:
    """Tell whether `later`, which may be a day without an hour, lies before `earlier`."""
    if later is None or earlier is None or later >= earlier:
        return False
    on = later.astimezone(VIETNAM)
    return on.time() != time.min or on.date() != earlier.astimezone(VIETNAM).date()


def _parsed(given: object) -> datetime | None:
    if isinstance(given, date):
        return datetime.combine(given, time.min)
    if not isinstance(given, str) or len(given) > 40:
        return None
    text = given.strip()
    try:
        if found := _DAY_FIRST.fullmatch(text):
            day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
            return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 -- as above
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return datetime.combine(date.fromisoformat(text), time.min)
        return parse_datetime(text)
    except (ValueError, OverflowError):
        return None


def _by_field(row: Mapping[str, Any]) -> dict[str, Any]:
    folded = {fold(str(name)): value for name, value in row.items()}
    return {
        field: next((folded[name] for name in names if folded.get(name) not in (None, "")), None)
        for field, names in NAMES.items()
    }


def _moment(given: Mapping[str, Any], name: str, now: datetime) -> datetime | None:
    return read_moment(given[name], name if name != "told_at" else "updated_at", now)


def _text(given: Mapping[str, Any], name: str, length_max: int) -> str:
    value = given[name]
    if value is None:
        return ""
    if type(value) is int:  # A code of digits.
        value = str(value)
    if not isinstance(value, str) or not storable(value):
        raise Unreadable(_("%(name)s must be a text"), name=name)
    text = unicodedata.normalize("NFC", value).strip()
    if len(text) > length_max:
        raise Unreadable(_("%(name)s must have at most %(most)s characters"), name=name, most=length_max)
    return text


def _required(given: Mapping[str, Any], name: str, length_max: int) -> str:
    if name == "phone" and given[name] is not None and not isinstance(given[name], str):
        raise Unreadable(_("%(name)s must be a text"), name="phone")  # A number has lost its zero.
    text = _text(given, name, length_max)
    if not text:
        raise Unreadable(_("%(name)s is missing"), name=name)
    return text


def _source(given: Mapping[str, Any], source: OrderSource) -> str:
    named = _text(given, "source", 20).casefold() or source.value
    if named not in OrderSource.values:
        raise Unreadable(_("source must be one of: %(words)s"), words=", ".join(OrderSource.values))
    return named


def _raw(given: Mapping[str, Any]) -> dict[str, Any]:
    raw = given["raw"]
    if raw is None:
        return {}
    text = json.dumps(raw, ensure_ascii=False) if isinstance(raw, dict) else ""
    if not text or len(text) > RAW_LENGTH_MAX or "\\u0000" in text or not storable(text):
        raise Unreadable(_("raw must be an object of at most %(most)s characters"), most=f"{RAW_LENGTH_MAX:,}")
    return dict(raw)
