"""Not faster than a neighbour allows, all processes together: Redis gives each call its turn.

Where Redis is away, each process keeps the pace by itself.
"""

import threading
import time
from dataclasses import dataclass, field

import redis

from n2store.quick_redis import quick_redis


class TooBusy(Exception):
    """No turn came before the deadline."""


@dataclass(slots=True)
class Pace:
    """So many calls a second to the neighbour `name`. Threads may share it."""

    name: str
    calls_per_s: float
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _free_at: float = field(default=0.0, init=False, repr=False)

    def wait(self, deadline: float) -> None:
        """Return when it is our turn.

        Raises:
            TooBusy: that is later than `deadline`, on the monotonic clock.
        """
        pause_s = 1 / self.calls_per_s
        with self._lock:  # One thread at a time: the others would only ask Redis in vain.
            self._sleep(self._free_at - time.monotonic(), deadline)
            while (others_s := self._taken_for(pause_s)) > 0:
                self._sleep(others_s, deadline)
            self._free_at = time.monotonic() + pause_s

    def _taken_for(self, pause_s: float) -> float:
        """Take the turn and return 0, or return in how many seconds to ask again."""
        key = f"n2store:pace:{self.name}"
        try:
            shared = quick_redis()
            if shared.set(key, 1, nx=True, px=max(1, round(pause_s * 1000))):
                return 0.0
            return max(0.001, int(shared.pttl(key)) / 1000)
        except redis.RedisError:
            return 0.0

    @staticmethod
    def _sleep(seconds: float, deadline: float) -> None:
        if time.monotonic() + seconds > deadline:
            raise TooBusy
        time.sleep(max(0.0, seconds))
