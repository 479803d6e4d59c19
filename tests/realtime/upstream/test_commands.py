"""Many pages at once."""

import pytest

from realtime.models import Account
from realtime.upstream import commands
from tests.realtime.upstream.holders import STAFF, start_pancake
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_pages_starting_at_once_make_one_account_and_one_change() -> None:
    changed = at_once(lambda _: start_pancake("1", "2"), range(16))

    row = Account.objects.get()
    assert changed.count(True) == 1
    assert (row.page_ids, row.revision) == (["1", "2"], 1)


def test_pages_with_different_values_at_once_leave_one_whole_set_of_values() -> None:
    sets = [("1",), ("1", "2"), ("3",)]

    at_once(lambda number: start_pancake(*sets[number % 3], token=f"token-{number % 3}"), range(15))

    row = Account.objects.get()
    last = sets.index(tuple(row.page_ids))
    assert commands.unseal(row.sealed)["token"] == f"token-{last}"
    assert row.wanted


def test_starts_and_stops_at_once_end_in_one_of_both() -> None:
    start_pancake("1")

    def act(number: int) -> None:
        if number % 2:
            start_pancake("1")
        else:
            commands.stop(commands.Provider.PANCAKE, caller=STAFF)

    at_once(act, range(16))
    wanted = Account.objects.get().wanted

    assert start_pancake("1") is not wanted
    assert Account.objects.get().wanted
