"""Figures that are counted at most every few seconds, however many ask.

Counting the shop takes some tenths of a second, and a dashboard is asked a thousand times a second. Rollups kept by
every write would put one row into the way of all money; a count that is some seconds old does not. See ADR 17.

One process counts at a time; meanwhile the others answer what was counted before, unless that is too old to be shown.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from n2store.models import Snapshot

STALE_S = 60
"""Older than this, nobody is answered with it: whoever asks waits for the new count."""
KEPT = """
    SELECT body, taken_at FROM n2store_snapshot WHERE name = %s
"""
KEEP = """
    INSERT INTO n2store_snapshot (name, body, taken_at) VALUES (%s, %s, %s)
    ON CONFLICT (name) DO UPDATE SET body = excluded.body, taken_at = excluded.taken_at
"""
COUNT_TIMEOUT_MS = 60_000


def kept(name: str, count: Callable[[datetime], Any]) -> str:
    """Return what `count` returns, as JSON, at most `settings.ANALYTICS_MAX_AGE_S` old while it is asked for.

    A hit is one statement.
    """
    known = _known(name)
    if known is not None and _age(known[1]) <= timedelta(seconds=settings.ANALYTICS_MAX_AGE_S):
        return known[0]
    with transaction.atomic():
        patient = known is None or _age(known[1]) > timedelta(seconds=STALE_S)
        if not _alone(name, wait=patient):
            assert known is not None
            return known[0]
        again = _known(name)
        if again is not None and (known is None or again[1] != known[1]):
            return again[0]  # Somebody counted while we waited.
        return _counted(name, count)


def forget() -> None:
    """Count everything afresh the next time."""
    Snapshot.objects.all().delete()


def _counted(name: str, count: Callable[[datetime], Any]) -> str:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {COUNT_TIMEOUT_MS}")
        body = json.dumps(count(now), ensure_ascii=False)
        cursor.execute(KEEP, [name, body, now])
    return body


def _known(name: str) -> tuple[str, datetime] | None:
    with connection.cursor() as cursor:
        cursor.execute(KEPT, [name])
        row: tuple[str, datetime] | None = cursor.fetchone()
    return row


def _alone(name: str, *, wait: bool) -> bool:
    """Take the right to count; without `wait`, False when another has it."""
    how = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {how}(hashtext('snapshot:' || %s))", [name])
        [got] = cursor.fetchone()
    return wait or bool(got)


def _age(taken_at: datetime) -> timedelta:
    """Return how old a count is; one that a clock that jumped back put into the future is as old as can be."""
    age = timezone.now() - taken_at
    return age if age >= timedelta(0) else timedelta.max
