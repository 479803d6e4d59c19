"""What a typed text looks for, told from its shape; the database functions in `sql/search.sql` find it by index."""

import re
import unicodedata
from dataclasses import dataclass

from customers.phones import PHONE_LENGTH, InvalidPhone, canonical_phone
from n2store.errors import DomainError

QUERY_LENGTH_MIN = 2
QUERY_LENGTH_MAX = 200
LETTERS_MIN = 3
"""Fewer letters are no trigram: they are looked for at the beginnings of words only."""
RANK_ORDER = 99
RANK_ALL = 101
_DIGITS = re.compile(r"[0-9+().\s-]+")
_ORDER_CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9/_.-]{2,49}")


class InvalidQuery(DomainError):
    """The text is too short, too long, or nothing that a name or number could hold."""

    code = "INVALID_QUERY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to look for. `digits` is empty for words, `order_code` for what no order is called."""

    text: str
    digits: str = ""
    phone_beginning: str = ""
    order_code: str = ""

    @property
    def within(self) -> str:
        """The pattern of what holds the text, before folding; short texts begin a word."""
        literal = re.sub(r"([\\%_])", r"\\\1", self.text)
        return f"% {literal}%" if len(self.text) < LETTERS_MIN else f"%{literal}%"


def wanted_by(query: object) -> Wanted:
    """Read what somebody typed into a search box.

    Raises:
        InvalidQuery: it is no text of 2 to 200 characters.
    """
    if not isinstance(query, str):
        raise InvalidQuery("Search query must be a text")
    # Compatibility forms, as the folding knows them: a full-width percent sign would become a wildcard after escaping.
    text = " ".join(unicodedata.normalize("NFKC", query).split())
    if len(text) < QUERY_LENGTH_MIN:
        raise InvalidQuery(f"Search query must be at least {QUERY_LENGTH_MIN} characters")
    if len(text) > QUERY_LENGTH_MAX:
        raise InvalidQuery(f"Search query must be at most {QUERY_LENGTH_MAX} characters")
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in text):
        raise InvalidQuery("Search query holds characters that no name has")
    order_code = text if _ORDER_CODE.fullmatch(text) else ""
    digits = "".join(c for c in text if c in "0123456789")
    if len(digits) >= QUERY_LENGTH_MIN and _DIGITS.fullmatch(text):
        beginning = _phone_beginning(text, digits)
        whole_phone = len(beginning) == PHONE_LENGTH
        return Wanted(text=text, digits=digits, phone_beginning=beginning, order_code="" if whole_phone else order_code)
    return Wanted(text=text, order_code=order_code)


def _phone_beginning(text: str, digits: str) -> str:
    """Return the digits as a phone begins in Vietnam: a missing 0 added, a country code taken away."""
    try:
        return canonical_phone(text)
    except InvalidPhone:
        pass
    national = digits.removeprefix("00") if digits.startswith("0084") else digits
    national = national.removeprefix("84")
    return national[: PHONE_LENGTH + 1] if national.startswith("0") else f"0{national}"[: PHONE_LENGTH + 1]
