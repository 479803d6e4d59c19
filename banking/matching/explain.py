"""Telling why a transfer went where it went, or where a text would go now. Changes nothing."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from banking.matching.backlog import clues_in
from banking.matching.clues import Clues, clues_of
from banking.matching.rules import Ruling, rule
from banking.matching.scoring import RULE_VERSION
from banking.matching.words import said
from banking.models import BankTransfer, Decision, Verdict
from banking.sepay.reading import Kind, Reading
from n2store.templatetags.money import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What was read, who it may be with what evidence, and what the rules say. `lines` tells it to a reader.

    `candidates` have the form of a decision's. `decided` is false for what was worked out now, not when it arrived.
    """

    reading: Reading
    candidates: list[dict[str, Any]]
    verdict: Verdict
    threshold: int
    rule_version: str
    decided: bool
    lines: list[str]


def explain_transfer(transfer: BankTransfer) -> Explanation:
    """Tell of a transfer by the decisions that were kept; one from before they were kept is worked out now."""
    kept = list(Decision.objects.filter(transfer=transfer).select_related("customer").order_by("id"))
    by_rules = [decision for decision in kept if decision.rule_version]
    later = [_told(decision) for decision in kept if not decision.rule_version]
    if not by_rules:
        worked_out = _explained(_clues(transfer))
        note = _("No decision was kept of this transfer: this is what the rules say now.")
        return _with_lines(worked_out, [note, *worked_out.lines, *later])
    latest = by_rules[-1]
    reading = Reading(Kind(latest.reading_kind), latest.reading_value or None, latest.reading_rule)
    threshold = latest.threshold if latest.threshold is not None else settings.MATCH_AUTO_THRESHOLD
    verdict = Verdict(latest.verdict)
    return Explanation(
        reading=reading,
        candidates=latest.candidates,
        verdict=verdict,
        threshold=threshold,
        rule_version=latest.rule_version,
        decided=True,
        lines=[*_lines(reading, latest.candidates, verdict, threshold, latest.rule_version), *later],
    )


def explain_content(content: str, *, amount_vnd: int | None = None, account_number: str = "") -> Explanation:
    """Tell what the rules would do with a text that arrived now."""
    return _explained(clues_of(content, amount_vnd=amount_vnd, accounts=(account_number,)))


def _clues(transfer: BankTransfer) -> Clues:
    """Return what the rules read; nothing of money that went out."""
    return clues_in(transfer) if transfer.is_money_in else clues_of("")


def _explained(clues: Clues) -> Explanation:
    [ruling] = rule([clues])
    candidates = [candidate.as_json() for candidate in ruling.candidates]
    threshold = settings.MATCH_AUTO_THRESHOLD
    return Explanation(
        reading=ruling.reading,
        candidates=candidates,
        verdict=ruling.verdict,
        threshold=threshold,
        rule_version=RULE_VERSION,
        decided=False,
        lines=_lines(ruling.reading, candidates, ruling.verdict, threshold, RULE_VERSION)
        + ([_unmapped(clues)] if _has_unmapped_code(clues, ruling) else []),
    )


def _has_unmapped_code(clues: Clues, ruling: Ruling) -> bool:
    return clues.qr is not None and ruling.reading.kind is not Kind.QR


def _unmapped(clues: Clues) -> str:
    return _("The QR code {code} is nobody's yet.").format(code=clues.qr)


def _with_lines(explanation: Explanation, lines: list[str]) -> Explanation:
    return Explanation(
        reading=explanation.reading,
        candidates=explanation.candidates,
        verdict=explanation.verdict,
        threshold=explanation.threshold,
        rule_version=explanation.rule_version,
        decided=explanation.decided,
        lines=lines,
    )


def _lines(
    reading: Reading, candidates: list[dict[str, Any]], verdict: Verdict, threshold: int, version: str
) -> list[str]:
    lines = [_("Read as {kind} {value} (rule {rule})").format(
        kind=reading.kind.value, value=reading.value or "–", rule=reading.rule
    )]  # fmt: skip
    for candidate in candidates:
        lines.append(f"{candidate['score']:>3}  {candidate['name']} · {candidate['phone']}")
        lines += [f"     {evidence['points']:+d}  {said(evidence)}" for evidence in candidate["evidence"]]
    lines.append(_("Decision: {verdict} (automatic from {threshold} on, rules {version})").format(
        verdict=verdict.label, threshold=threshold, version=version
    ))  # fmt: skip
    return lines


def _told(decision: Decision) -> str:
    """Return what a person decided later, in a line."""
    owner = f" · {decision.customer}" if decision.customer else ""
    note = f": {decision.note}" if decision.note else ""
    return f"{moment(decision.at)} {decision.actor}: {decision.get_verdict_display()}{owner}{note}"
