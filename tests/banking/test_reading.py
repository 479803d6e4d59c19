import json
import re
import time
import timeit
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from banking.sepay.reading import READ_MAX_CHARACTERS, Kind, Reading, find_qr, read

CASES = [
    json.loads(line) for line in Path(__file__).with_name("transfer_contents.jsonl").read_text("utf-8").splitlines()
]

# The worked examples of the banking contract, section 3.3, and which rule decides each.
EXAMPLES = [
    ("N2M5K8H2P9Q3R7T1AB", "qr", "N2M5K8H2P9Q3R7T1AB", "E1"),
    ("n2m5k8h2p9q3r7t1ab chuyen tien", "qr", "N2M5K8H2P9Q3R7T1AB", "E1"),
    ("0909123456 N2P1Q2R3S4T5U6V7W8 CK", "qr", "N2P1Q2R3S4T5U6V7W8", "E1"),
    ("GD 512345-160126 N2A1B2C3D4E5F6G7H8", "qr", "N2A1B2C3D4E5F6G7H8", "E1"),
    ("N2TX00000000002734", "qr", "N2TX00000000002734", "E1"),
    ("N2K4T7W1Z8B3C6D9E", "none", None, "E9"),
    ("318264 GD 6474IBT2gX7FLXYW 150126-14:02:37", "partial", "318264", "E8"),
    ("0901234567 GD: 123456", "phone", "0901234567", "E5"),
    ("CHUYEN TIEN GD 512345", "none", None, "E9"),
    ("TRAN TRONGDUC 0987654321", "phone", "0987654321", "E5"),
    ("GDICH 318264", "partial", "318264", "E8"),
    ("CT DEN:0123456789 ND:0901234567 thanh toan", "phone", "0901234567", "E5"),
    ("SDT0909123456", "partial", "0909123456", "E8"),
    ("số0909123456", "phone", "0909123456", "E5"),
    ("+84909123456 ck tien hang", "phone", "0909123456", "E6"),
    ("84 909123456 ck", "phone", "0909123456", "E6"),
    ("0909 123 456 ck don", "phone", "0909123456", "E6"),
    ("sdt 0909.123.456", "phone", "0909123456", "E6"),
    ("0909 123456", "phone", "0909123456", "E6"),
    ("0151 000 722 336", "none", None, "E9"),
    ("01.02.2026 10", "none", None, "E9"),
    ("646717", "partial", "646717", "E8"),
    ("12345 67890", "partial", "12345", "E8"),
    ("1234 ck", "none", None, "E9"),
    ("TK 75918 ck tien hang", "none", None, "E9"),
    ("75918 318264", "partial", "318264", "E8"),
    ("759180", "partial", "759180", "E8"),
    ("ck tien hang 15012026", "none", None, "E9"),
    ("20260115 318264", "partial", "318264", "E8"),
    ("31022026", "partial", "31022026", "E8"),
    ("150126 ck", "partial", "150126", "E8"),
    ("chuyen 500000d", "none", None, "E9"),
    ("500000", "partial", "500000", "E8"),
    ("1023456789 318264", "partial", "318264", "E8"),
    ("224635134887-0398111222-541873", "partial", "541873", "E8"),
    ("224635134887-0398111222-CHUYEN TIEN", "none", None, "E9"),
    ("224635134887-0398111222-0909 123 456", "phone", "0909123456", "E6"),
    ("MBVCB.11348057925.138269.337915.CT tu 0151000722336 NGUYEN THI LAN toi 75918", "partial", "337915", "E4a"),
    ("MBVCB.11348057925.138269.0909123456.CT tu 0151000722336 NGUYEN THI LAN", "phone", "0909123456", "E4a"),
    (
        "MBVCB.8123456789.012345.NGUYEN THI LAN chuyen tien.CT tu 1023456789 NGUYEN THI LAN toi 75918",
        "none", None, "E9",
    ),
    ("CHUYEN TIEN", "none", None, "E9"),
    ("NGUYEN THI HOA CHUYEN TIEN", "none", None, "E9"),
    ("26016012345678 FT 318264", "partial", "318264", "E8"),
    ("０９０９１２３４５６", "none", None, "E9"),
]  # fmt: skip

