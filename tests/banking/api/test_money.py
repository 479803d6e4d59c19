"""What a phone has paid in: `/api/sepay/debt-summary`, `/debt-summary-batch`, `/debt/<phone>` and its neighbours."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from banking.models import BankTransfer
from tests.banking.api.conftest import arrived

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid() -> BankTransfer:
    """Let a customer pay twice, once rejected, and a stranger once."""
    arrived(content="0909318264 ck", transferAmount=100_000, transactionDate="2026-01-15 08:00:00")
    newest = arrived(content="0909318264 ck lan 2", transferAmount=250_000)
    rejected = arrived(content="gi do", transferAmount=70_000)
    BankTransfer.objects.filter(pk=rejected.pk).update(customer_id=newest.customer_id, verification="REJECTED")
    arrived(content="0387654321 ck", transferAmount=5_000)
    return newest


def test_the_summary_sums_all_but_what_was_rejected(api: APIClient, paid: BankTransfer) -> None:
    answer = api.get("/api/sepay/debt-summary?phone=%2B84909318264").json()

    data = answer["data"]
    assert (data["phone"], data["total_debt"], data["transaction_count"], data["source"]) == (
        "+84909318264", 350_000, 2, "balance_history",
    )  # fmt: skip
    assert data["transactions"][0] == {
        "id": paid.pk, "amount": 250_000, "date": "2026-01-16T14:02:37+07:00", "content": "0909318264 ck lan 2",
        "debt_added": True,
    }  # fmt: skip
    assert set(data) == {"phone", "total_debt", "transactions", "transaction_count", "source"}


def test_the_total_goes_on_after_a_hundred_transfers(api: APIClient) -> None:  # W25
    for number in range(1, 103):
        arrived(id=number, content="0909318264 ck", transferAmount=1_000)

    data = api.get("/api/sepay/debt-summary?phone=0909318264").json()["data"]

    assert (data["total_debt"], data["transaction_count"], len(data["transactions"])) == (102_000, 102, 100)


def test_nobody_has_paid_nothing(api: APIClient) -> None:
    assert api.get("/api/sepay/debt-summary?phone=0123456789").json()["data"] == {
        "phone": "0123456789", "total_debt": 0, "transactions": [], "transaction_count": 0, "source": "no_data",
    }  # fmt: skip
    assert api.get("/api/sepay/debt/0123456789").json() == {
        "success": True, "phone": "0123456789", "debt": 0, "transaction_count": 0,
    }  # fmt: skip


def test_one_sum(api: APIClient, paid: BankTransfer) -> None:
    assert api.get("/api/sepay/debt/84909318264").json() == {
        "success": True, "phone": "0909318264", "debt": 350_000, "transaction_count": 2,
    }  # fmt: skip


def test_many_sums_are_one_query(
    api: APIClient, paid: BankTransfer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    phones = ["0909318264", "+84 909 318 264", 387654321, "0123456789", "abc", None, [], {"a": 1}, "\0"]

    api.get("/api/sepay/debt/0909318264")
    with django_assert_num_queries(1):
        answer = api.post("/api/sepay/debt-summary-batch", {"phones": phones}, format="json").json()

    assert answer == {
        "success": True,
        "data": {
            "909318264": {"total_debt": 350_000, "source": "balance_history"},
            "387654321": {"total_debt": 5_000, "source": "balance_history"},
            "123456789": {"total_debt": 0, "source": "no_data"},
        },
        "count": 3,
    }


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"phones": ["abc", "1"]}, 200, {"success": True, "data": {}}),
        ({}, 400, "Missing required parameter: phones (array)"),
        ({"phones": []}, 400, "Missing required parameter: phones (array)"),
        ({"phones": "0909318264"}, 400, "Missing required parameter: phones (array)"),
        ({"phones": ["0909318264"] * 201}, 400, "Too many phones. Maximum 200 per request."),
        ([], 400, "The body must be a JSON object"),
    ],
)
def test_odd_batches(api: APIClient, body: Any, status: int, said: Any) -> None:
    answer = api.post("/api/sepay/debt-summary-batch", body, format="json")

    assert answer.status_code == status
    assert (answer.json() if status == 200 else answer.json()["error"]) == said


@pytest.mark.parametrize("path", ["debt-summary", "transactions-by-phone"])
def test_a_phone_is_needed(api: APIClient, path: str) -> None:
    missing, wrong = api.get(f"/api/sepay/{path}"), api.get(f"/api/sepay/{path}?phone=abc")

    assert (missing.status_code, missing.json()["error"]) == (400, "Missing required parameter: phone")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "INVALID_PHONE")


def test_the_transfers_of_a_phone_with_sums(api: APIClient, paid: BankTransfer) -> None:
    answer = api.get("/api/sepay/transactions-by-phone?phone=0909318264&limit=2").json()

    assert answer["statistics"] == {
        "total_transactions": 3, "total_in_count": 3, "total_out_count": 0, "total_in": 420_000, "total_out": 0,
        "net_change": 420_000,
    }  # fmt: skip
    assert answer["customer"] == {"phone": "0909318264", "name": "Khách hàng mới"}
    assert len(answer["data"]) == 2
    row = answer["data"][1]
    assert (row["id"], row["transfer_amount"], row["unique_code"], row["customer_phone"], row["customer_name"]) == (
        paid.pk, 250_000, None, "0909318264", "Khách hàng mới",
    )  # fmt: skip
    nobody = api.get("/api/sepay/transactions-by-phone?phone=0123456789").json()
    assert (nobody["data"], nobody["customer"]) == ([], {"phone": "0123456789", "name": None})


def test_the_newest_transfer_with_a_code(api: APIClient) -> None:
    arrived(content="N2M5K8H2P9Q3R7T1AB ck", transactionDate="2026-01-15 08:00:00")
    newest = arrived(content="ck N2M5K8H2P9Q3R7T1AB")
    arrived(content="khac", code="N2M5K8H2P9Q3R7T1AB", transactionDate="2026-01-19 08:00:00")

    data = api.get("/api/sepay/transaction-by-code/n2m5k8h2p9q3r7t1ab").json()["data"]

    assert data["id"] == newest.pk
    assert list(data) == [
        "id", "sepay_id", "gateway", "transaction_date", "account_number", "code", "content", "transfer_type",
        "transfer_amount", "accumulated", "sub_account", "reference_code", "description", "created_at",
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["N2NOBODY", "%25", "%00", "_"])
def test_a_code_that_nothing_carries(api: APIClient, code: str) -> None:
    arrived()

    assert api.get(f"/api/sepay/transaction-by-code/{code}").json() == {
        "success": True, "data": None, "message": "No transaction found with this unique code",
    }  # fmt: skip


def test_writing_debts_is_gone(api: APIClient) -> None:
    answer = api.post("/api/sepay/update-debt", {"phone": "0909318264", "debt": 1}, format="json")

    assert (answer.status_code, answer.json()["error"], answer.json()["deprecated"]) == (
        410, "Endpoint no longer supported", True,
    )  # fmt: skip
