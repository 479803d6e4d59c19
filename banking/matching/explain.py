"""Telling why a transfer went where it went, or where a text would go now. Changes nothing."""

from dataclasses import dataclass
from typing import Any

from banking.models import BankTransfer, Verdict
from banking.sepay.reading import Reading


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
    raise NotImplementedError


def explain_content(content: str, *, amount_vnd: int | None = None, account_number: str = "") -> Explanation:
    """Tell what the rules would do with a text that arrived now."""
    raise NotImplementedError
