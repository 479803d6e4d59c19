"""Who sends back more than half: of the orders that were placed, delivered or returned within a week.

Looked at each night from that night: what was delivered, returned or cancelled later is not known yet.
"""

from django.utils.translation import gettext_lazy as _

from customers.fraud.rules import Rule, Threshold, register
from customers.models import Severity

STATEMENT = """
    WITH night AS (
        SELECT at, at - make_interval(days => %(window_days)s::integer) AS since
        FROM unnest(%(moments)s::timestamptz[]) AS at
        WHERE at > %(since)s::timestamptz AND at <= %(until)s::timestamptz
    ), suspect AS (
        SELECT DISTINCT o.customer_id, night.at, night.since
        FROM night JOIN customers_order o ON o.returned_at > night.since AND o.returned_at <= night.at
    )
    SELECT s.customer_id, s.at AS hit_at, max(known.returned_at) AS fact_at,
           jsonb_build_object(
               'orders', count(*), 'returned', count(known.returned_at),
               'percent', count(known.returned_at) * 100 / count(*), 'window_days', %(window_days)s::integer,
               'codes', jsonb_path_query_array(
                   coalesce(jsonb_agg(o.external_code ORDER BY o.returned_at, o.id)
                       FILTER (WHERE known.returned_at IS NOT NULL), '[]'), '$[0 to 19]')
           ) AS evidence
    FROM suspect s
    JOIN customers_order o ON o.customer_id = s.customer_id AND o.ordered_at <= s.at AND o.status <> 'open'
        AND (o.cancelled_at IS NULL OR o.cancelled_at > s.at)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN o.delivered_at <= s.at THEN o.delivered_at END AS delivered_at,
               CASE WHEN o.returned_at <= s.at THEN o.returned_at END AS returned_at
    ) known
    WHERE greatest(o.ordered_at, known.delivered_at, known.returned_at) > s.since
    GROUP BY s.customer_id, s.at
    HAVING count(*) >= %(min_orders)s::integer AND count(known.returned_at) * 100 > %(percent)s::integer * count(*)
"""

RETURN_RATE = register(
    Rule(
        name="return_rate",
        title=_("Sends back too much"),
        flag="high-returns",
        severity=Severity.HIGH,
        blacklists=True,
        thresholds={
            "window_days": Threshold(7, 1, 365),
            "percent": Threshold(50, 0, 100),
            "min_orders": Threshold(2, 1, 1_000),
        },
        statement=STATEMENT,
    )
)
"""The seed's rule but for `min_orders`, which is 1 there: one order that came back out of one is no habit. A backtest
tells what the seed's own number would do."""
