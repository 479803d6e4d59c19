"""`/api/balance-history`: transfers without an owner, for the customer pages of the first version."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from banking.models import BankTransfer
from customers.models import Customer
from tests.banking.api.conftest import arrived
from wallets.models import Transaction, Wallet

pytestmark = pytest.mark.django_db


def link(api: APIClient, **body: Any) -> Any:
    return api.post("/api/balance-history/link-customer", body, format="json")


def test_the_list_nests_as_the_page_reads_it_and_tells_the_total_outside_too(api: APIClient) -> None:
    arrived(content="0909318264 ck")
    arrived(transferType="out")
    hidden, rejected = arrived(), arrived(transactionDate="2026-01-17 10:00:00")
    BankTransfer.objects.filter(pk=hidden.pk).update(is_hidden=True)
    BankTransfer.objects.filter(pk=rejected.pk).update(verification="REJECTED")

    answer = api.get("/api/balance-history/unlinked")

    told = answer.json()
    assert [row["id"] for row in told["data"]["data"]] == [rejected.pk, hidden.pk]
    assert told["data"]["pagination"] == told["pagination"]
    assert (told["pagination"]["limit"], told["pagination"]["total"], told["pagination"]["totalPages"]) == (10, 2, 1)
    row = told["data"]["data"][1]
    assert row.pop("created_at").endswith("+07:00")
    assert row == {
        "id": hidden.pk, "sepay_id": hidden.sepay_id, "transaction_code": None, "customer_name": "CHUYEN TIEN",
        "amount": 350_000, "description": "ACB: TK 75918 +350,000 VND",
        "transaction_date": "2026-01-16T14:02:37+07:00", "bank_account": "75918",
        "reference_code": "FT26016000111222",
    }  # fmt: skip
    assert (answer["Deprecation"], "successor-version" in answer["Link"]) == ("true", True)


def test_a_link_deposits_unless_told_otherwise(accountant: APIClient) -> None:
    first, second = arrived(), arrived()

    one = link(accountant, transaction_id=first.pk, phone="+84 905 000 111").json()
    two = link(accountant, transaction_id=str(second.pk), phone="0905000111", auto_deposit=False).json()

    owner = Customer.objects.get()  # W7
    assert one == {
        "success": True, "message": "Đã liên kết giao dịch với khách hàng",
        "data": {"customer_id": owner.pk, "auto_deposited": True},
    }  # fmt: skip
    assert two["data"] == {"customer_id": owner.pk, "auto_deposited": False}
    assert Wallet.objects.get().real_vnd == 350_000


def test_customer_care_links_but_deposits_nothing(care: APIClient) -> None:
    transfer = arrived()

    assert link(care, transaction_id=transfer.pk, phone="0905000111").json()["data"]["auto_deposited"] is False
    assert not Transaction.objects.exists()


def test_a_repeat_is_the_same_and_another_customer_is_refused(accountant: APIClient) -> None:
    transfer = arrived()
    link(accountant, transaction_id=transfer.pk, phone="0905000111")

    again = link(accountant, transaction_id=transfer.pk, phone="+84905000111")
    other = link(accountant, transaction_id=transfer.pk, phone="0387654321")

    assert again.json()["data"]["auto_deposited"] is True
    assert (other.status_code, other.json()["error"], other.json()["current_customer"]) == (
        400, "Giao dịch đã được xử lý ví. Không thể đổi khách hàng.", "0905000111",
    )  # fmt: skip
    assert other.json()["details"]
    assert Wallet.objects.get(customer__phone="0905000111").real_vnd == 350_000


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "Transaction ID and phone are required"),
        ({"transaction_id": 1}, 400, "Transaction ID and phone are required"),
        ({"phone": "0905000111"}, 400, "Transaction ID and phone are required"),
        ({"transaction_id": 999_999, "phone": "0905000111"}, 404, "Transaction not found"),  # W39
        ({"transaction_id": "abc", "phone": "0905000111"}, 404, "Transaction not found"),
        ({"transaction_id": 2**70, "phone": "0905000111"}, 400, "transaction_id: must be a text"),
        ({"transaction_id": [1], "phone": "0905000111"}, 400, "transaction_id: must be a text"),
        (
            {"transaction_id": 1, "phone": "0905000111", "auto_deposit": "no"},
            400,
            "auto_deposit: must be true or false",
        ),
    ],
)
def test_bad_links(accountant: APIClient, body: dict[str, Any], status: int, error: str) -> None:
    answer = link(accountant, **body)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_money_that_went_out_is_not_linked(accountant: APIClient) -> None:  # W5
    answer = link(accountant, transaction_id=arrived(transferType="out").pk, phone="0905000111")

    assert (answer.status_code, answer.json()["code"]) == (400, "TRANSFER_NOT_INCOMING")
    assert not Transaction.objects.exists()


def test_who_only_looks_links_nothing(viewer: APIClient) -> None:
    assert link(viewer, transaction_id=arrived().pk, phone="0905000111").status_code == 403
    assert not Customer.objects.exists()
