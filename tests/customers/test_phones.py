import pytest

from customers.phones import InvalidPhone, canonical_phone, looks_like_phone

SPELLINGS = [
    ("0909123456", "0909123456"),
    (" 0909123456 ", "0909123456"),
    ("0909 123 456", "0909123456"),
    ("0909.123.456", "0909123456"),
    ("0909-123-456", "0909123456"),
    ("(090) 912 3456", "0909123456"),
    ("909123456", "0909123456"),
    ("84909123456", "0909123456"),
    ("+84909123456", "0909123456"),
    ("+84 909 123 456", "0909123456"),
    ("+84 (0)909123456", "0909123456"),
    ("0084909123456", "0909123456"),
    ("0841234567", "0841234567"),  # Vinaphone, not a country code
    ("841234567", "0841234567"),
    ("+84841234567", "0841234567"),
    ("0521234567", "0521234567"),
    ("01681234567", "0381234567"),  # eleven digits of before 2018
    ("0120 123 4567", "0701234567"),
    ("01999123456", "0599123456"),
    ("+841681234567", "0381234567"),
    ("841221234567", "0771234567"),
]
NO_PHONES = [
    "", " ", "abc", "0abc", "84", "0909 12345", "09091234567", "0000000000", "+1 415 555 2671", "０９０９１２３４５６",
    "0909123456x", "02838123456", "٠٩٠٩١٢٣٤٥٦", "0909123456; DROP TABLE", "+", "0" * 40, "0909123456\n0909123457",
]  # fmt: skip


@pytest.mark.parametrize(("text", "canonical"), SPELLINGS)
def test_every_spelling_of_a_number_is_the_same_number(text: str, canonical: str) -> None:
    assert canonical_phone(text) == canonical


@pytest.mark.parametrize("text", NO_PHONES)
def test_what_is_no_vietnamese_number_of_ten_digits_is_refused(text: str) -> None:
    with pytest.raises(InvalidPhone):
        canonical_phone(text)


@pytest.mark.parametrize(("_text", "canonical"), SPELLINGS)
def test_a_canonical_number_stays_what_it_is(_text: str, canonical: str) -> None:
    assert canonical_phone(canonical) == canonical


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0909123456", True), ("84909123456", True), ("+84909123456", True), ("17", False), ("123456789", False)],
)
def test_an_identifier_is_a_phone_when_it_looks_like_one(text: str, expected: bool) -> None:
    assert looks_like_phone(text) is expected
