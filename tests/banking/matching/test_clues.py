"""What a text gives the rules to go by."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.matching.clues import clues_of
from banking.matching.payers import Payer, payer_of

OWN = frozenset({"75918"})


@pytest.mark.parametrize(
    ("content", "payer"),
    [
        ("MBVCB.1.138269.337915.CT tu 0151000722336 NGUYEN THI LAN toi 75918", ("0151000722336", "NGUYEN THI LAN")),
        ("MBVCB.1.2.0909123456.CT tu 0151000722336 NGUYEN THI LAN", ("0151000722336", "NGUYEN THI LAN")),
        ("ck.ct tu 1023456789", ("1023456789", "")),
        ("CT tu 75918 SHOP toi 1023456789 LAN", ("", "")),
        ("NGUYEN VAN BINH chuyen tien 318264", ("", "NGUYEN VAN BINH")),
        ("NGUYEN VAN AN CK", ("", "NGUYEN VAN AN")),
        ("318264 ck don hang", ("", "")),
        ("100004512345-0987654321-ck cho 318264", ("", "")),
        ("xCT tu 1023456789", ("", "")),
        ("CT  tu  1023456789 NGUYEN THI LAN toi 75918", ("1023456789", "NGUYEN THI LAN")),
        ("CT tu 12345678901234567890", ("", "")),
    ],
)
def test_the_payer_is_who_the_bank_says(content: str, payer: tuple[str, str]) -> None:
    assert payer_of(content, own_accounts=OWN) == Payer(*payer)


@given(st.text(max_size=300))
def test_any_text_has_a_payer_or_none(content: str) -> None:
    payer = payer_of(content, own_accounts=OWN)

    assert payer.account == "" or payer.account.isdigit()


@pytest.mark.parametrize("part", ["CT tu 123456 ", "A B C D E ", "NGUYEN ", "CT tu 75918 ", "AB ", "CT tu " + "1" * 30])
def test_reading_the_payer_of_a_long_text_takes_no_longer_than_its_length(part: str) -> None:
    started = time.process_time()
    payer_of(part * (60_000 // len(part)), own_accounts=OWN | {"123456"})

    assert time.process_time() - started < 10  # Reading it again for each word takes minutes.


def test_a_number_that_is_the_amount_names_nobody() -> None:
    assert clues_of("200000 tien hang 318264", amount_vnd=200_000).digits == "318264"
    assert clues_of("200000 tien hang", amount_vnd=200_000).digits == ""
    assert clues_of("200000 tien hang", amount_vnd=200_001).digits == "200000"


def test_the_rows_own_accounts_name_nobody() -> None:
    assert clues_of("TK 104233 318264", accounts=("104233", "")).digits == "318264"
    assert clues_of("0909123456 nhan", accounts=("0909123456",)).phones == ()


@pytest.mark.parametrize(
    ("content", "phones"),
    [
        ("0909123456 ck", ("0909123456",)),
        ("0909123456 ck cho 0912345678", ("0909123456", "0912345678")),
        ("0909123456 ck 0912345678 +84909123456", ("0912345678", "0909123456")),
        ("0909123456 0000000000", ()),
        ("0000000000 0909123456", ("0909123456",)),
        ("MBVCB.1.2.0909123456.CT tu 0912345678 LAN", ("0909123456",)),
    ],
)
def test_every_full_phone_is_read_once_and_the_one_that_counts_is_last(content: str, phones: tuple[str, ...]) -> None:
    assert clues_of(content).phones == phones
