"""`GET /api/customer/<phone>` and `GET /api/v2/customers/<id or phone>`."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.api.profile import CUSTOMER_QUERIES
from customers.models import Customer
from customers.operations import get_or_create_customer
from tests.factories.banking import delivery, post


@pytest.fixture
def hoa(db: None, client: Client) -> Customer:
    """Return a customer who has paid in 350,000 and 150,000."""
    hoa, _ = get_or_create_customer(phone="0909318264", name="Chị Hoa", by="lan")
    post(client, delivery(id=1))
    post(client, delivery(id=2, transferAmount=150_000))
    return hoa


@pytest.mark.parametrize("spelling", ["0909318264", "84909318264", "+84 909 318 264", "909318264"])
def test_v1_finds_the_customer_by_any_spelling_of_the_phone(api: APIClient, hoa: Customer, spelling: str) -> None:
    answer = api.get(f"/api/customer/{spelling}")

    assert (answer.status_code, answer.json()["data"]["customer"]["id"]) == (200, hoa.pk)


def test_the_profile_has_the_shape_that_the_shops_pages_read(api: APIClient, hoa: Customer) -> None:
    body = api.get("/api/customer/0909318264").json()

    assert body["success"] is True
    assert set(body["data"]) == {"customer", "wallet", "recentTickets", "recentActivities", "notes"}
    customer = body["data"]["customer"]
    assert (customer["phone"], customer["name"], customer["status"], customer["tier"]) == (
        "0909318264", "Chị Hoa", "Bình thường", "new",
    )  # fmt: skip
    assert (customer["wallet_balance"], customer["wallet_virtual_balance"], customer["wallet_total"]) == (
        500_000, 0, 500_000,
    )  # fmt: skip
    assert body["data"]["wallet"] == {
        "balance": 500_000, "virtualBalance": 0, "total": 500_000, "virtualCredits": [],
    }  # fmt: skip
    assert [row["title"] for row in body["data"]["recentActivities"]] == [
        "Nạp tiền: 150,000đ", "Nạp tiền: 350,000đ", "Thêm khách hàng: 0909318264",
    ]  # fmt: skip


def test_v2_finds_the_customer_by_id_or_phone(api: APIClient, hoa: Customer) -> None:
    by_id = api.get(f"/api/v2/customers/{hoa.pk}").json()

    assert by_id == api.get("/api/v2/customers/0909318264").json()
    assert by_id["data"]["customer"]["phone"] == "0909318264"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/customer/0900000009", 404, "NOT_FOUND"),
        ("/api/customer/abc", 400, "INVALID_PHONE"),
        ("/api/v2/customers/999999", 404, "NOT_FOUND"),
        ("/api/v2/customers/abc", 404, "NOT_FOUND"),
        ("/api/v2/customers/09093182645", 400, "INVALID_PHONE"),
        ("/api/v2/customers/99999999999999999999999", 404, "NOT_FOUND"),
        ("/api/v2/wallets/999999", 404, "NOT_FOUND"),
        ("/api/v2/wallets/0900000009", 404, "NOT_FOUND"),
    ],
)
def test_who_is_not_there_is_a_clear_answer(api: APIClient, path: str, status: int, code: str) -> None:
    answer = api.get(path)

    assert (answer.status_code, answer.json()["success"], answer.json()["code"]) == (status, False, code)


def test_a_profile_costs_the_same_queries_however_long_the_history(
    api: APIClient, hoa: Customer, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get("/api/v2/customers/0909318264")  # The roles of the user are known from here on.

    with django_assert_num_queries(CUSTOMER_QUERIES):
        api.get("/api/v2/customers/0909318264")

    for number in range(3, 40):
        post(client, delivery(id=number))
    with django_assert_num_queries(CUSTOMER_QUERIES):
        answer = api.get("/api/v2/customers/0909318264")
    assert len(answer.json()["data"]["recentActivities"]) == 20
