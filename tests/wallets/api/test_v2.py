"""`GET /api/v2/wallets/<id or phone>` and `/transactions`."""

from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.models import Customer
from n2store.wire import instant
from wallets.models import Source, Transaction, VirtualCredit, Wallet
from wallets.operations import deposit

NOON = datetime(2026, 1, 16, 5, 0, tzinfo=UTC)


@pytest.fixture
def paid_in(customer: Customer) -> Customer:
    """Return a customer with deposits of 1,000, 2,000 and 3,000."""
    for number in (1, 2, 3):
        deposit(
            customer=customer, amount_vnd=number * 1_000, key=f"sepay:{number}", source=Source.BANK_TRANSFER, at=NOON,
            by="sepay", note="Nạp từ CK", reference=("balance_history", str(number)),
        )  # fmt: skip
    return customer


def test_a_wallet_tells_both_balances_as_numbers(api: APIClient, paid_in: Customer) -> None:
    answer = api.get("/api/v2/wallets/0909318264").json()

    assert answer == api.get(f"/api/v2/wallets/{paid_in.pk}").json()
    wallet = answer["data"]
    assert (wallet["phone"], wallet["customer_id"], wallet["id"]) == (
        "0909318264", paid_in.pk, Wallet.objects.get().pk,
    )  # fmt: skip
    assert (wallet["balance"], wallet["virtual_balance"], wallet["total"], wallet["total_deposited"]) == (
        6_000, 0, 6_000, 6_000,
    )  # fmt: skip


def test_transactions_come_newest_first_in_pages(api: APIClient, paid_in: Customer) -> None:
    first = api.get("/api/v2/wallets/0909318264/transactions?limit=2").json()
    second = api.get("/api/v2/wallets/0909318264/transactions?limit=2&page=2").json()

    assert [row["sequence"] for row in first["data"] + second["data"]] == [3, 2, 1]
    block = first["pagination"]
    assert (block["page"], block["limit"], block["total"], block["totalPages"]) == (1, 2, 3, 2)
    third = api.get(f"/api/v2/wallets/0909318264/transactions?limit=2&cursor={block['next_cursor']}").json()
    assert (third["data"], third["pagination"]["next_cursor"]) == (second["data"], None)
    newest = first["data"][0]
    assert (newest["amount"], newest["balance_before"], newest["balance_after"]) == (3_000, 3_000, 6_000)
    assert (newest["type"], newest["source"], newest["reference_id"]) == ("DEPOSIT", "BANK_TRANSFER", "3")


def test_transactions_of_one_type(api: APIClient, paid_in: Customer) -> None:
    assert api.get("/api/v2/wallets/0909318264/transactions?type=WITHDRAW").json()["data"] == []
    assert len(api.get("/api/v2/wallets/0909318264/transactions?type=DEPOSIT").json()["data"]) == 3
    assert api.get("/api/v2/wallets/0909318264/transactions?type=GIFT").status_code == 400


@pytest.mark.parametrize(
    ("query", "status", "page"),
    [
        ("page=0", 200, (1, 50)), ("page=-3&limit=-1", 200, (1, 1)), ("limit=200000", 200, (1, 500)),
        ("page=&limit=", 200, (1, 50)), ("page=abc", 400, None), ("limit=1.5", 400, None),
        ("page=99999999999999999999", 400, None),
    ],
)  # fmt: skip
def test_page_and_limit_are_brought_into_range_or_refused(
    api: APIClient, paid_in: Customer, query: str, status: int, page: tuple[int, int] | None
) -> None:
    answer = api.get(f"/api/v2/wallets/0909318264/transactions?{query}")

    assert answer.status_code == status
    if page:
        assert (answer.json()["pagination"]["page"], answer.json()["pagination"]["limit"]) == page


@pytest.mark.parametrize("query", ["type='; --", "type=DEPOSIT'", "cursor=abc", "cursor=WyJ4Il0", "cursor=bnVsbA"])
def test_garbage_in_a_query_is_refused(api: APIClient, paid_in: Customer, query: str) -> None:
    assert api.get(f"/api/v2/wallets/0909318264/transactions?{query}").status_code == 400


