"""Where does the running balance of an account not follow from the lines we have? Pure: values in, breaks out.

Each line leads from the balance before it to the balance after it. Lines that are all there make one path; where one is
missing, the path has a hole, and the two balances at its edges tell the amount. Lines are put in the order of their
moments and ids, which is the bank's order nearly always: nearly, because several lines share a second and ids may be
drawn in another order. So a hole is not believed at once. Within a tolerance, holes that close each other are disorder
and no breaks: the balances reached and left by the lines are compared as multisets, not neighbour by neighbour.

An order that has to be rearranged must explain two holes or more at once, for one swap of two lines makes two at
least. A balance that recurs by chance explains only one, and then the order as told is believed: each loss keeps its
own place and amount. One lost line alone is always told exactly, whatever balances recur. Where lines are in disorder
and lost as well and balances recur, the sum of the breaks is right, their places may not be.

What nobody can see here: lost neighbours whose amounts add up to zero; within the tolerance, losses that add up to zero
around balances that recur; and lines lost before the first or after the last one we have. Several lost neighbours show
as one break with their sum. Asking SePay's list for everything since the last id (`healing.poll`) finds those too.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ORDER_TOLERANCE = timedelta(minutes=10)
"""So far apart, by their moments, lines may stand in the wrong order."""
SWAP_HOLES_MIN = 2
"""Disorder makes so many holes at least; fewer are no reason to doubt the order as told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an account. `id` is the provider's; `change_vnd` is below zero for money that went."""

    id: int
    at: datetime
    change_vnd: int
    after_vnd: int

    @property
    def before_vnd(self) -> int:
        """The balance that the line found."""
        return self.after_vnd - self.change_vnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A hole: so much is missing between two lines; `before` is None when it is missing after the given opening."""

    before: Line | None
    after: Line
    missing_vnd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What an account's lines tell together: closing = opening + their changes + what is missing."""

    lines: tuple[Line, ...]
    breaks: tuple[Break, ...]
    opening_vnd: int
    closing_vnd: int


def chain(
    lines: Iterable[Line], *, opening_vnd: int | None = None, tolerance: timedelta = ORDER_TOLERANCE
) -> Chain | None:
    """Put lines in order and find the breaks, in their order; None when there are no lines. Nearly linear time.

    A repeated id counts once. With an opening balance the first line has to follow from it.
    """
    ordered = sorted({line.id: line for line in lines}.values(), key=lambda line: (line.at, line.id))
    if not ordered:
        return None
    holes = _holes(ordered, opening_vnd)
    breaks = [found for cluster in _clusters(ordered, holes, opening_vnd, tolerance) for found in cluster.breaks()]
    if opening_vnd is None:
        opening_vnd = _opening(ordered, breaks)
    changes_vnd = sum(line.change_vnd for line in ordered) + sum(found.missing_vnd for found in breaks)
    return Chain(
        lines=tuple(ordered), breaks=tuple(breaks), opening_vnd=opening_vnd, closing_vnd=opening_vnd + changes_vnd
    )


@dataclass(frozen=True, slots=True)
class _Hole:
    """A jump of the balance in the told order: `start` -> `end`, before the line at `place`."""

    place: int
    start: int
    end: int


_Loss = tuple[_Hole, _Hole]
"""Leaves where the first begins and arrives where the second ends."""


def _holes(ordered: Sequence[Line], opening_vnd: int | None) -> list[_Hole]:
    holes, balance = [], ordered[0].before_vnd if opening_vnd is None else opening_vnd
    for place, line in enumerate(ordered):
        if line.before_vnd != balance:
            holes.append(_Hole(place, balance, line.before_vnd))
        balance = line.after_vnd
    return holes


def _clusters(
    ordered: Sequence[Line], holes: Sequence[_Hole], opening_vnd: int | None, tolerance: timedelta
) -> Iterator["_Cluster"]:
    """Put holes together that lie within the tolerance of each other; a hole reaches from one line to the next."""
    together: list[_Hole] = []
    for place, hole in enumerate(holes):
        together.append(hole)
        following = holes[place + 1 : place + 2]
        if not following or ordered[following[0].place - 1].at - ordered[hole.place].at > tolerance:
            yield _Cluster(ordered, together, opening_vnd, tolerance)
            together = []


