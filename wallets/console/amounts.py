"""Reading an amount as people write it, and saying it in words: a zero too many is heard, not seen."""

import re

from django.utils.translation import gettext as _

from wallets.ledger import AMOUNT_MAX_VND, InvalidAmount

_WRITTEN = re.compile(r"[0-9]{1,16}|[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+")


def read_amount(text: str) -> int:
    """Read `150000`, `150.000` or `150 000`, with `đ` or `₫` after it or not; nothing else is guessed at.

    Raises:
        InvalidAmount: it is written in another way, zero, or beyond what a wallet holds.
    """
    digits = text.strip().removesuffix("₫").removesuffix("đ").strip()
    if not _WRITTEN.fullmatch(digits):
        raise InvalidAmount("The amount must be digits, with dots or spaces between thousands.")
    amount_vnd = int(re.sub(r"[^0-9]", "", digits))
    if not 0 < amount_vnd <= AMOUNT_MAX_VND:
        raise InvalidAmount("The amount must be a whole number of dong above zero.")
    return amount_vnd


def in_words(amount_vnd: int) -> str:
    """Return `1 triệu 500 nghìn đồng` for 1,500,000."""
    parts = []
    for size, name in ((10**9, _("billion")), (10**6, _("million")), (10**3, _("thousand"))):
        count, amount_vnd = divmod(amount_vnd, size)
        if count:
            parts.append(f"{count} {name}")
    if amount_vnd:
        parts.append(str(amount_vnd))
    return " ".join([*parts, _("dong")])
