"""A PayOS to ask."""

from collections.abc import Iterator

import pytest

from n2store.simulator.payos import Payos
from tests.factories.payos import playing_payos


@pytest.fixture
def payos() -> Iterator[Payos]:
    with playing_payos() as playing:
        yield playing
