"""What the pages' scripts promise, read from their text."""

import re

import pytest

from n2store.launch.place import PROJECT

SCRIPTS = sorted((PROJECT / "static" / "n2store").glob("*.js"))
FETCHES = [
    pytest.param(call.group(), id=f"{script.name}:{script.read_text()[: call.start()].count(chr(10)) + 1}")
    for script in SCRIPTS
    for call in re.finditer(r"\bfetch\([^;]*;", script.read_text())
]


@pytest.mark.parametrize("call", FETCHES)
def test_no_script_waits_for_an_answer_for_ever(call: str) -> None:
    assert "signal" in call, "use `ask` of shop.js, or give the call a signal"
