"""The accountant's verbs of `/api/v2/balance-history`: approve, reject, bulk, reprocess, and the switch."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from banking.models import BankTransfer, MatchStatus
from customers.operations import get_or_create_customer
from n2store.models import Event
from tests.banking.api.conftest import HOA, arrived, asked
from wallets.models import Wallet

PATH = "/api/v2/balance-history"
pytestmark = pytest.mark.django_db


def waiting(phone: str | None = "0909318264", **changes: Any) -> BankTransfer:
    """Send a transfer that waits for the accountant."""
    transfer = arrived(**changes)
    if phone:
        owner, _ = get_or_create_customer(phone=phone, by="lan")
        BankTransfer.objects.filter(pk=transfer.pk).update(
            customer=owner, verification="PENDING_VERIFICATION", match_method="manual_entry"
        )
    transfer.refresh_from_db()
    return transfer


def do(api: APIClient, transfer: BankTransfer | str, verb: str, **body: Any) -> Any:
    id = transfer if isinstance(transfer, str) else transfer.pk
    return api.post(f"{PATH}/{id}/{verb}", body, format="json")


def test_an_approval_lets_the_money_in(accountant: APIClient) -> None:
    transfer = waiting()

    answer = do(accountant, transfer, "approve", verified_by="ai đó", note="đủ", verification_image_url="https://a/b")

    transfer.refresh_from_db()
    assert answer.json() == {
        "success": True, "message": "Đã duyệt và cộng tiền vào ví thành công",
        "data": {
            "transaction_id": transfer.pk, "phone": "0909318264", "amount": 350_000,
            "verification_status": "APPROVED", "verified_by": "user-accountant", "wallet_processed": True,
            "wallet_tx_id": transfer.wallet_transaction_id, "new_balance": 350_000,
        },
    }  # fmt: skip
    assert (transfer.verification_note, transfer.verification_image_url) == ("đủ", "https://a/b")
    assert "transfer.updated" in set(Event.objects.values_list("name", flat=True))  # W35


@pytest.mark.parametrize("address", ["https://a", "HTTP://a.vn:81/b?c=d#e", "/media/2026/a.jpg"])
def test_the_picture_of_an_approval_is_an_address(accountant: APIClient, address: str) -> None:
    transfer = waiting()

    answer = do(accountant, transfer, "approve", verification_image_url=address)

    transfer.refresh_from_db()
    assert (answer.status_code, transfer.verification_image_url) == (200, address)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "x", "https:", "https:///a", "https://a b", "//a/b", "/admin/",
     "/media/", "/media/../admin/", "java\nscript:https://a", "https:\\\\a"],
)  # fmt: skip
def test_what_is_no_address_of_a_picture_approves_nothing(accountant: APIClient, address: str) -> None:
    transfer = waiting()

    answer = do(accountant, transfer, "approve", verification_image_url=address)

    transfer.refresh_from_db()
    assert (answer.status_code, transfer.verification) == (400, "PENDING_VERIFICATION")
    assert answer.json()["error"] == "verification_image_url: must begin with https://, http:// or /media/"


def test_a_second_approval_moves_nothing(accountant: APIClient) -> None:
    transfer = waiting()
    do(accountant, transfer, "approve")

    again = do(accountant, transfer, "approve")

    assert (again.status_code, again.json()["error"]) == (
        400, "Transaction is not pending verification. Current status: APPROVED",
    )  # fmt: skip
    assert Wallet.objects.get().real_vnd == 350_000


def test_what_cannot_be_approved(accountant: APIClient) -> None:
    nobody, rejected, out = waiting(None), waiting(), waiting(None, transferType="out")
    do(accountant, rejected, "reject", reason="sai tiền")

    for transfer, error in (
        (nobody, "Transaction is not linked to any customer. Link customer first."),
        (rejected, "Transaction is not pending verification. Current status: REJECTED"),
        (out, "Not incoming transaction"),
    ):
        answer = do(accountant, transfer, "approve")
        assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert not BankTransfer.objects.filter(wallet_transaction__isnull=False).exists()


@pytest.mark.parametrize("body", [{"rejected_by": "x"}, {"verified_by": "x"}, {}])
def test_a_rejection_needs_nothing_but_a_reason(accountant: APIClient, body: dict[str, str]) -> None:  # W20, W21
    transfer = waiting()
    question = asked(transfer, HOA)

    answer = do(accountant, transfer, "reject", reason=" sai người ", **body)

    assert answer.json() == {
        "success": True, "message": "Đã từ chối giao dịch",
        "data": {
            "transaction_id": transfer.pk, "verification_status": "REJECTED", "verified_by": "user-accountant",
            "reason": "sai người",
        },
    }  # fmt: skip
    transfer.refresh_from_db()
    question.refresh_from_db()
    assert (transfer.verification_note, question.status) == ("REJECTED: sai người", MatchStatus.SKIPPED)


@pytest.mark.parametrize("reason", [None, "", "   "])
def test_a_rejection_without_a_reason(accountant: APIClient, reason: str | None) -> None:
    answer = do(accountant, waiting(), "reject", reason=reason)

    assert (answer.status_code, answer.json()["error"]) == (400, "reason is required for rejection")


def test_a_credited_transfer_is_not_rejected(accountant: APIClient) -> None:
    answer = do(accountant, arrived(content="0909318264 ck"), "reject", reason="sai người")

    assert (answer.status_code, answer.json()["error"]) == (
        400, "Transaction is not pending verification. Current status: AUTO_APPROVED",
    )  # fmt: skip


def test_money_that_never_arrived_is_put_in(accountant: APIClient) -> None:
    transfer, unlinked = waiting(), waiting(None)
    BankTransfer.objects.filter(pk=transfer.pk).update(verification="APPROVED")

    answer = do(accountant, transfer, "reprocess-wallet").json()
    again, nobody = do(accountant, transfer, "reprocess-wallet"), do(accountant, unlinked, "reprocess-wallet")

    transfer.refresh_from_db()
    assert answer == {
        "success": True, "message": "Đã cộng tiền vào ví thành công",
        "data": {
            "transaction_id": transfer.pk, "phone": "0909318264", "amount": 350_000,
            "wallet_tx_id": transfer.wallet_transaction_id, "new_balance": 350_000,
        },
    }  # fmt: skip
    assert (again.status_code, again.json()["error"]) == (400, "Wallet already processed for this transaction")
    assert (nobody.status_code, nobody.json()["error"]) == (
        400, "Transaction is not linked to any customer. Use /link first.",
    )  # fmt: skip


def test_what_waits_or_was_rejected_is_not_put_in(accountant: APIClient) -> None:
    transfer = waiting()

    assert do(accountant, transfer, "reprocess-wallet").status_code == 400
    BankTransfer.objects.filter(pk=transfer.pk).update(verification="REJECTED")
    assert do(accountant, transfer, "reprocess-wallet").status_code == 400
    assert Wallet.objects.get().real_vnd == 0


def test_many_are_approved_each_by_itself(accountant: APIClient) -> None:
    good, nobody, done, rejected = waiting(), waiting(None), waiting(), waiting()
    do(accountant, done, "approve")
    do(accountant, rejected, "reject", reason="sai tiền")
    ids = [good.pk, nobody.pk, done.pk, rejected.pk, 999_999]

    answer = accountant.post(f"{PATH}/bulk-approve", {"transaction_ids": ids, "verified_by": "x"}, format="json")

    assert answer.json() == {
        "success": True, "approved": 1, "failed": 4, "total": 5,
        "results": [
            {"id": good.pk, "success": True, "amount": 350_000, "new_balance": 700_000},
            {"id": nobody.pk, "success": False, "error": "No customer linked"},
            {"id": done.pk, "success": False, "error": "Already processed"},
            {"id": rejected.pk, "success": False, "error": "Status: REJECTED"},
            {"id": 999_999, "success": False, "error": "Not found"},
        ],
    }  # fmt: skip
    good.refresh_from_db()
    assert (good.verification_note, good.verified_by) == ("Bulk approved", "user-accountant")


@pytest.mark.parametrize(
    ("ids", "error"),
    [
        (None, "transaction_ids array is required"), ([], "transaction_ids array is required"),
        ("1", "transaction_ids array is required"), (["x"], "transaction_ids: must hold ids only"),
        ([2**70], "transaction_ids: must hold ids only"), ([[1]], "transaction_ids: must hold ids only"),
        ([1] * 501, "transaction_ids: must be a list of 1 to 500"),
    ],
)  # fmt: skip
def test_ids_are_needed(accountant: APIClient, ids: Any, error: str) -> None:
    answer = accountant.post(f"{PATH}/bulk-approve", {"transaction_ids": ids}, format="json")

    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize("id", ["999999", "abc", "9" * 30, "0", "1%00"])
@pytest.mark.parametrize("verb", ["approve", "reject", "reprocess-wallet", "link", "unlink", "resolve-match"])
def test_an_unknown_transfer_is_a_404(accountant: APIClient, id: str, verb: str) -> None:
    answer = do(accountant, id, verb, reason="sai tiền", phone="0909318264")

    assert (answer.status_code, answer.json()["error"], answer.json()["code"]) == (
        404, "Transaction not found", "TRANSFER_NOT_FOUND",
    )  # fmt: skip


@pytest.mark.parametrize("verb", ["approve", "reject", "reprocess-wallet"])
def test_customer_care_lets_no_money_in(care: APIClient, verb: str) -> None:  # W8
    transfer = waiting()

    answer = do(care, transfer, verb, reason="sai tiền")
    bulk = care.post(f"{PATH}/bulk-approve", {"transaction_ids": [transfer.pk]}, format="json")

    assert (answer.status_code, bulk.status_code) == (403, 403)
    transfer.refresh_from_db()
    assert transfer.verification == "PENDING_VERIFICATION"


def test_the_switch_stops_the_next_transfer(accountant: APIClient) -> None:  # W31
    path = f"{PATH}/settings/auto-approve"
    on = accountant.get(path).json()
    off = accountant.put(path, {"enabled": False, "updated_by": "x"}, format="json").json()
    told_off = accountant.get(path).json()
    transfer = arrived(content="0909318264 ck")
    on_again = accountant.put(path, {"enabled": True}, format="json").json()

    assert on == {
        "success": True, "enabled": True, "description": "Đang BẬT - GD QR/SĐT chính xác/1 KH khớp tự động cộng ví",
    }  # fmt: skip
    assert off == {
        "success": True, "enabled": False, "message": "Đã TẮT tự động duyệt - Tất cả GD cần kế toán duyệt",
    }  # fmt: skip
    assert told_off == {
        "success": True, "enabled": False, "description": "Đang TẮT - Tất cả GD cần kế toán duyệt trước khi cộng ví",
    }  # fmt: skip
    assert on_again["message"] == "Đã BẬT tự động duyệt - GD QR/SĐT chính xác sẽ tự cộng ví"
    assert (transfer.verification, transfer.wallet_transaction_id) == ("PENDING_VERIFICATION", None)


@pytest.mark.parametrize("enabled", [None, "true", 1, [], {}])
def test_the_switch_is_a_boolean(accountant: APIClient, enabled: Any) -> None:
    answer = accountant.put(f"{PATH}/settings/auto-approve", {"enabled": enabled}, format="json")

    assert (answer.status_code, answer.json()["error"]) == (400, "enabled must be boolean")


def test_customer_care_turns_no_switch(care: APIClient) -> None:
    assert care.put(f"{PATH}/settings/auto-approve", {"enabled": False}, format="json").status_code == 403
    assert care.get(f"{PATH}/settings/auto-approve").json()["enabled"] is True
