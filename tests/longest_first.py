"""The order of the files: those that take long are begun first, so that no processor waits for another at the end.

Named in `addopts`. All browser tests are one piece of work: they share a shop and a browser.
"""

import os
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

TOGETHER = "tests/browser/"
LONG = (
    TOGETHER,
    "tests/n2store/test_launch.py",
    "tests/bench/test_soak.py",
    "tests/wallets/test_commands_killed.py",
    "tests/tickets/test_tickets_killed.py",
    "tests/banking/test_webhook_killed.py",
    "tests/n2store/test_demo_shop.py",
    "tests/banking/continuity/test_scenario.py",
    "tests/wallets/test_ledger_tamper_drill.py",
    "tests/realtime/upstream/test_holding.py",
    "tests/realtime/upstream/test_workers.py",
    "tests/wallets/test_history.py",
    "tests/proxy/test_gate.py",
    "tests/n2store/test_launch_front.py",
)
"""The longest first; every other file takes less than half a minute."""


def piece_of(nodeid: str) -> str:
    """Return what stays in one process: the file of a test, or a folder whose tests stay together."""
    return TOGETHER if nodeid.startswith(TOGETHER) else nodeid.split("::", 1)[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put each file's tests together again, which pytest-django has sorted by their use of the database."""
    met: dict[str, int] = {}
    for item in items:
        met.setdefault(piece_of(item.nodeid), len(met))
    rank = {piece: place for place, piece in enumerate(LONG)}
    pieces = {piece: (rank.get(piece, len(LONG)), place) for piece, place in met.items()}
    items.sort(key=lambda item: pieces[piece_of(item.nodeid)])


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Use one process more than there are processors: half of the time a test waits for what it has started."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Give out pieces in their order."""
    return Pieces(config, log) if config.getvalue("dist") == "loadfile" else None


class Pieces(LoadFileScheduling):
    """As `--dist loadfile`, with a folder that stays together, and in the order of the tests."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # By the number of tests, the longest would come last.

    def _split_scope(self, nodeid: str) -> str:
        return piece_of(nodeid)
