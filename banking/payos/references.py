"""`tx_ref`: what a transfer's memo says. Nine characters, because PayOS grants every bank no more; nothing secret."""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # No I, L, O, U: people read it out.
_SPELLED = re.compile(r"NT[0-9A-HJKMNP-TV-Z]{7}")
_WORD = re.compile(r"[A-Z0-9]+")
_WITHIN = re.compile(r"(?=(NT[0-9A-HJKMNP-TV-Z]{7}))")
_SEPARATORS = re.compile(r"[^A-Z0-9]+")
WITHIN_MAX = 50
"""So many are looked up of one text; a bank's text has room for a few."""


def new_reference() -> str:
    """Return a reference that nobody can guess from another."""
    return "NT" + "".join(secrets.choice(ALPHABET) for _ in range(7))


def is_reference(text: str) -> bool:
    """Tell whether the text is spelled like one of our references."""
    return bool(_SPELLED.fullmatch(text))


def references_in(description: str) -> list[str]:
    """Return the whole words of a transfer's description that are spelled like ours; parts of words do not count."""
    words = _WORD.findall(description.upper()[:1000])
    return list(dict.fromkeys(word for word in words if is_reference(word)))


def references_within(text: str) -> list[str]:
    """Return all that may be a reference in a bank's text: parts of words and torn words count too.

    Nothing is credited by it; it only keeps a top-up's money from somebody whose phone stands in the same text.
    """
    squeezed = _SEPARATORS.sub("", text[:10_000].upper())
    return list(dict.fromkeys(_WITHIN.findall(squeezed)))[:WITHIN_MAX]
