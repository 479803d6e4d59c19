"""The sockets' holder as a step of a Celery worker: begun after the pool, in the main process, and ended with it."""

import asyncio
import logging
import threading
from typing import Any

from celery import bootsteps

logger = logging.getLogger(__name__)

END_TIMEOUT_S = 6.0
"""What a worker is given to end is seven seconds."""


class Upstreams(bootsteps.StartStopStep):  # type: ignore[misc]
    """Every worker has one. The lease decides whose holds the sockets. See ADR 0019."""

    requires = {"celery.worker.components:Pool"}  # The pool's children are forked before there is a thread.

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._thread: HolderThread | None = None

    def start(self, parent: Any) -> None:
        """Begin to hold, or to wait for the lease."""
        self._thread = HolderThread()
        self._thread.start()

    def stop(self, parent: Any) -> None:
        """Close the sockets, store what was heard, give the lease back."""
        if self._thread is not None:
            self._thread.end(END_TIMEOUT_S)
            self._thread = None

    terminate = stop


class HolderThread(threading.Thread):
    """Runs the holder in an event loop of its own."""

    def __init__(self) -> None:
        super().__init__(name="upstreams", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None

    def run(self) -> None:
        """Hold the sockets until `end`."""
        asyncio.run(self._hold())

    def end(self, timeout_s: float) -> None:
        """Ask for the end and wait for it."""
        if self._ready.wait(timeout_s) and self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)
        self.join(timeout_s)
        if self.is_alive():
            logger.error("The sockets did not end in time.")

    async def _hold(self) -> None:
        from realtime.upstream.holding import Holder  # noqa: PLC0415 -- needs Django, which Celery sets up late

        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        while not self._end.is_set():
            try:
                await Holder().run(self._end)
            except Exception:  # Whatever it is: without the sockets the shop hears nothing.
                logger.exception("The holder of the sockets failed and begins again.")
                await asyncio.sleep(1)
