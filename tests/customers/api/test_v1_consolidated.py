"""`GET /api/transactions/consolidated`: each thing that happened once, newest first."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.models import Activity, Customer
from customers.operations import add_note, create_customer
from tests.factories.banking import delivery, post

PATH = "/api/transactions/consolidated"


@pytest.fixture
def busy(hoa: Customer, client: Client) -> Customer:
    """Return a customer who was written down, has paid, and has a note."""
    post(client, delivery(id=1))
    add_note(customer=hoa, content="gọi lại", by="lan")
    return hoa


def types(api: APIClient, **wanted: Any) -> list[str]:
    return [row["type"] for row in api.get(PATH, wanted).json()["data"]]


def test_a_deposit_is_there_once_and_everything_is_newest_first(api: APIClient, busy: Customer) -> None:
    body = api.get(PATH).json()

    assert {row["type"] for row in body["data"]} == {"NOTE_ADDED", "DEPOSIT", "CUSTOMER_CREATED"}
    money = next(row for row in body["data"] if row["type"] == "DEPOSIT")
    assert (money["source_type"], money["amount"], money["customer_name"], money["customer_phone"]) == (
        "wallet_transaction", 350_000, "Đặng Thị Hương", "0909318264",
    )  # fmt: skip
    assert (money["icon"], money["color"]) == ("dollar-sign", "green")
    note = next(row for row in body["data"] if row["type"] == "NOTE_ADDED")
    assert (note["source_type"], note["amount"], note["description"], note["color"]) == (
        "customer_activity", None, "gọi lại", "yellow",
    )  # fmt: skip
    assert set(note) >= {"id", "source_type", "type", "created_at", "amount", "description", "icon", "color"}
    assert [row["created_at"] for row in body["data"]] == sorted(
        (row["created_at"] for row in body["data"]), reverse=True
    )
    assert (body["pagination"]["total"], body["pagination"]["limit"]) == (3, 10)


def test_it_is_narrowed_by_type_customer_text_and_day(api: APIClient, busy: Customer) -> None:
    create_customer(phone="0387654321", name="Trần Văn Nam", by="lan")
    Activity.objects.create(
        customer=busy, type="MESSAGE_SENT", title="cũ", actor="lan", created_at="2026-01-15T18:00:00Z"
    )

    assert types(api, type="DEPOSIT") == ["DEPOSIT"]
    assert types(api, type="NOTE_ADDED") == ["NOTE_ADDED"]
    assert types(api, type="BOOM") == []
    assert types(api, phone="84387654321") == ["CUSTOMER_CREATED"]
    assert types(api, phone="0900000009") == []
    assert types(api, query="tran van nam") == ["CUSTOMER_CREATED"]
    assert types(api, query="không ai cả") == []
    # 18:00 UTC is the 16th in Vietnam; the last day is included.
    assert types(api, startDate="2026-01-16", endDate="2026-01-16") == ["MESSAGE_SENT"]
    assert types(api, startDate="2026-01-15", endDate="2026-01-15") == []


def test_cursor_and_number_lead_through_all_without_a_gap(api: APIClient, busy: Customer, client: Client) -> None:
    for number in range(2, 9):
        post(client, delivery(id=number))
        add_note(customer=busy, content=str(number), by="lan")

    def ids(body: Any) -> list[tuple[str, int]]:
        return [(row["source_type"], row["id"]) for row in body["data"]]

    whole = ids(api.get(PATH, {"limit": 50}).json())
    by_cursor, by_number, cursor = [], [], ""
    for page in range(1, 6):
        body = api.get(PATH, {"limit": 4, "cursor": cursor}).json()
        by_cursor += ids(body)
        by_number += ids(api.get(PATH, {"limit": 4, "page": page}).json())
        cursor = body["pagination"]["next_cursor"]

    assert len(whole) == 17
    assert by_cursor == by_number == whole


@pytest.mark.parametrize(
    "query",
    [
        "type='; DROP TABLE customers_customer; --", "type=x", "page=abc", "limit=abc", "startDate=abc",
        "endDate=2026-02-30", "startDate=0001-01-01", "phone=abc", "phone=%00", "query=%00ab", "query=a", "cursor=x",
        f"query={'x' * 10_000}", "endDate=99999-01-01",
    ],
)  # fmt: skip
def test_nonsense_is_a_400(api: APIClient, busy: Customer, query: str) -> None:
    answer = api.get(f"{PATH}?{query}")

    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert Customer.objects.count() == 1


def test_a_page_is_one_statement(
    api: APIClient, busy: Customer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get(PATH)

    with django_assert_num_queries(1):
        api.get(PATH)
