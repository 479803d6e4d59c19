"""Corrections: by hand, a row taken back, credit taken back; never an edit."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store.roles import Role
from wallets.models import Transaction, VirtualCredit, Wallet
from wallets.queries import verify_ledger
from wallets.receipts import receipt

WALLETS = "/api/v2/wallets"
HOA = f"{WALLETS}/0909318264"


def post(api: APIClient, path: str, key: str = "", **body: Any) -> Any:
    return api.post(path, body, format="json", headers={"Idempotency-Key": key} if key else {})


def real_vnd(phone: str = "0909318264") -> int:
    return Wallet.objects.get(customer__phone=phone).real_vnd


def test_real_money_is_corrected_up_and_down_with_a_reason(api: APIClient, customer: Customer) -> None:
    up = post(api, f"{HOA}/adjust", amount=50_000, reason="Thiếu tiền mặt").json()["data"]
    down = post(api, f"{HOA}/adjust", amount="-20000", reason="Ghi thừa").json()["data"]

    assert (up["type"], up["amount"], up["previousBalance"], up["newBalance"]) == ("ADJUSTMENT", 50_000, 0, 50_000)
    assert (down["amount"], down["newBalance"], real_vnd()) == (-20_000, 30_000, 30_000)
    assert list(Transaction.objects.order_by("id").values_list("note", "actor")) == [
        ("Thiếu tiền mặt", "user-owner"), ("Ghi thừa", "user-owner"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": 1}, "REASON_REQUIRED"), ({"amount": 1, "reason": "  "}, "REASON_REQUIRED"),
        ({"amount": 0, "reason": "x"}, "INVALID_AMOUNT"), ({"amount": 1.5, "reason": "x"}, "INVALID_AMOUNT"),
        ({"reason": "x"}, "INVALID_AMOUNT"), ({"amount": -1, "reason": "x"}, "INSUFFICIENT_BALANCE"),
        ({"amount": -100_000_001, "reason": "x"}, "AMOUNT_EXCEED_LIMIT"), ({"amount": 1, "reason": ["x"]}, "INVALID"),
    ],
    ids=str,
)  # fmt: skip
def test_a_correction_that_makes_no_sense_is_refused(
    api: APIClient, customer: Customer, body: dict[str, Any], code: str
) -> None:
    answer = post(api, f"{HOA}/adjust", **body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert Transaction.objects.count() == 0


def test_a_row_is_taken_back_once(api: APIClient, customer: Customer) -> None:
    posted = post(api, f"{HOA}/deposit", amount=50_000).json()["data"]["transactionId"]
    path = f"{WALLETS}/transactions/{posted}/reverse"
    first, again = post(api, path, reason="Nhập nhầm"), post(api, path, reason="Nhập nhầm lần nữa")

    assert (first.json()["data"]["amount"], first.json()["data"]["newBalance"]) == (-50_000, 0)
    assert again.json()["data"]["transactionId"] == first.json()["data"]["transactionId"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert post(api, path).json()["code"] == "REASON_REQUIRED"
    reversal = first.json()["data"]["transactionId"]
    refused = post(api, f"{WALLETS}/transactions/{reversal}/reverse", reason="x")
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_REVERSIBLE")


def test_untouched_credit_is_taken_back(api: APIClient, customer: Customer) -> None:
    credit_id = post(api, f"{HOA}/credit", amount=30_000).json()["data"]["creditId"]
    answer = post(api, f"{WALLETS}/credits/{credit_id}/cancel", reason="Cấp nhầm").json()["data"]

    assert (answer["creditId"], answer["amount"], answer["newVirtualBalance"]) == (credit_id, -30_000, 0)
    assert VirtualCredit.objects.get().status == "CANCELLED"


@pytest.mark.parametrize("nobody", ["999999", "9" * 30])
def test_what_is_not_there_is_not_found(api: APIClient, nobody: str) -> None:
    for path in (f"{WALLETS}/transactions/{nobody}/reverse", f"{WALLETS}/credits/{nobody}/cancel"):
        assert post(api, path, reason="x").status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.WAREHOUSE, Role.CUSTOMER_CARE])
def test_corrections_are_not_for_everybody(as_role: Any, api: APIClient, customer: Customer, role: Role) -> None:
    posted = post(api, f"{HOA}/deposit", amount=50_000).json()["data"]["transactionId"]
    credit_id = post(api, f"{HOA}/credit", amount=30_000).json()["data"]["creditId"]
    other = as_role(role)
    for path in (
        f"{HOA}/adjust", f"{WALLETS}/transactions/{posted}/reverse", f"{WALLETS}/credits/{credit_id}/cancel",
    ):  # fmt: skip
        answer = post(other, path, amount=1, reason="x")
        assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")

    assert real_vnd() == 50_000


class TestAdjustment:
    """`POST /adjustment`, of whose four kinds the old server did none."""

    BODY = {
        "original_transaction_id": 41,
        "wrong_customer_phone": "0909318264",
        "correct_customer_phone": "0387654321",
        "amount": 20_000,
        "reason": "Ghép nhầm khách",
    }

    @pytest.fixture(autouse=True)
    def _two(self, api: APIClient, customer: Customer) -> None:
        get_or_create_customer(phone="0387654321", by="test")
        post(api, f"{HOA}/deposit", amount=50_000)

    @pytest.mark.parametrize(
        ("kind", "changes", "hoa", "other"),
        [
            ("WRONG_MAPPING_DEBIT", {}, 30_000, 0), ("WRONG_MAPPING_CREDIT", {}, 50_000, 20_000),
            ("DUPLICATE_REVERSAL", {}, 30_000, 0), ("ADMIN_CORRECTION", {}, 50_000, 20_000),
            ("ADMIN_CORRECTION", {"correct_customer_phone": None, "amount": -5_000}, 45_000, 0),
        ],
    )  # fmt: skip
    def test_each_kind_moves_money_where_it_says(
        self, api: APIClient, kind: str, changes: dict[str, Any], hoa: int, other: int
    ) -> None:
        answer = post(api, f"{WALLETS}/adjustment", adjustment_type=kind, **self.BODY | changes).json()

        assert (answer["success"], answer["message"]) == (True, "Điều chỉnh ví thành công")
        assert (real_vnd(), real_vnd("0387654321")) == (hoa, other)
        row = Transaction.objects.get(pk=answer["data"]["transactionId"])
        assert row.note == f"Ghép nhầm khách ({kind}, giao dịch 41)"
        assert verify_ledger() == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"adjustment_type": "X"}, {"adjustment_type": None}, {"amount": 0}, {"amount": -20_000}, {"amount": 60_000},
            {"reason": ""}, {"wrong_customer_phone": None}, {"wrong_customer_phone": "abc"},
            {"original_transaction_id": None}, {"original_transaction_id": " "},
        ],
        ids=str,
    )  # fmt: skip
    def test_what_is_not_valid_is_refused(self, api: APIClient, changes: dict[str, Any]) -> None:
        body = {"adjustment_type": "WRONG_MAPPING_DEBIT", **self.BODY} | changes
        answer = post(api, f"{WALLETS}/adjustment", **body)

        assert (answer.status_code, answer.json()["success"], real_vnd()) == (400, False, 50_000)

    def test_corrections_are_listed_newest_first(self, api: APIClient) -> None:
        post(api, f"{WALLETS}/adjustment", adjustment_type="WRONG_MAPPING_DEBIT", **self.BODY)
        first = Transaction.objects.get(type="DEPOSIT")
        post(api, f"{HOA}/adjust", amount=20_000, reason="Trả lại")
        post(api, f"{WALLETS}/transactions/{first.pk}/reverse", reason="Nhập nhầm")

        page = api.get(f"{WALLETS}/adjustments?limit=2").json()
        rest = api.get(f"{WALLETS}/adjustments?limit=2&cursor={page['pagination']['next_cursor']}").json()

        assert [row["type"] for row in page["data"] + rest["data"]] == ["REVERSAL", "ADJUSTMENT", "ADJUSTMENT"]
        assert (page["data"][0]["reverses"], page["data"][0]["phone"]) == (first.pk, "0909318264")
        assert (page["pagination"]["total"], rest["pagination"]["next_cursor"]) == (3, None)


def test_a_receipt_says_where_the_money_came_from(api: APIClient, customer: Customer) -> None:
    posted = post(api, f"{HOA}/deposit", amount=50_000, note="Tiền mặt").json()["data"]["transactionId"]
    path = f"{WALLETS}/transactions/{posted}/receipt"

    assert api.get(f"{path}?lang=en").json()["data"]["receipt"] == "50,000 ₫ put in by hand by user-owner: Tiền mặt"
    assert api.get(path).json()["data"]["receipt"] == receipt(Transaction.objects.get(), language="vi")
    assert api.get(path).json()["data"]["phone"] == "0909318264"
    assert api.get(f"{path}?lang=xx").status_code == 400
    for nobody in ("999999", "9" * 30):
        assert api.get(f"{WALLETS}/transactions/{nobody}/receipt").status_code == 404
