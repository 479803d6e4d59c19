"""Lists and figures of `/api/v2/balance-history`."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from banking.models import BankTransfer, MatchStatus
from n2store.clock import vietnam_day
from tests.banking.api.conftest import HOA, LAN, arrived, asked

PATH = "/api/v2/balance-history"
pytestmark = pytest.mark.django_db


@pytest.fixture
def transfers() -> None:
    """Send two linked transfers, one unlinked and one outgoing, a minute apart."""
    sent: list[dict[str, Any]] = [
        {"content": "0909318264 ck"},
        {"content": "0387654321 ck", "transferAmount": 100_000},
        {"content": "CHUYEN TIEN", "transferAmount": 50_000},
        {"content": "tra hang", "transferType": "out", "transferAmount": 20_000},
    ]
    for number, changes in enumerate(sent, start=1):
        arrived(id=number, transactionDate=f"2026-01-16 14:0{number}:00", **changes)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [3]), ("?linked=false", [3]), ("?linked=true", [2, 1]), ("?wallet_processed=false", []),
        ("?wallet_processed=true", [4, 3, 2, 1]), ("?linked=true&wallet_processed=false", [2, 1]),
        ("?linked=maybe", [4, 3, 2, 1]), ("?linked=true&limit=1&page=2", [1]),
    ],
)  # fmt: skip
def test_the_list_filters_as_the_seed_says(api: APIClient, transfers: None, query: str, found: list[int]) -> None:
    answer = api.get(f"{PATH}{query}").json()

    assert [row["sepay_id"] for row in answer["data"]] == found
    if "page" not in query:
        assert answer["pagination"]["total"] == len(found)


def test_a_row_tells_amounts_as_numbers_and_times_with_vietnams_offset(api: APIClient, transfers: None) -> None:
    row = api.get(f"{PATH}?linked=true").json()["data"][1]

    transfer = BankTransfer.objects.get(sepay_id=1)
    assert row.pop("created_at").endswith("+07:00")
    assert row == {
        "id": transfer.pk, "sepay_id": 1, "transaction_code": None, "content": "0909318264 ck", "amount": 350_000,
        "description": "ACB: TK 75918 +350,000 VND", "transfer_type": "in",
        "transaction_date": "2026-01-16T14:01:00+07:00", "bank_account": "75918", "gateway": "ACB",
        "reference_code": "FT26016000111222", "linked_customer_phone": "0909318264",
        "customer_id": transfer.customer_id, "customer_name": "Khách hàng mới", "wallet_processed": True,
        "wallet_tx_id": transfer.wallet_transaction_id, "wallet_transaction_id": transfer.wallet_transaction_id,
        "verification_status": "AUTO_APPROVED", "match_method": "exact_phone",
    }  # fmt: skip


def test_no_question_is_an_empty_page(api: APIClient, transfers: None) -> None:
    assert api.get(f"{PATH}/pending").json() == {
        "success": True, "data": [],
        "pagination": {
            "page": 1, "limit": 20, "total": 0, "totalPages": 0, "total_pages": 0, "totalIsEstimate": False,
            "next_cursor": None,
        },
    }  # fmt: skip


def test_questions_in_every_state_are_listed(api: APIClient) -> None:  # W20
    open_one = asked(arrived(), HOA)
    skipped = asked(arrived(), LAN, status=MatchStatus.SKIPPED)

    answer = api.get(f"{PATH}/pending?limit=1").json()
    rest = api.get(f"{PATH}/pending?limit=1&cursor={answer['pagination']['next_cursor']}").json()

    assert ([row["id"] for row in answer["data"]], answer["pagination"]["total"]) == ([skipped.pk], 2)
    assert [row["id"] for row in rest["data"]] == [open_one.pk]


def test_statistics_are_numbers(api: APIClient, transfers: None) -> None:
    assert api.get(f"{PATH}/stats").json()["data"] == {
        "total_transactions": 4, "linked_count": 2, "unlinked_count": 1, "processed_to_wallet": 2,
        "pending_verification": 0, "pending": 1, "auto_approved": 2, "manually_approved": 0, "rejected": 0,
        "total_in": 500_000, "total_out": 20_000, "total_processed_to_wallet": 450_000,
    }  # fmt: skip


def test_statistics_of_no_transfers_are_zeros(api: APIClient) -> None:
    assert set(api.get(f"{PATH}/stats").json()["data"].values()) == {0}


@pytest.fixture
def waiting() -> None:
    """Let two wait: 1 asked about, 2 with an owner. 3 has nobody, 4 is credited, 5 rejected, 6 went out."""
    for number in range(1, 7):
        arrived(
            id=number,
            transactionDate=f"2026-01-1{number} 08:00:00",
            transferAmount=number * 10_000,
            content="0909318264 ck" if number in {2, 4} else f"don_{number}",
            transferType="out" if number == 6 else "in",
        )
    rows = BankTransfer.objects
    rows.filter(sepay_id=2).update(
        verification="PENDING_VERIFICATION", wallet_transaction=None, match_method="manual_entry",
        verification_note="Manual entry by lan", display_name="Chị Hoa",
    )  # fmt: skip
    rows.filter(sepay_id=5).update(verification="REJECTED")
    asked(rows.get(sepay_id=1), HOA, LAN)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 1]), ("?status=PENDING_VERIFICATION", [2, 1]), ("?status=PENDING", [3]), ("?status=all", [3, 2, 1]),
        ("?status=APPROVED", [2, 1]), ("?startDate=2026-01-12&endDate=2026-01-12", [2]),
        ("?startDate=2026-01-12", [2, 1]),
        ("?search=don_", [1]), ("?search=%25", []), ("?search=20000", [2]), ("?search=hoa", [2]), ("?search=0909", [2]),
        ("?search=HOA&status=all", [2]), ("?status=all&limit=1&page=2", [2]),
    ],
)  # fmt: skip
def test_the_queue_of_the_accountant(api: APIClient, waiting: None, query: str, found: list[int]) -> None:
    answer = api.get(f"{PATH}/verification-queue{query}")

    assert [row["sepay_id"] for row in answer.json()["data"]] == found


def test_a_row_of_the_queue_tells_the_candidates(
    api: APIClient, waiting: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get(PATH)
    with django_assert_num_queries(1):
        linked, asked_about = api.get(f"{PATH}/verification-queue").json()["data"]

    assert (linked["customer_name"], linked["verification_note"], linked["matched_customers"]) == (
        "Chị Hoa", "Manual entry by lan", None,
    )  # fmt: skip
    assert (asked_about["extracted_phone"], [one["phone"] for one in asked_about["matched_customers"]]) == (
        "318264", ["0909318264", "0387318264"],
    )  # fmt: skip


def approved(number: int, *, hours_ago: float, **fields: Any) -> None:
    """Send a transfer that an accountant let in so long ago."""
    transfer = arrived(id=number, content="0909318264 ck")
    BankTransfer.objects.filter(pk=transfer.pk).update(
        verification="APPROVED", verified_at=timezone.now() - timedelta(hours=hours_ago), verified_by="ketoan", **fields
    )


def test_the_accountants_figures_count_this_vietnam_day(
    api: APIClient, waiting: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:  # W34
    approved(11, hours_ago=0)
    approved(12, hours_ago=25)
    BankTransfer.objects.filter(sepay_id=5).update(verified_at=timezone.now())
    BankTransfer.objects.filter(sepay_id=1).update(created_at=timezone.now() - timedelta(hours=25))

    with django_assert_num_queries(2):  # The caller's roles first.
        stats = api.get(f"{PATH}/accountant/stats").json()

    assert stats == {
        "success": True,
        "stats": {"pending": 2, "pendingOverdue": 1, "approvedToday": 1, "rejectedToday": 1, "adjustmentsToday": 0},
    }


def test_what_was_approved_today_newest_decision_first(api: APIClient) -> None:
    approved(1, hours_ago=0, verification_note="Bulk approved", verification_image_url="https://a/b")
    approved(2, hours_ago=0)
    approved(3, hours_ago=60)
    of_old = BankTransfer.objects.get(sepay_id=3).verified_at
    assert of_old is not None
    day, day_before = (vietnam_day(of_old - timedelta(days=days)).isoformat() for days in (0, 1))
    today = vietnam_day(timezone.now()).isoformat()

    def found(query: str = "") -> list[str]:
        rows = api.get(f"{PATH}/approved-today{query}").json()["data"]
        numbers = dict(BankTransfer.objects.values_list("pk", "sepay_id"))
        return [numbers[row["id"]] for row in rows]

    assert found() == [2, 1]
    assert found(f"?startDate={day}&endDate={today}") == [2, 1, 3]
    assert (found(f"?date={day}"), found(f"?date={day_before}")) == ([3], [])
    assert found("?search=ketoan") == [2, 1]
    assert found("?search=ke_oan") == []
    row = api.get(f"{PATH}/approved-today").json()["data"][1]
    assert set(row) == {
        "id", "content", "amount", "transaction_date", "linked_customer_phone", "verified_at", "verified_by",
        "verification_note", "verification_image_url", "match_method", "customer_name",
    }  # fmt: skip
    assert (row["verified_by"], row["verification_note"], row["verification_image_url"]) == (
        "ketoan", "Bulk approved", "https://a/b",
    )  # fmt: skip
    assert row["verified_at"].endswith("+07:00")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?limit=x", "limit"), ("/verification-queue?startDate=x", "startDate"),
        ("/approved-today?date=2026-13-01", "date"),
        ("/pending?page=x", "page"), ("/verification-queue?search=%00", "search"), ("?linked=%00", "linked"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named(api: APIClient, query: str, field: str) -> None:
    answer = api.get(f"{PATH}{query}")

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{field}: ")


def test_a_page_is_one_query_with_one_row_and_with_many(
    api: APIClient, transfers: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get(PATH)

    with django_assert_num_queries(1):
        api.get(f"{PATH}?linked=true")
    for number in range(10, 30):
        arrived(id=number, content=f"09093182{number} ck")
    with django_assert_num_queries(1):
        assert len(api.get(f"{PATH}?linked=true").json()["data"]) == 20
