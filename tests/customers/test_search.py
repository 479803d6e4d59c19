"""Finding a customer by whatever somebody types."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from customers.operations import add_note, create_customer, deactivate
from customers.queries import recent, search
from customers.search import InvalidQuery, wanted_by

pytestmark = pytest.mark.django_db


def someone(phone: str, name: str, **fields: object) -> Customer:
    return create_customer(phone=phone, name=name, by="test", **fields)


def names(text: str, limit: int = 50) -> list[str]:
    found = search(text, limit=limit)
    known = Customer.objects.in_bulk([customer_id for customer_id, _ in found])
    return [known[customer_id].name for customer_id, _ in found]


def ranks(text: str) -> list[int]:
    return [rank for _, rank in search(text, limit=50)]


@pytest.mark.parametrize(
    "text",
    [
        "Đặng Thị Hương",
        "dang thi huong",
        "ĐẶNG THỊ",
        "hương",
        "Huong",
        "thi huong",
        "D\u0323ang".replace("D\u0323", "Đ"),
    ],
)
def test_a_name_is_found_with_or_without_diacritics(text: str) -> None:
    someone("0909318264", "Đặng Thị Hương")
    someone("0387654321", "Trần Văn Nam")

    assert names(text) == ["Đặng Thị Hương"]


def test_a_name_typed_in_pieces_is_the_same_name() -> None:
    someone("0909318264", "Đa\u0323\u0306ng Thi\u0323 Hu\u031bo\u031bng")

    assert names("Đặng Thị Hương") == names("dang thi huong") == ["Đặng Thị Hương"]


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("0909318264", 100), ("+84 909 318 264", 100), ("84909318264", 100), ("909318264", 100),
        ("0909", 95), ("0909 318", 95), ("909318", 95), ("+84 909", 95), ("8490931", 95),
        ("318264", 90), ("826", 90),
    ],
)  # fmt: skip
def test_a_phone_is_found_whole_by_its_beginning_and_by_a_part(text: str, rank: int) -> None:
    someone("0909318264", "Hương")
    someone("0387654321", "Nam")

    assert search(text, limit=50) == [(Customer.objects.get(name="Hương").pk, rank)]


def test_the_better_match_comes_first_and_among_equals_the_newer() -> None:
    someone("0900000001", "Nam", address="12 Hoa Sen")
    someone("0900000002", "Bình", email="hoa@shop.vn")
    someone("0900000003", "An", aliases=["Hoa FB"])
    someone("0900000004", "Chị Hoa")
    someone("0900000005", "Hoa Lan")
    someone("0900000006", "Hoa")
    someone("0900000007", "Cô Hoa")

    assert names("hoa") == ["Hoa", "Hoa Lan", "Cô Hoa", "Chị Hoa", "An", "Bình", "Nam"]
    assert ranks("hoa") == [85, 80, 70, 70, 65, 50, 30]


def test_one_who_fits_in_several_ways_is_found_once() -> None:
    someone("0900000001", "Hoa", aliases=["Hoa"], email="hoa@shop.vn", address="Hoa")
    someone("0987654321", "98765432 Shop", address="98765432 Lê Lợi", tpos_id="98765432")

    assert names("hoa") == ["Hoa"]
    assert names("98765432") == ["98765432 Shop"]  # No id of ours reaches that far.


def test_our_number_and_that_of_tpos_find_the_customer() -> None:
    Customer.objects.create(pk=424_242, phone="0900000001", name="Hoa", tpos_id="987654321")
    someone("0900000002", "Nam")

    assert search("424242", limit=5) == [(424_242, 88)]
    assert search("987654321", limit=5) == [(424_242, 87)]


def test_two_letters_find_the_beginnings_of_words() -> None:
    someone("0900000001", "Nguyễn Thị Hà")
    someone("0900000002", "Hà Anh")
    someone("0900000003", "Nguyễn Khang")  # "ha" within a word

    assert names("hà") == ["Hà Anh", "Nguyễn Thị Hà"]


@pytest.mark.parametrize("text", ["100%", "a_b", "c\\d", "%%", "__", "％％", "＿＿"])
def test_wildcards_are_letters_like_any_other(text: str) -> None:
    someone("0900000001", "Nam")
    someone("0900000002", f"Shop {text} giá tốt")

    assert names(text) == [f"Shop {text} giá tốt"]


def test_who_is_inactive_is_not_found() -> None:
    gone = someone("0909318264", "Hương")
    deactivate(customer_id=gone.pk, by="test")

    assert (search("0909318264", limit=5), search("huong", limit=5), recent(limit=5)) == ([], [], [])


@pytest.mark.parametrize("text", ["", " ", "a", "x" * 201, "a\x00b", "a\ud800b", None, 912345678, ["a", "b"]])
def test_what_is_no_search_is_refused(text: object) -> None:
    with pytest.raises(InvalidQuery):
        wanted_by(text)


@pytest.mark.parametrize("text", ["hoa", "0909"])
def test_a_cursor_leads_through_all_without_a_gap_or_a_repeat(text: str) -> None:
    for number in range(12):
        someone(f"0909{number:06}", ["Hoa", "Hoa Lan", "Chị Hoa", "Cô Hoa"][number % 4])
    whole = search(text, limit=50)

    pieces, cursor = [], None
    while page := search(text, limit=5, cursor=cursor):
        pieces += page
        cursor = page[-1]

    assert len(whole) == 12
    assert pieces == whole


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("folded LIKE '%2977%'", "customer_folded"),
        ("folded LIKE 'dang thi huong 77%'", "customer_by_name"),
        ("phone LIKE '%00077%'", "customer_phone_part"),
        ("customers_fold(aliases::text) LIKE '%shop nick 77%'", "customer_aliases_folded"),
        ("customers_fold(email) LIKE '%khach77@%'", "customer_email_folded"),
        ("customers_fold(address) LIKE '%77 le loi%'", "customer_address_folded"),
        ("tpos_id = '77' AND tpos_id <> ''", "customer_by_tpos_id"),
    ],
)
def test_each_tier_reads_an_index_of_its_own(condition: str, index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (phone, name, aliases, email, address, tpos_id)"
            " SELECT '09' || lpad(n::text, 8, '0'), 'Đặng Thị Hương ' || n, jsonb_build_array('Shop Nick ' || n),"
            " 'khach' || n || '@shop.vn', n || ' Lê Lợi', n FROM generate_series(1, 3000) n"
        )
        cursor.execute("ANALYZE customers_customer; SET LOCAL enable_seqscan = off")  # Small tables are read whole.
        cursor.execute(f"EXPLAIN SELECT id FROM customers_customer WHERE {condition}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert index in plan


@pytest.mark.parametrize("text", ["dang thi huong", "31826", "0909318264", "huong@shop"])
def test_a_search_is_one_statement(text: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        search(text, limit=50)

    assert len(asked) == 1


def test_recent_is_who_was_busy_last() -> None:
    first, second, third = (someone(f"090000000{number}", f"Khách {number}") for number in (1, 2, 3))
    add_note(customer=first, content="gọi lại", by="lan")

    assert [customer_id for customer_id, _ in recent(limit=5)] == [first.pk, third.pk, second.pk]
    newest, *_ = recent(limit=1)
    assert [customer_id for customer_id, _ in recent(limit=5, cursor=newest[1])] == [third.pk, second.pk]


@pytest.mark.parametrize(
    ("phone", "network"),
    [
        *((prefix, "Viettel") for prefix in ("086", "096", "097", "098", "032", "035", "039")),
        *((prefix, "Vinaphone") for prefix in ("088", "091", "094", "081", "083", "085")),
        *((prefix, "Mobifone") for prefix in ("089", "090", "093", "070", "076", "077", "078", "079")),
        *((prefix, "Vietnamobile") for prefix in ("092", "056", "058")),
        *((prefix, "Gmobile") for prefix in ("099", "059")),
        *((prefix, None) for prefix in ("028", "024", "071", "055", "031", "095")),
    ],
)
def test_the_prefix_tells_the_mobile_network(phone: str, network: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT customers_network(%s)", [f"{phone}1234567"])

        assert cursor.fetchone() == (network,)
