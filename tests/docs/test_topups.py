"""What docs/topups.md says to hold each wish and each race of the contract is there."""

import re

from tests.docs.test_requirements import PROJECT, has_test

TEXT = (PROJECT / "docs" / "topups.md").read_text(encoding="utf-8")


def test_every_wish_and_every_race_has_a_row_and_something_that_holds_it() -> None:
    rows = re.findall(r"^\| ([KR]\d\d) \| .+ \| (.+) \|$", TEXT, re.MULTILINE)

    assert [name for name, _held in rows] == [f"K{n:02}" for n in range(1, 97)] + [f"R{n:02}" for n in range(1, 37)]
    assert all(held.strip() for _name, held in rows)


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`([\w/]+\.py::\w+)`", TEXT)

    assert len(named) > 150
    assert [name for name in named if not has_test(f"tests/{name}")] == []
