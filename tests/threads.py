"""Running the same thing many times at once, each on a database connection of its own."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection, connections, transaction

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


def behind(first: Callable[[], object], second: Callable[[], Result]) -> Result:
    """Return what `second` does that waits for a lock of `first`, which commits only then."""
    held, answers = threading.Event(), list[Result]()

    def hold() -> None:
        with transaction.atomic():
            first()
            held.set()
            _await_a_waiter()

    def follow() -> None:
        assert held.wait(timeout=30)
        answers.append(second())

    at_once(lambda work: work(), [hold, follow])
    return answers[0]


def _await_a_waiter() -> None:
    """Return when somebody waits for a lock of this connection."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid)))")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits for a lock.")
