"""The past, played: what asks the time while an act is done hears that of the act, and rows are dated to match.

Only here, where a whole past is made up in one transaction, are clocks set back and the dates of logs written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from django.utils import timezone

LAST = """
    SELECT coalesce((SELECT max(id) FROM audit_logs), 0), coalesce((SELECT max(id) FROM customers_activity), 0),
           coalesce((SELECT max(id) FROM customers_tierchange), 0)
"""
KEEP = """
    CREATE TEMP TABLE demo_played (
        at timestamptz, audit_after bigint, activity_after bigint, tier_after bigint, audit_upto bigint,
        activity_upto bigint, tier_upto bigint
    ) ON COMMIT DROP
"""


class Past:
    """Plays acts at their moment, and remembers which rows the database has dated itself meanwhile."""

    def __init__(self) -> None:
        self._played: list[tuple[datetime, int, int, int, int, int, int]] = []

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Let it be `moment` inside the block, for the whole process: only where nothing else runs in it."""
        before, now = self._last(), timezone.now
        timezone.now = lambda: moment
        try:
            yield
        finally:
            timezone.now = now
        self._played.append((moment, *before, *self._last()))

    def write_down(self) -> None:
        """Put into the table `demo_played` which rows of logs belong to which moment, for `date_back.sql`."""
        with connection.cursor() as cursor:
            cursor.execute(KEEP)
            cursor.executemany("INSERT INTO demo_played VALUES (%s, %s, %s, %s, %s, %s, %s)", self._played)

    def _last(self) -> tuple[int, int, int]:
        with connection.cursor() as cursor:
            cursor.execute(LAST)
            found: tuple[int, int, int] = cursor.fetchone()
        return found
