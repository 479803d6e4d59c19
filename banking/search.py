"""Finding transfers by what staff type: words of the content, a phone, a code or a reference."""

import unicodedata

from django.db.models import Q

BIGINT_DIGITS_MAX = 18


def transfers_saying(text: str) -> Q:
    """Return the condition on transfers that `text` means; `%` and `_` are letters like any other.

    Banks strip diacritics from what customers write, so the content is searched for the stripped text as well.
    """
    wanted = Q(content__icontains=text) | Q(reference_code__icontains=text) | Q(code__iexact=text)
    plain = without_diacritics(text)
    if plain != text:
        wanted |= Q(content__icontains=plain)
    digits = "".join(text.split())
    if digits.isascii() and digits.isdecimal():
        wanted |= Q(customer__phone__startswith=digits)
        if len(digits) <= BIGINT_DIGITS_MAX:
            wanted |= Q(sepay_id=int(digits))
    return wanted


def without_diacritics(text: str) -> str:
    """Return the text with its letters only: `đ` as `d`, `ế` as `e`."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
