"""`/api/sepay/failed-queue`, `/gaps`, `/fetch-by-reference`: what did not arrive, and how it is got."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from banking.models import BankTransfer, Delivery, FailedDelivery, Incident, Provider
from banking.retrying import queue
from n2store.models import Event
from n2store.simulator.sepay_list import SepayList
from tests.banking.api.conftest import arrived
from tests.banking.continuity.bank import check
from tests.factories.banking import delivery
from tests.factories.sepay import bank_of, booked, playing_list

PATH = "/api/sepay/failed-queue"
pytestmark = pytest.mark.django_db


def queued(**changes: Any) -> FailedDelivery:
    """Queue a delivery that could not be taken."""
    notice = delivery(**changes)
    body = json.dumps(notice) if "body" not in changes else changes["body"]
    queue(body=body, provider=Provider.SEPAY, external_id=notice["id"], error=OSError("secret of the database"))
    return FailedDelivery.objects.get(external_id=notice["id"])


def test_what_waits_is_listed(api: APIClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    failed = queued(content="0909318264 ck")
    odd = queued(id=7, body="%%%")

    api.get("/api/sepay/gaps")
    with django_assert_num_queries(2):
        answer = api.get(PATH).json()

    unreadable, row = answer["data"]
    assert row.pop("created_at").endswith("+07:00")
    assert row == {
        "id": failed.pk, "sepay_id": 92704001, "gateway": "ACB", "transaction_date": "2026-01-16T14:02:37+07:00",
        "account_number": "75918", "reference_code": "FT26016000111222", "transfer_type": "in",
        "transfer_amount": 350_000, "content": "0909318264 ck", "status": "pending", "retry_count": 0,
        "max_retries": 5, "last_error": "OSError", "last_retry_at": None,
    }  # fmt: skip
    assert (unreadable["id"], unreadable["sepay_id"], unreadable["transfer_amount"]) == (odd.pk, 7, None)
    assert (answer["pagination"]["total"], answer["pagination"]["limit"]) == (2, 50)
    assert "secret" not in json.dumps(answer)  # W39
    assert api.get(f"{PATH}?status=failed").json()["data"] == []
    assert api.get(f"{PATH}?status=lost").status_code == 400


def test_a_retry_means_all_that_a_delivery_means(accountant: APIClient) -> None:  # W28
    failed = queued(content="0909318264 ck")

    told = accountant.post(f"{PATH}/{failed.pk}/retry").json()

    transfer = BankTransfer.objects.get()
    assert told == {"success": True, "message": "Webhook retry successful", "balance_history_id": transfer.pk}
    assert (transfer.match_method, transfer.wallet_transaction_id is None) == ("exact_phone", False)
    assert Event.objects.filter(name="transfer.received").count() == 1


def test_a_retry_of_what_came_again_meanwhile(accountant: APIClient) -> None:
    failed = queued(id=5)
    arrived(id=5)

    told = accountant.post(f"{PATH}/{failed.pk}/retry").json()

    assert told == {"success": True, "message": "Transaction already exists in balance_history", "duplicate": True}
    assert BankTransfer.objects.count() == 1


def test_a_retry_that_fails_says_so_and_one_too_many_is_refused(accountant: APIClient) -> None:
    failed = queued(transferAmount=-5)

    again = accountant.post(f"{PATH}/{failed.pk}/retry")
    FailedDelivery.objects.update(attempts=5, status="failed")
    given_up = accountant.post(f"{PATH}/{failed.pk}/retry")

    assert (again.status_code, again.json()["error"]) == (500, "Retry failed")
    assert (given_up.status_code, given_up.json()["error"]) == (400, "Max retries exceeded")
    assert (given_up.json()["retry_count"], given_up.json()["max_retries"]) == (5, 5)


@pytest.mark.parametrize("id", ["999999", "abc", "9" * 30, "0", "1%00"])
def test_an_unknown_delivery_is_a_404(accountant: APIClient, id: str) -> None:
    answer = accountant.post(f"{PATH}/{id}/retry")

    assert (answer.status_code, answer.json()["error"]) == (404, "Failed webhook not found")


def test_all_are_taken_at_once(accountant: APIClient) -> None:
    good, bad = queued(id=1), queued(id=2, transferAmount=-5)

    told = accountant.post(f"{PATH}/retry-all").json()

    transfer = BankTransfer.objects.get()
    assert told["message"] == "Retry complete: 1/2 successful"
    assert told["results"]["details"][0] == {"id": good.pk, "status": "success", "balance_history_id": transfer.pk}
    assert (told["results"]["details"][1]["id"], told["results"]["details"][1]["status"]) == (bad.pk, "failed")
    assert [told["results"][name] for name in ("total", "success", "failed")] == [2, 1, 1]


@pytest.fixture
def book() -> Iterator[SepayList]:
    """Let the list know three lines, of which the middle one was never told."""
    lines = booked([100_000, 250_000, 50_000], content="0909318264 ck")
    with playing_list(bank_of(lines)) as book:
        for number in (0, 2):
            arrived(**lines[number])
        yield book


def test_a_break_is_listed_and_set_aside(
    api: APIClient, book: SepayList, django_assert_num_queries: DjangoAssertNumQueries
) -> None:  # W30
    check()
    incident = Incident.objects.get()

    [row] = api.get("/api/sepay/gaps").json()["data"]
    assert row.pop("detected_at").endswith("+07:00")
    assert row == {
        "id": incident.pk, "missing_reference_code": f"GAP-{incident.pk}", "previous_reference_code": "FT1001",
        "next_reference_code": "FT1003", "status": "detected", "balance_history_id": None, "resolved_at": None,
        "account_number": "75918", "missing_amount": 250_000,
    }  # fmt: skip
    done = api.post(f"/api/sepay/gaps/GAP-{incident.pk}/ignore", {}, format="json").json()
    assert done == {"success": True, "message": f"Gap GAP-{incident.pk} marked as ignored"}
    assert api.get("/api/sepay/gaps").json() == {"success": True, "data": [], "total": 0}
    with django_assert_num_queries(2):
        [ignored] = api.get("/api/sepay/gaps?status=ignored").json()["data"]
    assert ignored["status"] == "ignored"


@pytest.mark.parametrize("reference", ["GAP-999999", "FT123", "9" * 30, "x%00y", "GAP-", "1"])
def test_setting_nothing_aside_is_fine(api: APIClient, reference: str) -> None:
    answer = api.post(f"/api/sepay/gaps/{reference}/ignore", {}, format="json")

    assert (answer.status_code, answer.json()["success"]) == (200, True)


def test_gaps_are_not_searched_for_any_more(api: APIClient) -> None:
    told = api.get("/api/sepay/detect-gaps").json()

    assert (told["success"], told["total_gaps"], told["gaps"], told["deprecated"]) == (True, 0, [], True)
    assert api.get("/api/sepay/gaps?status=lost").status_code == 400


def test_a_transfer_is_fetched_by_its_reference_with_all_that_it_means(
    accountant: APIClient, book: SepayList
) -> None:  # W27
    told = accountant.post("/api/sepay/fetch-by-reference/FT1002").json()
    again = accountant.post("/api/sepay/fetch-by-reference/FT1002").json()

    transfer = BankTransfer.objects.get(sepay_id=1002)
    assert told == {
        "success": True, "message": "Đã lấy được giao dịch FT1002", "id": transfer.pk,
        "transaction": {"id": transfer.pk, "reference_code": "FT1002", "amount": 250_000, "type": "in"},
    }  # fmt: skip
    assert again == {"success": True, "message": "Giao dịch đã tồn tại trong hệ thống", "duplicate": True}
    assert (transfer.match_method, transfer.wallet_transaction_id is None) == ("exact_phone", False)
    check()
    assert api_gaps(accountant, "fetched") == []


def api_gaps(api: APIClient, status: str) -> list[Any]:
    rows: list[Any] = api.get(f"/api/sepay/gaps?status={status}").json()["data"]
    return rows


def test_a_healed_break_names_the_transfer(accountant: APIClient, book: SepayList) -> None:
    check()
    accountant.post("/api/sepay/fetch-by-reference/FT1002")
    check()

    [row] = api_gaps(accountant, "fetched")
    assert row["balance_history_id"] == BankTransfer.objects.get(sepay_id=1002).pk
    assert row["resolved_at"].endswith("+07:00")


@pytest.mark.parametrize("reference", ["FT9999", "x" * 200, "%00"])
def test_a_reference_that_sepay_does_not_know(accountant: APIClient, book: SepayList, reference: str) -> None:
    answer = accountant.post(f"/api/sepay/fetch-by-reference/{reference}")

    told = answer.json()
    assert (answer.status_code, told["success"], told["error"]) == (200, False, "Transaction not found in Sepay")
    assert told["message"].startswith("Không tìm thấy giao dịch với mã tham chiếu ")


def test_without_a_token_sepay_is_not_asked(accountant: APIClient, settings: Settings) -> None:
    settings.SEPAY_API_TOKEN = ""

    answer = accountant.post("/api/sepay/fetch-by-reference/FT1002")

    assert (answer.status_code, answer.json()["error"]) == (400, "SEPAY_API_TOKEN not configured")


def test_a_refused_token_is_told_with_sepays_status(accountant: APIClient, book: SepayList) -> None:
    book.good_token = "another"

    answer = accountant.post("/api/sepay/fetch-by-reference/FT1002")

    assert (answer.status_code, answer.json()["error"]) == (502, "Sepay API error: 401")


@pytest.mark.parametrize(
    "path", ["failed-queue/1/retry", "failed-queue/retry-all", "gaps/GAP-1/ignore", "fetch-by-reference/X"]
)
def test_customer_care_recovers_nothing(care: APIClient, path: str) -> None:
    answer = care.post(f"/api/sepay/{path}", {}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")
    assert not Delivery.objects.exists()
