"""`/api/sepay/transaction/<id>/…` and `/batch-update-phones`: what people do with single transfers."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from banking.models import BankTransfer, Decision
from customers.models import Customer
from n2store.models import AuditLog, Event
from tests.banking.api.conftest import HOA, LAN, arrived, asked
from wallets.models import Wallet

PATH = "/api/sepay/transaction"
pytestmark = pytest.mark.django_db


def give(api: APIClient, transfer: BankTransfer | str, **body: Any) -> Any:
    id = transfer if isinstance(transfer, str) else transfer.pk
    return api.put(f"{PATH}/{id}/phone", {"phone": "+84 909 318 264"} | body, format="json")


def test_the_accountants_phone_lets_the_money_in(accountant: APIClient) -> None:
    transfer = arrived()

    told = give(accountant, transfer, name="Chị Hoa", entered_by="ai đó").json()

    data = told.pop("data")
    assert told == {
        "success": True, "old_phone": None, "new_phone": "0909318264", "customer_name": "Chị Hoa",
        "tpos_lookup": "failed", "is_manual_entry": False, "requires_approval": False,
        "verification_status": "APPROVED", "wallet_credited": True, "wallet_amount": 350_000, "new_balance": 350_000,
    }  # fmt: skip
    transfer.refresh_from_db()
    assert data["wallet_tx_id"] == data["wallet_transaction_id"] == transfer.wallet_transaction_id
    assert (data["verification_status"], data["match_method"], data["verified_by"], data["linked_customer_phone"]) == (
        "APPROVED", "manual_link", "user-accountant", "0909318264",
    )  # fmt: skip
    assert data["verification_note"].startswith("Auto-approved by accountant user-accountant at 20")
    assert data["verified_at"].endswith("+07:00")
    names = list(Event.objects.values_list("name", flat=True))  # W35
    assert "transfer.matched" in names
    assert AuditLog.objects.filter(subject=f"transfer:{transfer.pk}", actor="user-accountant").exists()  # W38
    assert Decision.objects.filter(transfer=transfer, actor="user-accountant").exists()


def test_all_of_a_transfer_is_told(accountant: APIClient) -> None:
    data = give(accountant, arrived()).json()["data"]

    assert list(data) == [
        "id", "sepay_id", "gateway", "transaction_date", "account_number", "code", "content", "transfer_type",
        "transfer_amount", "accumulated", "sub_account", "reference_code", "description", "created_at", "debt_added",
        "is_hidden", "linked_customer_phone", "match_method", "verification_status", "verified_by", "verified_at",
        "wallet_processed", "wallet_tx_id", "wallet_transaction_id", "customer_id", "display_name", "customer_phone",
        "customer_name", "verification_note", "verification_image_url", "ts_checked", "ts_verified", "ts_notes",
    ]  # fmt: skip


def test_a_correction_keeps_note_and_picture(accountant: APIClient) -> None:
    noted = give(
        accountant, arrived(), is_accountant_correction=True, note="xem ảnh", verification_image_url="https://a/b"
    )
    silent = give(accountant, arrived(id=2), is_accountant_correction=True)

    data = noted.json()["data"]
    assert (data["verification_note"], data["verification_image_url"]) == ("xem ảnh", "https://a/b")
    assert silent.json()["data"]["verification_note"] == "Thay đổi SĐT bởi user-accountant"


@pytest.mark.parametrize(
    ("who", "body"),
    [
        ("accountant", {"is_manual_entry": True}),
        ("care", {}),
        ("care", {"is_accountant_correction": True, "note": "x"}),
    ],
)
def test_a_manual_entry_waits_and_whoever_may_not_approve_makes_one(
    request: pytest.FixtureRequest, who: str, body: dict[str, Any]
) -> None:
    transfer = arrived()

    told = give(request.getfixturevalue(who), transfer, **body).json()

    assert [told[name] for name in ("is_manual_entry", "requires_approval", "wallet_credited", "wallet_amount")] == [
        True, True, False, None,
    ]  # fmt: skip
    data = told["data"]
    assert (data["match_method"], data["verification_status"], data["wallet_processed"]) == (
        "manual_entry", "PENDING_VERIFICATION", False,
    )  # fmt: skip
    assert data["verification_note"].startswith(f"Manual entry by user-{'customer_care' if who == 'care' else who} at ")
    assert Wallet.objects.get(customer__phone="0909318264").real_vnd == 0


def test_an_owner_without_money_is_changed_and_the_old_one_told(accountant: APIClient, care: APIClient) -> None:
    transfer = arrived()
    asked(transfer, HOA, LAN)
    give(care, transfer)

    told = give(accountant, transfer, phone="0387654321").json()

    assert (told["old_phone"], told["new_phone"], told["wallet_credited"]) == ("0909318264", "0387654321", True)
    assert Wallet.objects.get(customer__phone="0909318264").real_vnd == 0


def test_a_credited_transfer_keeps_its_owner(accountant: APIClient) -> None:
    transfer = arrived(content="0909318264 ck")

    answer = give(accountant, transfer, phone="0387654321")

    told = answer.json()
    assert (answer.status_code, told["error"]) == (
        400, "Không thể đổi SĐT - Giao dịch đã được cộng vào ví khách hàng",
    )  # fmt: skip
    assert told["details"].pop("suggestion")
    assert told["details"] == {"transaction_id": transfer.pk, "current_phone": "0909318264", "wallet_processed": True}
    assert not Customer.objects.filter(phone="0387654321").exists()


@pytest.mark.parametrize(
    ("id", "body", "status", "error"),
    [
        ("abc", {}, 400, "Invalid transaction ID"),
        ("9" * 30, {}, 400, "Invalid transaction ID"),
        ("0", {}, 400, "Invalid transaction ID"),
        ("999999", {}, 404, "Transaction not found"),
        ("", {"phone": ""}, 400, "Phone number is required"),
        ("", {"phone": None}, 400, "Phone number is required"),
        ("", {"phone": "abc"}, 400, "Invalid phone number"),  # W6
        ("", {"phone": "0909318264\0"}, 400, "phone: holds characters that cannot be stored"),
        ("", {"phone": ["0909318264"]}, 400, "phone: must be a text"),
        ("", {"is_manual_entry": "yes"}, 400, "is_manual_entry: must be true or false"),
        ("", {"name": "x" * 256}, 400, "name: must be at most 255 characters"),
        (
            "",
            {"is_accountant_correction": True, "verification_image_url": "x" * 501},
            400,
            "verification_image_url: must be at most 500 characters",
        ),
        (
            "",
            {"is_accountant_correction": True, "verification_image_url": "javascript:alert(1)"},
            400,
            "verification_image_url: must begin with https://, http:// or /media/",
        ),
    ],
)
def test_a_bad_entry_changes_nothing(
    accountant: APIClient, id: str, body: dict[str, Any], status: int, error: str
) -> None:
    transfer = arrived()

    answer = give(accountant, id or transfer, **body)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    transfer.refresh_from_db()
    assert (transfer.customer, transfer.verification) == (None, "PENDING")


def test_money_that_went_out_and_what_was_rejected_are_nobodys(accountant: APIClient) -> None:  # W5, W6
    out, rejected = arrived(transferType="out"), arrived()
    BankTransfer.objects.filter(pk=rejected.pk).update(verification="REJECTED")

    for transfer, error in (
        (out, "Not incoming transaction"),
        (rejected, "Transaction is not pending verification. Current status: REJECTED"),
    ):
        answer = give(accountant, transfer)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert BankTransfer.objects.filter(customer=None).count() == 2


def test_a_row_is_hidden_and_shown(care: APIClient) -> None:
    transfer = arrived()

    for hidden in (True, True, False):
        answer = care.put(f"{PATH}/{transfer.pk}/hidden", {"hidden": hidden}, format="json")
        assert answer.json() == {"success": True, "data": {"id": transfer.pk, "is_hidden": hidden}}


@pytest.mark.parametrize("hidden", [None, "true", 1, [], {}])
def test_hidden_is_a_boolean(care: APIClient, hidden: Any) -> None:
    answer = care.put(f"{PATH}/{arrived().pk}/hidden", {"hidden": hidden}, format="json")

    assert (answer.status_code, answer.json()["error"]) == (400, "hidden must be a boolean")


@pytest.mark.parametrize(
    ("id", "status", "error"), [("x", 400, "Invalid transaction ID"), ("999999", 404, "Transaction not found")]
)
def test_hiding_nothing(care: APIClient, id: str, status: int, error: str) -> None:
    answer = care.put(f"{PATH}/{id}/hidden", {"hidden": True}, format="json")

    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_row_gets_a_name_and_its_owner_an_alias(care: APIClient) -> None:
    transfer = arrived(content="0909318264 ck")

    answer = care.put(
        f"{PATH}/{transfer.pk}/display-name", {"display_name": " Hoa NT ", "add_to_aliases": True}, format="json"
    )

    assert answer.json() == {"success": True, "transaction_id": transfer.pk, "display_name": "Hoa NT"}
    [row] = care.get("/api/sepay/history").json()["data"]
    assert (row["customer_name"], row["customer_aliases"]) == ("Hoa NT", ["Hoa NT"])


@pytest.mark.parametrize(
    ("id", "body", "status", "error"),
    [
        ("", {}, 400, "Display name is required"),
        ("", {"display_name": "  "}, 400, "Display name is required"),
        ("", {"display_name": {}}, 400, "display_name: must be a text"),
        ("", {"display_name": "x" * 256}, 400, "display_name: must be at most 255 characters"),
        ("x", {"display_name": "a"}, 404, "Transaction not found"),
        ("999999", {"display_name": "a"}, 404, "Transaction not found"),
    ],
)
def test_bad_names(care: APIClient, id: str, body: dict[str, Any], status: int, error: str) -> None:
    answer = care.put(f"{PATH}/{id or arrived().pk}/display-name", body, format="json")

    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("what", ["phone", "hidden", "display-name"])
def test_who_only_looks_changes_nothing(viewer: APIClient, what: str) -> None:
    transfer = arrived()
    body = {"phone": "0909318264", "hidden": True, "display_name": "x"}

    answer = viewer.put(f"{PATH}/{transfer.pk}/{what}", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")
    transfer.refresh_from_db()
    assert (transfer.customer, transfer.is_hidden, transfer.display_name) == (None, False, "")


def test_transfers_without_an_owner_are_matched_again(api: APIClient) -> None:  # W28, W37
    found, nothing, open_question = arrived(), arrived(), arrived()
    BankTransfer.objects.filter(pk=found.pk).update(content="0909318264 ck")
    asked(open_question, HOA, LAN)

    told = api.post("/api/sepay/batch-update-phones", {"limit": 10, "force": False}, format="json").json()

    data = told["data"]
    assert told["message"] == (
        f"Batch update completed: {data['success']} success, {data['pending_matches']} pending matches,"
        f" {data['not_found']} not found, {data['skipped']} skipped, {data['failed']} failed"
    )
    assert (data["success"], data["failed"]) == (1, 0)
    assert data["total"] == data["processed"] == len(data["details"])
    by_id = {row["transaction_id"]: row for row in data["details"]}
    success = by_id[found.pk]
    assert (success["status"], success["method"], success["phone"]) == ("success", "exact_phone", "0909318264")
    assert by_id[nothing.pk]["status"] in {"not_found", "skipped"}
    assert open_question.matches.count() == 1


@pytest.mark.parametrize("body", [{"limit": "x"}, {"limit": []}, {"force": "yes"}, []])
def test_a_bad_batch_is_a_400(api: APIClient, body: Any) -> None:
    assert api.post("/api/sepay/batch-update-phones", body, format="json").status_code == 400
