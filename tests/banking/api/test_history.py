"""`GET /api/sepay/history`: every transfer once, filtered literally, in a stable order, a page a statement."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from banking.models import BankTransfer, MatchStatus, PendingMatch
from customers.operations import get_or_create_customer
from tests.banking.api.conftest import HOA, LAN, arrived, asked
from tests.factories.banking import delivery, post

PATH = "/api/sepay/history"
pytestmark = pytest.mark.django_db


def ids(api: APIClient, query: str = "") -> list[int]:
    answer = api.get(f"{PATH}{query}")
    assert answer.status_code == 200, answer.content
    return [row["sepay_id"] for row in answer.json()["data"]]


def test_a_row_is_the_contracts(api: APIClient) -> None:
    customer, _ = get_or_create_customer(phone="0909318264", name="Chị Hoa", by="lan")
    transfer = arrived(content="0909318264 ck", subAccount="VQR1")

    answer = api.get(PATH).json()

    [row] = answer["data"]
    transfer.refresh_from_db()
    assert row.pop("created_at")[-6:] == row.pop("verified_at")[-6:] == "+07:00"
    assert row == {
        "id": transfer.pk, "sepay_id": transfer.sepay_id, "gateway": "ACB",
        "transaction_date": "2026-01-16T14:02:37+07:00", "account_number": "75918", "code": None,
        "content": "0909318264 ck", "transfer_type": "in", "transfer_amount": 350_000, "accumulated": 18_250_000,
        "sub_account": "VQR1", "reference_code": "FT26016000111222", "description": "ACB: TK 75918 +350,000 VND",
        "debt_added": True, "is_hidden": False, "linked_customer_phone": "0909318264",
        "match_method": "exact_phone", "verification_status": "AUTO_APPROVED", "verified_by": None,
        "wallet_processed": True, "wallet_tx_id": transfer.wallet_transaction_id,
        "wallet_transaction_id": transfer.wallet_transaction_id, "customer_id": customer.pk, "display_name": None,
        "customer_phone": "0909318264", "customer_name": "Chị Hoa", "customer_aliases": [], "qr_code": None,
        "extraction_note": None, "match_trouble": None, "pending_match_id": None, "pending_match_status": None,
        "pending_extracted_phone": None, "pending_match_options": None, "pending_resolution_notes": None,
        "in_transfer_stats": False, "has_pending_match": False, "pending_match_skipped": False,
    }  # fmt: skip
    pagination = answer["pagination"]
    assert [pagination[name] for name in ("page", "limit", "total", "totalPages")] == [1, 50, 1, 1]
    assert pagination["totalIsEstimate"] is False


def test_a_row_says_why_it_waits(api: APIClient) -> None:
    BankTransfer.objects.filter(pk=arrived(content="318264 ck").pk).update(match_trouble="TPOS_UNAVAILABLE")

    assert api.get(PATH).json()["data"][0]["match_trouble"] == "TPOS_UNAVAILABLE"


def test_a_row_that_was_asked_about_twice_is_there_once_with_its_newest_question(api: APIClient) -> None:  # W24, W37
    transfer = arrived()
    asked(transfer, LAN, status=MatchStatus.SKIPPED)
    newest = asked(transfer, HOA, {**HOA, "name": "Hoa NT", "tpos_id": "5012"}, LAN)

    answer = api.get(PATH).json()

    [row] = answer["data"]
    assert answer["pagination"]["total"] == 1
    assert (row["pending_match_id"], row["pending_match_status"]) == (newest.pk, "pending")
    assert (row["has_pending_match"], row["pending_match_skipped"]) == (True, False)
    hoa, lan = row["pending_match_options"]
    assert (hoa["phone"], hoa["count"], [one["id"] for one in hoa["customers"]]) == ("0909318264", 2, [5011, 5012])
    assert (lan["phone"], lan["count"], lan["customers"][0]["id"]) == ("0387318264", 1, "LOCAL_0387318264")
    PendingMatch.objects.filter(pk=newest.pk).update(status=MatchStatus.SKIPPED)
    [row] = api.get(PATH).json()["data"]
    assert (row["has_pending_match"], row["pending_match_skipped"]) == (False, True)


def test_the_name_of_the_row_wins_over_the_customers(api: APIClient) -> None:
    transfer = arrived(content="0909318264 ck")
    BankTransfer.objects.filter(pk=transfer.pk).update(display_name="Hoa NT")

    [row] = api.get(PATH).json()["data"]

    assert (row["display_name"], row["customer_name"]) == ("Hoa NT", "Hoa NT")


@pytest.fixture
def five() -> None:
    arrived(id=1, content="0909318264 ck", transactionDate="2026-01-16 23:59:59")
    arrived(id=2, content="100% hoan_tien", transactionDate="2026-01-17 00:00:00", transferAmount=50_000)
    arrived(id=3, content="tra hang", transferType="out", gateway="Vietcombank", referenceCode="VCB.77")
    arrived(
        id=4, content="Chuyển tiền mua hàng", code="DH1204", referenceCode="", transactionDate="2026-01-15 08:00:00"
    )
    arrived(id=5, content="an", transactionDate="2026-01-14 08:00:00", referenceCode="")
    BankTransfer.objects.filter(sepay_id=5).update(is_hidden=True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 1, 3, 4]),
        ("?showHidden=true", [2, 1, 3, 4, 5]),
        ("?showHidden=1", [2, 1, 3, 4]),
        ("?type=in", [2, 1, 4]),
        ("?type=out", [3]),
        ("?type=sideways", [2, 1, 3, 4]),
        ("?gateway=vietcom", [3]),
        ("?gateway=c", [2, 1, 3, 4]),
        ("?gateway=MBB", []),
        ("?gateway=%25", []),
        ("?startDate=2026-01-16", [2, 1, 3]),
        ("?endDate=2026-01-16", [1, 3, 4]),
        ("?startDate=2026-01-16&endDate=2026-01-16", [1, 3]),
        ("?startDate=2026-01-17T00:00:00%2B07:00", [2]),
        ("?endDate=2026-01-16T17:00:00Z", [2, 1, 3, 4]),
        ("?has_phone=true", [1]),
        ("?has_phone=false", [2, 3, 4]),
        ("?amount=50000", [2]),
        ("?amount=50.000", [2]),
        ("?verification_status=AUTO_APPROVED", [1]),
        ("?verification_status=PENDING&type=in", [2, 4]),
        ("?verification_status=REJECTED", []),
        ("?search=%25", [2]),
        ("?search=_", [2]),
        ("?search=100%25 hoan_", [2]),
        ("?search=chuyen tien", [4]),
        ("?search=CHUYỂN", [4]),
        ("?search=dh1204", [4]),
        ("?search=vcb.7", [3]),
        ("?search=vcb_7", []),
        ("?search=318264", [1]),
        ("?search=90931", [1]),
        ("?search=0909 318 264", [1]),
        ("?search=0909.318.264", [1]),
        ("?search=%2B84 909 318 264", [1]),
        ("?search=%2B84 909", [1]),
        ("?search=84909318264", [1]),
        ("?search=0912 345 678", []),
        ("?search=09", [1]),
        ("?search=%5C", []),
        ("?search=%EF%BC%85", [2]),  # Full width: folded to the letter, not to a pattern.
        ("?search=%EF%BC%BF", [2]),
        ("?search=AN&showHidden=true", [2, 3, 4, 5]),
        ("?search=ck&type=in&has_phone=true&startDate=2026-01-01", [1]),
        ("?page=2&limit=2", [3, 4]),
        ("?page=0&limit=0", [2]),
        ("?page=-5&limit=3", [2, 1, 3]),
    ],
)  # fmt: skip
def test_it_is_filtered_and_searched_literally(five: None, api: APIClient, query: str, found: list[int]) -> None:  # W41
    assert ids(api, query) == found


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?limit=abc", "limit"), ("?page=x", "page"), ("?limit=1e3", "limit"), ("?startDate=hom-qua", "startDate"),
        ("?endDate=2026-02-30", "endDate"), ("?startDate=1026-01-01", "startDate"), ("?amount=ba", "amount"),
        ("?endDate=9999-12-31", "endDate"), ("?verification_status=DONE", "verification_status"),
        ("?amount=99999999999999999999", "amount"), ("?search=%00", "search"), ("?gateway=a%00", "gateway"),
        (f"?search={'x' * 3000}", "search"), ("?cursor=xyz", "cursor"), ("?amount=-5", "amount"),
        ("?startDate=2026-01-01T99:00:00Z", "startDate"), ("?startDate[]=1&endDate=%22", "endDate"),
    ],
)  # fmt: skip
def test_a_bad_value_is_a_400_that_names_it(api: APIClient, query: str, field: str) -> None:  # W24
    answer = api.get(f"{PATH}{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID")
    assert answer.json()["error"].startswith(f"{field}: ")


def test_equal_times_keep_their_order_across_pages_and_cursors(api: APIClient) -> None:
    for number in range(1, 8):
        arrived(id=number)

    by_number = [ids(api, f"?limit=3&page={page}") for page in (1, 2, 3)]
    cursor, by_cursor = "", []
    for _ in range(3):
        answer = api.get(f"{PATH}?limit=3&cursor={cursor}").json()
        by_cursor.append([row["sepay_id"] for row in answer["data"]])
        cursor = answer["pagination"]["next_cursor"]

    assert by_number == by_cursor == [[7, 6, 5], [4, 3, 2], [1]]
    assert cursor is None


@pytest.mark.parametrize(("query", "total"), [("?limit=3", 7), ("?limit=3&page=3", 7), ("?limit=3&page=9", 7), ("", 7)])
def test_a_short_list_is_counted_exactly(api: APIClient, query: str, total: int) -> None:
    for number in range(1, 8):
        arrived(id=number)

    block = api.get(f"{PATH}{query}").json()["pagination"]

    assert (block["total"], block["totalIsEstimate"]) == (total, False)


def test_a_page_is_one_statement_however_many_rows(
    api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    asked(arrived(), HOA)
    ids(api, "?limit=1")
    with django_assert_num_queries(1):
        assert len(ids(api, "?startDate=2026-01-01&has_phone=false")) == 1
    with django_assert_num_queries(1):
        assert len(ids(api, "?search=chuyen&startDate=2026-01-01&has_phone=false")) == 1
    for number in range(1, 60):
        arrived(id=number, content=f"09093182{number:02d} chuyen tien")
    with django_assert_num_queries(1):
        assert len(ids(api)) == 50
    with django_assert_num_queries(2):  # The banks' names first.
        assert len(ids(api, "?gateway=acb&limit=10000")) == 60
    with django_assert_num_queries(1):
        assert len(ids(api, "?search=chuyen&limit=10000")) == 60
    with django_assert_num_queries(2):  # And counts, as the page is full.
        assert len(ids(api, "?search=chuyen")) == 50


@pytest.mark.parametrize(
    ("query", "index"),
    [("", "transfer_shown_newest"), ("&showHidden=true", "transfer_newest")],
)
def test_what_a_page_goes_past_is_walked_in_an_index_alone(api: APIClient, query: str, index: str) -> None:
    for number in range(3):
        arrived(id=number + 1)
    with CaptureQueriesContext(connection) as asked_for:
        assert len(ids(api, f"?limit=1&page=3{query}")) == 1

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {asked_for.captured_queries[-1]['sql']}")
        plan = "\n".join(line for [line] in cursor.fetchall())

    assert f"Index Only Scan using {index}" in plan


def test_a_long_list_is_estimated_and_says_so(
    api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many(1_100)
    assert len(ids(api, "?limit=10000&showHidden=true")) == 1_100

    with django_assert_num_queries(2):
        first = api.get(f"{PATH}?limit=10").json()["pagination"]
    with django_assert_num_queries(1):
        second = api.get(f"{PATH}?limit=10&page=2").json()["pagination"]

    assert first["totalIsEstimate"] is second["totalIsEstimate"] is True
    assert first["total"] > 1_000


def test_an_estimate_ends_no_list_before_its_last_page(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("banking.lists.reading.known_estimate", lambda *_: 2)
    for number in range(1, 6):
        arrived(id=number)

    blocks = [api.get(f"{PATH}?limit=2&page={page}").json()["pagination"] for page in (1, 2, 3)]

    assert [(block["totalPages"], block["totalIsEstimate"]) for block in blocks] == [(2, True), (3, True), (3, False)]
    assert blocks[2]["total"] == 5


def many(number: int) -> None:
    """Copy a transfer so many times."""
    first = arrived()
    delivery = first.delivery
    rows: list[Any] = []
    for copy in range(number - 1):
        told = type(delivery)(provider="sepay", external_id=copy + 1, body="{}")
        rows.append(told)
    type(delivery).objects.bulk_create(rows)
    fields = {
        field.attname: getattr(first, field.attname)
        for field in BankTransfer._meta.concrete_fields
        if not field.generated
    }
    BankTransfer.objects.bulk_create(
        BankTransfer(**(fields | {
            "id": None, "sepay_id": told.external_id, "delivery_id": told.pk,
            "transferred_at": first.transferred_at - timedelta(seconds=told.external_id),
        }))
        for told in rows
    )  # fmt: skip


def test_the_first_version_says_that_it_ends_but_not_to_sepay(api: APIClient, client: Client) -> None:
    for path in (PATH, "/api/sepay/transfer-stats", "/api/balance-history/unlinked"):
        answer = api.get(path)
        assert (answer["Deprecation"], answer["Link"]) == ("true", '</api/v2/>; rel="successor-version"')
        assert answer["Sunset"]
    assert "Deprecation" not in post(client, delivery()).headers
    assert "Deprecation" not in api.get("/api/v2/balance-history").headers
