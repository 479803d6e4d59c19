"""The rules in their order: a mapped code, a full phone, the end of a phone among our own, then whoever paid before.

What they say is a ruling; writing it is `settling`'s business, and the webhook's one statement's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from banking.matching import candidates as who
from banking.matching.clues import Clues
from banking.matching.scoring import Candidate, Code, decide
from banking.models import MatchMethod, Verdict
from banking.sepay.reading import Kind, Reading
from proxy.tpos import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the rules say of one text. `text` is the code, phone or digits found; `trouble` is why TPOS told not all.

    For `CREDITED` the first candidate is the owner; the setting may still make the accountant's `LINKED` of it.
    """

    verdict: Verdict
    reading: Reading
    method: MatchMethod | None = None
    text: str = ""
    candidates: tuple[Candidate, ...] = ()
    trouble: str = ""

    @property
    def owner(self) -> Candidate | None:
        """Return whose the transfer is, if the rules are sure."""
        return self.candidates[0] if self.verdict is Verdict.CREDITED else None

    def as_json(self) -> dict[str, Any]:
        """Return what the database functions take."""
        owner = self.owner
        return {
            "verdict": self.verdict.value,
            "customer_id": owner.customer_id if owner else None,
            "phone": owner.phone if owner else None,
            "name": owner.name if owner else None,
            "method": self.method.value if self.method else "",
            "text": self.text,
            "how": _how(self),
            "kind": self.reading.kind.value,
            "value": self.reading.value,
            "rule": self.reading.rule,
            "candidates": [candidate.as_json() for candidate in self.candidates],
            "trouble": self.trouble,
        }


def rule(clues: Sequence[Clues]) -> list[Ruling]:
    """Say of each text whose it is as far as we know ourselves; `LOOKING` where TPOS is to be asked."""
    return [_ruling(clue, led) for clue, led in zip(clues, who.own(clues), strict=True)]


def rule_with_tpos(clue: Clues, found: Found) -> Ruling:
    """Say whose the text is, now that TPOS has answered; our own customers still come first."""
    [led] = who.own([clue])
    ruling = _ruling(clue, led)
    if ruling.verdict is not Verdict.LOOKING:
        return ruling
    persons, complete = who.part_of_tpos(clue.digits, found)
    return _of_part(clue, led, persons, complete=complete)


def rule_without_tpos(clue: Clues, trouble: str) -> Ruling:
    """Say whose the text is where TPOS can never be asked, for the reason `trouble`."""
    [led] = who.own([clue])
    ruling = _ruling(clue, led)
    if ruling.verdict is not Verdict.LOOKING:
        return ruling
    return _of_part(clue, led, [], complete=False, trouble=trouble)


def _ruling(clue: Clues, led: who.Led) -> Ruling:
    if named := who.named_by_code(clue, led):
        return _decided(Reading(Kind.QR, clue.qr, "E1"), MatchMethod.QR_CODE, clue.qr or "", named)
    if clue.phones:
        named = who.named_by_phone(clue, led)
        text = clue.phones[-1] if len(named) == 1 else ", ".join(clue.phones)
        return _decided(clue.reading, MatchMethod.EXACT_PHONE, text, named)
    if clue.digits:
        persons, complete = who.part_of_own(led)
        if persons:
            return _of_part(clue, led, persons, complete=complete)
        return Ruling(verdict=Verdict.LOOKING, reading=clue.reading, text=clue.digits)
    return _by_payer(clue, led)


def _of_part(clue: Clues, led: who.Led, persons: Sequence[who.Person], *, complete: bool, trouble: str = "") -> Ruling:
    if not persons:
        return _by_payer(clue, led, trouble=trouble or ("" if complete else Code.SEARCH_INCOMPLETE.value))
    named = who.named_by_part(clue, led, persons, complete=complete)
    return _decided(clue.reading, MatchMethod.SINGLE_MATCH, clue.digits, named)


def _by_payer(clue: Clues, led: who.Led, *, trouble: str = "") -> Ruling:
    paid = who.paid_before(clue, led)
    verdict = Verdict.ASKED if paid else Verdict.NOTHING
    text = clue.digits or (clue.payer.account if paid else "")
    return Ruling(verdict=verdict, reading=clue.reading, text=text, candidates=tuple(paid), trouble=trouble)


def _decided(reading: Reading, method: MatchMethod, text: str, named: list[Candidate]) -> Ruling:
    verdict = decide(named, threshold=settings.MATCH_AUTO_THRESHOLD)
    return Ruling(verdict=verdict, reading=reading, method=method, text=text, candidates=tuple(named))


def _how(ruling: Ruling) -> str:
    """Return what the ledger's note says after `Nạp từ CK`."""
    match ruling.method:
        case MatchMethod.QR_CODE:
            return f"(QR: {ruling.text})"
        case MatchMethod.EXACT_PHONE:
            return f"(Phone: {ruling.text})"
        case _:
            return f"(Auto-matched: {ruling.text})"
