"""The list of requirements says nothing that is not so: tests it names exist, answers it points to are written."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = PROJECT / "docs" / "requirements.tsv"
ANSWERS = "docs/answers.md"
LAST = 521
STATES = {"done", "answered", "open"}
WAITS_FOR_MAX_CHARACTERS = 60


class Requirement(NamedTuple):
    id: str
    state: str
    where: str


def lines() -> list[str]:
    return REQUIREMENTS.read_text(encoding="utf-8").splitlines()


def requirements(state: str | None = None) -> list[Requirement]:
    rows = [Requirement(*line.split("\t")) for line in lines()[1:]]
    return [row for row in rows if state is None or row.state == state]


def has_test(where: str) -> bool:
    """Tell whether `path::name` or `path::Class::name` names a test function of the suite."""
    path, _, name = where.partition("::")
    name = name.rpartition("::")[2]
    file = PROJECT / path
    if not (path.startswith("tests/") and file.is_file() and name.startswith("test_")):
        return False
    source = file.read_text(encoding="utf-8")
    return re.search(rf"^\s*(async )?def {re.escape(name)}\(", source, re.MULTILINE) is not None


def anchored_entries() -> dict[str, str]:
    """Return the text of each entry of the answers by its anchor."""
    parts = re.split(r"^## (.+)$", (PROJECT / ANSWERS).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    headings, texts = parts[::2], parts[1::2]
    return {f"{ANSWERS}#{heading.strip().lower()}": text for heading, text in zip(headings, texts, strict=True)}


def test_the_header_names_the_columns():
    assert lines()[0] == "id\tstate\twhere"


def test_every_line_has_three_columns():
    assert [line for line in lines() if line.count("\t") != 2] == []


def test_every_number_stands_once_and_in_order():
    assert [row.id for row in requirements()] == [f"SC-{number:03d}" for number in range(1, LAST + 1)]


def test_every_state_is_known():
    assert {row.state for row in requirements()} <= STATES


def test_what_is_done_is_held_by_a_test_that_exists():
    assert [row for row in requirements("done") if not has_test(row.where)] == []


def test_what_is_answered_has_an_entry_that_names_it():
    entries = anchored_entries()

    assert [row for row in requirements("answered") if row.id not in entries.get(row.where, "")] == []


def test_an_answer_is_given_to_requirements_that_are_answered_only():
    numbers = {number for text in anchored_entries().values() for number in re.findall(r"SC-\d{3}", text)}

    assert numbers == {row.id for row in requirements("answered")}


def test_what_is_open_says_shortly_what_it_waits_for():
    wrong = [row for row in requirements("open") if "::" in row.where or len(row.where) > WAITS_FOR_MAX_CHARACTERS]

    assert wrong == []


@pytest.mark.parametrize(
    "where",
    [
        "",
        "tests/docs/test_requirements.py",
        "tests/docs/test_requirements.py::test_of_nothing",
        "tests/docs/test_requirements.py::has_test",
        "tests/docs/no_such_file.py::test_of_nothing",
        "docs/answers.md::test_of_nothing",
    ],
)
def test_a_place_without_a_test_is_told_from_one_with(where):
    assert not has_test(where)
    assert has_test("tests/docs/test_requirements.py::test_a_place_without_a_test_is_told_from_one_with")


def test_the_whole_is_finished_when_no_part_is_open():
    assert requirements("open") == []
