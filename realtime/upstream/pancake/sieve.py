"""Finding the pages that spoil the join of all: one whose plan has ended has the whole join refused.

Nobody says which one it is. So the join is tried without one page, then without another; if two pages spoil it, each
is tried alone, and those that were taken are joined together.
"""

from collections import deque
from collections.abc import Sequence


class Sieve:
    """What to ask for next. `asking` is the list to join with; empty when no page can be joined."""

    def __init__(self, pages: Sequence[str]) -> None:
        self._pages = list(pages)
        self._without = deque(pages if len(pages) > 1 else ())
        self._alone: deque[str] | None = None
        self._taken: list[str] = []
        self.asking = list(pages)

    @property
    def left_out(self) -> list[str]:
        """Return the pages that the present list leaves out."""
        return [page for page in self._pages if page not in self.asking]

    def refused(self) -> None:
        """The list was refused because of some page: choose the next."""
        if self._alone is None:
            if self._without:
                without = self._without.popleft()
                self.asking = [page for page in self._pages if page != without]
                return
            if len(self._pages) <= 2:  # Each was tried alone by leaving the other out.
                self.asking = []
                return
            self._alone = deque(self._pages)
        elif not self._alone and self.asking == self._taken:
            self.asking = []  # Alone each was taken, together they are not.
            return
        self._next_alone()

    def accepted(self) -> bool:
        """The list was taken: return whether that is all that can be had."""
        if self._alone is None or (not self._alone and self.asking == self._taken):
            return True
        self._taken += self.asking
        self._next_alone()
        return len(self._taken) == 1 and not self._alone and self.asking == self._taken

    def _next_alone(self) -> None:
        if self._alone:
            self.asking = [self._alone.popleft()]
        else:
            self.asking = list(self._taken)
