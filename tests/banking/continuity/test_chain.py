"""Breaks of a chain of balances: told exactly, at their place, and none where lines are merely in disorder."""

import gc
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.continuity.chain import ORDER_TOLERANCE, Line, chain

START = datetime(2026, 1, 16, 7, tzinfo=UTC)
AMOUNTS = st.integers(-5_000_000, 5_000_000).filter(bool)
FEW_AMOUNTS = st.sampled_from([-2, -1, 1, 2])
"""Balances recur all the time with these."""


def ledger(
    amounts: Sequence[int], *, opening_vnd: int = 1_000_000, every: timedelta = timedelta(seconds=1)
) -> list[Line]:
    lines, balance = [], opening_vnd
    for number, amount in enumerate(amounts):
        balance += amount
        lines.append(Line(id=number + 1, at=START + number * every, change_vnd=amount, after_vnd=balance))
    return lines


def missing(lines: Sequence[Line], **options: int) -> list[int]:
    found = chain(lines, **options)
    return [] if found is None else [one.missing_vnd for one in found.breaks]


def without(lines: Sequence[Line], places: set[int]) -> list[Line]:
    return [line for place, line in enumerate(lines) if place not in places]


def not_adjacent(places: set[int], count: int) -> set[int]:
    """Keep of the places those that have a line before and behind, and no lost neighbour."""
    kept: set[int] = set()
    for place in sorted(places):
        if 0 < place < count - 1 and place - 1 not in kept:
            kept.add(place)
    return kept


def test_no_lines_have_no_chain() -> None:
    assert chain([]) is None


def test_a_lost_line_is_told_with_its_amount_and_its_neighbours() -> None:
    lines = ledger([350_000, -120_000, 99_000, 50_000])

    found = chain(without(lines, {1}))

    assert found is not None
    [one] = found.breaks
    assert (one.missing_vnd, one.before, one.after) == (-120_000, lines[0], lines[2])
    assert (found.opening_vnd, found.closing_vnd) == (1_000_000, 1_379_000)


def test_an_opening_that_does_not_lead_to_the_first_line_is_a_break_without_a_line_before() -> None:
    found = chain(ledger([350_000])[0:1], opening_vnd=900_000)

    assert found is not None
    assert [(one.before, one.missing_vnd) for one in found.breaks] == [(None, 100_000)]
    assert (found.opening_vnd, found.closing_vnd) == (900_000, 1_350_000)


def test_a_repeated_id_counts_once_and_twins_both_count() -> None:
    twins = ledger([100_000, 100_000, 100_000])

    assert missing([*twins, twins[1]]) == []
    assert missing([twins[0], twins[0], twins[2]]) == [100_000]


def test_neighbours_that_are_lost_together_show_their_sum() -> None:
    assert missing(without(ledger([1, 20, 300, 4_000]), {1, 2})) == [320]


def test_lines_of_one_second_may_come_in_any_order() -> None:
    lines = ledger([5_000, 7_000, -3_000, 11_000, 2_000], every=timedelta(0))
    spelled = [
        Line(id=line.id * 7 % 5, at=line.at, change_vnd=line.change_vnd, after_vnd=line.after_vnd) for line in lines
    ]

    assert missing(spelled) == []


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (0, 2, 1, 3), (0, 1, 3, 2), (1, 0, 3, 2), (3, 2, 1, 0)])
@pytest.mark.parametrize("opening", [None, 1_000_000])
def test_swapped_lines_are_no_break_at_the_begin_within_nor_at_the_end(
    order: tuple[int, ...], opening: int | None
) -> None:
    lines = ledger([5_000, 7_000, -3_000, 11_000])
    swapped = [
        Line(
            id=9, at=START + place * timedelta(seconds=1), change_vnd=lines[n].change_vnd, after_vnd=lines[n].after_vnd
        )
        for place, n in enumerate(order)
    ]
    swapped = [
        Line(id=place, at=line.at, change_vnd=line.change_vnd, after_vnd=line.after_vnd)
        for place, line in enumerate(swapped)
    ]

    found = chain(swapped, opening_vnd=opening)

    assert found is not None
    assert (found.breaks, found.opening_vnd, found.closing_vnd) == ((), 1_000_000, 1_020_000)


def test_a_loss_beside_a_swap_is_one_break_of_the_right_amount() -> None:
    a, _lost, b, c, d = ledger([5_000, 900, 7_000, -3_000, 11_000])
    swapped = [
        a,
        Line(id=3, at=c.at, change_vnd=c.change_vnd, after_vnd=c.after_vnd),
        Line(id=4, at=c.at, change_vnd=b.change_vnd, after_vnd=b.after_vnd),
        Line(id=5, at=d.at, change_vnd=d.change_vnd, after_vnd=d.after_vnd),
    ]

    assert missing(swapped) == [900]


def test_losses_whose_balances_recur_keep_their_own_place_and_amount() -> None:
    # 100 -> (150 lost) ..., later 70 -> (100 lost): the balance 100 is left once and reached once.
    lines = ledger([50, -30, -50, 30, 20], opening_vnd=100)  # 150 120 70 100 120
    found = chain(without(lines, {0, 3}), opening_vnd=100)

    assert found is not None
    assert [(one.missing_vnd, one.after.id) for one in found.breaks] == [(50, 2), (30, 5)]


