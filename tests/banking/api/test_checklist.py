"""`/api/sepay/transfer-stats`: the list in which staff tick incoming transfers off."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from banking.models import BankTransfer
from tests.banking.api.conftest import arrived

PATH = "/api/sepay/transfer-stats"
pytestmark = pytest.mark.django_db


@pytest.fixture
def credited() -> BankTransfer:
    """Return a transfer whose money is in a wallet, beside one that went out."""
    arrived(transferType="out")
    return arrived(content="0909318264 ck")


def test_every_incoming_transfer_is_in_the_list(
    api: APIClient, credited: BankTransfer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get(PATH)
    with django_assert_num_queries(1):
        answer = api.get(PATH).json()

    [row] = answer["data"]
    assert answer["total"] == 1
    assert row.pop("created_at").endswith("+07:00")
    assert row == {
        "id": credited.pk, "transaction_id": credited.pk, "customer_name": "Khách hàng mới",
        "customer_phone": "0909318264", "amount": 350_000, "content": "0909318264 ck", "notes": None,
        "transaction_date": "2026-01-16T14:02:37+07:00", "is_checked": False, "is_verified": False,
    }  # fmt: skip
    assert api.get(f"{PATH}/count").json() == {"success": True, "total": 1, "unchecked": 1}


def test_ticks_are_set_and_taken_away(care: APIClient, credited: BankTransfer) -> None:
    checked = care.put(f"{PATH}/{credited.pk}/check", {"checked": True}, format="json").json()["data"]
    verified = care.put(f"{PATH}/{credited.pk}/verify", {"verified": True}, format="json").json()["data"]

    assert (checked["ts_checked"], checked["ts_verified"], verified["ts_verified"]) == (True, False, True)
    assert (checked["id"], checked["transfer_amount"], checked["wallet_processed"]) == (credited.pk, 350_000, True)
    assert care.get(f"{PATH}/count").json()["unchecked"] == 0
    care.put(f"{PATH}/{credited.pk}/check", {"checked": False}, format="json")
    assert care.get(f"{PATH}/count").json()["unchecked"] == 1


def test_many_are_ticked_at_once(care: APIClient, credited: BankTransfer) -> None:
    other = arrived()

    answer = care.put(f"{PATH}/mark-all-checked", {"ids": [credited.pk, str(other.pk), 999_999]}, format="json")

    assert answer.json() == {"success": True, "updated": 2}


@pytest.mark.parametrize("ids", [None, [], "1", {}])
def test_ids_are_needed(care: APIClient, ids: Any) -> None:
    answer = care.put(f"{PATH}/mark-all-checked", {"ids": ids}, format="json")

    assert (answer.status_code, answer.json()["error"]) == (400, "ids array is required")


@pytest.mark.parametrize("ids", [["abc"], [True], [None], [2**70], [-1], [[1]], [1] * 1001])
def test_ids_must_be_ids(care: APIClient, ids: Any) -> None:
    answer = care.put(f"{PATH}/mark-all-checked", {"ids": ids}, format="json")

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("ids: ")


def test_an_edit_writes_note_and_name_and_an_empty_note_takes_it_away(care: APIClient, credited: BankTransfer) -> None:
    path = f"{PATH}/{credited.pk}"

    row = care.put(path, {"customer_name": "Hoa NT", "customer_phone": "0909318264", "notes": "đã gọi"}, format="json")
    assert (row.json()["data"]["display_name"], row.json()["data"]["ts_notes"]) == ("Hoa NT", "đã gọi")
    row = care.put(path, {"notes": ""}, format="json")
    assert (row.json()["data"]["display_name"], row.json()["data"]["ts_notes"]) == ("Hoa NT", None)


def test_the_phone_of_a_credited_transfer_stays(api: APIClient, credited: BankTransfer) -> None:  # W19
    answer = api.put(f"{PATH}/{credited.pk}", {"customer_phone": "0387654321", "notes": "x"}, format="json")

    assert (answer.status_code, answer.json()["error"]) == (
        400, "Không thể đổi SĐT - Giao dịch đã được cộng vào ví khách hàng",
    )  # fmt: skip
    credited.refresh_from_db()
    assert (credited.customer.phone, credited.list_note) == ("0909318264", "")


def test_another_phone_waits_for_the_accountant(api: APIClient) -> None:
    transfer = arrived()

    row = api.put(f"{PATH}/{transfer.pk}", {"customer_phone": "+84909318264", "customer_name": "Hoa"}, format="json")

    data = row.json()["data"]
    assert (data["linked_customer_phone"], data["verification_status"], data["wallet_processed"]) == (
        "0909318264", "PENDING_VERIFICATION", False,
    )  # fmt: skip


def test_a_row_is_added_that_is_there_already_and_nothing_needs_syncing(
    care: APIClient, credited: BankTransfer
) -> None:
    added = care.post(f"{PATH}/add", {"transaction_id": credited.pk}, format="json").json()

    assert (added["success"], added["data"]["transaction_id"]) == (True, credited.pk)
    assert care.post(f"{PATH}/sync", {}, format="json").json() == {"success": True, "synced": 0}


@pytest.mark.parametrize("id", ["999999", "abc", "9" * 30, "0", "1%00"])
def test_an_unknown_row_is_a_404(care: APIClient, id: str) -> None:
    answers = [
        care.put(f"{PATH}/{id}", {"notes": "x"}, format="json"),
        care.put(f"{PATH}/{id}/check", {"checked": True}, format="json"),
        care.put(f"{PATH}/{id}/verify", {"verified": True}, format="json"),
        care.post(f"{PATH}/add", {"transaction_id": id.removesuffix("%00")}, format="json"),
    ]

    for answer in answers:
        if not (id == "1%00" and answer is answers[3]):
            assert (answer.status_code, answer.json()["error"]) == (404, "Not found")


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("{id}", "put", {"notes": "x"}), ("{id}/check", "put", {"checked": True}),
        ("add", "post", {"transaction_id": 1}),
        ("{id}/verify", "put", {"verified": True}), ("mark-all-checked", "put", {"ids": [1]}), ("sync", "post", {}),
    ],
)  # fmt: skip
def test_who_only_looks_ticks_nothing(
    viewer: APIClient, credited: BankTransfer, path: str, method: str, body: dict[str, Any]
) -> None:
    answer = getattr(viewer, method)(f"{PATH}/{path.format(id=credited.pk)}", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("value", ["true", 1, [], {}])
def test_a_tick_is_a_boolean(care: APIClient, credited: BankTransfer, value: Any) -> None:
    answer = care.put(f"{PATH}/{credited.pk}/check", {"checked": value}, format="json")

    assert (answer.status_code, answer.json()["error"]) == (400, "checked: must be true or false")
