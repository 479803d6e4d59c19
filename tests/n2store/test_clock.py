from datetime import UTC, date, datetime

import pytest

from n2store.clock import from_wall_time, on_the_wire, typed_moment, vietnam_day


def test_wall_time_is_vietnams() -> None:
    assert from_wall_time("2026-01-16 14:02:37") == datetime(2026, 1, 16, 7, 2, 37, tzinfo=UTC)
    assert from_wall_time("2026-1-6 4:02:07") == datetime(2026, 1, 5, 21, 2, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "2026-01-16", "2026-13-01 00:00:00", "2026-02-30 14:02:37", "16/01/2026 14:02", "2026-01-16T14:02:37"],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time data|unconverted|out of range"):
        from_wall_time(text)


@pytest.mark.parametrize(
    "text", ["2026-01-16 14:02", " 2026-01-16T14:02:00 ", "2026-01-16T07:02Z", "2026-01-16 08:02+01:00"]
)
def test_a_typed_moment_is_vietnams_unless_it_says_otherwise(text: str) -> None:
    assert typed_moment(text) == datetime(2026, 1, 16, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "0001-01-01T00:00+14:00"])
def test_what_is_no_moment_is_said_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match='write it like "2026-11-01 10:00"'):
        typed_moment(text)


def test_a_day_begins_at_vietnams_midnight() -> None:
    assert vietnam_day(datetime(2026, 1, 15, 16, 59, 59, tzinfo=UTC)) == date(2026, 1, 15)
    assert vietnam_day(datetime(2026, 1, 15, 17, 0, 0, tzinfo=UTC)) == date(2026, 1, 16)


def test_the_wire_carries_vietnams_offset() -> None:
    assert on_the_wire(datetime(2026, 1, 16, 7, 2, 37, 999, tzinfo=UTC)) == "2026-01-16T14:02:37+07:00"
    assert on_the_wire(None) is None
