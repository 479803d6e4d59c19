"""`manage.py fraud_backtest`: any days may be asked for, and the days of which nothing is known change nothing."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.customers.fraud.test_cases import suspect

pytestmark = pytest.mark.django_db


def said(first: str, last: str) -> str:
    out = StringIO()
    call_command("fraud_backtest", "--rule", "return_rate", "--from", first, "--to", last, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("last", ["2999-01-01", "9999-12-31"])
def test_a_period_beyond_all_that_is_known_hits_the_same_customers(last: str) -> None:
    suspect()

    assert "1 customers" in said("2026-01-01", last)


def test_days_before_all_orders_are_passed_over() -> None:
    suspect()

    assert said("0001-01-01", "9999-12-31") == said("2000-01-01", "9999-12-31")


@pytest.mark.parametrize(("first", "last"), [("x", "2026-01-01"), ("2026-01-02", "2026-01-01"), ("9999-12-31",) * 2])
def test_no_day_and_an_empty_period_are_a_sentence(first: str, last: str) -> None:
    with pytest.raises(CommandError):
        said(first, last)
