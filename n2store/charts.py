"""Charts drawn on the server: the geometry of bars as text, ready for inline SVG. Pure.

A drawing has no text and no colour of its own: labels are HTML beside it, so that they keep their size on a phone, and
colours are classes, so that they follow the theme. Heights and widths are parts of 100.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

COLUMN_WIDTH = 0.72
"""Part of its place that a column fills."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a list of bars: `share` is its length, `told` its value in words, `value` what colours it."""

    value: str
    label: str
    told: str
    share: str


@dataclass(frozen=True, slots=True)
class Column:
    """One rectangle of a chart of columns."""

    x: str
    y: str
    width: str
    height: str
    kind: str
    title: str


def bars(rows: Iterable[tuple[str, str, int]], *, told: Callable[[int], str]) -> list[Bar]:
    """Return a bar for each (value, label, number); the greatest number's is full."""
    known = list(rows)
    most = max((number for _value, _label, number in known), default=0)
    return [Bar(value, label, told(number), _part(number, most)) for value, label, number in known]


def columns(rows: Sequence[tuple[str, int, int]]) -> list[Column]:
    """Return columns for (title, up, down): they rise and fall from a shared line, at one scale."""
    most_up = max((up for _title, up, _down in rows), default=0)
    most_down = max((down for _title, _up, down in rows), default=0)
    whole = most_up + most_down
    if not whole:
        return []
    step, line = 100 / len(rows), 100 * most_up / whole
    found = []
    for place, (title, up, down) in enumerate(rows):
        x, width = f"{place * step + step * (1 - COLUMN_WIDTH) / 2:.2f}", f"{step * COLUMN_WIDTH:.2f}"
        rise, fall = 100 * up / whole, 100 * down / whole
        if up:
            found.append(Column(x, f"{line - rise:.2f}", width, f"{rise:.2f}", "up", title))
        if down:
            found.append(Column(x, f"{line:.2f}", width, f"{fall:.2f}", "down", title))
    return found


def _part(number: int, most: int) -> str:
    return f"{100 * number / most:.2f}" if most else "0"
