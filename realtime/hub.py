"""The hub of a push process: follows the event log and hands each event to the clients that listen to it."""

import asyncio
import logging
import random
from collections import defaultdict
from contextlib import suppress
from time import monotonic

import psycopg

from realtime.client import Client
from realtime.limits import Limits
from realtime.log import READ_MAX, EventLog, LoggedEvent
from realtime.relay import BATCH_MAX
from realtime.wakeups import listen

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
BEAT_EVERY_S = 1.0
AGAIN_AFTER_S = 0.2
AGAIN_AFTER_MAX_S = 2.0
CATCH_UP_TIMEOUT_S = 5.0


class DatabaseAway(Exception):
    """The log cannot be read just now."""


class Hub:
    """One for each process and event loop.

    `position` is the last event that was handed out. It changes only together with handing out, between two awaits:
    a client that is added at a moment hears exactly the events after `position` at that moment.
    """

    def __init__(self, *, redis_url: str, limits: Limits) -> None:
        self.position = 0
        self.history = EventLog("history")
        self._limits = limits
        self._redis_url = redis_url
        self._log = EventLog("hub")
        self._begun = False
        self._sure = False
        self._clients: set[Client] = set()
        self._by_topic: defaultdict[str, set[Client]] = defaultdict(set)
        self._wake = asyncio.Event()
        self._asking: list[asyncio.Future[None]] = []
        self._running: asyncio.Task[None] | None = None

    def ensure_running(self) -> None:
        """Start, or start again what should never have ended."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End, and give the database connections back."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._log.close()
        await self.history.close()

    def add(self, client: Client) -> None:
        """Let the client hear all events after `position`."""
        self._clients.add(client)
        for topic in client.asked.spelled:
            self._by_topic[topic].add(client)

    def remove(self, client: Client) -> None:
        """Forget the client. Asking twice is fine."""
        self._clients.discard(client)
        for topic in client.asked.spelled:
            listeners = self._by_topic.get(topic, set())
            listeners.discard(client)
            if not listeners:
                self._by_topic.pop(topic, None)

    async def caught_up(self) -> None:
        """Wait until everything that was committed before this call has been handed out.

        Raises:
            DatabaseAway: that cannot be had within a few seconds.
        """
        self.ensure_running()
        answer = asyncio.get_running_loop().create_future()
        self._asking.append(answer)
        self._wake.set()
        try:
            async with asyncio.timeout(CATCH_UP_TIMEOUT_S):
                await answer
        except TimeoutError as error:
            raise DatabaseAway from error

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._follow())
                    group.create_task(listen(self._redis_url, self._wake.set))
                    group.create_task(self._beat())
            except* Exception:
                logger.exception("The hub failed and starts again.")
            await asyncio.sleep(AGAIN_AFTER_MAX_S)

    async def _follow(self) -> None:
        pause_s = AGAIN_AFTER_S
        while True:
            try:
                await self._look()
            except (psycopg.Error, TimeoutError) as error:
                logger.warning("The event log cannot be read (%s); trying again.", str(error).strip())
                self._sure = False
                await asyncio.sleep(pause_s * random.uniform(0.5, 1))  # noqa: S311 -- no secret
                pause_s = min(pause_s * 2, AGAIN_AFTER_MAX_S)
                continue
            pause_s = AGAIN_AFTER_S
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._wake.wait()

    async def _look(self) -> None:
        """Number what waits, hand out what is new, and tell those who asked for it before."""
        self._wake.clear()
        asking, self._asking = self._asking, []
        try:
            if not self._sure:
                await self._find_place()
            more = True
            while more:
                numbered = await self._log.number_waiting()
                events = await self._log.after(self.position)
                for event in events:
                    if self._hand_out(event):
                        await asyncio.sleep(0)  # Let the sockets take it before the next.
                more = numbered == BATCH_MAX or len(events) == READ_MAX
        except BaseException:
            self._asking += asking
            raise
        for answer in asking:
            if not answer.done():
                answer.set_result(None)

    async def _find_place(self) -> None:
        """Begin at the newest event; after a failure make sure that it is still the same log."""
        while not self._begun and await self._log.number_waiting() == BATCH_MAX:
            pass
        newest = await self._log.newest()
        if self._begun and newest < self.position:
            logger.error("The event log ends at %d, before what was sent: all clients begin anew.", newest)
            for client in list(self._clients):
                client.end()
        if not self._begun or newest < self.position:
            self.position = newest
        self._begun = self._sure = True

    def _hand_out(self, event: LoggedEvent) -> bool:
        """Give the event to each client once, whatever number of its topics the client listens to."""
        listeners = set[Client]().union(*(self._by_topic[topic] for topic in event.topics if topic in self._by_topic))
        self.position = event.position
        for client in listeners:
            try:
                client.hear(event)
            except Exception:  # One client's trouble is not the others'; cut off, it comes back for what it missed.
                logger.exception("A client could not be given event %d.", event.position)
                client.drop()
        return bool(listeners)

    async def _beat(self) -> None:
        """Look after all clients with one clock: heartbeats, stalled ones, and those who have lived long."""
        every_s = min(BEAT_EVERY_S, self._limits.heartbeat_s / 4)
        while True:
            await asyncio.sleep(every_s)
            now = monotonic()
            for client in list(self._clients):
                client.beat(now, self.position)
