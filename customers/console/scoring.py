"""Why a customer has this tier: the scores with the numbers they were read from, every move, and what is suspected."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from customers.fraud.told import in_short, reason_told, rule_told
from customers.models import Customer, FraudCase, Metric, Tier, TierCause, TierChange
from customers.rfm.analysis import analyze
from customers.rfm.bands_told import band_told
from customers.rfm.segments_told import segment_told
from n2store.pages import drawn
from n2store.templatetags.money import grouped, vnd

ROWS_SHOWN_MAX = 20


def scoring_view(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Show the scores as of now, the last moves between tiers and the cases."""
    if not request.user.has_perm("customers.view_customer"):
        raise PermissionDenied
    customer = get_object_or_404(Customer, pk=customer_id)
    analysis = analyze(customer)
    changes = TierChange.objects.filter(customer=customer).select_related("config").order_by("-id")[:ROWS_SHOWN_MAX]
    cases = FraudCase.objects.filter(customer=customer).order_by("-id")[:ROWS_SHOWN_MAX]
    context = {
        "original": customer,
        "customer": customer,
        "tab": "scoring",
        "analysis": analysis,
        "metrics": _metrics(analysis),
        "segment": segment_told(analysis["segment"]),
        "by_score": dict(Tier.choices)[analysis["tier_by_score"]],
        "cause": dict(TierCause.choices)[analysis["tier_cause"]],
        "changes": [(change, reason_told(change.reason)) for change in changes],
        "cases": [(case, rule_told(case.rule), in_short(case.evidence)) for case in cases],
    }
    return drawn(request, "customers/customer/scoring.html", context, title=customer.name, of=Customer)


def _metrics(analysis: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each score with its number in words, the band it fell into and what the band is called."""
    days = analysis["days_since_order"]
    numbers = {
        Metric.RECENCY: _("no order yet") if days is None else _("last order %(days)s days ago") % {"days": days},
        Metric.FREQUENCY: _("%(orders)s orders in %(days)s days") % {
            "orders": grouped(analysis["orders_in_window"]), "days": analysis["windows"]["frequency_days"],
        },
        Metric.MONETARY: vnd(analysis["spent_in_window"]),
    }  # fmt: skip
    return [
        {
            "name": metric.label,
            "score": analysis[f"{metric.value}_score"],
            "number": numbers[metric],
            "said": band_told(analysis[f"{metric.value}_description"]),
            "band": _band(analysis["bands"][metric.value]),
        }
        for metric in Metric
    ]


def _band(band: dict[str, Any]) -> str:
    low, high = grouped(band["min"]), band["max"]
    return _("from %(low)s") % {"low": low} if high is None else f"{low} – {grouped(high)}"
