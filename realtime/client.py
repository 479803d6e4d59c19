"""One client that listens: what waits for it, and until when it is served."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable
from time import monotonic, time

from realtime.dialect import Block, Dialect
from realtime.flow import Message, Send, Valve
from realtime.limits import Limits
from realtime.log import LoggedEvent
from realtime.topics import Asked

logger = logging.getLogger(__name__)


class Client:
    """Hears events in order. Before `release()` they wait, so that what was missed can be sent first."""

    __slots__ = (
        "_beat_at", "_closed", "_dialect", "_expired", "_held", "_limits", "_old_at", "_paused_at", "_resumed", "_send",
        "_told", "_valve", "_waiting", "_waiting_size", "asked",
    )  # fmt: skip

    def __init__(
        self, *, asked: Asked, dialect: Dialect, send: Send, limits: Limits, expired: Callable[[], None] | None = None
    ) -> None:
        self.asked = asked
        self._dialect = dialect
        self._send = send
        self._limits = limits
        self._expired = expired or self.end
        self._held = True
        self._closed = False
        self._paused_at: float | None = None
        self._resumed: asyncio.Future[None] | None = None
        self._waiting: deque[tuple[Block, int]] | None = None
        self._waiting_size = 0
        self._told = 0
        self._beat_at = monotonic() + limits.heartbeat_s
        self._old_at = 0.0
        self.renew()
        self._valve: Valve | None = None

    @property
    def closed(self) -> bool:
        """Tell whether nothing more can be sent."""
        return self._closed

    def renew(self, life_s: float | None = None) -> None:
        """Begin another life."""
        shortened = 1 - self._limits.life_jitter * random.random()  # noqa: S311 -- no secret
        self._old_at = monotonic() + (life_s or self._limits.life_s) * shortened

    def open(self) -> None:
        """Watch the connection, once the response has begun."""
        if not self._closed:
            self._valve = Valve(self._send, self, buffer_max_bytes=self._limits.transport_max_bytes)

    def hear(self, event: LoggedEvent) -> None:
        """Take one event: send it on, or keep it until the client has room."""
        if self._closed:
            return
        try:
            block = self._dialect.event(event, self.asked)
        except Exception:
            logger.exception("Event %d cannot be told; it is left out.", event.position)
            return
        if block is None:
            return
        if self._held or self._paused_at is not None or self._waiting:
            self._keep(block, event.position)
        else:
            self.write(block, event.position)

    def write(self, block: Block, position: int) -> None:
        """Send a block at once, before all that waits."""
        if self._closed:
            return
        self._told = max(self._told, position)
        if self._valve is not None and isinstance(block, bytes) and self._valve.write(block):
            return
        if not self._pass_on(self._dialect.message(block)):
            self.drop()

    async def writable(self) -> bool:
        """Wait until the client has taken what it was sent; False when it is gone."""
        while self._paused_at is not None and not self._closed:
            self._resumed = asyncio.get_running_loop().create_future()
            await self._resumed
        return not self._closed

    def release(self) -> None:
        """From now on send at once."""
        self._held = False
        self._flush()

    def beat(self, now: float, position: int) -> None:
        """Do what the clock asks for. `position` is the last event that was handed out to everybody."""
        if self._closed:
            return
        if self._paused_at is not None and now - self._paused_at > self._limits.stalled_s:
            logger.info("A client that does not read is dropped.")
            self.drop()
        elif now >= self._old_at:
            self._old_at = now + self._limits.life_s
            self._expired()
        elif now >= self._beat_at and not (self._held or self._waiting or self._paused_at is not None):
            self._beat_at = now + self._limits.heartbeat_s
            moved = position if position > self._told else None
            block = self._dialect.heartbeat(int(time() * 1000), moved)
            if block is not None:
                self.write(block, position)

    def end(self, reason: int = 0) -> None:
        """Say goodbye, after which the client comes back by itself."""
        if self._closed:
            return
        unread = self._paused_at is not None
        self._close()
        if unread and self._abort():
            return
        if self._valve is not None:
            self._valve.close()
        if not self._pass_on(self._dialect.farewell(reason)):
            self._abort()

    def drop(self) -> None:
        """Cut the connection; where the protocol has words for it, say why, and leave a moment to read them."""
        reason = None if self._closed or self._valve is None else self._dialect.dropped()
        if reason is not None and self._valve is not None:
            self._close()
            self._pass_on(reason)
            self._valve.abort_later(self._limits.goodbye_s)
            return
        if not self._closed and self._abort():
            self._close()
        self.end()

    def pause(self) -> None:
        """The client does not read as quickly as we write."""
        self._paused_at = monotonic()

    def resume(self) -> None:
        """The client has read all."""
        self._paused_at = None
        self._flush()
        if self._paused_at is None:
            self._tell_resumed()

    def gone(self) -> None:
        """The connection is lost."""
        self._close()

    def _pass_on(self, message: Message) -> bool:
        sending = self._send(message)
        try:
            sending.send(None)  # See Note [A server that does not wait].
        except StopIteration:
            return True
        except Exception as error:  # noqa: BLE001 -- whatever one client's connection says must not stop the others
            logger.info("A client cannot be written to (%s).", error)
        else:
            sending.close()
        return False

    def _abort(self) -> bool:
        return self._valve is not None and self._valve.abort()

    def _keep(self, block: Block, position: int) -> None:
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append((block, position))
        self._waiting_size += len(block)
        if len(self._waiting) > self._limits.queue_events_max or self._waiting_size > self._limits.queue_max_bytes:
            logger.info("A client that is too slow is dropped with %d events waiting.", len(self._waiting))
            self.drop()

    def _flush(self) -> None:
        while self._waiting and not self._held and self._paused_at is None and not self._closed:
            block, position = self._waiting.popleft()
            self._waiting_size -= len(block)
            self.write(block, position)

    def _close(self) -> None:
        self._closed = True
        self._waiting = None
        self._tell_resumed()

    def _tell_resumed(self) -> None:
        if self._resumed is not None and not self._resumed.done():
            self._resumed.set_result(None)
