"""How amounts and moments look on every screen."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from n2store.templatetags.money import day, moment, signed_vnd, vnd


@pytest.mark.parametrize(
    ("language", "amount", "plain", "signed"),
    [
        ("vi", 350_000, "350.000 ₫", "+350.000 ₫"),
        ("en", 350_000, "350,000 ₫", "+350,000 ₫"),
        ("vi", -1_250_000, "-1.250.000 ₫", "-1.250.000 ₫"),
        ("vi", 0, "0 ₫", "0 ₫"),
        ("vi", 9_007_199_254_740_993, "9.007.199.254.740.993 ₫", "+9.007.199.254.740.993 ₫"),
        ("vi", None, "", ""),
    ],
)
def test_amounts_are_grouped_as_the_reader_writes_them(language, amount, plain, signed):
    with translation.override(language):
        assert (vnd(amount), signed_vnd(amount)) == (plain, signed)


def test_moments_are_vietnam_time():
    late = datetime(2026, 1, 16, 17, 30, tzinfo=UTC)

    assert (moment(late), day(late), day(date(2026, 1, 16)), moment(None)) == (
        "17/01/2026 00:30", "17/01/2026", "16/01/2026", "",
    )  # fmt: skip
