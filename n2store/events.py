"""Announcing what happened, without knowing who listens.

An event is a row of the log, written with the change it tells of: it is delivered if, and only if, the transaction
commits. Redis merely wakes the readers, who also look by themselves every second.
"""

import logging
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import Any, ClassVar

import redis
from django.conf import settings
from django.db import connection, transaction

from n2store.models import Event as EventRow

logger = logging.getLogger(__name__)

WAKE_CHANNEL = "n2store:wake"
REDIS_REST_S = 2.0
"""After a failed wake-up, Redis is left alone this long, so that its absence costs a request nothing."""


@dataclass(frozen=True, kw_only=True)
class Event(ABC):
    """A fact. Subclasses add the fields of the payload: ids, texts and whole dong, never objects."""

    name: ClassVar[str]

    @abstractmethod
    def topics(self) -> list[str]:
        """Return who hears of it: channels such as `wallets` and exact topics such as `wallet:0909123456`."""


def publish(event: Event) -> None:
    """Write `event` to the log with the change it belongs to, and wake the readers after commit."""
    assert connection.in_atomic_block, "publish() belongs inside an operation's transaction"
    EventRow.objects.create(name=event.name, topics=event.topics(), payload=asdict(event))
    wake_after_commit()


def publish_many(events: Sequence[Event]) -> None:
    """Write many events in their order, in one statement, as `publish` does one."""
    assert connection.in_atomic_block, "publish_many() belongs inside an operation's transaction"
    EventRow.objects.bulk_create(
        EventRow(name=event.name, topics=event.topics(), payload=asdict(event)) for event in events
    )
    wake_after_commit()


def wake_after_commit(channel: str = WAKE_CHANNEL) -> None:
    """Wake the readers once the running transaction has committed; at once when there is none."""
    transaction.on_commit(partial(_waker().wake, channel))


class _Waker:
    """Sends the empty wake-up message without waiting for an answer, and rests after a failure."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._pool = redis.ConnectionPool.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)
        self._own = threading.local()
        self._quiet_until = 0.0

    def wake(self, channel: str = WAKE_CHANNEL) -> None:
        if time.monotonic() < self._quiet_until:
            return
        try:
            self._connection().send_command("PUBLISH", channel, b"")
        except redis.RedisError as error:
            self._own.connection = None
            self._quiet_until = time.monotonic() + REDIS_REST_S
            logger.warning("Redis did not take a wake-up (%s); readers find the event within a second.", error)

    def _connection(self) -> Any:
        """Return this thread's own connection, on which Redis answers nothing: a request need not wait for it."""
        connection: Any = getattr(self._own, "connection", None)
        if connection is None or self._own.pid != os.getpid():
            connection = self._pool.make_connection()
            connection.connect()
            connection.send_command("CLIENT", "REPLY", "OFF")
            self._own.connection, self._own.pid = connection, os.getpid()
        return connection


@cache
def _waker() -> _Waker:
    return _Waker(settings.REDIS_URL, settings.REDIS_TIMEOUT_S)
