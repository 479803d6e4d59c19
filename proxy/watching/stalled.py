"""Calls that wait for a neighbour which says nothing: seen while they wait, not only when their time is over."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

PATIENCE = 0.5
"""The share of its time-out after which a call that was not answered counts as one that fails."""


@dataclass(slots=True)
class Waiting:
    """The calls of one breaker in this process that are not answered yet. Threads may share it."""

    _begun: OrderedDict[int, tuple[float, float]] = field(default_factory=OrderedDict)
    _answered_at: float = float("-inf")
    _next: int = 0
    _lock: Lock = field(default_factory=Lock)

    def begin(self, timeout_s: float) -> int:
        """Count a call that may take so long to its answer, and return its number."""
        now = time.monotonic()
        with self._lock:
            self._next += 1
            self._begun[self._next] = (now, now + timeout_s * PATIENCE)
            return self._next

    def over(self, number: int, *, answered: bool) -> None:
        """Forget a call; to forget it twice does nothing."""
        with self._lock:
            if self._begun.pop(number, None) is not None and answered:
                self._answered_at = time.monotonic()

    def stalled(self) -> int:
        """Return how many wait longer than they should, and have heard of nobody who was answered since they began."""
        now = time.monotonic()
        with self._lock:
            return sum(now > late_at and begun_at > self._answered_at for begun_at, late_at in self._begun.values())
