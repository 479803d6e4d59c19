"""What an edit page shows of a ticket, as text; and what becomes of what was typed when a colleague was quicker. Pure.

A page takes its sheet along, signed, and brings it back with what was typed. What nobody touched is known by that: it
is neither judged nor sent, and follows the ticket when that has changed.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from django.core import signing

from n2store.clock import VIETNAM
from tickets.console.goods import Good, told_goods
from tickets.models import Ticket

COLUMNS = {
    "amount": "refund_vnd", "cod": "original_cod_vnd", "new_cod": "new_cod_vnd", "reason": "fix_cod_reason",
    "parcel": "tracking_code", "carrier": "carrier", "deadline": "carrier_deadline_at", "subject": "subject",
    "description": "description", "internal_note": "internal_note",
}  # fmt: skip
"""Field of the page -> column."""
ONE_LINE = ("parcel", "carrier", "subject")
MOMENT = "%Y-%m-%dT%H:%M"
IDENTITIES = ("id", "productId", "code", "name")
SALT = "tickets.edit.1"
Text = TypeVar("Text")

LINE = ("name", "price", "quantity", "back", "gone")
Line = tuple[str, ...]
"""The texts of `LINE`; the last is empty for goods that stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The fields, and the lines of goods by which each is known again."""

    fields: dict[str, str]
    lines: dict[str, Line]

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """Return what a page shows of the ticket."""
        rows = rows_of(ticket)
        named = zip(_identities(rows), told_goods(rows), strict=False)  # More than can be kept only imports bring.
        return cls(
            fields={name: _told(name, getattr(ticket, column)) for name, column in COLUMNS.items()},
            lines={identity: _line(good) for identity, good in named},
        )

    def packed(self) -> str:
        """Return it as a page takes it along."""
        return signing.dumps([self.fields, self.lines], salt=SALT, compress=True)

    @classmethod
    def unpacked(cls, text: str) -> Self | None:
        """Return what a page brought back; None where it is none of ours, such as after a change of the secret key."""
        try:
            fields, lines = signing.loads(text, salt=SALT)
        except signing.BadSignature:
            return None
        return cls(fields=fields, lines={identity: tuple(line) for identity, line in lines.items()})


def rows_of(ticket: Ticket) -> list[dict[str, Any]]:
    """Return the rows of goods, in the order of a sheet's lines; what imports may bring and is none is left out."""
    return [row for row in ticket.products if isinstance(row, dict)]


@dataclass(frozen=True)
class Rebased(Generic[Text]):
    """What is drawn again over a changed ticket; `theirs` is what a colleague wrote where one has typed oneself."""

    text: Text
    theirs: Text | None = None


def fields_rebased(typed: dict[str, str], was: dict[str, str], now: dict[str, str]) -> dict[str, Rebased[str]]:
    """Return what was typed, and what is so now where nothing was."""
    return {name: _rebased(text, was[name], now[name]) for name, text in typed.items()}


def lines_rebased(typed: list[Line], was: dict[str, Line], now: dict[str, Line]) -> list[Rebased[Line]]:
    """Return the same of goods: first the lines that there are now, in their order, then what was added by hand.

    A line that somebody took away counts as added by hand if it was touched, and else is gone.
    """
    mine = {identity: line for identity, line in zip(was, typed, strict=False) if line != was[identity]}
    kept = [
        _rebased(mine.pop(identity), was[identity], line) if identity in mine else Rebased(line)
        for identity, line in now.items()
    ]
    added = [line for line in (*mine.values(), *typed[len(was) :]) if any(line) and not line[-1]]
    return [*kept, *map(Rebased, added)]


def _rebased(typed: Text, was: Text, now: Text) -> Rebased[Text]:
    if typed == was:
        return Rebased(now)
    return Rebased(typed, now if now not in (was, typed) else None)


def one_newline(text: str) -> str:
    """Return a text with one character for the end of a line; browsers send two."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _told(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).strftime(MOMENT)
    if value is None or isinstance(value, int):
        return _amount(value)
    return " ".join(value.split()) if name in ONE_LINE else one_newline(value)


def _amount(value: int | None) -> str:
    """Return whole dong as people type them in either language."""
    return "" if value is None else f"{value:,}".replace(",", ".")


def _line(good: Good) -> Line:
    quantity, back = ("" if number is None else str(number) for number in (good.quantity, good.back))
    return (" ".join(good.name.split()), _amount(good.price_vnd), quantity, back, "")


def _identities(rows: list[dict[str, Any]]) -> list[str]:
    """Return by what each row is known when others come or go: what names it, and which one of that name it is."""
    met: Counter[str] = Counter()
    found = []
    for row in rows:
        named = json.dumps([row.get(name) for name in IDENTITIES if row.get(name)][:1])
        met[named] += 1
        found.append(f"{named}#{met[named]}")
    return found
