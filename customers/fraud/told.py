"""What rules, thresholds and evidence are called on screen."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.fraud.rules import NoSuchRule, rule_named
from n2store.templatetags.money import grouped, moment, vnd

THRESHOLDS = {
    "window_days": gettext_lazy("Days that are looked at together"),
    "window_minutes": gettext_lazy("Minutes that are looked at together"),
    "percent": gettext_lazy("Percent"),
    "min_orders": gettext_lazy("Orders at least"),
    "transactions": gettext_lazy("More movements than"),
    "amount_vnd": gettext_lazy("Each above (dong)"),
    "pairs": gettext_lazy("Deposits that were taken out again"),
    "count_orders": gettext_lazy("Payments of orders count too (1: yes, 0: no)"),
}
EVIDENCE = {
    "orders": gettext_lazy("Orders"),
    "returned": gettext_lazy("Sent back"),
    "percent": gettext_lazy("Percent"),
    "window_days": gettext_lazy("Days looked at"),
    "codes": gettext_lazy("Orders that came back"),
    "transactions": gettext_lazy("Movements"),
    "moved_vnd": gettext_lazy("Moved in all"),
    "above_vnd": gettext_lazy("Each above"),
    "minutes": gettext_lazy("Within minutes"),
    "since": gettext_lazy("From"),
    "until": gettext_lazy("Until"),
    "pairs": gettext_lazy("Deposits taken out again"),
    "in_vnd": gettext_lazy("Put in"),
    "out_vnd": gettext_lazy("Taken out"),
    "ids": gettext_lazy("Numbers of the movements"),
}
MOMENTS = {"since", "until"}
LIST_SHOWN_MAX = 30
_VERSION = re.compile(r"v[0-9]+")


def rule_told(name: str) -> str:
    """Return what a rule is called, also one that is not run any more."""
    try:
        return str(rule_named(name).title)
    except NoSuchRule:
        return name


def reason_told(reason: str) -> str:
    """Return the reason of a move between tiers; one that a rule wrote, such as `return_rate v1`, by its title."""
    name, _space, version = reason.partition(" ")
    title = rule_told(name)
    if title == name or (version and not _VERSION.fullmatch(version)):
        return reason
    return f"{title}, {version}" if version else title


def threshold_told(name: str) -> str:
    """Return what a threshold is called."""
    return str(THRESHOLDS.get(name, name))


def evidence_told(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return each fact with what it is called, in the order in which they are known here."""
    known = [name for name in EVIDENCE if name in evidence]
    others = [name for name in evidence if name not in EVIDENCE]
    return [(str(EVIDENCE.get(name, name)), _fact(name, evidence[name])) for name in (*known, *others)]


def in_short(evidence: Mapping[str, Any]) -> str:
    """Return the two facts that say most, in a line."""
    if "returned" in evidence:
        return _("%(returned)s of %(orders)s orders came back (%(percent)s%%)") % evidence
    if "moved_vnd" in evidence:
        return _("%(count)s movements, %(amount)s in %(minutes)s minutes") % {
            "count": evidence.get("transactions"), "amount": vnd(evidence["moved_vnd"]),
            "minutes": evidence.get("minutes"),
        }  # fmt: skip
    if "in_vnd" in evidence:
        return _("%(in)s in, %(out)s out again") % {"in": vnd(evidence["in_vnd"]), "out": vnd(evidence.get("out_vnd"))}
    return ", ".join(f"{name} {value}" for name, value in evidence_told(evidence))[:200]


def _fact(name: str, value: Any) -> str:
    if isinstance(value, list):
        shown = ", ".join(str(one) for one in value[:LIST_SHOWN_MAX])
        return f"{shown} …" if len(value) > LIST_SHOWN_MAX else shown
    if name in MOMENTS and isinstance(value, str):
        try:
            return moment(datetime.fromisoformat(value))
        except ValueError:
            return value
    if isinstance(value, int) and not isinstance(value, bool):
        return vnd(value) if name.endswith("_vnd") else grouped(value)
    return str(value)