class _Cluster:
    """Holes near each other, with the lines around them: which of them are losses, and which are disorder?"""

    def __init__(
        self, ordered: Sequence[Line], holes: Sequence[_Hole], opening_vnd: int | None, tolerance: timedelta
    ) -> None:
        first_at, last_at = ordered[max(0, holes[0].place - 1)].at, ordered[holes[-1].place].at
        begin = bisect_left(ordered, first_at - tolerance, key=lambda line: line.at)
        end = bisect_right(ordered, last_at + tolerance, key=lambda line: line.at)
        self._ordered, self._holes, self._around, self._tolerance = ordered, holes, ordered[begin:end], tolerance
        self._as_told: list[_Loss] = [(hole, hole) for hole in holes]
        # The first line told may not be the first, nor the last the last: nothing says where the path begins and ends.
        self._first = ordered[0].before_vnd if begin == 0 and opening_vnd is None else None
        self._last = ordered[-1].after_vnd if end == len(ordered) else None
        self._opening = opening_vnd if begin == 0 else None

    def breaks(self) -> list[Break]:
        """Return the breaks that are left when disorder is taken out."""
        ends = ((None, None), (None, self._last), (self._first, None), (self._first, self._last))
        least = min((self._losses(*end) for end in ends), key=len)
        disorder = len(self._as_told) - len(least) >= SWAP_HOLES_MIN and self._walkable(least)
        return [self._break(*loss) for loss in (least if disorder else self._as_told)]

    def _losses(self, first: int | None, last: int | None) -> list[_Loss]:
        """Return the fewest losses that explain the holes, when the told begin and end may be elsewhere in truth."""
        surplus = Counter(hole.start for hole in self._holes)
        surplus.subtract(hole.end for hole in self._holes)
        begins_elsewhere = first is not None and surplus[first] > 0
        ends_elsewhere = last is not None and surplus[last] < 0
        if begins_elsewhere and first is not None:
            surplus[first] -= 1
        if ends_elsewhere and last is not None:
            surplus[last] += 1
        leaving = _at(surplus, [(hole.start, hole) for hole in self._holes])
        arriving = _at({value: -count for value, count in surplus.items()}, [(hole.end, hole) for hole in self._holes])
        if ends_elsewhere and not (leaving and self._is_near_the_end(leaving.pop())):
            return self._as_told
        if begins_elsewhere and not (arriving and self._is_near_the_begin(arriving.pop(0))):
            return self._as_told
        return _paired(leaving, arriving)

    def _is_near_the_begin(self, hole: _Hole) -> bool:
        return self._ordered[hole.place].at - self._ordered[0].at <= self._tolerance

    def _is_near_the_end(self, hole: _Hole) -> bool:
        return self._ordered[-1].at - self._ordered[max(0, hole.place - 1)].at <= self._tolerance

    def _walkable(self, losses: Sequence[_Loss]) -> bool:
        """Tell whether one path leads over all lines around and these losses: no line stands apart."""
        path = _Union()
        for line in self._around:
            path.join(line.before_vnd, line.after_vnd)
        for leaving, arriving in losses:
            path.join(leaving.start, arriving.end)
        if self._opening is not None:
            path.join(self._opening, self._opening)
        return path.is_one()

    def _break(self, leaving: _Hole, arriving: _Hole) -> Break:
        before = self._ordered[leaving.place - 1] if leaving.place else None
        return Break(before=before, after=self._ordered[arriving.place], missing_vnd=arriving.end - leaving.start)


def _at(wanted: Mapping[int, int], holes: Iterable[tuple[int, _Hole]]) -> list[_Hole]:
    """Return the first so many holes at each balance as are wanted there, by place."""
    left = dict(wanted)
    found = []
    for balance, hole in holes:
        if left.get(balance, 0) > 0:
            left[balance] -= 1
            found.append(hole)
    return found


def _paired(leaving: list[_Hole], arriving: list[_Hole]) -> list[_Loss]:
    """Pair each arrival with the latest departure before it that is free, or with the first one after it."""
    losses: list[_Loss] = []
    free: list[_Hole] = []
    coming = deque(leaving)
    for hole in arriving:
        while coming and coming[0].place <= hole.place:
            free.append(coming.popleft())
        losses.append((free.pop() if free else coming.popleft(), hole))
    return losses


class _Union:
    """Which balances hang together."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}
        self._count = 0

    def root(self, value: int) -> int:
        if value not in self._parents:
            self._parents[value] = value
            self._count += 1
        while (parent := self._parents[value]) != value:
            self._parents[value] = self._parents[parent]
            value = parent
        return value

    def join(self, one: int, other: int) -> None:
        first, second = self.root(one), self.root(other)
        if first != second:
            self._parents[second] = first
            self._count -= 1

    def is_one(self) -> bool:
        return self._count == 1


def _opening(ordered: Sequence[Line], breaks: Sequence[Break]) -> int:
    """Return the balance that nothing leads to: where the path begins, which the line told first may not."""
    led_from = Counter(line.before_vnd for line in ordered)
    led_from.subtract(line.after_vnd for line in ordered)
    for found in breaks:
        led_from[found.after.before_vnd] -= 1
        led_from[found.after.before_vnd - found.missing_vnd] += 1
    first = ordered[0].before_vnd
    return first if led_from[first] > 0 else next((v for v, count in led_from.items() if count > 0), first)
