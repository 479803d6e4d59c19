"""Bars and columns: the greatest fills the drawing, what falls hangs below the line, nothing draws nothing."""

from hypothesis import given
from hypothesis import strategies as st

from n2store.charts import bars, columns

numbers = st.integers(min_value=0, max_value=10**12)


def test_the_longest_bar_is_full_and_the_others_keep_their_part():
    rows = bars([("a", "A", 200), ("b", "B", 50), ("c", "C", 0)], told=str)

    assert [(bar.told, bar.share) for bar in rows] == [("200", "100.00"), ("50", "25.00"), ("0", "0.00")]


def test_bars_of_nothing_have_no_length():
    assert [bar.share for bar in bars([("a", "A", 0)], told=str)] == ["0"]


def test_columns_rise_and_fall_from_one_line_at_one_scale():
    drawn = columns([("1/1", 300, 100), ("2/1", 0, 50)])

    assert [(one.kind, one.y, one.height, one.title) for one in drawn] == [
        ("up", "0.00", "75.00", "1/1"), ("down", "75.00", "25.00", "1/1"), ("down", "75.00", "12.50", "2/1"),
    ]  # fmt: skip


def test_no_money_is_no_drawing():
    assert columns([("1/1", 0, 0)]) == columns([]) == []


@given(st.lists(st.tuples(st.just("x"), numbers, numbers), min_size=1, max_size=40))
def test_nothing_leaves_the_drawing(rows):
    for one in columns(rows):
        x, y, width, height = (float(value) for value in (one.x, one.y, one.width, one.height))
        assert 0 <= x <= x + width <= 100.01
        assert -0.01 <= y <= y + height <= 100.02
