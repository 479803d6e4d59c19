"""`/api/v2/pending-withdrawals`: what the order screens do with a wallet."""

import json
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.models import Customer
from n2store.models import JobRun
from n2store.roles import Role
from wallets.models import PendingWithdrawal, Wallet

PATH = "/api/v2/pending-withdrawals"
BODY = {"order_id": "NJD/2026/1", "order_number": "12345", "phone": "0909 318 264", "amount": 70_000}


def hold(api: APIClient, **changes: Any) -> Any:
    return api.post(PATH, BODY | changes, format="json")


def give(api: APIClient, amount_vnd: int = 100_000) -> None:
    api.post("/api/v2/wallets/0909318264/deposit", {"amount": amount_vnd}, format="json")


def real_vnd() -> int:
    return Wallet.objects.get().real_vnd


def test_an_order_takes_its_money_at_once_and_a_repeat_is_skipped(api: APIClient, customer: Customer) -> None:
    give(api)
    first, again = hold(api), hold(api)

    row = PendingWithdrawal.objects.get()
    told = first.json()
    assert (told["success"], told["pending_id"], told["status"], told["real_used"]) == (
        True, row.pk, "COMPLETED", 70_000,
    )  # fmt: skip
    skipped = again.json()
    assert (skipped["skipped"], skipped["data"]["pending_id"], skipped["data"]["real_used"]) == (True, row.pk, 70_000)
    assert skipped["data"]["completed_at"].endswith("Z")
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert real_vnd() == 30_000


def test_an_order_without_money_waits(api: APIClient, customer: Customer) -> None:
    told = hold(api, amount="70000").json()

    assert (told["success"], told["status"]) == (True, "PENDING")
    assert told["last_error"] == "Insufficient balance. Available: 0, Required: 70000"


def test_customer_care_handles_orders(as_role: Any, api: APIClient, customer: Customer) -> None:
    give(api)
    care = as_role(Role.CUSTOMER_CARE)

    pending_id = hold(care).json()["pending_id"]

    assert care.post(f"{PATH}/{pending_id}/release", {"reason": "x"}, format="json").status_code == 403
    back = api.post(f"{PATH}/{pending_id}/release", {"reason": "Hủy đơn"}, format="json").json()
    assert (back["data"]["status"], back["data"]["last_error"], real_vnd()) == ("CANCELLED", "Hủy đơn", 100_000)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.WAREHOUSE])
def test_others_only_look(as_role: Any, api: APIClient, customer: Customer, role: Role) -> None:
    pending_id = hold(api).json()["pending_id"]
    other = as_role(role)
    for path in (PATH, f"{PATH}/{pending_id}/retry", f"{PATH}/{pending_id}/cancel", f"{PATH}/process-pending"):
        assert other.post(path, BODY, format="json").status_code == 403
    assert other.post(f"{PATH}/cancel-by-order", BODY, format="json").status_code == 403
    assert other.get(PATH).json()["data"][0]["id"] == pending_id


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"order_id": None}, "order_id is required"), ({"order_id": ""}, "order_id is required"),
        ({"order_id": "MANUAL"}, "order_id is required"), ({"phone": None}, "phone is required"),
        ({"phone": ""}, "phone is required"), ({"phone": "abc"}, None), ({"phone": ["x"]}, None),
        ({"phone": 12.5}, None), ({"order_id": ["x"]}, None), ({"order_id": "x" * 81}, None),
        ({"order_number": "x" * 101}, None), ({"note": "\ud800"}, None), ({"source": "a b"}, None),
        ({"amount": 0}, None), ({"amount": -1}, None), ({"amount": 1.5}, None), ({"amount": True}, None),
        ({"amount": None}, None), ({"amount": "abc"}, None), ({"amount": 100_000_001}, None),
        ({"order_number": "a\x00"}, None),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_valid_is_refused_and_leaves_nothing(
    api: APIClient, customer: Customer, changes: dict[str, Any], error: str | None
) -> None:
    answer = api.post(PATH, json.dumps(BODY | changes), content_type="application/json")

    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert error is None or answer.json()["error"] == error
    assert PendingWithdrawal.objects.count() == 0


def test_a_number_as_phone_is_read_and_an_unknown_one_not_found(api: APIClient, customer: Customer) -> None:
    assert hold(api, phone=909318264).status_code == 200
    answer = hold(api, phone="0387654321")
    assert (answer.status_code, answer.json()["code"]) == (404, "CUSTOMER_NOT_FOUND")


def test_another_amount_is_refused(api: APIClient, customer: Customer) -> None:
    hold(api)
    answer = hold(api, amount=70_001)

    assert (answer.status_code, answer.json()["code"]) == (409, "PENDING_AMOUNT_DIFFERS")


