"""Going around the shop: the same work by plain psycopg, over as many connections, from processes of our own."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import psycopg

PROCESSES_MAX = 2
Work = Callable[[psycopg.Connection, Any], None]
"""Does one item on one connection. A function of a module, so that another process finds it."""


def run(
    work: Work, database_url: str, items: Sequence[Any], *, connections: int, seconds: float
) -> tuple[float, list[float]]:
    """Do `items` over so many connections for so long; return the rate, and what each took in ms."""
    processes = min(PROCESSES_MAX, connections)
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        parts = [
            pool.submit(_part, work, database_url, items[part::processes], connections // processes, seconds)
            for part in range(processes)
        ]
        done = [part.result() for part in parts]
    took_ms = list(itertools.chain.from_iterable(took for _, took in done))
    return len(took_ms) / max(seconds for seconds, _ in done), took_ms


def _part(
    work: Work, database_url: str, items: Sequence[Any], connections: int, seconds: float
) -> tuple[float, list[float]]:
    opened = [psycopg.connect(database_url, autocommit=True) for _ in range(connections)]
    for connection in opened:
        connection.prepare_threshold = 1
    coming, took_ms, failures = iter(items), [], []
    turn = threading.Lock()
    started = time.perf_counter()

    def go_on(connection: psycopg.Connection) -> None:
        try:
            while (begun := time.perf_counter()) < started + seconds:
                with turn:
                    item = next(coming, None)
                if item is None:
                    raise RuntimeError("more was needed than prepared")
                work(connection, item)
                took_ms.append((time.perf_counter() - begun) * 1000)
        except Exception as error:  # noqa: BLE001 -- a thread's failure is told by the process below
            failures.append(error)

    threads = [threading.Thread(target=go_on, args=[connection]) for connection in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    for connection in opened:
        connection.close()
    if failures:
        raise failures[0]
    return elapsed, took_ms
