"""`/api/v2/balance-history/<id>/link`, `/unlink` and `/resolve-match`: who owns a transfer."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from banking.models import BankTransfer
from customers.models import Customer
from customers.tasks import fill_from_tpos
from n2store.models import Event
from n2store.simulator.tpos import partner
from tests.banking.api.conftest import HOA, LAN, arrived, asked
from tests.factories.tpos import playing_tpos
from wallets.models import Transaction, Wallet

PATH = "/api/v2/balance-history"
pytestmark = pytest.mark.django_db


def do(api: APIClient, transfer: BankTransfer, verb: str, **body: Any) -> Any:
    return api.post(f"{PATH}/{transfer.pk}/{verb}", body, format="json")


def test_a_link_without_a_word_on_money_moves_none(accountant: APIClient) -> None:  # W20
    transfer = arrived()

    answer = do(accountant, transfer, "link", phone="+84 909 318 264", customer_name="Chị Hoa")

    owner = Customer.objects.get()
    assert answer.json() == {
        "success": True, "message": "Đã liên kết giao dịch với khách hàng",
        "data": {
            "transaction_id": transfer.pk, "customer_id": owner.pk, "customer_name": "Chị Hoa",
            "phone": "0909318264", "tpos_id": None, "verification_status": "PENDING_VERIFICATION", "deposit": None,
        },
    }  # fmt: skip
    transfer.refresh_from_db()
    assert (transfer.match_method, transfer.wallet_transaction_id) == ("manual_entry", None)


def test_a_link_deposits_at_once_for_who_may_approve(accountant: APIClient) -> None:
    transfer = arrived()

    data = do(accountant, transfer, "link", phone="0909318264", auto_deposit=True).json()["data"]

    transfer.refresh_from_db()
    assert data["deposit"] == {
        "deposited": True, "amount": 350_000, "walletTxId": transfer.wallet_transaction_id, "requires_approval": False,
    }  # fmt: skip
    assert (data["verification_status"], transfer.match_method) == ("APPROVED", "manual_link")
    assert Wallet.objects.get().real_vnd == 350_000


@pytest.mark.django_db(transaction=True)
def test_a_link_to_a_new_phone_makes_a_customer_whom_tpos_fills_in_and_is_announced(accountant: APIClient) -> None:
    transfer = arrived()
    with playing_tpos() as book:
        book.partners = [partner(5011, "0909318264")]

        data = do(accountant, transfer, "link", phone="0909318264", auto_deposit=True).json()["data"]
        fill_from_tpos()

    owner = Customer.objects.get()
    assert (data["customer_id"], owner.tpos_id, owner.name) == (owner.pk, "5011", "Chị Hoa")
    assert Wallet.objects.get(customer=owner).real_vnd == 350_000
    told = {event.name: event for event in Event.objects.order_by("id")}
    assert told["transfer.matched"].payload["customer_phone"] == "0909318264"
    assert "wallet:0909318264" in told["wallet.deposit"].topics


def test_a_link_of_customer_care_waits_whatever_it_asks(care: APIClient) -> None:
    data = do(care, arrived(), "link", phone="0909318264", auto_deposit=True).json()["data"]

    assert data["deposit"] == {
        "deposited": False, "requires_approval": True,
        "message": "Giao dịch nhập tay cần kế toán duyệt trước khi nạp ví",
    }  # fmt: skip
    assert not Transaction.objects.exists()


def test_a_link_answers_the_open_question(accountant: APIClient) -> None:
    transfer = arrived()
    question = asked(transfer, HOA, LAN)

    do(accountant, transfer, "link", phone="0909318264")

    question.refresh_from_db()
    assert question.status == "resolved"


def test_a_link_is_not_moved(accountant: APIClient) -> None:
    waiting, credited = arrived(), arrived(content="0909318264 ck")
    do(accountant, waiting, "link", phone="0909318264")

    linked = do(accountant, waiting, "link", phone="0387654321")
    paid = do(accountant, credited, "link", phone="0387654321")

    assert (linked.status_code, linked.json()["error"], linked.json()["linked_to"]) == (
        400, "Transaction already linked", "0909318264",
    )  # fmt: skip
    assert (paid.status_code, paid.json()["error"]) == (
        400, "Không thể link lại - Giao dịch đã được cộng vào ví khách hàng",
    )  # fmt: skip
    assert (paid.json()["current_linked_to"], paid.json()["wallet_processed"]) == ("0909318264", True)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "Phone is required"), ({"phone": ""}, "Phone is required"), ({"phone": "abc"}, "Invalid phone number"),
        ({"phone": {}}, "phone: must be a text"), ({"phone": "\0"}, "phone: holds characters that cannot be stored"),
        ({"phone": "0909318264", "auto_deposit": "yes"}, "auto_deposit: must be true or false"),
        ({"phone": "0909318264", "customer_name": "x" * 256}, "customer_name: must be at most 255 characters"),
    ],
)  # fmt: skip
def test_bad_links(accountant: APIClient, body: dict[str, Any], error: str) -> None:
    answer = do(accountant, arrived(), "link", **body)

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert not Customer.objects.exists()


def test_an_unlinked_transfer_is_as_if_nobody_had_been_found(care: APIClient) -> None:  # W22
    transfer = arrived()
    do(care, transfer, "link", phone="0909318264")

    answer = do(care, transfer, "unlink")
    again = do(care, transfer, "unlink")

    assert answer.json() == {
        "success": True, "message": "Đã hủy liên kết giao dịch",
        "data": {"transaction_id": transfer.pk, "previous_phone": "0909318264", "reversed_amount": 0},
    }  # fmt: skip
    transfer.refresh_from_db()
    assert (transfer.customer, transfer.match_method, transfer.verification) == (None, "", "PENDING")
    [row] = care.get("/api/sepay/history").json()["data"]
    assert (row["match_method"], row["verification_status"], row["debt_added"]) == (None, "PENDING", False)
    assert (again.status_code, again.json()["error"]) == (400, "Transaction is not linked to any customer")


def test_a_credited_transfer_is_not_unlinked(accountant: APIClient) -> None:
    answer = do(accountant, arrived(content="0909318264 ck"), "unlink")

    told = answer.json()
    assert (answer.status_code, told["error"]) == (
        400, "Không thể hủy liên kết - Giao dịch đã được cộng vào ví khách hàng",
    )  # fmt: skip
    assert (told["wallet_processed"], told["linked_customer_phone"], bool(told["suggestion"])) == (
        True,
        "0909318264",
        True,
    )


def test_the_owner_is_chosen_and_waits_for_the_accountant(care: APIClient) -> None:  # W20
    transfer = arrived()
    asked(transfer, HOA, LAN)

    answer = do(care, transfer, "resolve-match", phone="0909318264", performed_by="x")

    owner = Customer.objects.get(phone="0909318264")
    transfer.refresh_from_db()
    assert answer.json() == {
        "success": True, "message": "Đã chọn khách hàng, chờ kế toán duyệt",
        "data": {
            "transaction_id": transfer.pk, "phone": "0909318264", "customer_id": owner.pk, "customer_name": owner.name,
            "verification_status": "PENDING_VERIFICATION", "note": transfer.verification_note,
            "wallet_processed": False,
        },
    }  # fmt: skip


def test_an_accountants_choice_lets_the_money_in(accountant: APIClient) -> None:
    transfer = arrived()
    asked(transfer, HOA, LAN)

    answer = do(accountant, transfer, "resolve-match", phone="0909318264", note="gọi rồi").json()

    assert (answer["message"], answer["data"]["verification_status"], answer["data"]["wallet_processed"]) == (
        "Đã chọn khách hàng và cộng tiền vào ví", "APPROVED", True,
    )  # fmt: skip


def test_a_choice_that_was_made_already(accountant: APIClient, care: APIClient) -> None:
    credited, linked = arrived(content="0909318264 ck"), arrived()
    do(care, linked, "link", phone="0909318264")

    paid = do(accountant, credited, "resolve-match", phone="0387654321")
    taken = do(accountant, linked, "resolve-match", phone="0387654321")

    assert (paid.status_code, paid.json()["error"]) == (400, "Không thể chọn lại - Giao dịch đã được cộng vào ví")
    assert (paid.json()["wallet_processed"], paid.json()["current_phone"]) == (True, "0909318264")
    assert (taken.status_code, taken.json()["error"], taken.json()["linked_to"]) == (
        400, "Transaction already resolved and approved", "0909318264",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("phone", "error"), [("", "phone is required"), (None, "phone is required"), ("abc", "Invalid phone number")]
)
def test_a_choice_needs_a_phone(accountant: APIClient, phone: str | None, error: str) -> None:
    answer = do(accountant, arrived(), "resolve-match", phone=phone)

    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize("verb", ["link", "unlink", "resolve-match"])
def test_who_only_looks_changes_nothing(viewer: APIClient, verb: str) -> None:
    answer = do(viewer, arrived(), verb, phone="0909318264")

    assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")
    assert not Customer.objects.exists()
