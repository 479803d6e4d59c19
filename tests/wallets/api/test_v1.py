"""`/api/wallet`: the words of the shop's existing pages."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils.dateparse import parse_datetime
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store.models import JobRun
from n2store.roles import Role
from wallets.models import Transaction, VirtualCredit, Wallet

WALLET = "/api/wallet/0909318264"


def post(api: APIClient, action: str, **body: Any) -> Any:
    answer = api.post(f"{WALLET}/{action}", body, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]


def test_a_deposit_tells_what_came_in_and_what_there_is(api: APIClient, customer: Customer) -> None:
    assert post(api, "deposit", amount="150000", note="Tiền mặt") == {
        "phone": "0909318264", "deposited": 150_000, "newBalance": 150_000,
    }  # fmt: skip
    row = Transaction.objects.get()
    assert (row.source, row.note, row.actor) == ("MANUAL_ADJUSTMENT", "Tiền mặt", "user-owner")


@pytest.mark.parametrize("source", ["BANK_TRANSFER", "RETURN_GOODS", "MANUAL_ADJUSTMENT"])
def test_a_deposit_keeps_its_source(api: APIClient, customer: Customer, source: str) -> None:
    post(api, "deposit", amount=1_000, source=source, reference_id=77)

    row = Transaction.objects.get()
    assert (row.source, row.reference_id) == (source, "77")


@pytest.mark.parametrize("order_id", [None, "", "MANUAL"])
def test_a_withdrawal_by_hand_names_no_order(api: APIClient, customer: Customer, order_id: str | None) -> None:
    post(api, "deposit", amount=10_000)
    told = post(api, "withdraw", amount=4_000, order_id=order_id)

    assert {k: v for k, v in told.items() if k != "transactionId"} == {
        "phone": "0909318264", "requested": 4_000, "virtualUsed": 0, "realUsed": 4_000, "totalUsed": 4_000,
        "newBalance": 6_000, "newVirtualBalance": 0,
    }  # fmt: skip


@pytest.mark.parametrize("note", [{"note": "Bù hàng"}, {}])
def test_credit_is_told_as_the_lot_it_is(api: APIClient, customer: Customer, note: dict[str, str]) -> None:
    told = post(api, "virtual-credit", amount=30_000, source_id="TV-1", **note)

    lot = VirtualCredit.objects.get()
    wallet = api.get(WALLET).json()["data"]
    [listed] = wallet["virtualCredits"]
    assert told["newVirtualBalance"] == wallet["virtual_balance"] == 30_000
    answered = told["virtualCredit"]
    assert abs(parse_datetime(answered.pop("issued_at")) - lot.issued_at) < timedelta(seconds=1)
    assert {name: listed[name] for name in answered} == answered
    assert (listed["id"], listed["original_amount"], listed["remaining_amount"]) == (lot.pk, 30_000, 30_000)
    assert (listed["source_type"], listed["source_id"], listed["created_by"]) == (
        "RETURN_SHIPPER", "TV-1", "user-owner",
    )  # fmt: skip
    assert (listed["days_left"], listed["used_in_orders"]) == (15, [])


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("ADMIN_ISSUE", "COMPENSATION"), ("PROMOTION", "PROMOTION"), ("COMPENSATION", "COMPENSATION")],
)
def test_what_the_old_page_calls_admin_issue_is_compensation(
    api: APIClient, customer: Customer, sent: str, kept: str
) -> None:
    post(api, "virtual-credit", amount=30_000, source_type=sent, expiry_days="30")

    lot = VirtualCredit.objects.get()
    assert (lot.source_type, (lot.expires_at - lot.issued_at).days) == (kept, 30)


def test_a_lot_tells_in_which_orders_it_was_used(api: APIClient, customer: Customer) -> None:
    post(api, "virtual-credit", amount=30_000)
    post(api, "withdraw", amount=10_000, order_id="D-1")
    post(api, "withdraw", amount=5_000, order_id="D-2")
    back = Transaction.objects.get(reference_id="D-2")
    api.post(f"/api/v2/wallets/transactions/{back.pk}/reverse", {"reason": "Hủy đơn"}, format="json")

    [lot] = api.get(WALLET).json()["data"]["virtualCredits"]

    assert [(use["orderId"], use["amount"]) for use in lot["used_in_orders"]] == [("D-1", 10_000)]
    assert lot["original_amount"] == lot["remaining_amount"] + 10_000


def test_a_wallet_is_one_statement_with_numbers_and_instants_in_utc(
    api: APIClient, customer: Customer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    post(api, "deposit", amount=10_000)
    post(api, "virtual-credit", amount=30_000)
    with django_assert_num_queries(1):
        wallet = api.get("/api/wallet/+84909318264").json()["data"]

    assert [wallet[name] for name in ("balance", "virtual_balance", "total", "total_deposited")] == [
        10_000, 30_000, 40_000, 10_000,
    ]  # fmt: skip
    assert (wallet["id"], wallet["customer_id"], wallet["phone"]) == (
        Wallet.objects.get().pk, customer.pk, "0909318264",
    )  # fmt: skip
    assert wallet["updated_at"].endswith("Z")


@pytest.mark.parametrize("path", ["/api/wallet/0909318264", "/api/v2/wallets/0909318264"])
def test_a_valid_phone_of_nobody_has_an_empty_wallet(api: APIClient, path: str) -> None:
    answer = api.get(path)

    assert (answer.status_code, answer.json()["data"]) == (
        200,
        {
            "phone": "0909318264", "balance": 0, "virtual_balance": 0, "virtualBalance": 0, "total": 0,
            "virtualCredits": [],
        },
    )  # fmt: skip


@pytest.mark.parametrize("phone", ["abc", "12", "0", "090931826400", "a'b"])
def test_what_is_no_phone_is_refused(api: APIClient, phone: str) -> None:
    answer = api.get(f"/api/wallet/{phone}")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PHONE")


class TestBatchSummary:
    PATH = "/api/wallet/batch-summary"

    def test_every_phone_is_there_with_zeros_for_nobody(self, api: APIClient, customer: Customer) -> None:
        post(api, "deposit", amount=10_000)
        phones = ["0909318264", "0387654321", "không", 912345678]
        data = api.post(self.PATH, {"phones": phones}, format="json").json()["data"]

        zeros = {"balance": 0, "virtualBalance": 0, "total": 0}
        assert data == {
            "0909318264": {"customer_id": customer.pk, "balance": 10_000, "virtualBalance": 0, "total": 10_000},
            "0387654321": zeros, "không": zeros, "0912345678": zeros,
        }  # fmt: skip

    def test_five_hundred_are_one_statement(
        self, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        phones = [get_or_create_customer(phone=f"09{n:08}", by="test")[0].phone for n in range(12345678, 12345698)]
        phones += [f"0387{n:06}" for n in range(480)]
        api.get(WALLET)  # The login.
        with django_assert_num_queries(1):
            data = api.post(self.PATH, {"phones": phones}, format="json").json()["data"]

        assert len(data) == 500

    @pytest.mark.parametrize(
        "body",
        [
            {}, {"phones": None}, {"phones": []}, {"phones": "0909318264"}, {"phones": [["x"]]}, {"phones": [None]},
            {"phones": [1.5]}, {"phones": [True]}, {"phones": ["0909318264"] * 501}, {"phones": {"a": 1}},
            {"phones": ["\ud800"]}, {"phones": ["0909318264", "a\0"]},
        ],
        ids=lambda body: str(body)[:40],
    )  # fmt: skip
    @pytest.mark.parametrize("path", [PATH, "/api/v2/wallets/batch-summary"])
    def test_what_is_no_list_is_refused(self, api: APIClient, body: dict[str, Any], path: str) -> None:
        assert api.post(path, json.dumps(body), content_type="application/json").status_code == 400


@pytest.mark.parametrize("path", ["/api/wallet/cron/expire", "/api/v2/wallets/cron/expire"])
class TestExpire:
    def test_what_has_run_out_ends_and_is_told(self, api: APIClient, customer: Customer, path: str) -> None:
        for key in ("a", "b"):
            api.post(f"{WALLET}/virtual-credit", {"amount": 30_000}, format="json", headers={"Idempotency-Key": key})
        VirtualCredit.objects.filter(pk=VirtualCredit.objects.first().pk).update(expires_at="2026-01-01T00:00:00Z")

        answers = [api.post(path).json()["data"] for _ in range(2)]

        assert answers == [
            {"expiredCount": 1, "totalExpiredAmount": 30_000}, {"expiredCount": 0, "totalExpiredAmount": 0},
        ]  # fmt: skip
        assert Wallet.objects.get().virtual_vnd == 30_000

    def test_the_diary_of_jobs_says_who_asked(self, api: APIClient, customer: Customer, path: str) -> None:
        api.post(f"{WALLET}/virtual-credit", {"amount": 30_000}, format="json")
        VirtualCredit.objects.update(expires_at="2026-01-01T00:00:00Z")

        api.post(path)

        run = JobRun.objects.get()
        assert (run.job, run.asked_by, run.changed, run.error) == ("expire-credits", "user-owner", 1, "")

    def test_it_is_for_those_who_handle_credit(self, as_role: Any, path: str) -> None:
        assert as_role(Role.CUSTOMER_CARE).post(path).status_code == 403
        assert as_role(Role.ACCOUNTANT).post(path).status_code == 200
