"""How sure the rules are whose a transfer is: evidence with points, and the decision they add up to. Pure.

`sql/take_transfer.sql` decides a code and a full phone with the same points; a test holds it to this.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from banking.models import Verdict

RULE_VERSION = "2026-11"
"""Changes with the weights or with what counts as evidence; every decision keeps it."""


class Code(StrEnum):
    """What speaks for or against a candidate. Stored in decisions: never rename one."""

    QR_FOUND = "QR_FOUND"
    FULL_PHONE = "FULL_PHONE"
    LAST_DIGITS = "LAST_DIGITS"
    PAYER_SEEN = "PAYER_SEEN"
    NAME_ALIKE = "NAME_ALIKE"
    AMOUNT_REQUESTED = "AMOUNT_REQUESTED"
    TWO_OWNERS = "TWO_OWNERS"
    BLACKLISTED = "BLACKLISTED"
    PAYER_OF_ANOTHER = "PAYER_OF_ANOTHER"
    SEARCH_INCOMPLETE = "SEARCH_INCOMPLETE"
    FEW_DIGITS = "FEW_DIGITS"
    TOPUP_NAMED = "TOPUP_NAMED"
    TOPUP_ALIKE = "TOPUP_ALIKE"


WEIGHTS: Mapping[Code, int] = MappingProxyType({
    Code.QR_FOUND: 100,
    Code.FULL_PHONE: 95,
    Code.LAST_DIGITS: 80,  # And one more for each digit beyond five.
    Code.PAYER_SEEN: 10,
    Code.NAME_ALIKE: 4,
    Code.AMOUNT_REQUESTED: 4,
    Code.TWO_OWNERS: -40,
    Code.BLACKLISTED: -15,
    Code.PAYER_OF_ANOTHER: -40,
    Code.SEARCH_INCOMPLETE: -40,
    Code.FEW_DIGITS: -40,
    Code.TOPUP_NAMED: 60,
    Code.TOPUP_ALIKE: -60,
})  # fmt: skip
"""All that speaks for somebody besides the text itself weighs less than any one thing against a part of a phone."""
PAYER_ALONE = 40
"""What a payer is worth where the text names nobody: worth a question, never an answer."""
NAMED = frozenset({Code.QR_FOUND, Code.FULL_PHONE, Code.LAST_DIGITS})
"""The text itself names the candidate."""
BARS = frozenset({Code.TWO_OWNERS, Code.SEARCH_INCOMPLETE, Code.FEW_DIGITS, Code.TOPUP_ALIKE})
"""With one of these a person is asked, wherever the threshold stands."""
DIGITS_MIN = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason, its points, and what fills its sentence."""

    code: Code
    points: int
    text: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return it as decisions keep it."""
        return {"code": self.code.value, "points": self.points, "text": dict(self.text)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody it may be, and why."""

    customer_id: int | None
    phone: str
    name: str
    source: str
    tpos_id: str | None
    evidence: tuple[Evidence, ...]

    @property
    def score(self) -> int:
        """Return how much speaks for them, 0 to 100."""
        return score(self.evidence)

    @property
    def is_named(self) -> bool:
        """Tell whether the text itself names them."""
        return any(reason.code in NAMED for reason in self.evidence)

    def as_json(self) -> dict[str, Any]:
        """Return it as decisions and questions keep it."""
        return {
            "customer_id": self.customer_id,
            "phone": self.phone,
            "name": self.name,
            "source": self.source,
            "tpos_id": self.tpos_id,
            "score": self.score,
            "evidence": [reason.as_json() for reason in self.evidence],
        }


@cache
def points_json(threshold: int) -> str:
    """Return version, threshold and points for the database function that decides a code and a full phone."""
    points = {code.value: WEIGHTS[code] for code in (*NAMED, Code.TWO_OWNERS, Code.BLACKLISTED)}
    return json.dumps(points | {"version": RULE_VERSION, "threshold": threshold})


def reason(code: Code, /, *, points: int | None = None, **text: Any) -> Evidence:
    """Return evidence with its usual weight unless told otherwise."""
    return Evidence(code, WEIGHTS[code] if points is None else points, text)


def last_digits(digits: str) -> Evidence:
    """Return the evidence of a phone that ends with `digits`."""
    points = WEIGHTS[Code.LAST_DIGITS] + max(0, len(digits) - DIGITS_MIN)
    return reason(Code.LAST_DIGITS, points=points, digits=digits)


def score(evidence: Iterable[Evidence]) -> int:
    """Add the points up, within 0 and 100."""
    return max(0, min(100, sum(reason.points for reason in evidence)))


def best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Order by score, then by phone, so that the same candidates always stand in the same order."""
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.phone))


def decide(candidates: Sequence[Candidate], *, threshold: int) -> Verdict:
    """Say what follows: `CREDITED` (sure), `ASKED` (a person chooses) or `NOTHING` (there is nobody).

    Sure is: exactly one distinct person, whom the text itself names, with nothing that bars it and enough points.
    """
    if not candidates:
        return Verdict.NOTHING
    persons = {candidate.phone for candidate in candidates}
    one = candidates[0]
    barred = any(reason.code in BARS for candidate in candidates for reason in candidate.evidence)
    sure = len(persons) == 1 and one.is_named and not barred and one.score >= threshold
    return Verdict.CREDITED if sure else Verdict.ASKED
