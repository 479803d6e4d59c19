"""Breakers, which tests go without unless they are about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import redis
from django.conf import settings
from django.test import override_settings

from proxy.watching import breaker as breakers
from proxy.watching import shared
from proxy.watching.breaker import Breaker, breaker


@contextmanager
def breakers_on(*, failures: int = 3, open_s: float = 60.0) -> Iterator[None]:
    """Switch breakers on, with nothing known of any, and looked up anew each time."""
    on: Any = override_settings(GATEWAY_BREAKER_FAILURES=failures, GATEWAY_BREAKER_OPEN_S=open_s)
    with on, patch.object(shared, "LOOK_EVERY_S", 0.0):
        forget()
        yield
        forget()


def forget() -> None:
    """Let no breaker be known of."""
    breakers._made.clear()
    shared._Away.until = 0.0
    client = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.keys("n2store:breaker*"):
        client.delete(key)


def state_of(name: str) -> str:
    """Return how a neighbour's breaker stands."""
    return known(name).storage.standing().now


def known(name: str) -> Breaker:
    """Return a neighbour's breaker."""
    one = breaker(name)
    assert one is not None
    return one