SHAPES = {
    Kind.QR: re.compile(r"N2[A-Z0-9]{16}"),
    Kind.PHONE: re.compile(r"0[0-9]{9}"),
    Kind.PARTIAL: re.compile(r"[0-9]{5,9}|0[0-9]{9}"),
}
NOTHING = Reading(Kind.NONE, None, "E9")
CODE = "N2A123456CDEFGHIJK"

# Pieces that the rules look for, so that a drawn text comes near their edges more often than by chance.
PIECES = [
    "0909123456", "84909123456", "+84", "0909", "123", "456", "318264", "75918", "15012026", "2", "N2", CODE, "GD",
    "MBVCB.", "8123456789.", "012345.", ".CT", "CT tu ", "224635134887-0398111222-", " ", " ", ".", "-", ",", "_",
    "đ", "d", "đồng", "ơn", "ố", "\u0301", "x", "Lan", "\n", "９",
]  # fmt: skip
texts = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
neutral_words = ["ck", "chuyen tien", "cảm ơn", "hàng", "Lan", "NGUYEN THI HOA"]
neutral = st.lists(st.sampled_from(neutral_words), min_size=1, max_size=5).map(" ".join)
mobiles = st.builds("0{}{:08}".format, st.sampled_from("35789"), st.integers(0, 99_999_999))
in_any_time = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told(reading: Reading) -> tuple[str, str | None]:
    return reading.kind.value, reading.value


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_a_recorded_content_reads_as_the_contract_says(case):
    assert told(read(case["content"])) == (case["expect"]["kind"], case["expect"]["value"])


@pytest.mark.parametrize(("content", "kind", "value", "rule"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_a_worked_example_reads_as_the_contract_says_by_its_rule(content, kind, value, rule):
    assert read(content) == Reading(Kind(kind), value, rule)


@pytest.mark.parametrize("content", [None, "", " ", "\n\t \u00a0"])
def test_a_blank_content_names_nobody(content):
    assert read(content) == Reading(Kind.NONE, None, "E0")
    assert find_qr(content) is None


def test_letters_with_loose_marks_are_composed_before_reading():
    assert read("500000 đo\u0302\u0300ng") == NOTHING


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (f"xx{CODE}yy", CODE),
        (f"{CODE} N2P1Q2R3S4T5U6V7W8", CODE),
        (f"{CODE[:17]} {CODE.lower()}", CODE),
        (f"ß{CODE}", CODE),
        (CODE[:17], None),
        (f"{CODE[:9]}-{CODE[9:]}", None),
    ],
)
def test_the_first_code_is_found_wherever_it_stands(content, code):
    assert find_qr(content) == code


def test_a_code_of_nobody_gives_way_to_the_phone_beside_it():
    assert read(f"{CODE} 0909123456", ignore_qr=True) == Reading(Kind.PHONE, "0909123456", "E5")


@pytest.mark.parametrize("code", [CODE, CODE.lower()])
def test_the_digits_of_a_passed_over_code_are_no_partial(code):
    assert read(code, ignore_qr=True) == NOTHING


def test_a_passed_over_code_still_touches_the_phone_glued_to_it():
    assert read(f"{CODE}0909123456", ignore_qr=True) == Reading(Kind.PARTIAL, "0909123456", "E8")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0987654321GD512345", ("phone", "0987654321")),
        ("gd 512345", ("none", None)),
        ("318264 - gd: 0909123456", ("partial", "318264")),
        ("ẮGD 0909123456", ("phone", "0909123456")),
        ("GDƯƠNG 0909123456", ("phone", "0909123456")),
        ("TRONGDUC 318264 GD 0909123456", ("partial", "318264")),
        ("318264\nGD 0909123456", ("partial", "318264")),
    ],
)
def test_only_a_trace_that_stands_alone_cuts_the_text(content, expected):
    assert told(read(content)) == expected


