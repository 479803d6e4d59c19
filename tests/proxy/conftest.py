"""The neighbours, played, and settings that lead to them."""

from collections.abc import Iterator
from typing import Any

import pytest

from n2store.simulator.images import Images
from n2store.simulator.pancake_http import PancakeHttp
from n2store.simulator.tpos import Tpos
from tests.factories.tpos import playing_tpos


@pytest.fixture(autouse=True)
def _as_often_as_they_like(settings: Any) -> None:
    """Count no calls: tests ask more often than people."""
    settings.GATEWAY_RATES = {}


@pytest.fixture
def tpos_played() -> Iterator[Tpos]:
    with playing_tpos() as played:
        yield played


@pytest.fixture
def pancake(settings: Any) -> Iterator[PancakeHttp]:
    with PancakeHttp().serving() as played:
        settings.PANCAKE_BASE_URL = settings.PANCAKE_CONTENT_URL = settings.PAGES_FM_BASE_URL = played.url
        yield played


@pytest.fixture
def images(settings: Any) -> Iterator[Images]:
    with Images().serving() as played:
        settings.IMAGE_HOSTS = [*settings.IMAGE_HOSTS, played.url]
        yield played
