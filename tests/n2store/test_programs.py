"""A request with a token goes the short way, and is answered as by the long one."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from knox.models import get_token_model

from customers.operations import get_or_create_customer

SHARED = ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Content-Type", "Content-Length")


@pytest.fixture
def owner(db: None) -> User:
    get_or_create_customer(phone="0909318264", name="Chị Hoa", by="test")
    user = User.objects.create_user("may", is_staff=True)
    user.groups.add(Group.objects.get(name="owner"))
    return user


@pytest.fixture
def token(owner: User) -> dict[str, str]:
    return {"Authorization": f"Token {get_token_model().objects.create(user=owner)[1]}"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/customer/0909318264",
        "/api/customer/abc",
        "/api/v2/wallets/999999",
        "/api/v2/balance-history",
        "/api/nothing",
    ],
)
def test_both_ways_answer_the_same(client: Client, owner: User, token: dict[str, str], path: str) -> None:
    short = client.get(path, headers=token)
    client.force_login(owner)
    long = client.get(path)

    assert (short.status_code, short.content) == (long.status_code, long.content)
    assert [short.headers.get(name) for name in SHARED] == [long.headers.get(name) for name in SHARED]
    assert short.headers.get("Deprecation") == long.headers.get("Deprecation")


def test_the_short_way_knows_no_session_and_no_csrf(token: dict[str, str], django_assert_num_queries: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    path = "/api/customer/0909318264/note"

    answer = client.post(path, {"content": "Gọi lại"}, content_type="application/json", headers=token)

    assert answer.status_code == 200
    assert not answer.cookies


def test_a_token_that_is_none_is_no_way_around_the_login(client: Client, owner: User) -> None:
    client.force_login(owner)

    answer = client.get("/api/customer/0909318264", headers={"Authorization": "Token nonsense"})

    assert (answer.status_code, answer.json()["code"]) == (401, "AUTH_EXPIRED")


def test_the_admin_is_not_reached_by_the_short_way(client: Client, token: dict[str, str]) -> None:
    assert client.get("/admin/", headers=token).status_code == 302


def test_a_foreign_host_is_refused_on_both_ways(client: Client, token: dict[str, str]) -> None:
    for headers in (token, {}):
        answer = client.get("/api/customer/0909318264", headers=headers | {"Host": "evil.example"})
        assert answer.status_code == 400


def test_the_language_is_the_readers_own(client: Client, token: dict[str, str]) -> None:
    client.cookies["django_language"] = "en"
    english = client.get("/api/customer/abc", headers=token).json()["message"]
    del client.cookies["django_language"]
    vietnamese = client.get("/api/customer/abc", headers=token).json()["message"]

    assert english.startswith("The phone number is not valid")
    assert vietnamese.startswith("Số điện thoại không hợp lệ")


@pytest.mark.parametrize("accepted", ["text/html", "application/xml", "", "*/*;q=0", "nonsense"])
def test_json_is_spoken_to_everybody(client: Client, token: dict[str, str], accepted: str) -> None:
    answer = client.get("/api/customer/0909318264", headers=token | {"Accept": accepted})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_a_body_that_is_no_json_is_told_so(client: Client, token: dict[str, str]) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = client.post(
            "/api/v2/wallets/0909318264/deposit", b"amount=1", content_type=content_type, headers=token
        )
        assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
