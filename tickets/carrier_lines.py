"""A carrier's settlement as somebody pastes it from a sheet or a message: which parcel or whose, how much. Pure."""

import csv
import re
from dataclasses import dataclass, replace

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from customers.phones import canonical_phone
from n2store.errors import DomainError
from n2store.wire import storable

LINES_MAX = 500
CHARACTERS_MAX = 100_000
REFERENCE_LENGTH_MAX = 100
LEAST_MONEY_VND = 1_000
"""A smaller number is taken for money only where no other is: it counts pieces, or the lines."""

_UNIT = re.compile(r"\s*(?:vnđ|vnd|đồng|đ|₫)\.?$", re.IGNORECASE)
_PLAIN = re.compile(r"([1-9]\d{0,11})(?:[.,]0{1,2})?")
_GROUPED = re.compile(
    r"([1-9]\d{0,2}(?:(?:\.\d{3})+(?=,|$)|(?:,\d{3})+(?=\.|$)|(?:[ \u00a0\u202f]\d{3})+$))(?:[.,]0{1,2})?"
)
_SHORT = re.compile(r"([1-9]\d{0,5})(?:[.,](\d{1,3}))?\s*(k|n|nghìn|ngàn|tr|triệu)", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+?84|0)[1-9]\d{8}")
_PHONE_WITHIN = re.compile(rf"(?<!\d){_PHONE.pattern}(?!\d)")
_RUNNING_NUMBER = re.compile(r"\d{1,4}[.)]?")
_BETWEEN = re.compile(r"\s+|,(?!\d{3}(?!\d))")


class PasteTooLarge(DomainError):
    """More than one settlement of a carrier has."""

    code = "PASTE_TOO_LARGE"


class Fault(TextChoices):
    """Why a line cannot be read."""

    NO_REFERENCE = "no_reference", _("No code stands at the beginning, and no phone in the line.")
    NO_AMOUNT = "no_amount", _("No amount stands behind the code.")
    NEGATIVE = "negative", _("The amount is below zero.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One pasted line. `reference` is a ticket's, an order's or the carrier's code; `amount_vnd` is whole dong."""

    number: int
    """Counted from 1 as pasted, empty lines included."""
    text: str
    reference: str = ""
    phone: str = ""
    """The first one in the line, canonical: it says whose ticket is meant where no code does."""
    amount_vnd: int = 0
    fault: Fault | None = None


def read(text: str) -> list[Line]:
    """Return the lines that say something; a heading, which has no digit, and empty lines are left out.

    Raises:
        PasteTooLarge: more than `LINES_MAX` lines or `CHARACTERS_MAX` characters.
    """
    if len(text) > CHARACTERS_MAX:
        raise PasteTooLarge(f"At most {CHARACTERS_MAX} characters at once", lines=LINES_MAX)
    said = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if said and not any(character.isdigit() for character in said[0][1]):
        said = said[1:]
    if len(said) > LINES_MAX:
        raise PasteTooLarge(f"At most {LINES_MAX} lines at once", lines=LINES_MAX)
    return [_read_line(number, line.strip(" \r")) for number, line in said]


def _read_line(number: int, text: str) -> Line:
    cells = _cells(text)
    if len(cells) > 2 and _RUNNING_NUMBER.fullmatch(cells[0]) and read_amount(cells[1]) is None:
        cells = cells[1:]
    reference, rest = (cells[0].strip("#,.:'\" "), cells[1:]) if cells else ("", [])
    within = _PHONE_WITHIN.search(text)
    phone = canonical_phone(within[0]) if within else ""
    if not (reference or phone) or len(reference) > REFERENCE_LENGTH_MAX or not storable(text):
        return Line(number=number, text=text, fault=Fault.NO_REFERENCE)
    said = Line(number=number, text=text, reference=reference, phone=phone)
    amounts = [amount for cell in rest if (amount := read_amount(cell)) is not None]
    if not amounts:
        return replace(said, fault=Fault.NO_AMOUNT)
    amount_vnd = next((one for one in amounts if abs(one) >= LEAST_MONEY_VND), amounts[0])
    if amount_vnd < 0:
        return replace(said, fault=Fault.NEGATIVE)
    return replace(said, amount_vnd=amount_vnd)


def _cells(text: str) -> list[str]:
    """Return the code and what may be amounts behind it, in their order."""
    for separator in ("\t", ";", "|"):
        if separator in text:
            return [cell.strip().strip('"') for cell in text.split(separator)]
    if '"' in text:  # Commas between cells, and quotes around cells that hold some.
        return [cell.strip() for cell in next(csv.reader([text], skipinitialspace=True))]
    first, *others = _BETWEEN.split(text, maxsplit=1)
    if not others and "," in text:
        first, rest = text.split(",", 1)
        others = [rest]
    rest = others[0].strip() if others else ""
    if read_amount(rest) is not None:
        return [first, rest]
    return [first, *filter(None, _BETWEEN.split(rest))]


def read_amount(text: str) -> int | None:
    """Return whole dong as people and sheets write them: `350.000 đ`, `350,000.00`, `350 000`, `350k`, `1,2tr`.

    None for what is no amount; a phone is none. Below zero with a minus, or in brackets as bookkeepers write.
    """
    text = text.strip().strip('"').strip()
    below_zero = text.startswith(("-", "−")) or (text.startswith("(") and text.endswith(")"))
    digits = _UNIT.sub("", text.strip("-−+() ")).strip()
    if _PHONE.fullmatch(digits):
        return None
    if short := _SHORT.fullmatch(digits):
        whole, part, unit = short.groups()
        zeros = 3 if unit.lower() in ("k", "n", "nghìn", "ngàn") else 6
        amount_vnd = int(whole + (part or "").ljust(zeros, "0")[:zeros])
    elif written := _PLAIN.fullmatch(digits) or _GROUPED.fullmatch(digits):
        amount_vnd = int(re.sub(r"\D", "", written[1]))
    else:
        return None
    return -amount_vnd if below_zero else amount_vnd
