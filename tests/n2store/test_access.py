"""Who may call what: deny by default, five roles, sessions and tokens."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from n2store.roles import Role, roles_of
from tests.access import banking, customers, feeds, proxy, realtime, tickets, wallets

ROOMS = (customers, wallets, banking, tickets, feeds, realtime)
ADDRESSES = [address for room in ROOMS for address in room.READS] + proxy.READS
WRITES = [write for room in ROOMS for write in room.WRITES]
READS = [address.replace("<>", "0909318264") for address in ADDRESSES]
PAGES = ["/api/docs/", "/api/redoc/", "/api/schema/"]
SEARCHES = set(realtime.SEARCHES)
OPEN = {
    "/health",
    "/metrics",
    "/media/<>",
    "/api/auth/login",
    "/api/sepay/webhook",
    "/api/sepay/ping",
    "/api/payos/webhook",
    "/wallet/topup",
    "/",
}


@pytest.mark.django_db
@pytest.mark.parametrize("path", READS)
def test_strangers_are_asked_to_log_in(client: Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["success"], answer.json()["code"]) == (401, False, "AUTH_REQUIRED")


@pytest.mark.parametrize("path", READS)
def test_a_login_without_a_role_sees_nothing(as_role: Any, path: str) -> None:
    answer = as_role(None).get(path)

    assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_the_description_of_the_api_is_for_the_staff(client: Client, as_role: Any, path: str) -> None:
    stranger = client.get(path)
    client.force_login(as_role(Role.VIEWER).handler._force_user)

    assert stranger.status_code == (401 if path == "/api/schema/" else 302)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("path", READS)
def test_every_role_may_read(as_role: Any, path: str, role: Role) -> None:
    assert as_role(role).get(path).status_code in (200, 404)


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address"), WRITES)
def test_strangers_change_nothing(client: Client, method: str, address: str) -> None:
    path = address.replace("<>", "0909318264")
    answer = getattr(client, method)(path, {}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (401, "AUTH_REQUIRED")


@pytest.mark.parametrize(("method", "address"), WRITES)
def test_a_login_without_a_role_changes_nothing(as_role: Any, method: str, address: str) -> None:
    path = address.replace("<>", "0909318264")
    answer = getattr(as_role(None), method)(path, {}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_an_address_answers_only_the_methods_named(api: APIClient, address: str, method: str) -> None:
    if (method, address) in WRITES:
        return
    answer = getattr(api, method)(address.replace("<>", "0909318264"))

    assert (answer.status_code, answer.json()["success"]) == (405, False)


def test_every_api_path_is_named_here_or_open() -> None:
    def paths(resolver: URLResolver, prefix: str = "/") -> list[str]:
        found: list[str] = []
        for entry in resolver.url_patterns:
            path = prefix + str(entry.pattern)
            found += (
                paths(entry, path)
                if isinstance(entry, URLResolver)
                else [path]
                if isinstance(entry, URLPattern)
                else []
            )
        return found

    known = {
        *OPEN,
        "/api/auth/logout",
        *ADDRESSES,
        *SEARCHES,
        *proxy.ADDRESSES,
        *(address for _method, address in WRITES),
        *PAGES,
    }
    ours = {path for path in paths(get_resolver()) if not path.startswith(("/admin", "/i18n"))}
    assert {re.sub(r"<[a-z]+:[a-z_]+>", "<>", path) for path in ours} == known


@pytest.mark.django_db
def test_a_token_is_issued_used_and_revoked(client: Client) -> None:
    user = User.objects.create_user("lan", password="mat khau dai")
    user.groups.add(Group.objects.get(name="customer_care"))

    wrong = client.post("/api/auth/login", {"username": "lan", "password": "x"}, content_type="application/json")
    right = client.post(
        "/api/auth/login", {"username": "lan", "password": "mat khau dai"}, content_type="application/json"
    )
    headers = {"Authorization": f"Token {right.json()['token']}"}
    used = client.get("/api/v2/balance-history", headers=headers)
    out = client.post("/api/auth/logout", headers=headers)
    after = client.get("/api/v2/balance-history", headers=headers)

    assert (wrong.status_code, wrong.json()["code"]) == (401, "LOGIN_FAILED")
    assert right.json()["roles"] == ["customer_care"]
    assert (used.status_code, out.status_code, after.status_code) == (200, 204, 401)


@pytest.mark.django_db
@pytest.mark.parametrize("body", [{}, {"username": "lan"}, {"username": "", "password": ""}, [], "x", None])
def test_a_login_without_words_is_a_clear_400(client: Client, body: Any) -> None:
    answer = client.post("/api/auth/login", body, content_type="application/json")

    assert (answer.status_code, answer.json()["success"]) == (400, False)


@pytest.mark.django_db
def test_the_command_prints_a_token_that_works(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("issue_token", "--role", "owner")
    token = capsys.readouterr().out.strip()

    assert client.get("/api/v2/balance-history", headers={"Authorization": f"Token {token}"}).status_code == 200
    assert not User.objects.get(username="token-owner").has_usable_password()


@pytest.mark.django_db
def test_roles_are_groups_and_an_inactive_user_has_none() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == {role.value for role in Role}
    user = User.objects.create_user("lan", is_active=False)
    user.groups.add(Group.objects.get(name="owner"))

    assert roles_of(user) == frozenset()
    assert roles_of(User(username="chu", is_superuser=True)) == frozenset(Role)


@pytest.mark.django_db
def test_an_unknown_path_answers_in_json(client: Client) -> None:
    answer = client.get("/api/nothing/here")

    assert answer.status_code == 404
    body = answer.json()
    assert (body["success"], body["error"], body["code"], body["path"]) == (
        False,
        "Not Found",
        "NOT_FOUND",
        "/api/nothing/here",
    )
