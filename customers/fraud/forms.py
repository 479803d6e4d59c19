"""Forms at a case and at a rule."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.blacklist import REASON_LENGTH_MAX
from customers.fraud.rules import Rule
from customers.fraud.told import threshold_told
from n2store.clock import vietnam_day

BACKTEST_DAYS_MAX = 92
"""So many days are tried while somebody waits; `manage.py fraud_backtest` takes any number."""
BACKTEST_DAYS = 30


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"), max_length=REASON_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Everybody reads it here."),
    )  # fmt: skip


class ConfirmForm(ReasonForm):
    """A confirmation may go without words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False


class MuteForm(ReasonForm):
    """Until when, and whether for every rule."""

    until = forms.DateField(label=_("Until the end of"), widget=forms.DateInput(attrs={"type": "date"}))
    all_rules = forms.BooleanField(label=_("Every rule, not only this one"), required=False)
    field_order = ("until", "reason", "all_rules")


class ThresholdsForm(forms.Form):
    """All thresholds of a rule, each within what the rule takes."""

    def __init__(self, *args: Any, rule: Rule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, threshold in rule.thresholds.items():
            self.fields[name] = forms.IntegerField(
                label=threshold_told(name), min_value=threshold.least, max_value=threshold.most
            )


class BacktestForm(forms.Form):
    """Which days are tried."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """Return the days, in order and not too many."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and not 0 <= (last - first).days < BACKTEST_DAYS_MAX:
            self.add_error("last", _("Choose 1 to 92 days. For more there is a command: fraud_backtest."))
        return given


def last_days() -> dict[str, str]:
    """Return the days that are tried unless somebody says otherwise: the last thirty."""
    today = vietnam_day(timezone.now())
    return {"first": (today - timedelta(days=BACKTEST_DAYS - 1)).isoformat(), "last": today.isoformat()}
