"""Running the same thing many times at once, each on a database connection of its own."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

Given = TypeVar("Given")
Result = TypeVar("Result")

WORKERS_MAX = 32


def at_once(work: Callable[[Given], Result], items: Iterable[Given]) -> list[Result]:
    """Return `work(item)` for every item, begun together; an exception of any of them comes out here."""
    given = list(items)
    workers = min(len(given), WORKERS_MAX)
    start = threading.Barrier(workers)
    waited = threading.local()

    def run(item: Given) -> Result:
        if not hasattr(waited, "once"):
            waited.once = True
            start.wait(timeout=120)
        try:
            return work(item)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, given))
