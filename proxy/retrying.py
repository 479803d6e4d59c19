"""When a question to a neighbour is asked again: reads alone, soon, and within the time that the call has anyway."""

from collections.abc import Mapping
from dataclasses import dataclass

READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How a neighbour's calls may be repeated. What changes anything is sent once, whatever happens.

    A call that timed out is not repeated: its caller has waited long enough.
    """

    attempts: int = 2
    """In all. More would make it harder for a neighbour in trouble; the breaker comes after them."""
    methods: frozenset[str] = READS
    statuses: frozenset[int] = frozenset({502, 503, 504})
    """Answers of a server whose application is away for a moment; 429 too, where it says when to come again."""
    pause_s: float = 0.25
    wait_max_s: float = 2.0
    """A longer `Retry-After` is for the caller to read."""

    def may(self, method: str, attempt: int) -> bool:
        """Tell whether a call without a body may follow the one of this number, from 1."""
        return attempt < self.attempts and method in self.methods

    def pause_after(self, status: int, headers: Mapping[str, str]) -> float | None:
        """Return for how many seconds to wait after this answer; None: it is the answer."""
        asked = headers.get("retry-after", "").strip()
        seconds = float(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else None
        if status not in self.statuses and not (status == 429 and seconds is not None):
            return None
        pause_s = self.pause_s if not asked else seconds  # A date of another clock is nothing to count by.
        return pause_s if pause_s is not None and pause_s <= self.wait_max_s else None


READS_AGAIN = Retry()
NEVER = Retry(attempts=1)