def test_momos_shape_is_that_of_a_whole_text():
    assert told(read("ck 0911111111 224635134887-0398111222-541873")) == ("phone", "0398111222")


@pytest.mark.parametrize("ending", ["", "GD 0909123456", " - GD 0909123456", "Lan GD 0909123456"])
def test_the_sender_of_momo_is_never_read_whatever_the_trace_leaves(ending):
    assert read(f"224635134887-0398111222-{ending}") == NOTHING


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0911111111 MBVCB.11348057925.138269.337915.CT tu 0151000722336", ("partial", "337915")),
        ("mbvcb.11348057925.138269.337915.ct TU 0151000722336", ("partial", "337915")),
        ("MBVCB.0909123456.012345.LAN", ("none", None)),
        ("MBVCB.8123456789.LAN 318264", ("partial", "318264")),
        ("MBVCB.11348057925.138269.75918.CT tu 0151000722336", ("none", None)),
        ("MBVCB.11348057925.138269.15012026.CT tu 0151000722336", ("none", None)),
        ("MBVCB.11348057925.138269.1023456789.CT tu 0151000722336", ("none", None)),
        ("MBVCB.11348057925.138269.0909.123.456.CT tu 0151000722336", ("phone", "0909123456")),
        ("CT tu 0151000722336 MBVCB.11348057925.138269.337915.CT", ("none", None)),
        ("LAN.CT tu 0909123456 toi 75918", ("none", None)),
        ("CT tu Lan 0909123456", ("phone", "0909123456")),
        ("CT tu  0909123456 NGUYEN VAN A toi 75918", ("none", None)),
        ("337915 ct\t tu \n 0909123456 LAN", ("partial", "337915")),
        ("MBVCB.6912345678.BFTVG212345.337915.CT tu 0151000722336 A toi 75918", ("partial", "337915")),
        ("mbvcb.ft6912345678.bftvg212345.0909123456.ct tu 0151000722336", ("phone", "0909123456")),
        ("MBVCB.6912345678.FT26123.NGUYEN A.CT tu 0151000722336", ("none", None)),
        ("MBVCB.6912345678.26123FT.NGUYEN A.CT tu 0151000722336", ("none", None)),
        ("MBVCB.6912345678.NGUYEN A 318264.CT tu 0151000722336", ("partial", "318264")),
        ("0909123456CT tu 0151000722336", ("phone", "0909123456")),
    ],
)
def test_references_and_accounts_of_a_bank_line_name_nobody(content, expected):
    assert told(read(content)) == expected


@pytest.mark.parametrize(
    "content",
    [
        "SDT84909123456",
        "84109123456",
        "SDT0909 123 456",
        "0909 123 456x",
        "0909  123 456",
        "0909.123 456",
        "0909 123 4 56",
        "09 09 12 34 56",
        "0109 123 456",
        "849 091 234 56",
        "84 909 123 456 7",
        "0909 123 456 100",
        "0909.123-456 2 ao",
        "0909.123 456 2 ao",
        "0909.123.456.2 ao",
        "01.02.2026 10",
        "0151.000.722.336 2",
        "0909.123.456 d",
    ],
)
def test_digits_that_only_resemble_a_phone_are_none(content):
    assert read(content) == NOTHING


def test_a_group_with_a_separator_of_its_own_is_no_part_of_the_next_number():
    assert told(read("12.035 1234567")) == ("partial", "1234567")


