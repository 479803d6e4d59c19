"""The table of the old servers' weaknesses names a test for each, and the tests exist."""

import re

from tests.docs.test_requirements import PROJECT, has_test

ROW = re.compile(r"^\| ([WA][0-9]+) \| [^|]+ \| (-|`[^`]+`) \|$", re.MULTILINE)
NOT_HERE = {"W25", "W26", "W28"}
"""What they belonged to does not exist here."""


def test_each_weakness_and_case_has_its_test() -> None:
    rows = ROW.findall((PROJECT / "docs" / "old-weaknesses.md").read_text(encoding="utf-8"))

    wanted = [f"W{number}" for number in range(1, 33)] + [f"A{number}" for number in range(1, 16)]
    assert [name for name, _test in rows] == wanted
    assert [name for name, test in rows if not has_test(test.strip("`")) and name not in NOT_HERE] == []
    assert {name for name, test in rows if test == "-"} == NOT_HERE
