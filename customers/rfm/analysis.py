"""One customer's scores as of now, with the words of their bands and what to do next."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from customers.models import Customer, Metric, OrderStats, RfmBand, TierChange
from customers.rfm.advice import advice_for, said
from customers.rfm.config import active_config, bands_of
from n2store.clock import vietnam_day
from n2store.wire import instant

JUDGED = """
    SELECT recency, frequency, monetary, total, segment, last_purchase_at, orders, spent_vnd, tier_wanted, cause
    FROM customers_rfm_judged(%s, %s, ARRAY[%s::bigint])
"""


def analyze(customer: Customer, *, at: datetime | None = None) -> dict[str, Any]:
    """Return the scores as the active configuration gives them at this moment, each with the numbers behind it."""
    at, config = at or timezone.now(), active_config()
    with connection.cursor() as cursor:
        cursor.execute(JUDGED, [at, config.pk, customer.pk])
        r, f, m, total, segment, last_purchase, orders, spent, tier, cause = cursor.fetchone()
    words = {(band.metric, band.score): band.description for band in RfmBand.objects.filter(config=config)}
    stats = OrderStats.objects.filter(pk=customer.pk).first() or OrderStats(total_orders=0, total_spent_vnd=0)
    change = TierChange.objects.filter(customer=customer).order_by("-id").first()
    bands = bands_of(config)
    return {
        "customer_id": customer.pk,
        "customer_name": customer.name,
        "customer_phone": customer.phone,
        "days_since_order": _days(last_purchase, at),
        "total_orders": stats.total_orders,
        "total_spent": stats.total_spent_vnd,
        "recency_score": r,
        "recency_description": words[Metric.RECENCY, r],
        "frequency_score": f,
        "frequency_description": words[Metric.FREQUENCY, f],
        "monetary_score": m,
        "monetary_description": words[Metric.MONETARY, m],
        "total_score": total,
        "score": round(total / 3, 2),
        "segment": segment,
        "recommendations": list(advice_for(segment)),
        "recommendation_texts": said(segment),
        "orders_in_window": orders,
        "spent_in_window": spent,
        "windows": {
            "frequency_days": config.frequency_days,
            "monetary_days": config.monetary_days,
            "young_days": config.young_days,
        },
        "bands": {
            metric: {"score": score, "min": bands[metric].begins[score], "max": bands[metric].ends(score)}
            for metric, score in ((Metric.RECENCY.value, r), (Metric.FREQUENCY.value, f), (Metric.MONETARY.value, m))
        },
        "config_version": config.version,
        "tier": customer.tier,
        "tier_by_score": tier,
        "tier_cause": cause,
        "last_tier_change": change and {
            "before": change.before, "after": change.after, "cause": change.cause, "reason": change.reason,
            "by": change.actor, "at": instant(change.at),
        },
    }  # fmt: skip


def _days(last: datetime | None, at: datetime) -> int | None:
    return None if last is None else max((vietnam_day(at) - vietnam_day(last)).days, 0)
