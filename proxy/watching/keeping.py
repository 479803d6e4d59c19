"""Traces on their way into the database: a caller only lays them down, a thread of each process writes every second.

What waits is bounded; what does not fit, or comes too often, is counted and let go. With the process goes at most what
it gathered in the last second.
"""

import logging
import os
import random
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from proxy.models import Outcome, Trace
from proxy.watching import measuring
from proxy.watching.counting import Key, Sums, Tally, bound_of

logger = logging.getLogger(__name__)

WAITING_MAX = 2_000
"""Traces in memory, of about a kilobyte each."""
AMISS_A_MINUTE_MAX = 300
"""Of calls of one neighbour that were not answered well, so many a minute are kept by each process."""
WRITE_EVERY_S = 1.0
COUNT = """
    INSERT INTO proxy_callcount (upstream, minute, outcome, within_ms, calls, bytes_out, bytes_in)
    SELECT * FROM unnest(
        %s::text[], %s::timestamptz[], %s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[]
    )
    ON CONFLICT (minute, upstream, outcome, within_ms) DO UPDATE SET
        calls = proxy_callcount.calls + excluded.calls,
        bytes_out = proxy_callcount.bytes_out + excluded.bytes_out,
        bytes_in = proxy_callcount.bytes_in + excluded.bytes_in
"""


@dataclass(slots=True)
class Keeper:
    """What one process has to write. Threads may share it."""

    rows: deque[Trace] = field(default_factory=deque)
    tally: Tally = field(default_factory=Tally)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _amiss: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    _writer: threading.Thread | None = None
    _pid: int = 0

    def lay_down(self, trace: Trace) -> None:
        """Count a call, and keep its trace if it is one of the share that is kept."""
        minute = trace.at.replace(second=0, microsecond=0)
        key = (trace.upstream, minute, trace.outcome, bound_of(trace.ms if trace.head_ms is None else trace.head_ms))
        if not self.tally.add(key, Sums(1, trace.bytes_out, trace.bytes_in)):
            measuring.DROPPED.labels("too_many_counts").inc()
        with self._lock:
            if self._is_kept(trace, minute):
                if len(self.rows) < WAITING_MAX:
                    self.rows.append(trace)
                else:
                    measuring.DROPPED.labels("queue_full").inc()
            if settings.GATEWAY_TRACES and self._pid != os.getpid():  # Also in the child of a process that had one.
                self._begin()

    def _is_kept(self, trace: Trace, minute: datetime) -> bool:
        if trace.outcome == Outcome.OK:
            return random.random() < float(settings.GATEWAY_TRACES_SHARE)  # noqa: S311 -- which one is no secret
        since, count = self._amiss.get(trace.upstream, (minute, 0))
        count = count + 1 if since == minute else 1
        self._amiss[trace.upstream] = (minute, count)
        if count > AMISS_A_MINUTE_MAX:
            measuring.DROPPED.labels("too_many_a_minute").inc()
        return count <= AMISS_A_MINUTE_MAX

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._writer = threading.Thread(target=self._write_on, name="traces", daemon=True)
        self._writer.start()

    def _write_on(self) -> None:
        while True:
            time.sleep(WRITE_EVERY_S)
            try:
                self.write()
            except DatabaseError as error:
                logger.warning("Traces are not written: %s", type(error).__name__)
            finally:
                connection.close()

    def write(self) -> int:
        """Write what waits and return how many traces that was. Counts that could not be written wait on.

        Raises:
            DatabaseError: the database is away.
        """
        with self._lock:
            rows, self.rows = list(self.rows), deque()
        counts = self.tally.take()
        if not rows and not counts:
            return 0
        try:
            with transaction.atomic():
                Trace.objects.bulk_create(rows)
                _add(counts)
        except DatabaseError:
            measuring.DROPPED.labels("not_written").inc(len(rows))
            for key, sums in counts.items():
                self.tally.add(key, sums)
            raise
        return len(rows)


def _add(counts: dict[Key, Sums]) -> None:
    each = sorted(counts.items(), key=lambda one: one[0])  # In one order: two processes must not wait for each other.
    if not each:
        return
    columns = zip(*((*key, sums.calls, sums.bytes_out, sums.bytes_in) for key, sums in each), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [list(column) for column in columns])


keeper = Keeper()
