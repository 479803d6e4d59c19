"""Bands: from which value on a score is given. Pure; a band ends where the next begins, so nothing falls between.

Days, orders and dong are whole: an amount below the next limit by less than a dong belongs to the lower band.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from customers.models import Metric
from n2store.errors import DomainError

SCORES = (1, 2, 3, 4, 5)
VALUE_MAX = 10**15
SEED: dict[str, dict[int, int]] = {
    Metric.RECENCY: {5: 0, 4: 8, 3: 15, 2: 31, 1: 61},
    Metric.FREQUENCY: {1: 0, 2: 2, 3: 3, 4: 6, 5: 11},
    Metric.MONETARY: {1: 0, 2: 500_000, 3: 2_000_000, 4: 5_000_000, 5: 10_000_001},
}
"""The seed's bands. Limits belong to the higher band, but for one: the seed gives 5 for money above ten million, so
that ten million exactly is still a 4."""
SEED_DESCRIPTIONS: dict[str, dict[int, str]] = {
    Metric.RECENCY: {
        5: "Mua trong 7 ngày qua", 4: "Mua 8-14 ngày trước", 3: "Mua 15-30 ngày trước", 2: "Mua 31-60 ngày trước",
        1: "Mua hơn 60 ngày trước, hoặc chưa mua",
    },
    Metric.FREQUENCY: {5: "Hơn 10 đơn", 4: "6-10 đơn", 3: "3-5 đơn", 2: "2 đơn", 1: "1 đơn, hoặc chưa có đơn"},
    Metric.MONETARY: {
        5: "Hơn 10 triệu", 4: "5-10 triệu", 3: "2 triệu đến dưới 5 triệu", 2: "500 nghìn đến dưới 2 triệu",
        1: "Dưới 500 nghìn",
    },
}  # fmt: skip


class InvalidBands(DomainError):
    """The bands leave a gap, overlap, or are not five from zero on."""

    code = "INVALID_RFM_CONFIG"


@dataclass(frozen=True, slots=True)
class Bands:
    """The five bands of one metric: score -> the least value it is given for."""

    metric: str
    begins: Mapping[int, int]

    def __post_init__(self) -> None:
        """Refuse what is no five bands, from zero on, that rise (recency: fall) with the score."""
        if sorted(self.begins) != list(SCORES):
            raise InvalidBands(f"{self.metric} has a band for each score from 1 to 5")
        mins = [self.begins[score] for score in self._ascending]
        if mins[0] != 0:
            raise InvalidBands(f"{self.metric}: the band of score {self._ascending[0]} begins at 0")
        for lower, upper in pairwise(mins):
            if lower >= upper:
                raise InvalidBands(f"{self.metric}: the bands of two scores overlap at {upper:,}")
        if mins[-1] > VALUE_MAX:
            raise InvalidBands(f"{self.metric}: a band begins at {VALUE_MAX:,} at most")

    @property
    def _ascending(self) -> tuple[int, ...]:
        """Scores in the order of their values: few days are good, much money is."""
        return SCORES[::-1] if self.metric == Metric.RECENCY else SCORES

    def score_of(self, value: int) -> int:
        """Return the score of a value from 0 on."""
        mins = [self.begins[score] for score in self._ascending]
        return self._ascending[bisect_right(mins, value) - 1]

    def ends(self, score: int) -> int | None:
        """Return the greatest value of a band; None for the open one."""
        above = self._above(score)
        return None if above is None else self.begins[above] - 1

    def changed(self, score: int, *, min_value: object, max_value: object) -> "Bands":
        """Return the bands with another beginning and end of one; its neighbours give way or take the room.

        Fractions are brought to the whole values within the band. None leaves an edge as it is.

        Raises:
            InvalidBands: a value is no number, or the bands would overlap or leave out values.
        """
        begins = dict(self.begins)
        if min_value is not None:
            begins[score] = math.ceil(_number("min_value", min_value))
        above = self._above(score)
        if max_value is not None:
            if above is None:
                raise InvalidBands(f"{self.metric}: the band of score {score} has no end")
            begins[above] = math.floor(_number("max_value", max_value)) + 1
        return Bands(self.metric, begins)

    def _above(self, score: int) -> int | None:
        place = self._ascending.index(score) + 1
        return self._ascending[place] if place < len(SCORES) else None


def _number(name: str, given: object) -> float | int:
    value: Any = given
    if isinstance(given, str):
        try:
            value = float(given) if "." in given else int(given)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= VALUE_MAX:
        raise InvalidBands(f"{name} must be a number from 0 to {VALUE_MAX:,}")
    return value
