"""Bands without a gap, segments that can all be reached, tiers by precedence: pure, no database."""

from collections import Counter
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Metric
from customers.rfm.bands import SCORES, SEED, Bands, InvalidBands
from customers.rfm.segments import NAMES, segment_of, tier_of

BANDS = {metric: Bands(metric, mins) for metric, mins in SEED.items()}


@pytest.mark.parametrize(
    ("metric", "values", "score"),
    [
        ("recency", (0, 1, 7), 5),
        ("recency", (8, 14), 4),
        ("recency", (15, 30), 3),
        ("recency", (31, 60), 2),
        ("recency", (61, 999), 1),
        ("frequency", (0, 1), 1),
        ("frequency", (2,), 2),
        ("frequency", (3, 5), 3),
        ("frequency", (6, 10), 4),
        ("frequency", (11, 400), 5),
        ("monetary", (0, 499_999), 1),
        ("monetary", (500_000, 1_999_999), 2),
        ("monetary", (2_000_000, 4_999_999), 3),
        ("monetary", (5_000_000, 9_999_999, 10_000_000), 4),
        ("monetary", (10_000_001, 10**12), 5),
    ],
)
def test_the_seeds_bands_with_their_limits(metric: str, values: tuple[int, ...], score: int) -> None:
    assert {BANDS[metric].score_of(value) for value in values} == {score}


@given(st.sampled_from(Metric.values), st.integers(0, 10**12))
def test_every_value_lies_in_exactly_one_band(metric: str, value: int) -> None:
    """W21: the old bands left gaps between whole numbers."""
    bands = BANDS[metric]
    holding = [
        score
        for score in SCORES
        if bands.begins[score] <= value and ((end := bands.ends(score)) is None or value <= end)
    ]

    assert holding == [bands.score_of(value)]


def test_a_band_with_new_edges_leaves_no_gap_and_no_overlap() -> None:
    changed = BANDS["monetary"].changed(3, min_value="1000000.00", max_value=3_999_999.99)

    assert dict(changed.begins) == {1: 0, 2: 500_000, 3: 1_000_000, 4: 4_000_000, 5: 10_000_001}
    assert (changed.ends(2), changed.ends(3), changed.ends(5)) == (999_999, 3_999_999, None)


def test_few_days_are_better_than_many() -> None:
    changed = BANDS["recency"].changed(4, min_value=10, max_value=20)

    assert [changed.score_of(days) for days in (0, 9, 10, 20, 21)] == [5, 5, 4, 4, 3]


@pytest.mark.parametrize(
    ("metric", "score", "edges"),
    [
        ("monetary", 3, {"min_value": 500_000}),
        ("monetary", 3, {"max_value": 20_000_000}),
        ("monetary", 5, {"max_value": 20_000_000}),
        ("monetary", 1, {"min_value": 5}),
        ("monetary", 2, {"min_value": -1}),
        ("monetary", 2, {"min_value": "nhiều"}),
        ("monetary", 2, {"min_value": float("nan")}),
        ("monetary", 2, {"min_value": True}),
        ("monetary", 2, {"min_value": [1]}),
        ("monetary", 2, {"max_value": "1e999"}),
        ("recency", 5, {"min_value": 1}),
        ("frequency", 5, {"min_value": 10**18}),
    ],
)
def test_edges_that_cannot_be_are_refused(metric: str, score: int, edges: dict[str, Any]) -> None:
    given: dict[str, Any] = {"min_value": None, "max_value": None} | edges
    with pytest.raises(InvalidBands):
        BANDS[metric].changed(score, **given)


@pytest.mark.parametrize("mins", [{1: 0, 2: 5}, {1: 1, 2: 2, 3: 3, 4: 4, 5: 5}, {1: 0, 2: 5, 3: 5, 4: 6, 5: 7}])
def test_bands_are_five_from_zero_on(mins: dict[int, int]) -> None:
    with pytest.raises(InvalidBands):
        Bands("monetary", mins)


def test_every_segment_can_be_reached() -> None:
    """W: in the old function Cant_Lose and Lost never came up."""
    won = Counter(segment_of(*scores) for scores in product(SCORES, repeat=3))

    assert won == {
        "Champion": 8, "Loyal": 22, "Potential_Loyalist": 16, "New_Customer": 12, "Promising": 2, "Need_Attention": 3,
        "About_To_Sleep": 21, "Cant_Lose": 6, "At_Risk": 3, "Lost": 2, "Hibernating": 14, "Other": 16,
    }  # fmt: skip
    assert set(won) == set(NAMES)


def test_tiers_of_all_sums() -> None:
    tiers = Counter(tier_of(sum(scores), young=False, tier_now="new")[0] for scores in product(SCORES, repeat=3))

    assert tiers == {"platinum": 4, "gold": 31, "silver": 55, "new": 35}


@pytest.mark.parametrize(
    ("total", "young", "now", "tier"),
    [
        (15, True, "blacklist", "blacklist"),
        (15, False, "blacklist", "blacklist"),
        (15, True, "gold", "new"),
        (15, False, "danger", "platinum"),
        (3, False, "normal", "new"),
    ],
)
def test_the_blacklist_comes_before_youth_and_youth_before_the_score(
    total: int, young: bool, now: str, tier: str
) -> None:
    assert tier_of(total, young=young, tier_now=now)[0] == tier
