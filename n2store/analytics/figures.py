"""Counting the shop: customers, wallets, scores, and tickets where the app that has them provides them.

Whole dong and counts are numbers; days are Vietnam's.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from n2store.clock import vietnam_day
from n2store.figures import provided
from n2store.wire import instant

DAILY_TYPES = ("DEPOSIT", "WITHDRAW", "VIRTUAL_CREDIT", "VIRTUAL_DEBIT", "VIRTUAL_EXPIRE")
EXPIRING = timedelta(days=7)
NO_TICKETS = dict.fromkeys(
    (
        "total_tickets", "pending_count", "in_progress_count", "pending_goods_count", "pending_finance_count",
        "completed_count", "cancelled_count", "boom_count", "fix_cod_count", "return_client_count",
        "return_shipper_count", "total_refunded", "total_virtual_issued",
    ),
    0,
)  # fmt: skip
NO_METRICS: dict[str, list[Any]] = {"overall": [], "daily": [], "resolutionTime": [], "pending": []}

CUSTOMERS = """
    SELECT json_build_object(
        'total_customers', count(*),
        'vip_count', count(*) FILTER (WHERE c.status = 'VIP' OR c.tier = 'platinum'),
        'risky_count', count(*) FILTER (WHERE c.tier IN ('danger', 'blacklist')),
        'active_30d', count(*) FILTER (WHERE o.last_order_at >= %(now)s::timestamptz - interval '30 days'),
        'new_7d', count(*) FILTER (WHERE c.created_at >= %(now)s::timestamptz - interval '7 days'),
        'total_revenue', coalesce(sum(o.total_spent_vnd), 0),
        'avg_orders_per_customer', coalesce(round(avg(coalesce(o.total_orders, 0)), 2), 0)
    )
    FROM customers_customer c LEFT JOIN customers_orderstats o ON o.customer_id = c.id
"""
WALLETS = """
    SELECT json_build_object(
        'total_wallets', count(*),
        'wallets_with_balance', count(*) FILTER (WHERE w.real_vnd > 0),
        'wallets_with_virtual', count(*) FILTER (WHERE w.virtual_vnd > coalesce(gone.vnd, 0)),
        'total_real_balance', coalesce(sum(w.real_vnd), 0),
        'total_virtual_balance', coalesce(sum(w.virtual_vnd - coalesce(gone.vnd, 0)), 0),
        'total_available', coalesce(sum(w.real_vnd + w.virtual_vnd - coalesce(gone.vnd, 0)), 0),
        'total_deposited', coalesce(sum(w.total_deposited_vnd), 0),
        'total_withdrawn', coalesce(sum(w.total_withdrawn_vnd), 0),
        'total_virtual_issued', coalesce(sum(w.total_virtual_issued_vnd), 0),
        'total_virtual_used', coalesce(sum(w.total_virtual_used_vnd), 0),
        'total_virtual_expired', coalesce(sum(w.total_virtual_expired_vnd), 0)
    )
    FROM wallets_wallet w
    LEFT JOIN (
        SELECT v.wallet_id, sum(v.remaining_vnd)::bigint AS vnd FROM wallets_virtualcredit v
        WHERE v.status = 'ACTIVE' AND v.expires_at <= %(now)s::timestamptz GROUP BY v.wallet_id
    ) gone ON gone.wallet_id = w.id
"""
"""Credit that has run out counts for nothing, whether or not the hourly job has seen it."""
ACTIVITY = """
    SELECT json_build_object(
        'last_24h', count(*) FILTER (WHERE a.created_at >= %(now)s::timestamptz - interval '24 hours'),
        'last_7d', count(*)
    )
    FROM customers_activity a WHERE a.created_at >= %(now)s::timestamptz - interval '7 days'
"""
TOP_CUSTOMERS = """
    SELECT coalesce(json_agg(json_build_object(
        'id', c.id, 'name', c.name, 'phone', c.phone, 'total_spent', top.total_spent_vnd,
        'total_orders', top.total_orders, 'rfm_segment', s.segment
    ) ORDER BY top.total_spent_vnd DESC, top.customer_id DESC), '[]')
    FROM (
        SELECT * FROM customers_orderstats WHERE total_spent_vnd > 0
        ORDER BY total_spent_vnd DESC, customer_id DESC LIMIT 5
    ) top
    JOIN customers_customer c ON c.id = top.customer_id
    LEFT JOIN customers_rfmscore s ON s.customer_id = c.id
"""
SEGMENTS = """
    SELECT coalesce(json_agg(row_to_json(t) ORDER BY t.customer_count DESC, t.segment), '[]') FROM (
        SELECT s.segment, count(*) AS customer_count, round(avg(coalesce(o.total_orders, 0)), 1) AS avg_orders,
               round(avg(s.spent_vnd)) AS avg_spent,
               round(avg(customers_vietnam_day(%(now)s::timestamptz) - customers_vietnam_day(s.last_purchase_at)))
                   AS avg_days_since_order
        FROM customers_rfmscore s LEFT JOIN customers_orderstats o ON o.customer_id = s.customer_id
        GROUP BY s.segment
    ) t
"""
SCORES = """
    SELECT coalesce(
        json_agg(row_to_json(t) ORDER BY t.count DESC, t.recency DESC, t.frequency DESC, t.monetary DESC), '[]'
    ) FROM (
        SELECT recency, frequency, monetary, count(*) AS count FROM customers_rfmscore GROUP BY 1, 2, 3
        ORDER BY 4 DESC, 1 DESC, 2 DESC, 3 DESC LIMIT 20
    ) t
