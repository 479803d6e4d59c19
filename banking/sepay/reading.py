"""Whose transfer is this? Reads a QR code, a phone or the end of a phone from the text a bank passes on. Pure.

The rule numbers E0 to E9 are those of the banking contract, section 3.2. Every step looks at each character a bounded
number of times: the text is a stranger's, and the webhook waits for it.
"""

import re
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

READ_MAX_CHARACTERS = 10_000
MARKS_MAX = 30  # In one row. Unicode's stream-safe form draws the same line, and no language comes near it.
OWN_ACCOUNTS = frozenset({"75918"})

_WORD_CHARACTERS = frozenset(string.ascii_letters + string.digits + "_")
# Only ASCII: `\d` and `\w` would also take full-width digits, and Vietnamese letters for parts of a number's word.
_QR = re.compile(r"N2[A-Z0-9]{16}", re.IGNORECASE | re.ASCII)
_TRACE = re.compile(r"GD", re.IGNORECASE | re.ASCII)
_MOMO = re.compile(r"[0-9]{12}-0[0-9]{9}-")
_REFERENCE = r"\.[A-Z]*[0-9][A-Z0-9]*"  # Not a name, which has no digit.
_MBVCB_CUSTOMER = re.compile(rf"MBVCB{_REFERENCE * 2}\.([0-9]+)\.CT", re.IGNORECASE | re.ASCII)
_MBVCB_REFERENCES = re.compile(rf"MBVCB{_REFERENCE}(?:{_REFERENCE})?", re.IGNORECASE | re.ASCII)
_ACCOUNTS = re.compile(r"CT\s+tu\s+[0-9]", re.IGNORECASE | re.ASCII)
_RUN = re.compile(r"[0-9]+")
_SEQUENCE = re.compile(r"[0-9]+(?:[ .-][0-9]+)*")
_WITHOUT_SPACE = re.compile(r"[^ ]+")
_PHONE = re.compile(r"0[0-9]{9}")
_PHONE_IN_GROUPS = re.compile(r"0[35789][0-9]{8}")
_PHONE_ABROAD = re.compile(r"84[35789][0-9]{8}")
_PARTIAL = re.compile(r"[0-9]{5,9}")
_PARTIAL_OR_TOUCHED = re.compile(r"[0-9]{5,9}|0[0-9]{9}")
# A whole word in Vietnamese too, so that `318264 đơn hàng` is an order and no amount in đ.
_CURRENCY = re.compile(r" ?(?:vnđ|vnd|đồng|dong|đ|d)(?!\w)", re.IGNORECASE)


class Kind(StrEnum):
    """What a text identifies its customer by."""

    QR = "qr"
    PHONE = "phone"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says, and the rule that decided it.

    `value` is a QR code of 18 characters, a phone of ten digits that begins with 0, or for `PARTIAL` five to nine
    digits of a phone (or all ten, where letters touch them). It is None for `NONE` only.
    """

    kind: Kind
    value: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class _Number:
    """A run of digits, or several that one same separator joins, at its place in the text."""

    groups: tuple[str, ...]
    start: int
    end: int

    @property
    def digits(self) -> str:
        return "".join(self.groups)


def read(content: str | None, *, own_accounts: frozenset[str] = OWN_ACCOUNTS, ignore_qr: bool = False) -> Reading:
    """Tell by what `content` names its customer.

    `own_accounts` are account numbers of the shop, which name nobody. With `ignore_qr` the codes in the text are
    passed over, digits and all: for a text whose code nobody has been given.
    """
    text = _normalised(content)
    if not ignore_qr and (code := _first_code(text)):
        return Reading(Kind.QR, code, "E1")
    return _read_without_qr(text, own_accounts)[0]


def read_with_phones(
    content: str | None, *, own_accounts: frozenset[str] = OWN_ACCOUNTS
) -> tuple[Reading, tuple[str, ...]]:
    """Read as with `ignore_qr`, and return beside it every phone that stands in the text, once each.

    The one that counts is last. A phone of E4a is the bank's word for the customer, and stands alone.
    """
    return _read_without_qr(_normalised(content), own_accounts)


def _read_without_qr(text: str, own_accounts: frozenset[str]) -> tuple[Reading, tuple[str, ...]]:
    if not text:
        return Reading(Kind.NONE, None, "E0"), ()
    text = _customer_part(_QR.sub(_masked, text))
    accounts = _ACCOUNTS.search(text)
    end = accounts.start() if accounts else len(text)
    rest = _MBVCB_REFERENCES.sub(_masked, text[:end])
    if customer := _mbvcb_customer(text[: end + len("CT")], own_accounts):  # E4a needs the CT that E4c takes away.
        return customer, (customer.value,) if customer.kind is Kind.PHONE and customer.value else ()
    if phones := _phones(rest, own_accounts):
        return phones[-1], _once_each_last_wins(phones)
    return _first_partial(rest, own_accounts) or Reading(Kind.NONE, None, "E9"), ()


def find_qr(content: str | None) -> str | None:
    """Return the first QR code of the text in upper case, wherever it stands, or None."""
    return _first_code(_normalised(content))


def _normalised(content: str | None) -> str:
    """Rule E0. Rows of marks are shortened, because NFC sorts each in quadratic time."""
    text = (content or "")[:READ_MAX_CHARACTERS]
    if text.isascii():
        return text.strip()
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks <= MARKS_MAX:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def _first_code(text: str) -> str | None:
    """Rule E1."""
    code = _QR.search(text.upper())
    return code.group() if code else None


def _customer_part(text: str) -> str:
    """Rules E2 and E3: what is left without the bank's trace and without MoMo's reference and sender.

    Hyphens before the trace stay: no later rule minds them, and MoMo's shape needs its second one, or a text that is
    nothing but sender and trace would give the sender's phone.
    """
    text = text[: _trace_start(text)]
    momo = _MOMO.match(text)
    return text[momo.end() :] if momo else text


def _trace_start(text: str) -> int:
    """Return where the first GD stands that is not part of a word in any alphabet, or else the text's end."""
    for found in _TRACE.finditer(text):
        if not any(neighbour.isalpha() for neighbour in _neighbours(text, *found.span())):
            return found.start()
    return len(text)


