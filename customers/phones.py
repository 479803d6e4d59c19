"""One function makes a phone canonical: ten ASCII digits beginning with 0. Rows store nothing else."""

import re

import phonenumbers

from n2store.errors import DomainError

PHONE_LENGTH = 10
_CANONICAL = re.compile(r"0[1-9][0-9]{8}")
_SPELLED = re.compile(r"[0-9+().\s/-]{9,25}")

# Since 2018 the eleven-digit mobile prefixes have ten digits. Source: the ministry's plan 798/QD-BTTTT.
OLD_PREFIXES = {
    "0162": "032", "0163": "033", "0164": "034", "0165": "035",
    "0166": "036", "0167": "037", "0168": "038", "0169": "039",
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip


class InvalidPhone(DomainError):
    """The text is no Vietnamese phone number of ten digits."""

    status, code = 400, "INVALID_PHONE"


def canonical_phone(text: str) -> str:
    """Return the ten digits of a Vietnamese number in whatever spelling people use.

    Reads `+84`, `0084`, `84` before nine digits, spaces, dots, dashes, brackets, a missing 0 and the eleven-digit
    prefixes of before 2018. `084…` with ten digits is a Vinaphone number, not a country code.

    Raises:
        InvalidPhone: anything else.
    """
    if _CANONICAL.fullmatch(text):
        return text
    if _SPELLED.fullmatch(text.strip()) and text.isascii():
        digits = _national(text)
        digits = OLD_PREFIXES.get(digits[:4], digits[:4]) + digits[4:] if len(digits) == PHONE_LENGTH + 1 else digits
        if _CANONICAL.fullmatch(digits):
            return digits
    raise InvalidPhone("Invalid phone number")


def _national(text: str) -> str:
    """Return the digits as dialled inside Vietnam, or an empty string."""
    try:
        number = phonenumbers.parse(text, "VN")
    except phonenumbers.NumberParseException:
        return ""
    if number.country_code != 84:
        return ""
    return f"0{number.national_number}"


def looks_like_phone(text: str) -> bool:
    """Tell whether an identifier in a URL is meant as a phone: ten or eleven digits, or a leading 0 or +."""
    return text.startswith(("0", "+")) or (text.isascii() and text.isdigit() and len(text) in (10, 11))
