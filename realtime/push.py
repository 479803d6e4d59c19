"""What all streams of one push process share."""

import asyncio
from typing import Any

from django.conf import settings

from realtime.access import Door
from realtime.hub import Hub
from realtime.limits import Limits


class PushProcess:
    """Limits, the door, and the hub: one for an event loop, made when it is first asked for."""

    def __init__(self, limits: Limits, *, redis_url: str = "") -> None:
        self.limits = limits
        self.door = Door(streams_per_user_max=limits.streams_per_user_max)
        self._redis_url = redis_url or settings.REDIS_URL
        self._hub: Hub | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def hub(self) -> Hub:
        """Return the hub of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._hub is None or self._loop is not loop:
            self._hub, self._loop = Hub(redis_url=self._redis_url, limits=self.limits), loop
        return self._hub

    def begin_with_daphne(self) -> None:
        """Have the hub follow the log before anybody listens: daphne has no lifespan, but its reactor has a start.

        Otherwise events would wait for their positions until the first stream opens.
        """
        from twisted.internet import reactor  # noqa: PLC0415 -- daphne has chosen its kind by then

        clock: Any = reactor
        clock.callLater(0, lambda: self.hub().ensure_running())

    async def stop(self) -> None:
        """End the hub, where a process goes on without it."""
        if self._hub is not None:
            await self._hub.stop()
            self._hub = None
