"""The simulated TPOS, and settings that lead to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.test import override_settings

from n2store.simulator import tpos as simulator


@contextmanager
def playing_tpos(timeout_s: float = 5.0) -> Iterator[simulator.Tpos]:
    """Serve an empty book of customers, with nobody logged in."""
    with (
        simulator.Tpos().serving() as book,
        override_settings(
            TPOS_BASE_URL=book.url, TPOS_USERNAME=simulator.USERNAME, TPOS_PASSWORD=simulator.PASSWORD,
            TPOS_CLIENT_ID=simulator.CLIENT_ID, TPOS_TIMEOUT_S=timeout_s,
        ),
    ):  # fmt: skip
        cache.clear()
        yield book
