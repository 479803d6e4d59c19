"""The neighbours on loopback, and a holder in this process with short times."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings as django_settings

from n2store.simulator.pancake import PancakeSocket
from n2store.simulator.tpos_socket import TposSocket
from tests.realtime.upstream.holders import HolderInThread, quick_line


@pytest.fixture
def pancake(settings: Any) -> Iterator[PancakeSocket]:
    with PancakeSocket().serving() as neighbour:
        settings.PANCAKE_SOCKET_URL = f"{neighbour.url}?vsn=2.0.0"
        yield neighbour


@pytest.fixture
def tpos(settings: Any) -> Iterator[TposSocket]:
    with TposSocket(ping_interval_s=0.2, ping_timeout_s=0.8).serving() as neighbour:
        settings.TPOS_SOCKET_URL = neighbour.url
        yield neighbour


@pytest.fixture
def new_holder(transactional_db: None) -> Iterator[Callable[..., HolderInThread]]:
    """Return a function that starts a holder; all of them end with the test."""
    with ExitStack() as running:

        def make(*, make_line: Any = quick_line, redis_url: str = django_settings.REDIS_URL) -> HolderInThread:
            return running.enter_context(HolderInThread(make_line=make_line, redis_url=redis_url))

        yield make


@pytest.fixture
def holder(new_holder: Callable[..., HolderInThread]) -> HolderInThread:
    return new_holder()