"""
TIERS = """
    SELECT coalesce(json_agg(row_to_json(t) ORDER BY t.count DESC, t.tier), '[]')
    FROM (SELECT tier, count(*) AS count FROM customers_customer GROUP BY tier) t
"""
DAILY_BY_TYPE = """
    SELECT coalesce(json_agg(row_to_json(t) ORDER BY t.date DESC, t.type), '[]') FROM (
        SELECT customers_vietnam_day(created_at) AS date, type, count(*) AS transaction_count,
               sum(abs(amount_vnd)) AS total_amount, count(DISTINCT wallet_id) AS unique_customers
        FROM wallets_transaction WHERE created_at >= %(now)s::timestamptz - interval '30 days'
        GROUP BY 1, 2 ORDER BY 1 DESC, 2 LIMIT 30
    ) t
"""
TOP_WALLETS = """
    SELECT coalesce(json_agg(json_build_object(
        'customer_id', c.id, 'phone', c.phone, 'customer_name', c.name, 'balance', top.real_vnd,
        'virtual_balance', top.virtual_vnd, 'total', top.real_vnd + top.virtual_vnd
    ) ORDER BY top.real_vnd + top.virtual_vnd DESC, c.id DESC), '[]')
    FROM (
        SELECT w.customer_id, w.real_vnd, w.virtual_vnd - coalesce(gone.vnd, 0) AS virtual_vnd
        FROM wallets_wallet w
        LEFT JOIN (
            SELECT v.wallet_id, sum(v.remaining_vnd)::bigint AS vnd FROM wallets_virtualcredit v
            WHERE v.status = 'ACTIVE' AND v.expires_at <= %(now)s::timestamptz GROUP BY v.wallet_id
        ) gone ON gone.wallet_id = w.id
        WHERE w.real_vnd + w.virtual_vnd > 0
        ORDER BY w.real_vnd + w.virtual_vnd - coalesce(gone.vnd, 0) DESC, w.customer_id DESC LIMIT 10
    ) top JOIN customers_customer c ON c.id = top.customer_id
"""
EXPIRING_CREDITS = """
    SELECT json_build_object('count', count(*), 'total_amount', coalesce(sum(remaining_vnd), 0))
    FROM wallets_virtualcredit
    WHERE status = 'ACTIVE' AND expires_at > %(now)s::timestamptz AND expires_at <= %(soon)s::timestamptz
"""
BY_DAY = """
    SELECT customers_vietnam_day(created_at), type, count(*), sum(abs(amount_vnd))::bigint
    FROM wallets_transaction
    WHERE created_at >= %(first)s::date::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
        AND created_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AND type = ANY(%(types)s)
    GROUP BY 1, 2
"""


def dashboard(now: datetime) -> dict[str, Any]:
    """Return the shop at a glance."""
    return {
        "customers": _one(CUSTOMERS, now=now),
        "wallets": _one(WALLETS, now=now),
        "tickets": provided("tickets.statistics") or NO_TICKETS,
        "activity": _one(ACTIVITY, now=now),
        "topCustomers": _one(TOP_CUSTOMERS),
        "generatedAt": instant(now),
    }


def rfm_segments(now: datetime) -> dict[str, Any]:
    """Return how customers spread over segments, scores and tiers."""
    return {
        "segments": _one(SEGMENTS, now=now),
        "scoreDistribution": _one(SCORES),
        "tierDistribution": _one(TIERS),
        "generatedAt": instant(now),
    }


def wallet_summary(now: datetime) -> dict[str, Any]:
    """Return what wallets hold and what moved in them."""
    return {
        "overall": _one(WALLETS, now=now),
        "dailySummary": _one(DAILY_BY_TYPE, now=now),
        "topWallets": _one(TOP_WALLETS, now=now),
        "expiringCredits": _one(EXPIRING_CREDITS, now=now, soon=now + EXPIRING),
        "generatedAt": instant(now),
    }


def ticket_metrics(now: datetime, *, days: int) -> dict[str, Any]:
    """Return how tickets come and go; empty lists while nobody keeps tickets."""
    return provided("tickets.metrics", now=now, days=days) or NO_METRICS


def last_days(now: datetime, *, days: int) -> list[dict[str, Any]]:
    """Return the daily summary of the last so many days, today included."""
    today = vietnam_day(now)
    return daily_summary(today - timedelta(days=days - 1), today)


def daily_summary(first: date, last: date) -> list[dict[str, Any]]:
    """Return for each day, newest first, how often and how much was moved, by type; both days are included."""
    days = {
        last - timedelta(days=back): {type: {"count": 0, "amount": 0} for type in DAILY_TYPES}
        for back in range((last - first).days + 1)
    }
    for day, type, count, amount in _rows(BY_DAY, first=first, last=last, types=list(DAILY_TYPES)):
        days[day][type] = {"count": count, "amount": amount}
    return [{"date": day.isoformat(), **types} for day, types in days.items()]


def _one(statement: str, **given: Any) -> Any:
    """Return the JSON that a statement of one row and one column makes."""
    [[found]] = _rows(statement, **given)
    return json.loads(found) if isinstance(found, str) else found


def _rows(statement: str, **given: Any) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given or None)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return rows
