"""`/api/v2/customers…`, §5.1 of the contract, route by route."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.models import Customer
from customers.operations import create_customer, update_profile

PATH = "/api/v2/customers"


@pytest.fixture
def three(db: None) -> list[Customer]:
    """Return three customers who differ in name, tier and status."""
    made = [
        create_customer(phone=f"090000000{number}", name=name, by="lan")
        for number, name in enumerate(["Đặng Hoa", "An Bình", "Cao Minh"])
    ]
    update_profile(customer_id=made[0].pk, changes={"tier": "gold", "status": "VIP"}, by="lan")
    return made


def names(api: APIClient, **wanted: Any) -> list[str]:
    return [row["name"] for row in api.get(PATH, wanted).json()["data"]]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["Cao Minh", "An Bình", "Đặng Hoa"]),
        ({"order": "asc"}, ["Đặng Hoa", "An Bình", "Cao Minh"]),
        ({"sort": "name", "order": "asc"}, ["An Bình", "Cao Minh", "Đặng Hoa"]),
        ({"sort": "name"}, ["Đặng Hoa", "Cao Minh", "An Bình"]),
        ({"sort": "total_spent"}, ["Cao Minh", "An Bình", "Đặng Hoa"]),
        ({"tier": "gold"}, ["Đặng Hoa"]),
        ({"tier": "GOLD"}, ["Đặng Hoa"]),
        ({"status": "VIP", "tier": "gold"}, ["Đặng Hoa"]),
        ({"status": "VIP", "tier": "new"}, []),
        ({"segment": "Champion"}, []),
        ({"search": "dang"}, ["Đặng Hoa"]),
        ({"search": "0000001"}, ["An Bình"]),
        ({"search": "%"}, None),
    ],
)
def test_the_list_is_filtered_and_sorted(
    api: APIClient, three: list[Customer], wanted: dict[str, str], found: list[str] | None
) -> None:
    if found is None:
        assert api.get(PATH, wanted).status_code == 400
    else:
        assert names(api, **wanted) == found


@pytest.mark.parametrize("sort", ["created_at", "name"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_cursor_leads_through_a_sorted_list(api: APIClient, three: list[Customer], sort: str, order: str) -> None:
    whole = names(api, sort=sort, order=order)

    walked: list[str] = []
    cursor: str | None = ""
    while cursor is not None and len(walked) < 10:
        body = api.get(PATH, {"sort": sort, "order": order, "limit": 1, "cursor": cursor}).json()
        walked += [row["name"] for row in body["data"]]
        cursor = body["pagination"]["next_cursor"]

    assert walked == whole


@pytest.mark.parametrize(
    "query",
    [
        "page=abc", "limit=abc", "sort=password", "order=sideways", "tier=diamond", "status=x", "search=%00ab",
        "cursor=x", "sort=name&cursor=WzEsMV0", "segment=%00",
    ],
)  # fmt: skip
def test_a_list_asked_for_nonsense_is_a_400(api: APIClient, three: list[Customer], query: str) -> None:
    answer = api.get(f"{PATH}?{query}")

    assert (answer.status_code, answer.json()["success"]) == (400, False)


def test_a_repeated_order_is_no_500(api: APIClient, three: list[Customer]) -> None:
    assert api.get(f"{PATH}?order=asc&order=desc").status_code == 200


def test_the_list_shows_the_wallet_in_one_statement(
    api: APIClient, three: list[Customer], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get(PATH)

    with django_assert_num_queries(1):
        body = api.get(f"{PATH}/").json()
    assert {name: body["data"][0][name] for name in ("wallet_balance", "wallet_virtual_balance", "wallet_total")} == {
        "wallet_balance": 0, "wallet_virtual_balance": 0, "wallet_total": 0,
    }  # fmt: skip


def test_a_new_customer_has_the_seeds_defaults(api: APIClient, db: None) -> None:
    row = api.post(PATH, {"phone": "0909318264"}, format="json").json()["data"]

    assert (row["name"], row["status"], row["tier"], row["tags"]) == ("Khách hàng mới", "Bình thường", "new", [])


def test_a_patch_changes_what_is_named_and_null_empties(api: APIClient, hoa: Customer) -> None:
    answer = api.patch(f"{PATH}/{hoa.pk}", {"tier": "gold", "address": None, "tags": ["sỉ"]}, format="json")

    row = answer.json()["data"]
    assert (answer.status_code, row["tier"], row["address"], row["tags"], row["name"]) == (
        200, "gold", None, ["sỉ"], "Đặng Thị Hương",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "NOTHING_TO_UPDATE"),
        ({"phone": "0900000001"}, 400, "NOTHING_TO_UPDATE"),
        ({"name": None}, 400, "INVALID_PROFILE"),
        ({"name": ""}, 400, "INVALID_PROFILE"),
        ({"status": None}, 400, "INVALID_PROFILE"),
        ({"tags": [["x"]]}, 400, "INVALID_PROFILE"),
        ({"status": ["VIP"]}, 400, "INVALID_PROFILE"),
        ([], 400, "INVALID"),
    ],
)
def test_a_patch_of_nonsense_is_refused(api: APIClient, hoa: Customer, body: Any, status: int, code: str) -> None:
    answer = api.patch(f"{PATH}/{hoa.pk}", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    hoa.refresh_from_db()
    assert (hoa.name, hoa.status, hoa.tags) == ("Đặng Thị Hương", "Bình thường", [])


@pytest.mark.parametrize("tail", ["", "/activity", "/notes"])
def test_nobody_is_a_404(api: APIClient, db: None, tail: str) -> None:
    answer = api.get(f"{PATH}/999999{tail}")

    assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (
        404, "CUSTOMER_NOT_FOUND", "Customer not found",
    )  # fmt: skip


def test_notes_are_written_and_listed(api: APIClient, hoa: Customer) -> None:
    written = api.post(f"{PATH}/{hoa.pk}/notes", {"content": "gọi lại", "created_by": "ai đó"}, format="json").json()

    listed = api.get(f"{PATH}/0909318264/notes").json()
    assert listed["data"] == [written["data"]]
    assert (written["data"]["created_by"], listed["pagination"]["total"]) == ("user-owner", 1)
    assert api.post(f"{PATH}/{hoa.pk}/notes", {}, format="json").json()["error"] == "Content is required"


def test_a_batch_takes_ids_too(api: APIClient, three: list[Customer]) -> None:
    body = api.post(f"{PATH}/batch", {"ids": [three[0].pk, 999_999, 10**30]}, format="json").json()

    assert (list(body["data"]), body["found"]) == (["0900000000"], 1)


@pytest.mark.parametrize(
    "body", [{"ids": "x"}, {"ids": ["1"]}, {"ids": [True]}, {"ids": [1.5]}, {"ids": []}, {"ids": [1] * 501}]
)
def test_a_batch_of_no_ids_is_a_400(api: APIClient, db: None, body: Any) -> None:
    assert api.post(f"{PATH}/batch", body, format="json").status_code == 400


def test_a_batch_without_a_list_says_what_is_missing(api: APIClient, db: None) -> None:
    assert "phones or ids array is required" in api.post(f"{PATH}/batch", {}, format="json").json()["error"]