@pytest.mark.parametrize(
    ("content", "phone"),
    [
        ("0911111111 +84909123456", "0909123456"),
        ("+84909123456 0911111111", "0911111111"),
        ("0909 123 456, 0911111111", "0911111111"),
        ("0911111111, 0909.123.456", "0909123456"),
        ("0909 123 456, 8491 111 1111, x", "0911111111"),
        ("0909123456 15.01.2026", "0909123456"),
        ("sdt 0909.123.456 2 ao", "0909123456"),
        ("0909-123-456 500k", "0909123456"),
        ("2 ao 1 0909.123.456", "0909123456"),
        ("0911.111.111 0909.123.456", "0909123456"),
        ("0909.123.456 15.01.2026", "0909123456"),
        ("0911.111.111 84-909-123-456 2", "0909123456"),
    ],
)
def test_of_several_phones_the_last_counts_however_it_is_spelled(content, phone):
    assert told(read(content)) == ("phone", phone)


@pytest.mark.parametrize("currency", ["d", "đ", "Đ", "dong", "ĐỒNG", "vnd", "VNĐ"])
@pytest.mark.parametrize("gap", ["", " "])
def test_a_number_before_a_currency_is_an_amount(currency, gap):
    assert read(f"500000{gap}{currency}, ck") == NOTHING


@pytest.mark.parametrize("after", ["  d", "\nd", " đơn hàng", " dư", "d1", "d_", "k", " donga", " vndx", "-d"])
def test_a_number_before_any_other_word_is_no_amount(after):
    assert told(read(f"318264{after}")) == ("partial", "318264")


@pytest.mark.parametrize("content", ["0909123456 vnd", "0909 123 456d", "84909123456 dong", "SDT0909123456d"])
def test_an_amount_is_no_phone_either(content):
    assert read(content) == NOTHING


@pytest.mark.parametrize("content", ["0909123456", "0909 123 456", "SDT0909123456", "MBVCB.1.2.0909123456.CT"])
def test_an_account_of_the_shop_that_looks_like_a_phone_names_nobody(content):
    assert read(content, own_accounts=frozenset({"0909123456"})) == NOTHING


def test_the_given_accounts_replace_the_shops_own():
    assert told(read("75918", own_accounts=frozenset())) == ("partial", "75918")


@pytest.mark.parametrize("digits", ["29022024", "20240229", "01012000", "20991231", "31122099"])
def test_a_day_of_this_century_names_nobody(digits):
    assert read(digits) == NOTHING


@pytest.mark.parametrize("digits", ["29022023", "20230229", "31121999", "21000101", "00002024", "20261301"])
def test_eight_digits_that_are_no_such_day_are_a_partial(digits):
    assert told(read(digits)) == ("partial", digits)


