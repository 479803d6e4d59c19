"""`GET /api/v2/wallets/<id or phone>` and `/transactions`."""

from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from customers.models import Customer
from wallets.models import Source, Wallet
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
    assert first["pagination"] == {"page": 1, "limit": 2, "total": 3, "totalPages": 2}
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
        ("page=0", 200, (1, 50)), ("page=-3&limit=-1", 200, (1, 1)), ("limit=200000", 200, (1, 200)),
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
