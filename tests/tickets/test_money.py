"""The money view, by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.models import Policy, TicketType
from tickets.money import Unsettled, lines, require_settled
from tickets.products import InvalidProducts, checked_products, goods_value

AMOUNT = st.integers(min_value=0, max_value=10**9)
VIEWS = [
    # type, refund, COD, carrier settled, given, written off, what is open by party
    ("BOOM", 350_000, 350_000, False, 0, {}, {"carrier": 350_000}),
    ("BOOM", None, 350_000, False, 0, {}, {"carrier": 350_000}),
    ("BOOM", 350_000, None, True, 50_000, {}, {"carrier": 0, "customer": 0}),
    ("FIX_COD", 50_000, 350_000, False, 0, {"carrier": 20_000}, {"carrier": 30_000}),
    ("FIX_COD", None, 350_000, False, 0, {}, {}),
    ("RETURN_CLIENT", 200_000, None, False, 0, {}, {"customer": 200_000}),
    ("RETURN_CLIENT", 200_000, None, False, 150_000, {"customer": 50_000}, {"customer": 0}),
    ("RETURN_SHIPPER", None, 90_000, False, 0, {}, {}),
    ("RETURN_SHIPPER", 90_000, 90_000, False, 120_000, {}, {"customer": 0}),
    ("OTHER", 90_000, None, False, 0, {}, {}),
    ("COMPLAINT", None, None, False, 30_000, {}, {"customer": 0}),
]


@pytest.mark.parametrize(("type", "refund", "cod", "settled", "given_vnd", "off", "open"), VIEWS)
def test_what_a_ticket_owes(
    type: str,
    refund: int | None,
    cod: int | None,
    settled: bool,
    given_vnd: int,
    off: dict[str, int],
    open: dict[str, int],
) -> None:
    owed = lines(
        type, refund_vnd=refund, original_cod_vnd=cod, carrier_settled=settled, given_vnd=given_vnd, written_off=off
    )

    assert {line.party.value: line.open_vnd for line in owed} == open


@given(st.sampled_from(TicketType.values), AMOUNT, AMOUNT, st.booleans(), AMOUNT, AMOUNT)
def test_nothing_is_open_only_when_all_was_given_or_given_up(
    type: str, refund: int, cod: int, settled: bool, given_vnd: int, off: int
) -> None:
    owed = lines(
        type, refund_vnd=refund, original_cod_vnd=cod, carrier_settled=settled, given_vnd=given_vnd,
        written_off={"customer": off, "carrier": off},
    )  # fmt: skip

    for line in owed:
        assert line.open_vnd == max(0, line.amount_vnd - line.given_vnd - line.written_off_vnd)
    if any(line.open_vnd for line in owed):
        with pytest.raises(Unsettled):
            require_settled(owed)
    else:
        require_settled(owed)


def row(**changes: object) -> dict[str, object]:
    return {"name": "Áo", "price": 100_000, "quantity": 3} | changes


def test_goods_that_go_back_are_worth_price_times_number() -> None:
    goods = checked_products([row(returnQuantity=2), row(price="50000", returnQuantity="1"), row()])

    assert (goods_value(goods), goods_value([row()]), goods_value([])) == (250_000, None, None)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["price", "quantity", "returnQuantity"]),
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers()),
        )
        | st.integers()
    )
)
def test_goods_are_taken_or_refused_and_never_worth_less_than_nothing(goods: list[object]) -> None:
    try:
        taken = checked_products(goods)
    except InvalidProducts:
        return
    value = goods_value(taken)
    assert value is None or value >= 0


def test_every_type_has_its_policy(db: None) -> None:
    found = {p.type: (p.compensation, p.automatic, p.credit_days, p.claim_days) for p in Policy.objects.all()}

    assert found == {
        "BOOM": ("virtual_credit", False, 15, 10), "FIX_COD": ("none", False, 15, 10),
        "RETURN_CLIENT": ("deposit", True, 15, 10), "RETURN_SHIPPER": ("virtual_credit", True, 15, 10),
        "COMPLAINT": ("virtual_credit", False, 15, 10), "WARRANTY": ("virtual_credit", False, 15, 10),
        "OTHER": ("virtual_credit", False, 15, 10),
    }  # fmt: skip
