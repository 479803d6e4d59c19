"""Balance, counts and sums of `/api/sepay`."""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from banking.models import BankTransfer
from tests.banking.api.conftest import arrived

pytestmark = pytest.mark.django_db


def test_the_balance_is_that_after_the_newest_line_of_an_account(api: APIClient) -> None:
    arrived(id=5, accumulated=900, transactionDate="2026-01-16 14:02:37")
    arrived(id=4, accumulated=999, transactionDate="2026-01-16 14:02:37")
    arrived(id=9, accumulated=100, transactionDate="2026-01-15 10:00:00", accountNumber="88", gateway="MB")

    assert api.get("/api/sepay/balance").json() == {
        "success": True,
        "data": {"balance": 900, "account_number": "75918", "gateway": "ACB", "as_of": "2026-01-16T14:02:37+07:00"},
    }
    assert api.get("/api/sepay/balance?account_number=88").json()["data"]["balance"] == 100
    assert api.get("/api/sepay/balance?account_number=99").json() == {"success": True, "data": None}


def test_states_are_counted_without_hidden_rows(api: APIClient) -> None:
    arrived(content="0909318264 ck")
    arrived()
    arrived(transferType="out")
    BankTransfer.objects.filter(pk=arrived().pk).update(verification="REJECTED")
    BankTransfer.objects.filter(pk=arrived().pk).update(is_hidden=True)
    stats = {
        "auto_approved": 1, "manually_approved": 0, "pending_verification": 0, "rejected": 1, "pending": 2,
        "no_phone": 3, "wallet_credited": 1, "total": 4,
    }  # fmt: skip

    for path in ("/api/sepay/history/stats", "/api/v2/balance-history/verification-stats"):
        assert api.get(path).json() == {"success": True, "stats": stats}


def test_sums_count_hidden_rows_and_tell_the_newest_balance_not_the_largest(api: APIClient) -> None:  # W25
    arrived(id=1, transferAmount=300_000, accumulated=9_000_000, transactionDate="2026-01-14 10:00:00")
    arrived(id=2, transferAmount=100_000, accumulated=8_900_000, transferType="out")
    arrived(id=3, transferAmount=50_000, accumulated=50, transactionDate="2026-01-18 10:00:00", gateway="MBBank")
    BankTransfer.objects.update(is_hidden=True)

    assert api.get("/api/sepay/statistics").json() == {
        "success": True,
        "statistics": {
            "total_transactions": 3, "total_in_count": 2, "total_out_count": 1, "total_in": 350_000,
            "total_out": 100_000, "net_change": 250_000, "latest_balance": 50,
        },
    }  # fmt: skip
    of_acb = api.get("/api/sepay/statistics?gateway=acb&startDate=2026-01-15&endDate=2026-01-16").json()["statistics"]
    assert (of_acb["total_transactions"], of_acb["net_change"], of_acb["latest_balance"]) == (1, -100_000, 8_900_000)


def test_nothing_sums_up_to_zero(api: APIClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert api.get("/api/sepay/balance").json()["data"] is None
    with django_assert_num_queries(1):
        assert set(api.get("/api/sepay/statistics").json()["statistics"].values()) == {0}
    with django_assert_num_queries(1):
        assert set(api.get("/api/sepay/history/stats").json()["stats"].values()) == {0}


@pytest.mark.parametrize(
    ("path", "field"),
    [("/api/sepay/statistics?startDate=x", "startDate"), ("/api/sepay/balance?account_number=%00", "account_number")],
)
def test_a_bad_value_is_named(api: APIClient, path: str, field: str) -> None:
    answer = api.get(path)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{field}: ")
