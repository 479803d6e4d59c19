"""`/api/sepay/customer-info` and `/phone-data`: which code belongs to whom."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from banking.models import BankTransfer, QrCode
from tests.banking.api.conftest import arrived

PATH = "/api/sepay/customer-info"
CODE = "N2M5K8H2P9Q3R7T1AB"
pytestmark = pytest.mark.django_db


def save(api: APIClient, **fields: Any) -> Any:
    return api.post(
        PATH, {"uniqueCode": CODE, "customerName": "Chị Hoa", "customerPhone": "0909318264"} | fields, format="json"
    )


def test_a_code_is_kept_and_the_next_transfer_with_it_is_credited(api: APIClient) -> None:  # W12
    answer = save(api, uniqueCode=CODE.lower(), customerPhone="+84 909 318 264").json()

    owner = QrCode.objects.get(code=CODE).customer
    assert answer == {
        "success": True, "customerId": owner.pk,
        "data": {"unique_code": CODE, "customer_name": "Chị Hoa", "customer_phone": "0909318264"},
    }  # fmt: skip
    transfer = arrived(content=f"ck {CODE.lower()} GD 12")
    assert (transfer.customer, transfer.match_method, transfer.wallet_transaction_id is None) == (
        owner,
        "qr_code",
        False,
    )
    [row] = api.get("/api/sepay/history").json()["data"]
    assert row["qr_code"] == CODE


def test_transfers_that_came_before_find_their_owner(api: APIClient) -> None:
    transfer = arrived(content=f"{CODE} ck")

    save(api)

    transfer.refresh_from_db()
    assert (transfer.customer.phone, transfer.match_method) == ("0909318264", "qr_code")


def test_codes_are_listed_newest_first_and_found_one_by_one(
    api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    save(api)
    save(api, uniqueCode="N2AAAAAAAAAAAAAAAA", customerPhone="0387654321", customerName="Lan")

    with django_assert_num_queries(1):
        rows = api.get(PATH).json()["data"]
    assert [row["unique_code"] for row in rows] == ["N2AAAAAAAAAAAAAAAA", CODE]
    assert set(rows[0]) == {"unique_code", "customer_name", "customer_phone", "updated_at"}
    assert rows[0]["updated_at"].endswith("+07:00")
    assert api.get(f"{PATH}/{CODE}").json() == {"success": True, "data": rows[1]}
    assert api.get(f"{PATH}/{CODE.lower()}").json() == {"success": True, "data": None}
    assert api.get(f"{PATH}/%00").json() == {"success": True, "data": None}
    assert [row["unique_code"] for row in api.get(f"{PATH}?limit=1&page=2").json()["data"]] == [CODE]


def test_a_code_of_somebody_else_is_kept_from_customer_care_and_moved_by_who_may_edit(
    api: APIClient, viewer: APIClient
) -> None:
    save(api)

    assert save(viewer, customerPhone="0387654321").status_code == 403
    assert QrCode.objects.get().customer.phone == "0909318264"
    assert save(api, customerPhone="0387654321").status_code == 200
    assert QrCode.objects.get().customer.phone == "0387654321"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"uniqueCode": ""}, "Missing required field: uniqueCode"),
        ({"uniqueCode": None}, "Missing required field: uniqueCode"),
        ({"uniqueCode": ["N2"]}, "uniqueCode: must be a text"),
        ({"uniqueCode": "x" * 101}, "uniqueCode: must be at most 100 characters"),
        ({"customerPhone": "abc"}, "Invalid phone number"),
        ({"customerPhone": None}, "Invalid phone number"),
        ({"customerName": "x" * 256}, "customerName: must be at most 255 characters"),
    ],
)
def test_a_bad_mapping_is_refused_and_nothing_is_kept(api: APIClient, fields: dict[str, Any], error: str) -> None:
    answer = save(api, **fields)

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert not QrCode.objects.exists()


def test_changing_a_name_there_changes_nothing(api: APIClient) -> None:
    save(api)

    answer = api.put(f"{PATH}/{CODE}", {"customer_name": "Khác", "name_fetch_status": "x"}, format="json").json()

    assert (answer["success"], answer["deprecated"], set(answer)) == (True, True, {"success", "deprecated", "message"})
    assert api.get(f"{PATH}/{CODE}").json()["data"]["customer_name"] == "Chị Hoa"


def test_phone_data_tells_what_owners_paid_in(
    api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:  # W20
    save(api)
    save(api, uniqueCode="N2AAAAAAAAAAAAAAAA", customerPhone="0387654321", customerName="Lan")
    arrived(content=f"{CODE} ck", transferAmount=350_000)
    rejected = arrived(content="khac")
    BankTransfer.objects.filter(pk=rejected.pk).update(
        customer=QrCode.objects.get(code=CODE).customer, verification="REJECTED"
    )

    with django_assert_num_queries(1):
        answer = api.get("/api/sepay/phone-data?limit=1&offset=1").json()

    assert answer["pagination"] == {"total": 2, "limit": 1, "offset": 1, "returned": 1}
    [row] = answer["data"]
    assert (row["unique_code"], row["customer_name"], row["total_amount"], row["transaction_count"]) == (
        CODE, "Chị Hoa", 350_000, 1,
    )  # fmt: skip
    assert set(row) == {
        "id", "unique_code", "customer_name", "customer_phone", "extraction_note", "name_fetch_status", "created_at",
        "updated_at", "total_amount", "transaction_count",
    }  # fmt: skip
    without = api.get("/api/sepay/phone-data?include_totals=false").json()["data"]
    assert [row["total_amount"] for row in without] == [0, 0]


@pytest.mark.parametrize("query", ["offset=-1", "offset=x", "limit=x", "offset=99999999999999999999"])
def test_bad_numbers_are_named(api: APIClient, query: str) -> None:
    answer = api.get(f"/api/sepay/phone-data?{query}")

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{query.partition('=')[0]}: ")
