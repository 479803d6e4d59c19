"""The holder: while this process has the lease, every wanted account has its socket. One thread, one event loop."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, connection

from proxy.sealing import Unreadable
from realtime.frames import Provider
from realtime.upstream import keeping
from realtime.upstream.intake import Intake
from realtime.upstream.keeping import StateBook
from realtime.upstream.lease import RENEW_EVERY_S, LeaseHolder
from realtime.upstream.line import Line
from realtime.upstream.pancake.client import PancakeLine
from realtime.upstream.state import Phase, State
from realtime.upstream.storing import keep
from realtime.upstream.tpos.client import TposLine
from realtime.upstream.wanted import Wanted
from realtime.wakeups import listen

logger = logging.getLogger(__name__)

WAKE_CHANNEL = "n2store:upstreams"
LOOK_EVERY_S = 1.0
LOOK_NOT_WITHIN_S = 0.05
DRAIN_TIMEOUT_S = 3.0
"""For what was heard and is not stored when we are asked to end; a worker is killed after seven seconds."""
BROKEN_AGAIN_S = 30.0

Given = TypeVar("Given")
MakeLine = Callable[[Wanted, Intake], Line]


def line_of(wanted: Wanted, intake: Intake) -> Line:
    """Return the line that speaks the provider's language."""
    return (
        PancakeLine(wanted, intake=intake) if wanted.provider is Provider.PANCAKE else TposLine(wanted, intake=intake)
    )


@dataclass(slots=True)
class _Running:
    revision: int
    state: State
    task: "asyncio.Task[None] | None" = None
    again_at: float = 0.0


class Holder:
    """Ends when `stop` is set, and gives the lease back. Never ends by itself."""

    def __init__(self, *, make_line: MakeLine = line_of, redis_url: str = "") -> None:
        self.lease = LeaseHolder()
        self._make_line = make_line
        self._redis_url = redis_url or settings.REDIS_URL
        self._running: dict[int, _Running] = {}
        self._book = StateBook()
        self._control = ThreadPoolExecutor(1, thread_name_prefix="upstreams-control")
        self._storing = ThreadPoolExecutor(1, thread_name_prefix="upstreams-storing")
        self._intake = Intake(lambda batch: self._in(self._storing, partial(keep, batch)))
        self._wake = asyncio.Event()
        self._away = False

    async def run(self, stop: asyncio.Event) -> None:
        """Hold the sockets whenever nobody else does, until `stop` is set."""
        storing = asyncio.create_task(self._intake.run())
        waking = asyncio.create_task(listen(self._redis_url, self._wake.set, channel=WAKE_CHANNEL))
        stopping = asyncio.create_task(self._wake_at(stop))
        try:
            await self._hold(stop)
        finally:
            await self._let_go()
            if not await self._intake.drain(DRAIN_TIMEOUT_S):
                logger.error("%d frames were heard and could not be stored in time.", len(self._intake))
            for task in (storing, waking, stopping):
                task.cancel()
            await asyncio.gather(storing, waking, stopping, return_exceptions=True)
            await self._give_back()

    async def _hold(self, stop: asyncio.Event) -> None:
        now = asyncio.get_running_loop().time
        held, renew_at = False, 0.0
        while not stop.is_set():
            self._wake.clear()
            try:
                if not held or now() >= renew_at:
                    renew_at = now() + RENEW_EVERY_S
                    held = await self._in(self._control, self.lease.hold)
                await (self._look() if held else self._let_go())
                if self._away:
                    logger.info("The database is back.")
                self._away = False
            except DatabaseError as error:  # The sockets stay: nobody else can take them either.
                if not self._away:
                    logger.warning("The database is away (%s); the sockets stay as they are.", type(error).__name__)
                self._away = True
            await asyncio.sleep(LOOK_NOT_WITHIN_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._wake.wait()

    async def _look(self) -> None:
        """Begin what is wanted, end what is not, and write down how it stands."""
        wanted = await self._in(self._control, keeping.wanted_revisions)
        for id, running in list(self._running.items()):
            if wanted.get(id) != running.revision:
                await self._end(running)
                running.state = keeping.off()
                if id not in wanted:
                    await self._write()
                del self._running[id]
        now = asyncio.get_running_loop().time()
        for id, revision in wanted.items():
            known = self._running.get(id)
            if known is None:
                await self._begin(id, revision)
            elif known.task is not None and known.task.done():
                self._ended_by_itself(id, known)
            elif known.task is None and now >= known.again_at:
                await self._begin(id, revision)
        await self._write()

    async def _begin(self, id: int, revision: int) -> None:
        """Open an account's socket. What is wrong with one account is written there, and stops no other."""
        try:
            wanted = await self._in(self._control, partial(keeping.open_account, id))
        except (Unreadable, ValueError) as error:
            self._broken(id, revision, str(error))
            return
        if wanted is None:
            return
        line = self._make_line(wanted, self._intake)
        task = asyncio.create_task(line.run(), name=f"line-{id}")
        self._running[id] = _Running(wanted.revision, line.state, task)

    def _ended_by_itself(self, id: int, running: _Running) -> None:
        """A line never ends: this is a fault of ours, and is tried again later."""
        assert running.task is not None
        error = None if running.task.cancelled() else running.task.exception()
        logger.error("The socket of account %d failed.", id, exc_info=error)
        self._broken(id, running.revision, f"A fault of ours: {type(error).__name__}.")

    def _broken(self, id: int, revision: int, reason: str) -> None:
        again_at = asyncio.get_running_loop().time() + BROKEN_AGAIN_S
        self._running[id] = _Running(revision, State(phase=Phase.BROKEN, error=reason), again_at=again_at)

    async def _end(self, running: _Running) -> None:
        if running.task is not None:
            running.task.cancel()
            await asyncio.gather(running.task, return_exceptions=True)

    async def _write(self) -> None:
        states = {id: (one.revision, one.state) for id, one in self._running.items()}
        await self._in(self._control, partial(self._book.write, states))

    async def _let_go(self) -> None:
        """Close all sockets: they are not ours, or we are to end."""
        running = list(self._running.values())
        self._running.clear()
        await asyncio.gather(*(self._end(one) for one in running))
        self._book.forget()

    async def _give_back(self) -> None:
        with suppress(DatabaseError):
            await self._in(self._control, self.lease.release)
        for executor in (self._control, self._storing):
            await asyncio.get_running_loop().run_in_executor(executor, _close_connection)
            executor.shutdown()

    async def _in(self, executor: ThreadPoolExecutor, work: Callable[[], Given]) -> Given:
        return await asyncio.get_running_loop().run_in_executor(executor, _with_connection, work)

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()


def _close_connection() -> None:
    """Close the connection of the thread that calls."""
    connection.close()


def _with_connection(work: Callable[[], Given]) -> Given:
    """Do it over this thread's connection, which is opened again after a failure."""
    try:
        return work()
    except DatabaseError:
        connection.close()
        raise