def _mbvcb_customer(text: str, own_accounts: frozenset[str]) -> Reading | None:
    """Rule E4a."""
    for found in _MBVCB_CUSTOMER.finditer(text):
        number = _Number((found.group(1),), found.start(1), found.end(1))
        if _names_nobody(number, text, own_accounts):
            continue
        if _PHONE.fullmatch(number.digits):
            return Reading(Kind.PHONE, number.digits, "E4a")
        if _PARTIAL.fullmatch(number.digits):
            return Reading(Kind.PARTIAL, number.digits, "E4a")
    return None


def _phones(text: str, own_accounts: frozenset[str]) -> list[Reading]:
    """Rules E5 and E6, in the order of the text: of several phones the last one counts, however it is spelled."""
    return [
        phone
        for number in _numbers(text)
        if (phone := _phone(number))
        and not _touches_word(number, text)
        and not _names_nobody(number, text, own_accounts)
    ]


def _once_each_last_wins(phones: list[Reading]) -> tuple[str, ...]:
    """Return each phone once, at its last place."""
    values = dict.fromkeys(phone.value for phone in reversed(phones) if phone.value)
    return tuple(reversed(values))


def _phone(number: _Number) -> Reading | None:
    """Return the phone that this number spells when nothing touches it."""
    digits = number.digits
    first, later = len(number.groups[0]), number.groups[1:]
    if not later and _PHONE.fullmatch(digits):
        return Reading(Kind.PHONE, digits, "E5")
    if any(len(group) < 2 for group in later):
        return None
    if later and first in (3, 4) and _PHONE_IN_GROUPS.fullmatch(digits):
        return Reading(Kind.PHONE, digits, "E6")
    if (not later or first in (2, 4, 5)) and _PHONE_ABROAD.fullmatch(digits):
        return Reading(Kind.PHONE, "0" + digits.removeprefix("84"), "E6")
    return None


def _first_partial(text: str, own_accounts: frozenset[str]) -> Reading | None:
    """Rule E8. Ten digits that begin with 0 are still here only because letters touch them, or E7 refuses them."""
    for number in _runs(text, 0, len(text)):
        if _PARTIAL_OR_TOUCHED.fullmatch(number.digits) and not _names_nobody(number, text, own_accounts):
            return Reading(Kind.PARTIAL, number.digits, "E8")
    return None


def _names_nobody(number: _Number, text: str, own_accounts: frozenset[str]) -> bool:
    """Rule E7: an account of the shop, a date or an amount."""
    digits = number.digits
    return digits in own_accounts or _is_date(digits) or _CURRENCY.match(text, number.end) is not None


def _is_date(digits: str) -> bool:
    """Tell whether eight digits are a day from 2000 to 2099, as ddmmyyyy or yyyymmdd.

    Six never are: the shop's printed QR carries the last six digits of the phone.
    """
    return len(digits) == 8 and (_is_day(digits) or _is_day(digits[4:] + digits[2:4] + digits[:2]))


def _is_day(yyyymmdd: str) -> bool:
    try:
        return 2000 <= date.fromisoformat(yyyymmdd).year <= 2099
    except ValueError:
        return False


def _numbers(text: str) -> Iterator[_Number]:
    """Yield in text order each sequence that one separator joins throughout, and each run by itself.

    Where separators differ, dots and hyphens join what spaces part: `0909.123.456 2 ao` has a sequence and a number.
    """
    for found in _SEQUENCE.finditer(text):
        if len({text[run.end] for run in list(_runs(text, *found.span()))[:-1]}) == 1:
            yield from _joined(text, *found.span())
        else:
            for part in _WITHOUT_SPACE.finditer(text, *found.span()):
                yield from _joined(text, *part.span())


def _joined(text: str, start: int, end: int) -> Iterator[_Number]:
    """Yield what one separator joins, if it is one, and each run of it."""
    runs = list(_runs(text, start, end))
    if len({text[run.end] for run in runs[:-1]}) == 1:
        yield _Number(tuple(run.digits for run in runs), start, end)
    yield from runs


def _runs(text: str, start: int, end: int) -> Iterator[_Number]:
    for found in _RUN.finditer(text, start, end):
        yield _Number((found.group(),), *found.span())


def _touches_word(number: _Number, text: str) -> bool:
    """Tell whether a word character stands right before or after: an ASCII letter, digit or underscore."""
    return not _WORD_CHARACTERS.isdisjoint(_neighbours(text, number.start, number.end))


def _neighbours(text: str, start: int, end: int) -> str:
    """Return the character before `start` and the one at `end`, as far as there are any."""
    return text[start - 1 : start] + text[end : end + 1]


def _masked(found: re.Match[str]) -> str:
    """Blank what was found with letters, so that its neighbours still touch a word."""
    return "x" * len(found.group())
