"""How often one caller may use one door: so many calls a minute, counted in Redis for all processes.

Without Redis nothing is counted: a limit that cannot count must not close the shop; a metric says so.
"""

import hashlib
import time
from dataclasses import dataclass

import redis
from django.core.cache import cache

from proxy.errors import TooMany
from proxy.watching import measuring

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls a minute, by the clock's minute, for each caller of a door."""

    door: str
    calls_max: int

    def count(self, caller: str) -> None:
        """Count a call.

        Raises:
            TooMany: it is one too many; the next minute is a new one.
        """
        now = _now()
        who = hashlib.sha256(caller.encode()).hexdigest()[:32]
        key = f"rate:{self.door}:{who}:{int(now // WINDOW_S)}"
        try:
            cache.add(key, 0, timeout=2 * WINDOW_S)
            count = cache.incr(key)
        except (redis.RedisError, ValueError):  # ValueError: it ran out between the two.
            measuring.UNCOUNTED.labels(self.door).inc()
            return
        if count > self.calls_max:
            measuring.LIMITED.labels(self.door).inc()
            raise TooMany(f"No more than {self.calls_max} calls a minute.", retry_after_s=_left(now))


def _now() -> float:
    return time.time()


def _left(now: float) -> int:
    return WINDOW_S - int(now % WINDOW_S)
