"""`/api/sepay/tpos/…`: looks at TPOS through our server."""

from collections.abc import Iterator

import pytest
from rest_framework.test import APIClient

from n2store.simulator.tpos import Manner, Tpos, partner
from tests.factories.tpos import playing_tpos

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Iterator[Tpos]:
    with playing_tpos() as book:
        book.partners = [
            partner(5011, "0909318264", "Chị Hoa"),
            partner(5012, "84909318264", "Hoa NT", Email="hoa@shop.vn", Credit=12000.0),
            partner(5013, "0387318264", ""),
            partner(5014, "khong co so", "Ai", Stray=True),
        ]
        yield book


def test_the_newest_with_exactly_this_phone(api: APIClient, book: Tpos) -> None:  # W17
    assert api.get("/api/sepay/tpos/customer/0909318264").json() == {
        "success": True, "count": 1,
        "data": [
            {
                "id": 5012, "phone": "0909318264", "name": "Hoa NT", "email": "hoa@shop.vn", "status": "Normal",
                "credit": 12_000,
            }
        ],
    }  # fmt: skip
    assert api.get("/api/sepay/tpos/customer/0909318265").json() == {"success": True, "data": [], "count": 0}


def test_customers_by_phone_for_some_digits(api: APIClient, book: Tpos) -> None:
    told = api.get("/api/sepay/tpos/search/318264").json()

    assert (told["totalResults"], told["uniquePhoneCount"]) == (4, 2)
    nameless, hoa = told["data"]
    assert (nameless["phone"], nameless["customers"][0]["name"]) == ("0387318264", "N/A")
    assert (hoa["phone"], hoa["count"], [one["id"] for one in hoa["customers"]]) == ("0909318264", 2, [5012, 5011])


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("customer/090931826", "Invalid phone number (must be 10 digits)"),
        ("customer/abc", "Invalid phone number (must be 10 digits)"),
        ("customer/٠٩٠٩٣١٨٢٦٤", "Invalid phone number (must be 10 digits)"),
        ("search/1234", "Invalid partial phone (must be 5-10 digits)"),
        ("search/12345678901", "Invalid partial phone (must be 5-10 digits)"),
        ("search/12a45", "Invalid partial phone (must be 5-10 digits)"),
    ],
)
def test_what_tpos_is_not_asked(api: APIClient, book: Tpos, path: str, error: str) -> None:
    answer = api.get(f"/api/sepay/tpos/{path}")

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert not book.asked


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("customer/0909318264", "Failed to fetch customer from TPOS"),
        ("search/318264", "Failed to search TPOS"),
    ],
)
def test_an_ill_tpos_is_said_so(api: APIClient, book: Tpos, path: str, error: str) -> None:
    book.manner = Manner.GARBLED

    answer = api.get(f"/api/sepay/tpos/{path}")

    assert (answer.status_code, answer.json()["error"], answer.json()["code"]) == (503, error, "TPOS_TIMEOUT")
