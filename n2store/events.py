"""Announcing what happened, without knowing who listens.

An event is a row of the log, written with the change it tells of: it is delivered if, and only if, the transaction
commits. Redis merely wakes the readers, who also look by themselves every second.
"""

import logging
import time
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from functools import cache
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


def wake_after_commit() -> None:
    """Wake the readers once the running transaction has committed; at once when there is none."""
    transaction.on_commit(_waker().wake)


class _Waker:
    """Publishes the empty wake-up message, and rests after a failure."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._redis: Any = redis.Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)
        self._quiet_until = 0.0

    def wake(self) -> None:
        if time.monotonic() < self._quiet_until:
            return
        try:
            self._redis.publish(WAKE_CHANNEL, b"")
        except redis.RedisError as error:
            self._quiet_until = time.monotonic() + REDIS_REST_S
            logger.warning("Redis did not take a wake-up (%s); readers find the event within a second.", error)


@cache
def _waker() -> _Waker:
    return _Waker(settings.REDIS_URL, settings.REDIS_TIMEOUT_S)
