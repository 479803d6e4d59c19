"""The rules that are run: what each looks for, as one statement, with thresholds that are configuration."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from customers.models import Severity
from n2store.errors import NotFound


class NoSuchRule(NotFound):
    """No rule has this name."""

    code = "FRAUD_RULE_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number of a rule: its default, and what it may be."""

    default: int
    least: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is looked for.

    `statement` returns (customer_id, hit_at, fact_at, evidence) of hits after `since`, up to `until`. `hit_at` is the
    moment from which the hit could be known, `fact_at` the last fact in it, `evidence` a JSON object. The statement is
    given `since`, `until`, `moments` (the nights in between, for rules that look back from one) and the thresholds by
    name, and reads nothing that was not known at `hit_at`: the same serves the night and the backtest.
    """

    name: str
    title: str | Promise
    flag: str
    severity: Severity
    blacklists: bool
    thresholds: Mapping[str, Threshold]
    statement: str


_rules: dict[str, Rule] = {}


def register(rule: Rule) -> Rule:
    """Run this rule from now on."""
    assert rule.name not in _rules or _rules[rule.name] == rule, f"two rules are named {rule.name}"
    _rules[rule.name] = rule
    return rule


def all_rules() -> list[Rule]:
    """Return the rules, by name."""
    return [_rules[name] for name in sorted(_rules)]


def rule_named(name: str) -> Rule:
    """Return a rule.

    Raises:
        NoSuchRule: there is none of that name.
    """
    if name not in _rules:
        raise NoSuchRule(f"There is no rule {name[:40]!r}")
    return _rules[name]
