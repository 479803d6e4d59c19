"""Reading a carrier's list as somebody pastes it."""

import pytest

from tickets.carrier_lines import CHARACTERS_MAX, LINES_MAX, Fault, PasteTooLarge, read, read_amount


@pytest.mark.parametrize(
    "text",
    ["350000", "350.000", "350,000", "350 000", "350\u00a0000", "350.000đ", "350.000 ₫", "350,000 VNĐ", "350.000 vnd",
     "350.000 đồng", "350000.00", "350,000.00", "350.000,00", "350k", "350 nghìn", "350 Ngàn",
     ' "350,000" '],
)  # fmt: skip
def test_an_amount_is_read_in_every_way_it_is_written_here(text):
    assert read_amount(text) == 350_000


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1,2tr", 1_200_000), ("1.25 triệu", 1_250_000), ("2tr", 2_000_000), ("1.250.000", 1_250_000), ("12", 12),
     ("-350.000", -350_000), ("(350,000)", -350_000)],
)  # fmt: skip
def test_millions_small_numbers_and_amounts_below_zero(text, amount):
    assert read_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    ["", "abc", "0", "12,5", "1,2,3", "1.25.000", "3.50.000", "0909318264", "+84909318264", "84909318264", "9" * 13,
     "21/11/2026", "350.000.00", "NJD/1", "٣٥٠"],
)  # fmt: skip
def test_what_is_no_amount_is_none(text):
    assert read_amount(text) is None


@pytest.mark.parametrize(
    "text",
    ["NJD/1\t350.000", "NJD/1;350000", "NJD/1 | 350k", "NJD/1,350,000", "NJD/1, 350.000 đ", "NJD/1 350 000 đ",
     "#NJD/1: 350000", 'NJD/1,"350,000",Lan', '"NJD/1","350,000.00"', "NJD/1\t0909318264\t350.000\tđã giao",
     "NJD/1 0909318264 350.000 giao lại", "7\tNJD/1\t2\t350,000", "7. NJD/1 350000", "NJD/1\t\t350.000\t20.000",
     "NJD/1,0909318264,350000", "  NJD/1   350.000  \r"],
)  # fmt: skip
def test_a_line_is_a_code_and_the_amount_behind_it_however_they_are_parted(text):
    [line] = read(text)

    assert (line.reference, line.amount_vnd, line.fault) == ("NJD/1", 350_000, None)


def test_a_short_number_is_a_code_where_the_amount_follows_it_at_once():
    [line] = read("1234\t350.000\tLan")

    assert (line.reference, line.amount_vnd) == ("1234", 350_000)


@pytest.mark.parametrize(
    ("text", "fault"),
    [("\t350.000", Fault.NO_REFERENCE), ("x" * 101 + "\t350.000", Fault.NO_REFERENCE), ("NJD/1", Fault.NO_AMOUNT),
     ("NJD/1\tba trăm", Fault.NO_AMOUNT), ("NJD/1\t0909318264", Fault.NO_AMOUNT), ("NJD/1\t-350.000", Fault.NEGATIVE),
     ("NJD/\0 350.000", Fault.NO_REFERENCE), ('9"', Fault.NO_AMOUNT), ("1,", Fault.NO_AMOUNT)],
)  # fmt: skip
def test_a_line_that_cannot_be_read_says_why(text, fault):
    [line] = read(text)

    assert line.fault is fault


def test_headings_and_empty_lines_are_left_out_and_numbers_are_those_of_the_paste():
    lines = read("Mã đơn\tTiền thu hộ\n\nNJD/1\t350.000\r\n   \nNJD/2\t1")

    assert [(line.number, line.reference) for line in lines] == [(3, "NJD/1"), (5, "NJD/2")]
    assert read("") == read(" \n\t\n") == []


def test_too_much_is_refused_and_as_much_as_allowed_is_not():
    assert len(read("NJD/1\t1000\n" * LINES_MAX)) == LINES_MAX
    for text in ("NJD/1\t1000\n" * (LINES_MAX + 1), "x" * (CHARACTERS_MAX + 1)):
        with pytest.raises(PasteTooLarge):
            read(text)


@pytest.mark.parametrize(
    ("text", "reference"),
    [("0909318264\t350.000", "0909318264"), ("\t0909318264\t350.000", ""), ("Lan\t+84909318264\t350.000", "Lan"),
     ("NJD/1 84909318264 350.000 giao lại", "NJD/1"), ("1\tLan 0909318264\t350.000", "Lan 0909318264")],
)  # fmt: skip
def test_a_phone_anywhere_in_the_line_is_read(text, reference):
    [line] = read(text)

    assert (line.reference, line.phone, line.amount_vnd, line.fault) == (reference, "0909318264", 350_000, None)


@pytest.mark.parametrize(
    "text", ["NJD/1\t350.000", "NJD/10909318264\t350.000", "09093182645 350.000", "0009318264 350k"]
)
def test_other_digits_are_no_phone(text):
    assert read(text)[0].phone == ""
