"""A row of SePay's list says what its webhook said, to the last dong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.sepay.listed import notice
from banking.sepay.parser import AMOUNT_MAX_VND, BadDelivery, notice_of_fields
from n2store.simulator.sepay_list import row_of
from tests.factories.banking import delivery


def row(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (row_of(delivery()) | changes).items() if value is not ...}


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_row_is_the_notice_of_its_delivery_but_for_the_banks_full_text(direction: str) -> None:
    told = delivery(transferType=direction, description=None)

    assert notice(row_of(told)) == notice_of_fields(told)


@given(st.integers(1, AMOUNT_MAX_VND), st.integers(-AMOUNT_MAX_VND, AMOUNT_MAX_VND))
def test_amounts_are_exact_beyond_what_a_binary_fraction_holds(amount: int, accumulated: int) -> None:
    read = notice(row(amount_in=f"{amount}.00", accumulated=f"{accumulated}.00"))

    assert (read.amount_vnd, read.accumulated_vnd) == (amount, accumulated)


@pytest.mark.parametrize("spelled", ["350000.00", "350000.0", "350000.", "350000", 350000])
def test_whole_dong_may_be_spelled_in_these_ways(spelled: Any) -> None:
    assert notice(row(amount_in=spelled)).amount_vnd == 350_000


def test_a_row_of_0_dong_is_a_line_that_came() -> None:
    told = notice(row(amount_in="0.00"))

    assert (told.direction, told.amount_vnd) == ("in", 0)


@pytest.mark.parametrize(
    "spelled",
    ["350000.50", "350,000.00", "3.5e5", " 350000", "-350000.00", "", None, "x", "٣", [], True, "9" * 30],
)
def test_anything_else_is_refused(spelled: Any) -> None:
    with pytest.raises(BadDelivery):
        notice(row(amount_in=spelled))


@pytest.mark.parametrize(
    "odd",
    [
        {"id": ...}, {"id": "0"}, {"id": "-1"}, {"id": "1.5"}, {"id": "9" * 19}, {"amount_out": "5.00"},
        {"transaction_date": "16/01/2026"}, {"transaction_date": ...}, {"account_number": None}, {"bank_brand_name": 5},
        {"accumulated": "1.5"}, {"transaction_content": "a\x00"}, {"reference_number": "x" * 101},
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_stored_is_refused(odd: dict[str, Any]) -> None:
    with pytest.raises(BadDelivery):
        notice(row(**odd))


@pytest.mark.parametrize("missing", ["code", "sub_account", "reference_number", "transaction_content", "accumulated"])
def test_what_may_be_missing_may_be_missing(missing: str) -> None:
    assert notice(row(**{missing: ...})) == notice(row(**{missing: None}))
