"""Finding transfers by what staff type: words of the content, a phone, a code or a reference."""

import re

from django.db.models import Q, Value

from customers.models import Folded
from customers.phones import InvalidPhone, canonical_phone

BIGINT_DIGITS_MAX = 18
DIGITS_MIN = 3
"""Fewer are found in every text."""
_SPELLED = re.compile(r"[0-9+().\s-]+")


def transfers_saying(text: str) -> Q:
    """Return the condition on transfers that `text` means; `%` and `_` are letters like any other.

    Banks strip diacritics from what customers write, so neither they nor case matter.
    """
    wanted = Q(searched__contains=Folded(Value(text)))
    digits = digits_meant(text)
    if digits is not None:
        if digits != text:
            wanted |= Q(searched__contains=digits)
        wanted |= Q(customer__phone__startswith=digits)
        if len(digits) <= BIGINT_DIGITS_MAX:
            wanted |= Q(sepay_id=int(digits))
    return wanted


def digits_meant(text: str) -> str | None:
    """Return the digits of a text that is a number or a part of one, however it is spelled; None for other texts.

    A whole phone is told as the shop writes it: `+84 909 318 264` and `0909.318.264` are `0909318264`.
    """
    if not _SPELLED.fullmatch(text):
        return None
    try:
        return canonical_phone(text.strip())
    except InvalidPhone:
        digits = "".join(c for c in text if c in "0123456789")
    if text.strip().startswith("+84"):
        digits = "0" + digits.removeprefix("84")
    return digits if len(digits) >= DIGITS_MIN or digits == text.strip() else None
