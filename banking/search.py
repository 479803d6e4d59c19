"""Finding transfers by what staff type: words of the content, a phone, a code or a reference."""

from django.db.models import Q, Value

from customers.models import Folded

BIGINT_DIGITS_MAX = 18


def transfers_saying(text: str) -> Q:
    """Return the condition on transfers that `text` means; `%` and `_` are letters like any other.

    Banks strip diacritics from what customers write, so neither they nor case matter.
    """
    wanted = Q(searched__contains=Folded(Value(text)))
    digits = "".join(text.split())
    if digits.isascii() and digits.isdecimal():
        wanted |= Q(customer__phone__startswith=digits)
        if len(digits) <= BIGINT_DIGITS_MAX:
            wanted |= Q(sepay_id=int(digits))
    return wanted
