"""The form of a draft: where each band begins, its words, and the windows."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.blacklist import REASON_LENGTH_MAX
from customers.models import Metric, RfmBand, RfmConfig
from customers.rfm.bands import SCORES, VALUE_MAX, Bands
from customers.rfm.bands_told import band_told
from customers.rfm.config import DESCRIPTION_LENGTH_MAX, WINDOWS, bands_of

UNITS = {
    Metric.RECENCY: gettext_lazy("days"),
    Metric.FREQUENCY: gettext_lazy("orders"),
    Metric.MONETARY: gettext_lazy("dong"),
}


def ascending(metric: str) -> tuple[int, ...]:
    """Return the scores in the order of their values: few days are good, much money is."""
    return SCORES[::-1] if metric == Metric.RECENCY else SCORES


class DraftForm(forms.Form):
    """All bands and windows of a draft. The lowest band of each metric begins at 0 and has no field."""

    frequency_days = forms.IntegerField(
        label=gettext_lazy("Orders count for so many days"), min_value=1, max_value=WINDOWS["frequency_days"]
    )
    monetary_days = forms.IntegerField(
        label=gettext_lazy("Money counts for so many days"),
        min_value=1,
        max_value=WINDOWS["monetary_days"],
        required=False,
        help_text=gettext_lazy("Empty: ever"),
    )
    young_days = forms.IntegerField(
        label=gettext_lazy("A customer is new for so many days"), min_value=0, max_value=WINDOWS["young_days"]
    )

    def __init__(self, data: QueryDict | None = None, *, config: RfmConfig) -> None:
        bands, words = bands_of(config), _words(config)
        initial = {name: getattr(config, name) for name in WINDOWS}
        for metric in Metric.values:
            for score in SCORES:
                initial[f"{metric}_{score}"] = bands[metric].begins[score]
                initial[f"{metric}_{score}_said"] = words[metric, score]
        super().__init__(data, initial=initial)
        for metric in Metric:
            for score in SCORES:
                named = {"metric": metric.label, "score": score}
                self.fields[f"{metric}_{score}_said"] = forms.CharField(
                    label=_("Words of %(metric)s, score %(score)s") % named, required=False,
                    max_length=DESCRIPTION_LENGTH_MAX,
                )  # fmt: skip
                if score != ascending(metric)[0]:
                    self.fields[f"{metric}_{score}"] = forms.IntegerField(
                        label=_("%(metric)s: score %(score)s begins at") % named, min_value=0, max_value=VALUE_MAX
                    )

    def clean(self) -> dict[str, Any]:
        """Return the values; a band that would be empty or overlap another is refused beside its field."""
        given: dict[str, Any] = super().clean() or {}
        for metric in Metric.values:
            below = 0
            for score in ascending(metric)[1:]:
                least = given.get(f"{metric}_{score}")
                if least is None:
                    break
                if least <= below:
                    self.add_error(f"{metric}_{score}", _("Must be more than %(below)s.") % {"below": below})
                below = least
        return given

    @property
    def begins(self) -> dict[str, dict[int, int]]:
        """Where each band begins, by metric and score."""
        return {
            metric: {score: self.cleaned_data.get(f"{metric}_{score}", 0) for score in SCORES}
            for metric in Metric.values
        }

    @property
    def words(self) -> dict[tuple[str, int], str]:
        """The description of each band."""
        return {
            (metric, score): self.cleaned_data[f"{metric}_{score}_said"] for metric in Metric.values for score in SCORES
        }

    @property
    def windows(self) -> dict[str, int | None]:
        """The windows."""
        return {name: self.cleaned_data[name] for name in WINDOWS}

    @property
    def tables(self) -> list[dict[str, Any]]:
        """Return for each metric its fields, best score first."""
        return [
            {
                "name": metric.label,
                "unit": UNITS[metric],
                "rows": [
                    {
                        "score": score,
                        "begins": self[f"{metric}_{score}"] if f"{metric}_{score}" in self.fields else None,
                        "said": self[f"{metric}_{score}_said"],
                    }
                    for score in reversed(SCORES)
                ],
            }
            for metric in Metric
        ]


class ActivationForm(forms.Form):
    """Why the draft is to count."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=REASON_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("It stands beside the version, with your name."),
    )  # fmt: skip


def shown(config: RfmConfig) -> list[dict[str, Any]]:
    """Return the bands of a version for reading, best score first. Two queries."""
    bands, words = bands_of(config), _words(config)
    return [
        {"metric": metric.value, "name": metric.label, "unit": UNITS[metric], "rows": _rows(bands[metric], words)}
        for metric in Metric
    ]


def _rows(bands: Bands, words: dict[tuple[str, int], str]) -> list[dict[str, Any]]:
    return [
        {
            "score": score, "min": bands.begins[score], "max": bands.ends(score),
            "said": band_told(words[bands.metric, score]),
        }
        for score in reversed(SCORES)
    ]  # fmt: skip


def _words(config: RfmConfig) -> dict[tuple[str, int], str]:
    return {(band.metric, band.score): band.description for band in RfmBand.objects.filter(config=config)}
