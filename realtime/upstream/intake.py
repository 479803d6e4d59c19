"""Between the sockets and the database: what was heard waits here until it is stored, bounded in bytes."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from django.db import DatabaseError

from realtime.upstream.heard import Care, Heard
from realtime.upstream.storing import is_passing

logger = logging.getLogger(__name__)

BYTES_MAX = 64 * 1024 * 1024
"""Beyond this the sockets are not read: their own buffers fill, and the neighbour waits or hangs up."""
BATCH_MAX = 200
BATCH_BYTES_MAX = 8 * 1024 * 1024
FRAME_OVERHEAD_BYTES = 1_000
AGAIN_AFTER_S = 0.2
AGAIN_AFTER_MAX_S = 2.0

Keep = Callable[[Sequence[Heard]], Awaitable[object]]


class Intake:
    """One for all sockets of a process, in one event loop. What cannot be stored now is tried again, in its order."""

    def __init__(self, keep: Keep, *, bytes_max: int = BYTES_MAX) -> None:
        self._keep = keep
        self._bytes_max = bytes_max
        self._waiting: deque[Heard] = deque()
        self._bytes = 0
        self._some = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._waiting)

    async def put(self, one: Heard) -> None:
        """Take what was heard; wait while there is no room."""
        while self._bytes >= self._bytes_max:
            self._room.clear()
            await self._room.wait()
        self._bytes += one.size + FRAME_OVERHEAD_BYTES
        self._waiting.append(one)
        self._empty.clear()
        self._some.set()

    async def run(self) -> None:
        """Store what waits, for ever, in batches: while one is stored the next gathers."""
        while True:
            await self._some.wait()
            batch = self._batch()
            await self._store(batch)
            for _ in batch:
                self._bytes -= self._waiting.popleft().size + FRAME_OVERHEAD_BYTES
            self._room.set()
            if not self._waiting:
                self._some.clear()
                self._empty.set()

    async def drain(self, timeout_s: float) -> bool:
        """Wait until all is stored, while `run` runs; False when that takes too long."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    def _batch(self) -> list[Heard]:
        batch: list[Heard] = []
        size = 0
        for one in self._waiting:
            if batch and (len(batch) == BATCH_MAX or size + one.size > BATCH_BYTES_MAX):
                break
            batch.append(one)
            size += one.size
        return batch

    async def _store(self, batch: list[Heard]) -> None:
        pause_s, away = AGAIN_AFTER_S, False
        while True:
            try:
                await self._keep(batch)
            except DatabaseError as error:
                if not is_passing(error):
                    await self._one_by_one(batch, error)
                    return
                if not away:
                    logger.warning("The database does not take frames (%s); they wait.", type(error).__name__)
                away = True
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, AGAIN_AFTER_MAX_S)
            else:
                if away:
                    logger.info("The database takes frames again.")
                return

    async def _one_by_one(self, batch: list[Heard], error: DatabaseError) -> None:
        """The database refuses something of a batch: store the others."""
        if len(batch) == 1:
            logger.error("A frame (%s) is lost: the database refuses it: %s", batch[0].event, error)
            return
        for one in batch:
            if one.care is not Care.COUNT:
                await self._store([one])
