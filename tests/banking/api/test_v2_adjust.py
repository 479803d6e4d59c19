"""`/api/v2/balance-history/<id>/can-adjust` and `/adjust`: the money of a credited transfer put right."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from banking.models import BankTransfer
from tests.banking.api.conftest import arrived
from wallets.models import Transaction, Wallet
from wallets.operations import withdraw

PATH = "/api/v2/balance-history"
REASON = "Chuyển nhầm khách hàng"
pytestmark = pytest.mark.django_db


def adjust(api: APIClient, transfer: BankTransfer | str, **body: Any) -> Any:
    id = transfer if isinstance(transfer, str) else transfer.pk
    return api.post(f"{PATH}/{id}/adjust", {"adjustment_type": "debit_only", "reason": REASON} | body, format="json")


def can(api: APIClient, transfer: BankTransfer) -> Any:
    return api.get(f"{PATH}/{transfer.pk}/can-adjust").json()


@pytest.fixture
def credited() -> BankTransfer:
    """Return a transfer of 350,000 in Hoa's wallet."""
    return arrived(content="0909318264 ck")


def spend(transfer: BankTransfer, amount_vnd: int) -> None:
    assert transfer.customer is not None
    withdraw(
        customer=transfer.customer, amount_vnd=amount_vnd, key="spend", at=timezone.now(), by="lan", note="",
        reference=("order", "NJD1"),
    )  # fmt: skip


def balance(phone: str) -> int:
    return Wallet.objects.get(customer__phone=phone).real_vnd


def test_a_credited_transfer_can_be_adjusted(viewer: APIClient, credited: BankTransfer) -> None:
    told = can(viewer, credited)

    assert told["transaction"].pop("verified_at").endswith("+07:00")
    assert told == {
        "success": True, "canAdjust": True, "reason": "",
        "transaction": {
            "id": credited.pk, "amount": 350_000, "phone": "0909318264", "customer_name": "Khách hàng mới",
            "verified_by": None, "transaction_code": None, "content": "0909318264 ck",
        },
        "wallet": {"current_balance": 350_000, "deposited_amount": 350_000, "used_amount": 0, "can_withdraw": True},
        "hasWithdrawals": False, "hasAdjustment": False,
    }  # fmt: skip


def test_what_stands_against_it(accountant: APIClient, credited: BankTransfer) -> None:
    nobody, spent, adjusted = arrived(), arrived(content="0387654321 ck"), arrived(content="0905000111 ck")
    spend(spent, 1)
    adjust(accountant, adjusted)

    told = [can(accountant, transfer) for transfer in (nobody, spent, adjusted)]

    assert [(one["canAdjust"], one["reason"]) for one in told] == [
        (False, "Giao dịch chưa được cộng vào ví, không cần điều chỉnh"),
        (False, "Khách hàng đã có giao dịch rút/thanh toán sau khi nạp tiền. Liên hệ Admin để cộng/trừ riêng lẻ."),
        (False, "Giao dịch này đã được điều chỉnh trước đó."),
    ]
    assert ["wallet" in one for one in told] == [False, True, True]
    assert (told[1]["hasWithdrawals"], told[2]["hasAdjustment"]) == (True, True)


def test_money_is_taken_back(accountant: APIClient, credited: BankTransfer) -> None:
    answer = adjust(accountant, credited, performed_by="x").json()

    assert answer == {
        "success": True, "message": "Đã trừ 350,000đ từ ví 0909318264",
        "adjustments": [{"type": "DEBIT", "phone": "0909318264", "amount": -350_000}],
        "original_transaction_id": credited.pk,
    }  # fmt: skip
    assert balance("0909318264") == 0
    assert accountant.get(f"{PATH}/accountant/stats").json()["stats"]["adjustmentsToday"] == 1


def test_money_is_given_to_the_right_customer(accountant: APIClient, credited: BankTransfer) -> None:
    answer = adjust(
        accountant, credited, adjustment_type="transfer_to_correct", correct_customer_phone="+84 387 654 321"
    ).json()

    assert answer["message"] == "Đã điều chỉnh 350,000đ từ 0909318264 sang 0387654321"
    assert answer["adjustments"] == [
        {"type": "DEBIT", "phone": "0909318264", "amount": -350_000},
        {"type": "CREDIT", "phone": "0387654321", "amount": 350_000},
    ]
    assert (balance("0909318264"), balance("0387654321")) == (0, 350_000)


def test_a_part_is_corrected(accountant: APIClient, credited: BankTransfer) -> None:
    answer = adjust(accountant, credited, adjustment_type="amount_correction", amount="50000").json()

    assert answer["adjustments"] == [{"type": "DEBIT", "phone": "0909318264", "amount": -50_000}]
    assert balance("0909318264") == 300_000


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"reason": "ngắn"}, "Lý do điều chỉnh phải có ít nhất 10 ký tự"),
        ({"reason": None}, "Lý do điều chỉnh phải có ít nhất 10 ký tự"),
        (
            {"adjustment_type": "xoá"},
            "Loại điều chỉnh không hợp lệ. Cho phép: debit_only, transfer_to_correct, amount_correction",
        ),
        ({"adjustment_type": "transfer_to_correct"}, "Thiếu SĐT khách hàng đúng"),
        ({"adjustment_type": "transfer_to_correct", "correct_customer_phone": "abc"}, "Invalid phone number"),
        ({"amount": "ba"}, "amount: must be a whole number of dong"),
        ({"amount": 0.5}, "amount: must be a whole number of dong"),
        ({"amount": []}, "amount: must be a whole number of dong"),
        ({"amount": 2**70}, "amount: must be a whole number of dong"),
        ({"amount": 0}, ...),  # W40
        ({"amount": -5_000}, ...),
        ({"amount": 350_001}, ...),
        ({"adjustment_type": "transfer_to_correct", "correct_customer_phone": "0909318264"}, ...),
    ],
)
def test_a_bad_adjustment_moves_nothing(accountant: APIClient, credited: BankTransfer, body: Any, error: Any) -> None:
    answer = adjust(accountant, credited, **body)

    assert answer.status_code == 400, answer.json()
    if error is not ...:
        assert answer.json()["error"] == error
    assert Transaction.objects.count() == 1


def test_what_cannot_be_adjusted(accountant: APIClient) -> None:
    nobody, spent, adjusted = arrived(), arrived(content="0387654321 ck"), arrived(content="0905000111 ck")
    spend(spent, 1)
    adjust(accountant, adjusted)

    for transfer, error in (
        (nobody, "Giao dịch chưa được cộng vào ví, không thể điều chỉnh"),
        (spent, "Khách hàng đã có giao dịch rút/thanh toán. Liên hệ Admin để điều chỉnh thủ công."),
        (adjusted, "Giao dịch này đã được điều chỉnh trước đó"),
    ):
        answer = adjust(accountant, transfer)
        assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize("id", ["999999", "abc", "9" * 30, "1%00"])
def test_an_unknown_transfer_is_a_404(accountant: APIClient, id: str) -> None:
    looked, done = accountant.get(f"{PATH}/{id}/can-adjust"), adjust(accountant, id)

    for answer in (looked, done):
        assert (answer.status_code, answer.json()["error"]) == (404, "Không tìm thấy giao dịch")


def test_customer_care_adjusts_nothing(care: APIClient, credited: BankTransfer) -> None:
    assert adjust(care, credited).status_code == 403
    assert balance("0909318264") == 350_000
