"""Keeps a neighbour's time: so many deliveries a second, some twice, some late, and again whatever was not taken."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from random import Random
from typing import Generic, Protocol, TypeVar

from n2store.clock import VIETNAM
from n2store.simulator.figures import percentile

AT_ONCE_MAX = 32
UNFINISHED_MAX = 2_000
LATE_BY_PLACES = 8

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Verdict(Enum):
    """What a neighbour makes of an answer. With the first two it is content; after the others it tries again."""

    ACCEPTED = auto()
    DUPLICATE = auto()
    REFUSED = auto()
    FAILED = auto()


class Source(Protocol[T_co]):
    """Where deliveries come from."""

    def next(self, *, at: datetime) -> T_co:
        """Return the delivery of something that happened `at`."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a neighbour delivers. `rate` is deliveries a second, 0 for as fast as they are taken."""

    rate: float
    count: int | None
    repeat_share: float = 0.0
    reorder: bool = False
    retry_waits_s: Sequence[float] = ()


@dataclass(slots=True)
class Report:
    """What happened. Every attempt is counted once: accepted, duplicate, refused (4xx) or failed (anything else)."""

    deliveries: int = 0
    attempts: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    failed: int = 0
    retried: int = 0
    repeated: int = 0
    given_up: int = 0
    took_ms: list[float] = field(default_factory=list)

    def count(self, verdict: Verdict, took_ms: float) -> bool:
        """Count one attempt and return whether the neighbour is content."""
        self.attempts += 1
        self.took_ms.append(took_ms)
        self.accepted += verdict is Verdict.ACCEPTED
        self.duplicates += verdict is Verdict.DUPLICATE
        self.refused += verdict is Verdict.REFUSED
        self.failed += verdict is Verdict.FAILED
        return verdict in (Verdict.ACCEPTED, Verdict.DUPLICATE)

    def summary(self) -> str:
        """Return the figures in two lines."""
        p50, p99 = percentile(self.took_ms, 0.5), percentile(self.took_ms, 0.99)
        return (
            f"sent {self.attempts} ({self.deliveries} transfers, {self.repeated} repeats, {self.retried} retries): "
            f"accepted {self.accepted}, duplicates {self.duplicates}, refused {self.refused}, failed {self.failed}, "
            f"given up {self.given_up}\nanswer p50 {p50:.1f} ms, p99 {p99:.1f} ms"
        )


async def play(
    source: Source[T], post: Callable[[T], Verdict], manner: Manner, *, random: Random, report: Report
) -> None:
    """Deliver in this manner and count into `report`, also what happened before an interruption.

    What is left to chance is drawn in the order of the deliveries, so that a seed gives the same run.
    """
    with ThreadPoolExecutor(AT_ONCE_MAX) as threads:
        player = _Player(post, manner, report, threads)
        loop = asyncio.get_running_loop()
        started = loop.time()
        pause_s = 1 / manner.rate if manner.rate else 0.0
        async with asyncio.TaskGroup() as tasks:
            while manner.count is None or report.deliveries < manner.count:
                await player.unfinished.acquire()
                await asyncio.sleep(max(0.0, started + report.deliveries * pause_s - loop.time()))
                late_s = random.random() * LATE_BY_PLACES * max(pause_s, 0.01) if manner.reorder else 0.0
                repeat_after_s = random.random() if random.random() < manner.repeat_share else None
                delivery = source.next(at=datetime.now(VIETNAM))
                report.deliveries += 1
                tasks.create_task(player.deliver(delivery, late_s=late_s, repeat_after_s=repeat_after_s))


class _Player(Generic[T]):
    """Sees each delivery through: late if it must be, retried until it is taken, and perhaps repeated."""

    def __init__(
        self, post: Callable[[T], Verdict], manner: Manner, report: Report, threads: ThreadPoolExecutor
    ) -> None:
        self._post, self._waits_s, self._report, self._threads = post, manner.retry_waits_s, report, threads
        self.unfinished = asyncio.Semaphore(UNFINISHED_MAX)

    async def deliver(self, delivery: T, *, late_s: float, repeat_after_s: float | None) -> None:
        try:
            await asyncio.sleep(late_s)
            taken = await self._until_taken(delivery)
            if taken and repeat_after_s is not None:
                await asyncio.sleep(repeat_after_s)
                self._report.repeated += 1
                await self._until_taken(delivery)
        finally:
            self.unfinished.release()

    async def _until_taken(self, delivery: T) -> bool:
        taken = await self._attempt(delivery)
        for wait_s in self._waits_s:
            if taken:
                break
            await asyncio.sleep(wait_s)
            self._report.retried += 1
            taken = await self._attempt(delivery)
        self._report.given_up += not taken
        return taken

    async def _attempt(self, delivery: T) -> bool:
        begun = time.perf_counter()
        verdict = await asyncio.get_running_loop().run_in_executor(self._threads, self._post, delivery)
        return self._report.count(verdict, (time.perf_counter() - begun) * 1000)