def test_a_page_of_transactions_is_one_statement(
    api: APIClient, paid_in: Customer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get("/api/v2/wallets/0909318264")  # The login.
    for query in ("limit=1&page=3", "type=DEPOSIT", ""):
        with django_assert_num_queries(1):
            assert api.get(f"/api/v2/wallets/0909318264/transactions?{query}").json()["data"]


def test_pages_beyond_the_end_are_empty(api: APIClient, paid_in: Customer) -> None:
    for query in ("page=9", "page=9&type=DEPOSIT", "page=999999999999"):
        answer = api.get(f"/api/v2/wallets/0909318264/transactions?{query}")
        assert (answer.status_code, answer.json()["data"], answer.json()["pagination"]["total"]) == (200, [], 3)


@pytest.mark.parametrize("nobody", ["999999", "abc", "9" * 30, "'; --"])
def test_an_id_of_nobody_is_not_found(api: APIClient, nobody: str) -> None:
    for path in (f"/api/v2/wallets/{nobody}", f"/api/v2/wallets/{nobody}/transactions"):
        assert (api.get(path).status_code, api.get(path).json()["code"]) == (404, "CUSTOMER_NOT_FOUND")
    answer = api.post(f"/api/v2/wallets/{nobody}/deposit", {"amount": 1_000}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (404, "CUSTOMER_NOT_FOUND")


def test_a_deposit_by_id_tells_the_balance_before_and_after(api: APIClient, paid_in: Customer) -> None:
    answer = api.post(f"/api/v2/wallets/{paid_in.pk}/deposit", {"amount": 4_000}, format="json").json()

    row = Transaction.objects.latest("id")
    assert answer["data"] == {
        "phone": "0909318264", "deposited": 4_000, "previousBalance": 6_000, "newBalance": 10_000,
        "transactionId": row.pk,
    }  # fmt: skip


def test_credit_tells_until_when_and_under_which_number(api: APIClient, customer: Customer) -> None:
    body = {"amount": 30_000, "source_type": "PROMOTION", "expiry_days": 3}
    data = api.post("/api/v2/wallets/0909318264/credit", body, format="json").json()["data"]

    lot = VirtualCredit.objects.get()
    assert data == {
        "phone": "0909318264", "amount": 30_000, "newVirtualBalance": 30_000, "expiresAt": instant(lot.expires_at),
        "transactionId": lot.issue_id, "creditId": lot.pk,
    }  # fmt: skip
    assert lot.source_type == "PROMOTION"


def test_balances_of_many_by_phone_or_id_leave_out_who_is_not_there(api: APIClient, paid_in: Customer) -> None:
    expected = {
        "0909318264": {"customer_id": paid_in.pk, "balance": 6_000, "virtualBalance": 0, "total": 6_000}
    }  # fmt: skip
    for body in (
        {"phones": ["+84 909 318 264", "0387654321", "x"]},
        {"customer_ids": [paid_in.pk, 999_999, 10**30, -1, "x"]},
    ):
        answer = api.post("/api/v2/wallets/batch-summary", body, format="json")
        assert (answer.status_code, answer.json()["data"]) == (200, expected)


@pytest.mark.parametrize("path", ["/api/v2/wallet/balance", "/api/v2/balance-history/wallet/balance"])
def test_one_balance_by_phone(api: APIClient, paid_in: Customer, path: str) -> None:
    answer = api.get(f"{path}?phone=84909318264").json()
    nobody = api.get(f"{path}?phone=0387654321").json()

    assert (answer["success"], answer["exists"], answer["balance"], answer["total"]) == (True, True, 6_000, 6_000)
    assert (nobody["success"], nobody["exists"], nobody["balance"]) == (True, False, 0)
    for query, error in (("", "phone is required"), ("?phone=", "phone is required"), ("?phone=abc", None)):
        refused = api.get(path + query)
        assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_PHONE")
        assert refused.json()["error"] == error or error is None
