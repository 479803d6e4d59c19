"""The bank's own book: every line of the shop's accounts, whether SePay's webhook tells of it or not."""

import threading
from collections.abc import Mapping
from typing import Any

Line = Mapping[str, Any]
"""A line as SePay's webhook tells it."""


class Bank:
    """Lines by their ids. Threads may share it."""

    def __init__(self) -> None:
        self._lines: dict[int, Line] = {}
        self._lock = threading.Lock()

    def add(self, line: Line) -> None:
        """Write a line into the book."""
        with self._lock:
            self._lines[line["id"]] = line

    def lines(self) -> list[Line]:
        """Return all lines, in the order of their ids."""
        with self._lock:
            return [self._lines[id] for id in sorted(self._lines)]

    def __len__(self) -> int:
        return len(self._lines)
