"""Keeping traces few: by age and by number, the oldest first."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from n2store.batches import delete_in_batches

OLD_TRACES = """
    DELETE FROM proxy_trace WHERE id IN (SELECT id FROM proxy_trace WHERE at < %s ORDER BY id LIMIT %s)
"""
OLD_COUNTS = """
    DELETE FROM proxy_callcount WHERE id IN (SELECT id FROM proxy_callcount WHERE minute < %s ORDER BY minute LIMIT %s)
"""
LAST_KEPT = "SELECT id FROM proxy_trace ORDER BY id DESC OFFSET %s LIMIT 1"
BEYOND = "DELETE FROM proxy_trace WHERE id IN (SELECT id FROM proxy_trace WHERE id <= %s ORDER BY id LIMIT %s)"


def prune(now: datetime) -> int:
    """Delete what is too old, then what is too many, batch by batch; return how many rows that were."""
    before = now - timedelta(days=settings.GATEWAY_TRACES_KEPT_DAYS)
    total = sum(delete_in_batches(OLD_TRACES, before)) + sum(delete_in_batches(OLD_COUNTS, before))
    with connection.cursor() as cursor:
        cursor.execute(LAST_KEPT, [settings.GATEWAY_TRACES_MAX])
        first_too_many = cursor.fetchone()
    return total if first_too_many is None else total + sum(delete_in_batches(BEYOND, first_too_many[0]))
