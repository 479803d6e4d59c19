"""Tickets in figures, for the dashboard: by type and state, by day, by how long they took, by what is open."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

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
        SELECT customers_vietnam_day(created_at) AS date, count(*) AS created,
               count(*) FILTER (WHERE status = 'COMPLETED') AS completed,
               count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled,
               coalesce(sum(refund_vnd) FILTER (WHERE status = 'COMPLETED'), 0) AS total_refunds
        FROM tickets_ticket WHERE deleted_at IS NULL AND created_at >= %(since)s::timestamptz GROUP BY 1
    ) t
"""
"""By the day on which a ticket was opened, and what has become of it."""
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
    """Return how tickets come and go; `daily` and `resolutionTime` look back so many days."""
    since = now - timedelta(days=days)
    return {
        "overall": _json(OVERALL),
        "daily": _json(DAILY, since=since),
        "resolutionTime": _json(RESOLUTION_TIME, since=since),
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
