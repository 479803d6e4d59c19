"""The neighbours, played, and settings that lead to them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command

from n2store.launch.processes import GATE_THREADS
from n2store.simulator.answering import Neighbour
from n2store.simulator.images import Images
from n2store.simulator.pancake_http import PancakeHttp
from n2store.simulator.tpos import Tpos
from tests.factories.tpos import playing_tpos
from tests.processes import end_other_sessions, web_server
from tests.proxy.gates import Gate, Scripted


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


@pytest.fixture
def neighbours() -> Iterator[tuple[Neighbour, Neighbour]]:
    """Play Pancake and pages.fm."""
    with Scripted().serving() as pancake, Scripted().serving() as pages_fm:
        yield pancake, pages_fm


@pytest.fixture
def gate(
    transactional_db: None,
    tmp_path: Path,
    neighbours: tuple[Neighbour, Neighbour],
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Gate]:
    server = web_server(tmp_path, redis_url=django_settings.REDIS_URL)
    server.env |= {"PANCAKE_BASE_URL": neighbours[0].url, "PAGES_FM_BASE_URL": neighbours[1].url}
    server.env |= {"GATEWAY_TRACES_SHARE": "1"}
    server.command = [
        *server.command[:-2], "--workers", "1", "--blocking-threads", GATE_THREADS, "--backpressure", "1024",
    ]  # fmt: skip
    call_command("issue_token", "--role", "owner")
    server.start()
    yield Gate(server, capsys.readouterr().out.strip())
    server.kill()
    end_other_sessions()
