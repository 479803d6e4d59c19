"""The order of the tests: long files first, and what belongs together in one piece."""

from types import SimpleNamespace
from typing import Any

from n2store.launch.place import PROJECT
from tests.longest_first import LONG, TOGETHER, piece_of, pytest_collection_modifyitems


def test_every_long_file_is_there() -> None:
    assert [path for path in LONG if not (PROJECT / path).exists()] == []


def test_all_browser_tests_are_one_piece_and_other_files_one_each() -> None:
    assert piece_of("tests/browser/test_money.py::test_x[desk]") == piece_of("tests/browser/test_inbox.py::test_y")
    assert piece_of("tests/wallets/test_credit.py::TestX::test_y[a::b]") == "tests/wallets/test_credit.py"


def test_long_files_come_first_and_each_file_stays_together_in_its_own_order() -> None:
    long, browser = LONG[1], TOGETHER
    names = ["a::1", f"{long}::1", "b::1", "a::2", f"{browser}m.py::1", f"{long}::2", f"{browser}l.py::1"]
    items: list[Any] = [SimpleNamespace(nodeid=name) for name in names]

    pytest_collection_modifyitems(items)

    assert [item.nodeid for item in items] == [
        f"{browser}m.py::1", f"{browser}l.py::1", f"{long}::1", f"{long}::2", "a::1", "a::2", "b::1",
    ]  # fmt: skip
