"""A line with a wrong moment: nothing is missing, so nothing stays open, and the truly lost are told all the same."""

from datetime import timedelta
from typing import Any

import pytest

from banking.models import Incident, IncidentStatus
from tests.banking.continuity.bank import breaks, check, take, take_all
from tests.factories.sepay import MORNING, booked

pytestmark = pytest.mark.django_db
CHANGES = [350_000, -120_000, 99_000, 50_000, -10_000, 75_000, 42_000, 61_000, -5_000, 18_000]
EVERY = timedelta(hours=1)
"""Far beyond what is taken for disorder."""


def lines() -> list[dict[str, Any]]:
    return booked(CHANGES, every=EVERY)


def moved(line: dict[str, Any], hours: float) -> dict[str, Any]:
    """Return the line as it is told with a moment so many hours off."""
    at = MORNING + EVERY * (line["id"] - 1_001) + timedelta(hours=hours)
    return line | {"transactionDate": at.strftime("%Y-%m-%d %H:%M:%S")}


@pytest.mark.parametrize("hours", [4.5, -1.5, 20])
def test_a_line_hours_off_opens_nothing(hours: float) -> None:
    told = lines()
    told[3] = moved(told[3], hours)

    take_all(told)
    check()

    assert breaks() == []


@pytest.mark.parametrize("hours", [4.5, -1.5])
def test_told_one_by_one_it_opens_one_at_most_and_heals_by_itself(hours: float) -> None:
    told = lines()
    told[3] = moved(told[3], hours)
    most = 0

    for line in told:
        take(line)
        check()
        most = max(most, Incident.objects.filter(status=IncidentStatus.OPEN).count())

    assert most <= 1
    assert not Incident.objects.exclude(status=IncidentStatus.HEALED).exists()


def test_one_that_comes_after_its_gap_was_found_heals_it() -> None:
    told = lines()
    late = moved(told.pop(3), 20)
    take_all(told)
    check()
    assert [one[3] for one in breaks()] == ["open"]

    take(late)
    check()

    assert [one[3] for one in breaks()] == ["healed"]


def test_a_lost_line_is_told_beside_one_that_strayed() -> None:
    told = lines()
    told[3] = moved(told[3], 4.5)
    del told[1]

    take_all(told)
    check()

    assert breaks() == [(-120_000, 1_001, 1_003, "open")]


def test_a_lost_line_is_told_although_an_equal_one_stands_where_it_belongs() -> None:
    """The balances recur: the same deposit from the same balance, once lost and once told in its place."""
    told = booked([100_000, 50_000, -50_000, 50_000, -50_000, 30_000, 20_000], every=EVERY)
    lost = told.pop(1)

    take_all(told)
    check()

    assert [one[0] for one in breaks()] == [lost["transferAmount"]]
