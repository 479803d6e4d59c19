"""`GET /api/transactions/consolidated`: each thing that happened once, newest first."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.api.v1_consolidated import OPENED
from customers.models import Activity, Customer
from customers.operations import add_note, create_customer
from tests.factories.banking import delivery, post
from tests.factories.tickets import OWNER, ticket
from tickets.changing import move
from tickets.deleting import delete
from tickets.models import Ticket
from tickets.workflow import Move

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


def test_a_ticket_is_there_once_and_what_became_of_it_too(api: APIClient, hoa: Customer) -> None:
    made, other = ticket("BOOM", refund_amount=350_000), ticket("FIX_COD", refund_amount=20_000)
    gone = ticket("OTHER")
    delete(caller=OWNER, ticket_id=gone.pk)
    move(caller=OWNER, ticket_id=made.pk, move=Move.CANCEL)

    rows = api.get(PATH).json()["data"]

    assert [(row["source_type"], row["type"], row["amount"], row["color"]) for row in rows] == [
        ("customer_activity", "TICKET_UPDATED", None, "red"),
        ("customer_activity", "TICKET_DELETED", None, "red"),
        ("customer_ticket", "FIX_COD", 20_000, "blue"),
        ("customer_ticket", "BOOM", 350_000, "red"),
        ("customer_activity", "CUSTOMER_CREATED", None, "blue"),
    ]
    assert (rows[2]["id"], rows[2]["description"], rows[2]["icon"]) == (
        other.pk, f"Sự vụ FIX_COD - {other.code}", "confirmation_number",
    )  # fmt: skip
    assert (rows[2]["customer_phone"], rows[2]["customer_name"]) == ("0909318264", "Đặng Thị Hương")
    assert [types(api, type=type) for type in ("BOOM", "OTHER", "COD_ADJUSTMENT")] == [["BOOM"], [], []]
    assert types(api, phone="0900000009") == []
    assert types(api, type="BOOM", query="0909318264") == ["BOOM"]


def test_tickets_are_paged_with_the_rest(api: APIClient, busy: Customer) -> None:
    for _ in range(5):
        ticket("OTHER", status="PENDING")
    whole = [(row["source_type"], row["id"]) for row in api.get(PATH, {"limit": 50}).json()["data"]]
    paged, cursor = [], ""

    for _ in range(4):
        body = api.get(PATH, {"limit": 2, "cursor": cursor}).json()
        paged += [(row["source_type"], row["id"]) for row in body["data"]]
        cursor = body["pagination"]["next_cursor"]

    assert len(whole) == 8
    assert paged == whole


def test_the_newest_tickets_are_found_by_index(hoa: Customer) -> None:
    for first in (0, 1_000):
        Ticket.objects.bulk_create(
            Ticket(code=f"TV-2025-{number:05}", customer=hoa, type="BOOM", actor="import")
            for number in range(first, first + 1_000)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_ticket")
        cursor.execute(f"EXPLAIN {OPENED} WHERE k.deleted_at IS NULL ORDER BY k.created_at DESC, k.id DESC LIMIT 10")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "ticket_newest_by_time" in plan
