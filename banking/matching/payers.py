"""Who paid, as the bank's text names them: an account and a name. Pure, and evidence at most.

An account that stands for itself says nothing of whose customer it is: only what staff confirmed of it counts.
"""

import re
from dataclasses import dataclass

READ_MAX_CHARACTERS = 10_000
NAME_WORDS_MAX = 6
_FROM_ACCOUNT = re.compile(r"\bCT\s+tu\s+([0-9]{6,19})(?![0-9])(.{0,120})", re.IGNORECASE | re.ASCII | re.DOTALL)
_NAME_BEFORE = re.compile(r"([A-Z]{2,7}(?: [A-Z]{1,7}){1,5}) (?:chuyen|ck\b|CHUYEN|CK\b)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Payer:
    """An account number and a name without diacritics; each is empty where the text has none."""

    account: str = ""
    name: str = ""


def payer_of(content: str, *, own_accounts: frozenset[str]) -> Payer:
    """Return who paid: `… CT tu 0151000722336 NGUYEN THI LAN toi 75918`, or `NGUYEN THI LAN chuyen tien …`."""
    text = content[:READ_MAX_CHARACTERS]
    for found in _FROM_ACCOUNT.finditer(text):
        if found[1] not in own_accounts:
            return Payer(found[1], _leading_name(found[2]))
    named = _NAME_BEFORE.search(text)
    return Payer(name=named[1]) if named else Payer()


def _leading_name(text: str) -> str:
    """Return the words before `toi` or anything that is no word of a name."""
    words: list[str] = []
    for word in text.split():
        if word.casefold() in {"toi", "den"} or not word.isalpha() or len(words) == NAME_WORDS_MAX:
            break
        words.append(word)
    return " ".join(words)
