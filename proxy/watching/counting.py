"""Every call counted, exactly, whatever share of them is kept as traces. In memory until the writer takes it."""

import threading
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

BOUNDS_MS = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 15_000, 30_000, 60_000, 3_600_000)
"""An answer counts to the first bound it did not exceed; the last is for all that took longer."""
KEYS_MAX = 20_000
"""About an hour of every neighbour in every outcome, while the database is away."""

Key = tuple[str, datetime, str, int]
"""Neighbour, minute, outcome, and the bound in milliseconds."""


@dataclass(slots=True)
class Sums:
    """How many calls, and how many bytes went out and came back."""

    calls: int = 0
    bytes_out: int = 0
    bytes_in: int = 0

    def add(self, other: "Sums") -> None:
        """Add another's to these."""
        self.calls += other.calls
        self.bytes_out += other.bytes_out
        self.bytes_in += other.bytes_in


@dataclass(slots=True)
class Tally:
    """What was counted since it was last taken. Threads may share it."""

    sums: dict[Key, Sums] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, key: Key, sums: Sums) -> bool:
        """Add to a key; False when there are too many of them and it was left out."""
        with self._lock:
            if key not in self.sums:
                if len(self.sums) >= KEYS_MAX:
                    return False
                self.sums[key] = Sums()
            self.sums[key].add(sums)
            return True

    def take(self) -> dict[Key, Sums]:
        """Return all of it, and begin anew."""
        with self._lock:
            taken, self.sums = self.sums, {}
        return taken


def bound_of(ms: float) -> int:
    """Return the bound that a time counts to."""
    return BOUNDS_MS[min(bisect_left(BOUNDS_MS, ms), len(BOUNDS_MS) - 1)]


def quantile_ms(counts: Iterable[tuple[int, int]], share: float) -> int | None:
    """Return the bound below which this share of calls was answered, from `(bound, calls)`; None without calls."""
    each = sorted(counts)
    whole = sum(calls for _bound, calls in each)
    reached = 0
    for bound, calls in each:
        reached += calls
        if calls and reached >= share * whole:
            return bound
    return None
