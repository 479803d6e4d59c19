"""Customer 360: `GET /api/customer/<phone>`, `GET /api/v2/customers/<id or phone>` and the quick view."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.models import Customer
from customers.operations import add_note
from n2store.simulator.tpos import Tpos, partner
from n2store.wire import instant
from tests.factories.banking import delivery, post
from tests.factories.tpos import playing_tpos
from wallets.models import CreditSource
from wallets.operations import issue_credit


@pytest.fixture
def paid(hoa: Customer, client: Client) -> Customer:
    """Return a customer who has paid in 350,000 and 150,000."""
    post(client, delivery(id=1))
    post(client, delivery(id=2, transferAmount=150_000))
    return hoa


def credit(customer: Customer, amount: int, *, key: str, days: float) -> None:
    issue_credit(
        customer=customer, amount_vnd=amount, key=key, source_type=CreditSource.COMPENSATION, at=timezone.now(),
        by="lan", ticket="TV-2026-00001", lifetime=timedelta(days=days),
    )  # fmt: skip


@pytest.mark.parametrize("spelling", ["0909318264", "84909318264", "+84 909 318 264", "909318264"])
def test_v1_finds_the_customer_by_any_spelling_of_the_phone(api: APIClient, hoa: Customer, spelling: str) -> None:
    answer = api.get(f"/api/customer/{spelling}")

    assert (answer.status_code, answer.json()["data"]["customer"]["id"]) == (200, hoa.pk)


def test_the_card_has_all_that_the_pages_read(api: APIClient, paid: Customer) -> None:
    body = api.get("/api/customer/0909318264").json()

    assert body["success"] is True
    assert set(body["data"]) == {
        "customer", "wallet", "recentTickets", "ticketMoney", "recentActivities", "notes", "transfers",
        "pending_deposits", "rfm",
    }  # fmt: skip
    customer = body["data"]["customer"]
    paid.refresh_from_db()
    assert customer | {"field_sources": None} == {
        "id": paid.pk, "firebase_id": None, "tpos_id": None, "phone": "0909318264", "name": "Đặng Thị Hương",
        "email": "huong@shop.vn", "address": "12 Lê Lợi, Quận 1", "carrier": "Mobifone", "status": "Bình thường",
        "debt": 0, "debt_adjusted_at": None, "active": True, "tier": "new", "tags": [], "aliases": [],
        "total_orders": 0, "total_spent": 0, "successful_orders": 0, "returned_orders": 0, "return_rate": 0,
        "first_order_date": None, "last_order_date": None, "last_interaction_date": None,
        "days_since_last_order": None, "rfm_recency_score": 0, "rfm_frequency_score": 0, "rfm_monetary_score": 0,
        "rfm_segment": None, "rfm_total_score": 0, "internal_note": None, "created_at": instant(paid.created_at),
        "updated_at": instant(paid.updated_at), "tpos_data": None, "field_sources": None, "wallet_balance": 500_000,
        "wallet_virtual_balance": 0, "wallet_total": 500_000, "rfm": None, "risk_flags": [],
        "ticketStats": {"total": 0, "pending": 0, "completed": 0, "returned": 0, "total_refunded": 0},
    }  # fmt: skip
    assert [row["title"] for row in body["data"]["recentActivities"]] == [
        "Nạp tiền: 150,000đ", "Nạp tiền: 350,000đ", "Thêm khách hàng: 0909318264",
    ]  # fmt: skip
    assert [(row["amount"], row["wallet_processed"]) for row in body["data"]["transfers"]] == [
        (150_000, True), (350_000, True),
    ]  # fmt: skip
    assert body["data"]["pending_deposits"] == {"count": 0, "total": 0}


def test_credit_that_has_run_out_is_not_shown_as_money(api: APIClient, paid: Customer) -> None:
    credit(paid, 70_000, key="late", days=9.5)
    credit(paid, 50_000, key="soon", days=1.5)
    credit(paid, 20_000, key="gone", days=-0.1)

    wallet = api.get(f"/api/v2/customers/{paid.pk}").json()["data"]["wallet"]

    assert (wallet["balance"], wallet["virtualBalance"], wallet["total"]) == (500_000, 120_000, 620_000)
    assert [(lot["remaining_amount"], lot["days_left"], lot["source_type"]) for lot in wallet["virtualCredits"]] == [
        (50_000, 2, "COMPENSATION"), (70_000, 10, "COMPENSATION"),
    ]  # fmt: skip


def test_notes_are_pinned_first_then_the_newest(api: APIClient, hoa: Customer) -> None:
    add_note(customer=hoa, content="first", by="lan")
    add_note(customer=hoa, content="pinned", pinned=True, category="warning", by="mai")
    add_note(customer=hoa, content="last", by="lan")

    notes = api.get("/api/customer/0909318264").json()["data"]["notes"]

    assert [(note["content"], note["is_pinned"], note["category"], note["created_by"]) for note in notes] == [
        ("pinned", True, "warning", "mai"), ("last", False, "general", "lan"), ("first", False, "general", "lan"),
    ]  # fmt: skip


def test_v1_and_v2_answer_the_same_by_id_and_by_phone(api: APIClient, paid: Customer) -> None:
    by_id = api.get(f"/api/v2/customers/{paid.pk}").json()

    assert by_id == api.get("/api/v2/customers/0909318264").json() == api.get("/api/customer/0909318264").json()


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/customer/0900000009", 404, "CUSTOMER_NOT_FOUND"),
        ("/api/customer/abc", 400, "INVALID_PHONE"),
        ("/api/customer/%00", 400, "INVALID_PHONE"),
        (f"/api/customer/{'0' * 10_000}", 400, "INVALID_PHONE"),
        ("/api/customer/0900000009/tickets", 404, "CUSTOMER_NOT_FOUND"),
        ("/api/customer/0900000009/activities", 404, "CUSTOMER_NOT_FOUND"),
        ("/api/customer/0900000009/transactions", 404, "CUSTOMER_NOT_FOUND"),
        ("/api/customer/abc/quick-view", 400, "INVALID_PHONE"),
        ("/api/v2/customers/999999", 404, "CUSTOMER_NOT_FOUND"),
        ("/api/v2/customers/abc", 404, "CUSTOMER_NOT_FOUND"),
        ("/api/v2/customers/٣", 404, "CUSTOMER_NOT_FOUND"),
        ("/api/v2/customers/09093182645", 400, "INVALID_PHONE"),
        ("/api/v2/customers/99999999999999999999999", 404, "CUSTOMER_NOT_FOUND"),
    ],
)
def test_who_is_not_there_is_a_clear_answer(api: APIClient, path: str, status: int, code: str) -> None:
    answer = api.get(path)

    assert (answer.status_code, answer.json()["success"], answer.json()["code"]) == (status, False, code)


@pytest.mark.parametrize("path", ["/api/customer/0909318264", "/api/v2/customers/0909318264"])
def test_a_card_is_one_statement_however_long_the_history(
    api: APIClient, paid: Customer, client: Client, django_assert_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    api.get(path)  # The roles of the user are known from here on.

    with django_assert_num_queries(1):
        api.get(path)

    for number in range(3, 30):
        post(client, delivery(id=number))
    with django_assert_num_queries(1):
        data = api.get(path).json()["data"]
    assert (len(data["recentActivities"]), len(data["transfers"])) == (20, 20)


def test_the_quick_view_is_a_glance(api: APIClient, paid: Customer) -> None:
    data = api.get("/api/customer/0909318264/quick-view").json()["data"]

    assert (data["source"], data["isFromTpos"], data["customer"]["id"]) == ("customer360", False, paid.pk)
    assert data["wallet"] == {"balance": 500_000, "virtual_balance": 0, "total": 500_000}
    assert data["pending_deposits"] == {"count": 0, "total": 0}
    assert [(row["type"], row["amount"]) for row in data["recent_transactions"]] == [
        ("DEPOSIT", 150_000), ("DEPOSIT", 350_000),
    ]  # fmt: skip


def test_a_quick_view_of_nobody_is_a_200_that_says_so(api: APIClient, db: Any) -> None:
    answer = api.get("/api/customer/0900000009/quick-view")

    assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert answer.json()["message"] == "Không tìm thấy khách hàng"


@pytest.fixture
def book(db: None) -> Iterator[Tpos]:
    with playing_tpos() as book:
        yield book


def test_a_quick_view_of_somebody_known_to_tpos_only_shows_them_without_adding_them(api: APIClient, book: Tpos) -> None:
    book.partners = [partner(5011, "0909318264", StatusText="Vip")]

    data = api.get("/api/customer/84909318264/quick-view").json()["data"]

    assert (data["source"], data["isFromTpos"], data["customer"]["id"]) == ("tpos", True, None)
    assert (data["customer"]["name"], data["customer"]["phone"], data["customer"]["status"]) == (
        "Chị Hoa", "0909318264", "VIP",
    )  # fmt: skip
    assert data["wallet"] == {"balance": 0, "virtual_balance": 0, "total": 0}
    assert not Customer.objects.exists()


def test_a_quick_view_of_somebody_unknown_to_tpos_as_well_says_so(api: APIClient, book: Tpos) -> None:
    answer = api.get("/api/customer/0900000009/quick-view")

    assert (answer.status_code, answer.json()["success"]) == (200, False)