@given(st.lists(AMOUNTS, min_size=1, max_size=60), st.sets(st.integers(0, 59)))
def test_exactly_the_lost_amounts_are_told(amounts: list[int], places: set[int]) -> None:
    # Far apart, each loss stands alone, and no recurring balance can mislead.
    lines = ledger(amounts, every=ORDER_TOLERANCE * 2)
    lost = not_adjacent(places, len(lines))

    assert missing(without(lines, lost)) == [amounts[place] for place in sorted(lost)]


@given(st.lists(FEW_AMOUNTS, min_size=3, max_size=60), st.integers(1, 58))
def test_one_lost_line_is_told_exactly_whatever_balances_recur(amounts: list[int], place: int) -> None:
    place = min(place, len(amounts) - 2)
    lines = ledger(amounts)

    found = chain(without(lines, {place}))

    assert found is not None
    assert [(one.missing_vnd, one.after.id) for one in found.breaks] == [(amounts[place], place + 2)]


@given(st.lists(st.integers(1, 5_000_000), min_size=3, max_size=60), st.sets(st.integers(0, 59)))
def test_losses_in_one_minute_are_told_exactly_where_balances_do_not_recur(
    amounts: list[int], places: set[int]
) -> None:
    lines = ledger(amounts)
    lost = not_adjacent(places, len(lines))

    assert missing(without(lines, lost)) == [amounts[place] for place in sorted(lost)]


@given(st.lists(FEW_AMOUNTS | AMOUNTS, min_size=1, max_size=40), st.randoms(use_true_random=False), st.integers(1, 30))
def test_lines_in_disorder_within_a_window_are_no_break(amounts: list[int], chance: random.Random, width: int) -> None:
    lines = ledger(amounts, every=ORDER_TOLERANCE / 60)
    shuffled: list[Line] = []
    for begin in range(0, len(lines), width):
        window = lines[begin : begin + width]
        places = [(line.id, line.at) for line in window]
        chance.shuffle(window)
        shuffled += [
            Line(id=id, at=at, change_vnd=line.change_vnd, after_vnd=line.after_vnd)
            for (id, at), line in zip(places, window, strict=True)
        ]

    # With the ends known, as they are once the lines before and after are there.
    ends = [
        Line(id=0, at=START - ORDER_TOLERANCE * 9, change_vnd=1, after_vnd=1_000_000),
        Line(id=999, at=START + ORDER_TOLERANCE * 9, change_vnd=7, after_vnd=lines[-1].after_vnd + 7),
    ]
    assert missing([*shuffled, *ends]) == []


@given(
    st.lists(st.integers(1, 5_000_000), min_size=20, max_size=80),
    st.sets(st.integers(0, 15)),
    st.randoms(use_true_random=False),
)
def test_losses_are_told_exactly_among_lines_in_disorder(
    amounts: list[int], windows: set[int], chance: random.Random
) -> None:
    lines = ledger(amounts, every=timedelta(0))
    width, kept, lost = 5, [], []
    for begin in range(0, len(lines), width):
        window = lines[begin : begin + width]
        if begin // width in windows and 0 < begin < len(lines) - width:
            lost.append(window.pop(chance.randrange(1, 4)).change_vnd)
        chance.shuffle(window)
        at = START + begin * timedelta(minutes=1)
        kept += [
            Line(id=begin + n, at=at, change_vnd=line.change_vnd, after_vnd=line.after_vnd)
            for n, line in enumerate(window)
        ]

    assert sorted(missing(kept, opening_vnd=1_000_000)) == sorted(lost)


@given(st.lists(FEW_AMOUNTS, min_size=2, max_size=40), st.sets(st.integers(0, 39)), st.randoms(use_true_random=False))
def test_what_is_told_always_adds_up(amounts: list[int], places: set[int], chance: random.Random) -> None:
    lines = ledger(amounts)
    kept = without(lines, places - {0})
    later = Line(id=999, at=START + ORDER_TOLERANCE * 9, change_vnd=7, after_vnd=lines[-1].after_vnd + 7)
    chance.shuffle(kept)

    found = chain([*kept, later], opening_vnd=1_000_000)

    assert found is not None
    assert (found.opening_vnd, found.closing_vnd) == (1_000_000, later.after_vnd)
    assert sum(one.missing_vnd for one in found.breaks) == sum(amounts) - sum(line.change_vnd for line in kept)


def test_time_grows_with_the_lines_also_where_everything_is_in_disorder() -> None:
    def seconds(count: int) -> float:
        chance = random.Random(7)
        lines = ledger([chance.randrange(1, 10**6) for _ in range(count)], every=timedelta(0))
        ids = list(range(count))
        chance.shuffle(ids)
        mixed = [
            Line(id=id, at=line.at, change_vnd=line.change_vnd, after_vnd=line.after_vnd)
            for id, line in zip(ids, lines, strict=True)
        ]
        gc.collect()
        gc.disable()  # Its walks through all that other tests have left are not the chain's work.
        try:
            begun = time.process_time()
            assert missing(mixed) == []
            return time.process_time() - begun
        finally:
            gc.enable()

    # A busy machine may spoil a measurement, but not each of five; quadratic work fails them all.
    ratios = (seconds(40_000) / max(seconds(4_000) for _ in range(3)) for _ in range(5))
    assert any(ratio < 40 for ratio in ratios), "linear gives some 10, quadratic some 100"
