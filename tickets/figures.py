"""Tickets in figures, for the dashboard: by type and state, by day, by how long they took, by what is open."""

import json
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection

from n2store.clock import VIETNAM, vietnam_day
from tickets.queries import statistics
from tickets.workflow import OPEN

OVERALL = """
    SELECT coalesce(json_agg(row_to_json(t) ORDER BY t.ticket_count DESC, t.type, t.status), '[]') FROM (
        SELECT t.type, t.status, count(*) AS ticket_count,
               round(extract(epoch FROM avg(t.completed_at - t.created_at)) / 3600, 1) AS avg_resolution_hours,
               count(given.vnd) AS credited_count, coalesce(sum(given.vnd), 0) AS total_virtual_credits_issued
        FROM tickets_ticket t
        LEFT JOIN (
            SELECT ticket_id, sum(amount_vnd)::bigint AS vnd FROM tickets_compensation
            WHERE kind = 'virtual_credit' AND revoked_at IS NULL GROUP BY ticket_id
        ) given ON given.ticket_id = t.id
        WHERE t.deleted_at IS NULL GROUP BY t.type, t.status
    ) t
"""
DAILY = """
    SELECT coalesce(json_agg(row_to_json(t) ORDER BY t.date DESC), '[]') FROM (
        SELECT period.date, coalesce(opened.created, 0) AS created, coalesce(done.completed, 0) AS completed,
               coalesce(opened.cancelled, 0) AS cancelled, coalesce(done.refunds, 0) AS total_refunds
        FROM (SELECT %(first)s::date + n AS date FROM generate_series(0, %(days)s::integer - 1) AS n) period
        LEFT JOIN (
            SELECT customers_vietnam_day(created_at) AS date, count(*) AS created,
                   count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled
            FROM tickets_ticket WHERE deleted_at IS NULL AND created_at >= %(since)s::timestamptz GROUP BY 1
        ) opened USING (date)
        LEFT JOIN (
            SELECT customers_vietnam_day(completed_at) AS date, count(*) AS completed, sum(refund_vnd) AS refunds
            FROM tickets_ticket
            WHERE deleted_at IS NULL AND status = 'COMPLETED' AND completed_at >= %(since)s::timestamptz GROUP BY 1
        ) done USING (date)
    ) t
"""
"""Every day of the period. A ticket is opened on one day and completed on another; a cancelled one counts on the day on
which it was opened."""
RESOLUTION_TIME = """
    SELECT coalesce(json_agg(row_to_json(t) ORDER BY t.total DESC, t.type), '[]') FROM (
        SELECT type, count(*) AS total, round(extract(epoch FROM avg(completed_at - created_at)) / 3600, 1) AS avg_hours
        FROM tickets_ticket
        WHERE deleted_at IS NULL AND status = 'COMPLETED' AND completed_at >= %(since)s::timestamptz GROUP BY type
    ) t
"""
PENDING = """
    SELECT coalesce(
        json_agg(row_to_json(t) ORDER BY array_position(ARRAY['urgent', 'high', 'normal', 'low'], t.priority)), '[]'
    ) FROM (
        SELECT priority::text, count(*) AS count FROM tickets_ticket
        WHERE deleted_at IS NULL AND status NOT IN ('COMPLETED', 'CANCELLED') GROUP BY priority
    ) t
"""

OPEN_BY_AGE = """
    SELECT type, width_bucket((extract(epoch FROM %(now)s::timestamptz - created_at) / 86400)::numeric,
                              %(days)s::integer[]::numeric[]), count(*)
    FROM tickets_ticket WHERE deleted_at IS NULL AND status = ANY(%(open)s) GROUP BY 1, 2
"""
AGES_DAYS = (1, 3, 7, 14)
"""Where the next age begins, in days since a ticket was opened."""


def totals() -> Any:
    """Return how many tickets there are in each state and of each type."""
    return json.loads(statistics())


def metrics(*, now: datetime, days: int) -> dict[str, Any]:
    """Return how tickets come and go; `daily` tells the last so many days, today included, in Vietnam's calendar.

    `resolutionTime` looks back as many times 24 hours.
    """
    first = vietnam_day(now) - timedelta(days=days - 1)
    midnight = datetime.combine(first, time.min, tzinfo=VIETNAM)
    return {
        "overall": _json(OVERALL),
        "daily": _json(DAILY, first=first, days=days, since=midnight),
        "resolutionTime": _json(RESOLUTION_TIME, since=now - timedelta(days=days)),
        "pending": _json(PENDING),
    }


def board(*, now: datetime) -> dict[str, Any]:
    """Return open tickets by type and age: `types` is type -> how many are younger than each limit, and the rest."""
    types: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(OPEN_BY_AGE, {"now": now, "days": list(AGES_DAYS), "open": list(OPEN)})
        for type, age, count in cursor.fetchall():
            types.setdefault(type, [0] * (len(AGES_DAYS) + 1))[age] = count
    return {"limits": list(AGES_DAYS), "types": types}


def _json(statement: str, **given: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, given or None)
        [found] = cursor.fetchone()
    return json.loads(found) if isinstance(found, str) else found