@in_any_time
@given(day=st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_day_is_known_in_both_spellings(day):
    assert read(f"{day:%d%m%Y}") == read(f"{day:%Y%m%d}") == NOTHING


@in_any_time
@given(phone=mobiles)
def test_every_spelling_of_a_phone_is_the_same_phone(phone):
    bare = phone[1:]
    grouped = [
        [phone[:4], phone[4:7], phone[7:]],
        [phone[:3], phone[3:6], phone[6:]],
        [phone[:4], phone[4:]],
        ["84", bare],
        ["+84", bare[:3], bare[3:6], bare[6:]],
        [f"84{bare[:2]}", bare[2:5], bare[5:]],
        [f"+84{bare[:3]}", bare[3:]],
    ]
    joined = [separator.join(groups) for groups in grouped for separator in " .-"]

    readings = {told(read(spelling)) for spelling in [phone, f"84{bare}", f"+84{bare}", *joined]}

    assert readings == {("phone", phone)}


@in_any_time
@given(content=st.none() | texts, ignore_qr=st.booleans())
@example(content="\ud800 0909123456", ignore_qr=False)
@example(content="\x00", ignore_qr=False)
def test_any_text_is_read_and_its_value_has_the_shape_of_its_kind(content, ignore_qr):
    reading = read(content, ignore_qr=ignore_qr)

    assert (reading.value is None) == (reading.kind is Kind.NONE)
    assert reading.value is None or SHAPES[reading.kind].fullmatch(reading.value)


@in_any_time
@given(content=texts)
def test_a_partial_is_a_whole_run_of_the_text_and_no_account_of_the_shop(content):
    reading = read(content)

    if reading.kind is Kind.PARTIAL:
        assert reading.value in set(re.findall(r"[0-9]+", content)) - {"75918"}


@in_any_time
@given(content=texts)
def test_a_code_is_read_if_and_only_if_it_is_found(content):
    code = find_qr(content)

    assert (told(read(content)) == ("qr", code)) == (code is not None)
    assert read(content, ignore_qr=True).kind is not Kind.QR


@in_any_time
@given(content=texts, words=neutral)
def test_words_after_a_text_change_nothing(content, words):
    assert told(read(f"{content} {words}")) == told(read(content))


@in_any_time
@given(content=texts, words=neutral)
def test_words_before_a_text_change_nothing_unless_it_is_of_momos_shape(content, words):
    assume(not re.match(r"\s*[0-9]{12}-0[0-9]{9}-", content))

    assert told(read(f"{words} {content}")) == told(read(content))


@in_any_time
@given(content=texts, trace=texts)
def test_what_follows_the_trace_changes_nothing_but_by_a_code(content, trace):
    assert told(read(f"{content} GD {trace}", ignore_qr=True)) == told(read(content, ignore_qr=True))


@in_any_time
@given(content=texts.filter(str.isascii))
def test_upper_and_lower_case_read_alike(content):
    assert read(content.swapcase()) == read(content)


@in_any_time
@given(words=neutral, account=st.sampled_from(["75918", "15012026", "500000d", "1023456789", "0151000722336"]))
def test_what_names_nobody_is_passed_over_for_a_partial(words, account):
    assert told(read(f"{account} {words} 318264")) == ("partial", "318264")


def test_text_beyond_the_limit_is_not_read():
    padding = "x" * (READ_MAX_CHARACTERS - len(" 0909123456")) + " "

    assert told(read(f"{padding}0909123456 0911111111")) == ("phone", "0909123456")
    assert read(f"{padding}   0909123456") == read(f"{padding}   0909123")


@pytest.mark.parametrize("ignore_qr", [False, True])
@pytest.mark.parametrize(
    "pattern",
    [
        "1 ", "0", "84 ", "MBVCB.", "GD", "N2", "CT tu ", "12345d ", "0909123456d ", "0909.123 ", "_0909123456",
        "MBVCB.1.", "MBVCB.1.2.3.", "MBVCB.A1.", "MBVCB.AB", "CT ", "CT \t tu \t ", "0909.123.456 ", "1.2 3-",
        "xGD", "N2ABCDEFGHIJKLMNO-", " ", "-", "15012026 ", "75918,", "\u0301",
        "\u0301\u0323", "\u0f73", "ế", "ß", "\U0001d160",
    ],
)  # fmt: skip
def test_ten_times_the_text_is_about_ten_times_the_work(pattern, ignore_qr):
    long = "a" + (pattern * READ_MAX_CHARACTERS)[: READ_MAX_CHARACTERS - 1]
    short = long[: READ_MAX_CHARACTERS // 10]

    # A busy machine may spoil a measurement, but not each of five; quadratic work fails them all.
    ratios = (least_work(long, ignore_qr) / least_work(short, ignore_qr) for _ in range(5))

    assert any(ratio < 40 for ratio in ratios), "linear gives some 10, quadratic some 100"


def least_work(text: str, ignore_qr: bool) -> float:
    """Return processor seconds, which waiting for other processes does not lengthen."""
    timer = timeit.Timer(lambda: read(text, ignore_qr=ignore_qr), timer=time.process_time)
    return min(timer.repeat(number=5, repeat=7))
