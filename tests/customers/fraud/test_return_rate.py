"""The rule on returns: the seed's limit, nights, and no look ahead."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from customers.fraud.config import active_thresholds, change_thresholds
from customers.fraud.engine import backtest, nights
from customers.fraud.return_rate import RETURN_RATE
from customers.models import Order
from tests.factories.orders import NOON, days_ago, order, taken

PHONE = "0909318264"


def hits(days: float = 30) -> list[Any]:
    return backtest(RETURN_RATE, active_thresholds(RETURN_RATE), since=NOON - timedelta(days=days), until=NOON)


def back(code: str, *, ordered: float, returned: float, **more: Any) -> dict[str, Any]:
    return order(
        code,
        status="returned",
        ordered_at=days_ago(ordered),
        returned_at=days_ago(returned),
        updated_at=days_ago(0),
        **more,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("kept", "returned", "hit"), [(0, 1, 0), (0, 2, 1), (2, 2, 0), (2, 3, 1), (5, 0, 0)])
def test_more_than_half_of_at_least_two_orders_of_a_week(kept: int, returned: int, hit: int) -> None:
    taken(
        *(order(f"K-{n}", ordered_at=days_ago(4)) for n in range(kept)),
        order("old", ordered_at=days_ago(60), delivered_at=days_ago(50)),
    )
    taken(*(back(f"R-{n}", ordered=12, returned=3) for n in range(returned))) if returned else None

    assert len(hits()) == hit


@pytest.mark.django_db
def test_a_hit_says_when_and_by_what() -> None:
    taken(back("R-1", ordered=10, returned=5), back("R-2", ordered=9, returned=3), order("K", ordered_at=days_ago(2)))

    [hit] = hits()

    first_night = nights(NOON - timedelta(days=3), NOON)[0]
    assert (hit.at, hit.phone) == (first_night, PHONE)
    assert hit.evidence == {
        "orders": 2, "returned": 2, "percent": 100, "window_days": 7, "codes": ["R-1", "R-2"],
    }  # fmt: skip


@pytest.mark.django_db
def test_cancelled_orders_and_drafts_count_for_nothing() -> None:
    taken(
        back("R-1", ordered=10, returned=3), back("R-2", ordered=10, returned=3),
        order("C-1", status="cancelled", ordered_at=days_ago(6), cancelled_at=days_ago(5)),
        order("C-2", status="cancelled", ordered_at=days_ago(6), cancelled_at=days_ago(5)),
        order("D-1", status="open", ordered_at=days_ago(4)), order("D-2", status="open", ordered_at=days_ago(4)),
    )  # fmt: skip

    assert hits()[0].evidence["orders"] == 2


@pytest.mark.django_db
def test_thresholds_are_what_they_are_set_to() -> None:
    taken(back("R-1", ordered=10, returned=3))
    before = hits()
    change_thresholds(RETURN_RATE, given={"min_orders": 1}, by="lan")

    assert (before, len(hits())) == ([], 1)


@pytest.mark.django_db
def test_a_night_after_the_week_says_nothing_any_more() -> None:
    taken(back("R-1", ordered=30, returned=20), back("R-2", ordered=30, returned=20))

    [hit] = hits()

    assert hit.times == 7
    assert hits(days=10) == []


STORY = st.lists(
    st.tuples(st.floats(1, 20), st.sampled_from(["delivered", "returned", "cancelled", "confirmed"]), st.floats(0, 15)),
    min_size=1,
    max_size=10,
)


class NoLookAhead(TestCase):
    """A night's verdict is the same whether or not the days after it are known."""

    @settings(max_examples=40)
    @given(STORY, st.integers(1, 15))
    def test_what_came_later_changes_nothing(self, story: list[tuple[float, str, float]], ago: int) -> None:
        until = NOON - timedelta(days=ago)
        rows = []
        for n, (ordered, status, after) in enumerate(story):
            end = min(NOON, NOON - timedelta(days=ordered) + timedelta(days=after)).isoformat()
            ends = {"delivered": "delivered_at", "returned": "returned_at", "cancelled": "cancelled_at"}
            moment = {ends[status]: end} if status in ends else {}
            rows.append(order(f"A-{n}", status=status, ordered_at=days_ago(ordered), updated_at=days_ago(0), **moment))
        taken(*rows)
        config = active_thresholds(RETURN_RATE)
        knowing_all = backtest(RETURN_RATE, config, since=NOON - timedelta(days=40), until=until)

        for row in Order.objects.all():  # As of then: nobody knew what came later.
            if row.ordered_at > until:
                row.delete()
                continue
            if (row.delivered_at and row.delivered_at > until) or (row.returned_at and row.returned_at > until):
                row.status, row.delivered_at, row.returned_at = "confirmed", None, None
            if row.cancelled_at and row.cancelled_at > until:
                row.status, row.cancelled_at = "confirmed", None
            row.save()
        knowing_then = backtest(RETURN_RATE, config, since=NOON - timedelta(days=40), until=until)

        assert knowing_all == knowing_then


def test_nights_are_two_oclock_in_vietnam() -> None:
    found = nights(NOON - timedelta(days=2), NOON)

    assert [(night.hour, night.tzinfo) for night in found] == [(2, NOON.tzinfo)] * 2
    assert nights(found[0], found[0]) == []
    assert nights(found[0] - timedelta(seconds=1), found[0]) == [found[0]]
    assert timezone.now() > found[-1]