def test_a_cancelled_order_takes_no_money_any_more(api: APIClient, customer: Customer) -> None:
    pending_id = hold(api).json()["pending_id"]
    ended = api.post(f"{PATH}/cancel-by-order", {"order_id": "NJD/2026/1", "reason": "Bom"}, format="json").json()
    again = api.post(f"{PATH}/cancel-by-order", {"order_id": "NJD/2026/1"}, format="json").json()
    early = api.post(f"{PATH}/cancel-by-order", {"order_id": "NJD/2026/2"}, format="json").json()

    assert (ended["message"], [row["id"] for row in ended["data"]]) == (
        "Cancelled 1 pending withdrawal(s)", [pending_id],
    )  # fmt: skip
    assert (again["success"], "data" in again, early["success"]) == (True, False, True)
    for order in ("NJD/2026/1", "NJD/2026/2"):
        answer = hold(api, order_id=order)
        assert (answer.status_code, answer.json()["code"]) == (409, "ORDER_WITHDRAWAL_CANCELLED")
    assert api.post(f"{PATH}/cancel-by-order", {}, format="json").json()["error"] == "order_id is required"


def test_one_is_cancelled_or_tried_again_by_id(api: APIClient, customer: Customer) -> None:
    pending_id = hold(api).json()["pending_id"]
    assert api.post(f"{PATH}/{pending_id}/retry").json()["result"]["status"] == "PENDING"
    ended = api.post(f"{PATH}/{pending_id}/cancel", {}, format="json").json()

    assert (ended["data"]["order_id"], ended["data"]["amount"], ended["data"]["last_error"]) == (
        "NJD/2026/1", 70_000, "Cancelled by admin",
    )  # fmt: skip
    for action in ("retry", "cancel", "release"):
        for nobody in ("999999", "9" * 30):
            assert api.post(f"{PATH}/{nobody}/{action}", {}, format="json").status_code == 404


def test_what_was_taken_is_not_cancelled(api: APIClient, customer: Customer) -> None:
    give(api)
    pending_id = hold(api).json()["pending_id"]
    for path in (f"{PATH}/{pending_id}/cancel", f"{PATH}/cancel-by-order"):
        answer = api.post(path, {"order_id": "NJD/2026/1"}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "WITHDRAWAL_ALREADY_TAKEN")


def test_what_is_due_is_processed_on_demand(api: APIClient, customer: Customer) -> None:
    assert api.post(f"{PATH}/process-pending", {}, format="json").json()["processed"] == 0
    hold(api)
    give(api)
    PendingWithdrawal.objects.update(next_attempt_at=timezone.now())

    answer = api.post(f"{PATH}/process-pending", {"limit": 10**20}, format="json").json()

    assert answer["stats"] == {"total": 1, "success": 1, "failed": 0, "retry_later": 0}
    assert api.post(f"{PATH}/process-pending", {"limit": "x"}, format="json").status_code == 400
    runs = JobRun.objects.order_by("pk").values_list("job", "asked_by", "examined", "changed")
    assert list(runs) == [("process-pending-withdrawals", "user-owner", n, n) for n in (0, 1)]


class TestList:
    @pytest.fixture(autouse=True)
    def _three(self, api: APIClient, customer: Customer) -> None:
        for number in (1, 2, 3):
            hold(api, order_id=f"D-{number}")
        PendingWithdrawal.objects.filter(order_id="D-2").update(status="FAILED", last_error="Hết lượt")

    def test_newest_first_by_page_or_cursor(self, api: APIClient) -> None:
        first = api.get(f"{PATH}?limit=2").json()
        second = api.get(f"{PATH}?limit=2&page=2").json()
        third = api.get(f"{PATH}/?limit=2&cursor={first['pagination']['next_cursor']}").json()

        assert [row["order_id"] for row in first["data"] + second["data"]] == ["D-3", "D-2", "D-1"]
        assert third["data"] == second["data"]
        assert (first["pagination"]["total"], first["pagination"]["totalPages"]) == (3, 2)
        row = first["data"][0]
        assert (row["customer_name"], row["phone"], row["amount"]) == ("Chị Hoa", "0909318264", 70_000)

    @pytest.mark.parametrize(
        ("query", "orders"),
        [
            ("status=FAILED", ["D-2"]), ("status=PENDING", ["D-3", "D-1"]), ("phone=0909318264", ["D-3", "D-2", "D-1"]),
            ("phone=0387654321", []), ("status=FAILED&phone=%2B84909318264", ["D-2"]),
        ],
    )  # fmt: skip
    def test_narrowed(self, api: APIClient, query: str, orders: list[str]) -> None:
        answer = api.get(f"{PATH}?{query}").json()

        assert [row["order_id"] for row in answer["data"]] == orders
        assert answer["pagination"]["total"] == len(orders)

    @pytest.mark.parametrize("query", ["status=X", "status='; --", "phone=abc", "page=abc", "limit=1.5", "cursor=abc"])
    def test_garbage_is_refused(self, api: APIClient, query: str) -> None:
        assert api.get(f"{PATH}?{query}").status_code == 400

    def test_a_page_is_two_statements(self, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        with django_assert_num_queries(2):
            api.get(PATH)

    def test_figures(self, api: APIClient) -> None:
        data = api.get(f"{PATH}/stats").json()["data"]

        assert data["by_status"] == {
            "PENDING": {"count": 2, "total_amount": 140_000}, "FAILED": {"count": 1, "total_amount": 70_000},
        }  # fmt: skip
        [failure] = data["recent_failures"]
        assert (failure["order_id"], failure["phone"], failure["last_error"]) == ("D-2", "0909318264", "Hết lượt")
