"""`GET /api/v2/balance-history`, `/pending`, `/stats`."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from banking.models import BankTransfer
from tests.factories.banking import delivery, post


@pytest.fixture
def transfers(db: None, client: Client) -> None:
    """Send two linked transfers, one unlinked and one outgoing, a minute apart."""
    sent: list[dict[str, Any]] = [
        {"content": "0909318264 ck"},
        {"content": "0387654321 ck", "transferAmount": 100_000},
        {"content": "CHUYEN TIEN", "transferAmount": 50_000},
        {"content": "tra hang", "transferType": "out", "transferAmount": 20_000},
    ]
    for number, changes in enumerate(sent, start=1):
        post(client, delivery(id=number, transactionDate=f"2026-01-16 14:0{number}:00", **changes))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [3]), ("?linked=false", [3]), ("?linked=true", [2, 1]), ("?wallet_processed=false", []),
        ("?wallet_processed=true", [4, 3, 2, 1]), ("?linked=true&wallet_processed=false", [2, 1]),
    ],
)  # fmt: skip
def test_the_list_filters_as_the_seed_says(api: APIClient, transfers: None, query: str, found: list[int]) -> None:
    answer = api.get(f"/api/v2/balance-history{query}").json()

    assert [row["sepay_id"] for row in answer["data"]] == found
    assert answer["pagination"]["total"] == len(found)


def test_a_row_tells_amounts_as_numbers_and_times_with_vietnams_offset(api: APIClient, transfers: None) -> None:
    row = api.get("/api/v2/balance-history?linked=true").json()["data"][1]

    transfer = BankTransfer.objects.get(sepay_id=1)
    assert (row["amount"], row["transaction_date"]) == (350_000, "2026-01-16T14:01:00+07:00")
    assert (row["linked_customer_phone"], row["customer_name"]) == ("0909318264", "Khách hàng mới")
    assert (row["wallet_processed"], row["wallet_tx_id"]) == (True, transfer.wallet_transaction_id)
    assert (row["bank_account"], row["verification_status"], row["match_method"]) == (
        "75918", "AUTO_APPROVED", "exact_phone",
    )  # fmt: skip


def test_nothing_waits_for_the_accountant_yet(api: APIClient, transfers: None) -> None:
    assert api.get("/api/v2/balance-history/pending").json() == {
        "success": True, "data": [], "pagination": {"page": 1, "limit": 20, "total": 0, "totalPages": 0},
    }  # fmt: skip


def test_what_waits_for_the_accountant_is_listed(api: APIClient, transfers: None) -> None:
    BankTransfer.objects.filter(sepay_id=3).update(verification="PENDING_VERIFICATION")

    row = api.get("/api/v2/balance-history/pending").json()["data"][0]

    assert (row["sepay_id"], row["transaction_content"], row["amount"]) == (3, "CHUYEN TIEN", 50_000)


def test_statistics_are_numbers(api: APIClient, transfers: None) -> None:
    assert api.get("/api/v2/balance-history/stats").json()["data"] == {
        "total_transactions": 4, "linked_count": 2, "unlinked_count": 1, "processed_to_wallet": 2,
        "pending_verification": 0, "pending": 1, "auto_approved": 2, "manually_approved": 0, "rejected": 0,
        "total_in": 500_000, "total_out": 20_000, "total_processed_to_wallet": 450_000,
    }  # fmt: skip


def test_statistics_of_no_transfers_are_zeros(api: APIClient) -> None:
    assert set(api.get("/api/v2/balance-history/stats").json()["data"].values()) == {0}


def test_a_page_costs_two_queries_with_one_row_and_with_many(
    api: APIClient, transfers: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get("/api/v2/balance-history?linked=true")

    with django_assert_num_queries(2):
        api.get("/api/v2/balance-history?linked=true")
    for number in range(10, 30):
        post(client, delivery(id=number, content=f"09093182{number} ck"))
    with django_assert_num_queries(2):
        assert len(api.get("/api/v2/balance-history?linked=true").json()["data"]) == 20
