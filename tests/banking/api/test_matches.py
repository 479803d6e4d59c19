"""`/api/sepay/pending-matches`: questions to staff."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from banking.models import BankTransfer, MatchStatus, PendingMatch
from customers.models import Customer
from customers.operations import get_or_create_customer
from tests.banking.api.conftest import HOA, LAN, arrived, asked
from wallets.models import Wallet

PATH = "/api/sepay/pending-matches"
pytestmark = pytest.mark.django_db


@pytest.fixture
def question() -> PendingMatch:
    """Ask whose a transfer of 200,000 is: Hoa's, who is in TPOS, or Lan's, who is ours."""
    get_or_create_customer(phone="0387318264", name="Lan", by="test")
    transfer = arrived(transferAmount=200_000)
    BankTransfer.objects.filter(pk=transfer.pk).update(content="318264 ck")
    return asked(transfer, HOA, LAN)


def test_a_question_is_the_contracts(
    api: APIClient, question: PendingMatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get(PATH)
    with django_assert_num_queries(1):
        answer = api.get(PATH).json()

    [row] = answer["data"]
    assert answer["count"] == 1
    assert row.pop("created_at").endswith("+07:00")
    options = row.pop("matched_customers")
    assert row == {
        "id": question.pk, "transaction_id": question.transfer_id, "extracted_phone": "318264",
        "selected_customer_id": None, "status": "pending", "resolution_notes": None, "resolved_at": None,
        "resolved_by": None, "transaction_content": "318264 ck", "transfer_amount": 200_000, "amount": 200_000,
        "transaction_date": "2026-01-16T14:02:37+07:00", "gateway": "ACB",
    }  # fmt: skip
    assert options[0]["phone"] == "0909318264"
    assert {name: options[0]["customers"][0][name] for name in ("id", "name", "phone", "credit")} == {
        "id": 5011, "name": "Chị Hoa", "phone": "0909318264", "credit": 0,
    }  # fmt: skip
    assert api.get(f"{PATH}?status=skipped").json()["data"] == []
    [of_v2] = api.get("/api/v2/balance-history/pending").json()["data"]
    assert (of_v2["id"], of_v2["amount"], of_v2["transaction_content"]) == (question.pk, 200_000, "318264 ck")
    assert api.get(f"{PATH}?status=open").status_code == 400


@pytest.mark.parametrize("chosen", [5011, "5011", "LOCAL_0909318264"])
def test_an_accountants_answer_lets_the_money_in(accountant: APIClient, question: PendingMatch, chosen: Any) -> None:
    answer = accountant.post(
        f"{PATH}/{question.pk}/resolve", {"customer_id": chosen, "resolved_by": "x"}, format="json"
    )

    owner = Customer.objects.get(phone="0909318264")
    assert answer.json() == {
        "success": True, "message": "Match resolved successfully",
        "data": {
            "match_id": question.pk, "transaction_id": question.transfer_id,
            "customer": {"id": owner.pk, "phone": "0909318264", "name": owner.name},
            "amount_added": 200_000, "wallet_processed": True,
        },
    }  # fmt: skip
    question.refresh_from_db()
    assert (question.status, question.resolved_by) == ("resolved", "user-accountant")
    assert Wallet.objects.get(customer=owner).real_vnd == 200_000


def test_customer_cares_answer_waits_for_the_accountant(care: APIClient, question: PendingMatch) -> None:
    answer = care.post(f"{PATH}/{question.pk}/resolve", {"customer_id": "LOCAL_0387318264"}, format="json").json()

    transfer = BankTransfer.objects.get(pk=question.transfer_id)
    assert answer["data"]["wallet_processed"] is False
    assert (transfer.verification, transfer.customer.phone, transfer.wallet_transaction_id) == (
        "PENDING_VERIFICATION", "0387318264", None,
    )  # fmt: skip


def test_somebody_else_is_refused_and_the_candidates_are_told(api: APIClient, question: PendingMatch) -> None:
    answer = api.post(f"{PATH}/{question.pk}/resolve", {"customer_id": 777}, format="json")

    told = answer.json()
    assert (answer.status_code, told["error"], str(told["requested_id"])) == (
        400, "Selected customer not in matched list", "777",
    )  # fmt: skip
    assert told["available_customers"] == [
        {"id": 5011, "phone": "0909318264", "name": "Chị Hoa"},
        {"id": "LOCAL_0387318264", "phone": "0387318264", "name": "Lan"},
    ]


def test_a_transfer_linked_meanwhile_is_a_409(api: APIClient, question: PendingMatch) -> None:  # W23
    owner = Customer.objects.get(phone="0387318264")
    BankTransfer.objects.filter(pk=question.transfer_id).update(customer=owner)

    answer = api.post(f"{PATH}/{question.pk}/resolve", {"customer_id": 5011}, format="json")

    assert (answer.status_code, answer.json()["error"]) == (409, "Transaction already linked")
    assert BankTransfer.objects.get(pk=question.transfer_id).customer == owner


def test_a_question_is_skipped_asked_again_and_answered_when_skipped(api: APIClient, question: PendingMatch) -> None:
    data = {"id": question.pk, "transaction_id": question.transfer_id, "extracted_phone": "318264"}

    skipped = api.post(f"{PATH}/{question.pk}/skip", {"reason": "để sau"}, format="json").json()
    assert skipped == {"success": True, "message": "Match skipped successfully", "data": data}
    again = api.post(f"{PATH}/{question.pk}/skip", {}, format="json")
    assert (again.status_code, again.json()["error"]) == (404, "Pending match not found or already resolved")
    reset = api.post(f"{PATH}/{question.pk}/undo-skip", {}, format="json").json()
    message = "Match reset to pending successfully"
    assert reset == {"success": True, "message": message, "data": data | {"status": "pending"}}
    wrong = api.post(f"{PATH}/{question.pk}/undo-skip", {}, format="json")
    assert (wrong.status_code, wrong.json()["error"], wrong.json()["current_status"]) == (
        400, "Match is not in skipped status", "pending",
    )  # fmt: skip
    api.post(f"{PATH}/{question.pk}/skip", {}, format="json")
    assert api.post(f"{PATH}/{question.pk}/resolve", {"customer_id": 5011}, format="json").status_code == 200


def test_other_candidates_are_checked_before_they_are_kept(api: APIClient, question: PendingMatch) -> None:
    path = f"{PATH}/{question.pk}/customers"
    given = [{"phone": "+84 901 318 264", "customers": [{"id": 9, "name": "Mai", "phone": "0901318264", "x": "y"}]}]

    done = api.put(path, {"matched_customers": given}, format="json")

    assert done.json() == {
        "success": True, "message": "Matched customers updated successfully",
        "data": {"id": question.pk, "transaction_id": question.transfer_id, "extracted_phone": "318264"},
    }  # fmt: skip
    [option] = api.get(PATH).json()["data"][0]["matched_customers"]
    assert (option["phone"], option["customers"][0]["id"], option["customers"][0]["name"]) == ("0901318264", 9, "Mai")
    for wrong in (None, "x", {}, [1], ["a"]):
        answer = api.put(path, {"matched_customers": wrong}, format="json")
        assert (answer.status_code, answer.json()["error"]) == (400, "Missing or invalid matched_customers array")
    assert api.put(path, {"matched_customers": [{"phone": "abc"}]}, format="json").status_code == 400


@pytest.mark.parametrize("id", ["999999", "abc", "0", "-1", "9" * 30, "1%00"])
@pytest.mark.parametrize(
    ("verb", "method", "error"),
    [
        ("resolve", "post", "Pending match not found or already resolved"),
        ("customers", "put", "Pending match not found or already resolved"),
        ("skip", "post", "Pending match not found or already resolved"),
        ("undo-skip", "post", "Pending match not found"),
    ],
)
def test_an_unknown_question_is_a_404(api: APIClient, id: str, verb: str, method: str, error: str) -> None:
    body = {"customer_id": 1, "matched_customers": [{"phone": "0909318264", "name": "x"}]}

    answer = getattr(api, method)(f"{PATH}/{id}/{verb}", body, format="json")

    assert (answer.status_code, answer.json()["error"]) == (404, error)


@pytest.mark.parametrize("chosen", [None, "", [], {}, True, 1.5])
def test_whom_must_be_said(api: APIClient, question: PendingMatch, chosen: Any) -> None:
    answer = api.post(f"{PATH}/{question.pk}/resolve", {"customer_id": chosen}, format="json")

    assert answer.status_code == 400
    if chosen in (None, ""):
        assert answer.json()["error"] == "Missing required parameter: customer_id"
    question.refresh_from_db()
    assert question.status == MatchStatus.PENDING


@pytest.mark.parametrize(
    ("verb", "method"), [("resolve", "post"), ("skip", "post"), ("undo-skip", "post"), ("customers", "put")]
)
def test_who_only_looks_answers_nothing(viewer: APIClient, question: PendingMatch, verb: str, method: str) -> None:
    body = {"customer_id": 5011, "matched_customers": [HOA]}

    assert getattr(viewer, method)(f"{PATH}/{question.pk}/{verb}", body, format="json").status_code == 403
    question.refresh_from_db()
    assert question.status == MatchStatus.PENDING
