"""Who may pass: by session, by our token, beside the neighbour's, or, while it is allowed, from an old page."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from n2store.roles import Role
from n2store.simulator.pancake_http import PancakeHttp
from n2store.simulator.tpos import Tpos
from tests.access.proxy import OTHERS, PASSING

PAGE = "https://shop.github.io"
CALLS = [("get", path) for path in PASSING] + [("post", path) for path in PASSING] + OTHERS


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address"), CALLS)
def test_strangers_are_asked_to_log_in(client: Client, method: str, address: str) -> None:
    answer = getattr(client, method)(address.replace("<>", "x"), headers={"Origin": PAGE, "Authorization": "Bearer t"})

    assert (answer.status_code, answer.json()["code"]) == (401, "AUTH_REQUIRED")


@pytest.mark.parametrize(("method", "address"), CALLS)
def test_a_login_without_a_role_does_not_pass(as_role: Any, method: str, address: str) -> None:
    answer = getattr(as_role(None), method)(address.replace("<>", "x"))

    assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("role", Role)
def test_everybody_reads_and_a_viewer_changes_nothing(as_role: Any, pancake: PancakeHttp, role: Role) -> None:
    api = as_role(role)

    reads = api.get("/api/pancake/pages").status_code
    writes = api.post("/api/pancake/pages").status_code

    assert (reads, writes) == (200, 403 if role is Role.VIEWER else 200)


@pytest.fixture
def token(db: None, capsys: pytest.CaptureFixture[str]) -> str:
    call_command("issue_token", "--role", "owner")
    return capsys.readouterr().out.strip()


def test_our_token_goes_beside_the_neighbours(client: Client, token: str, tpos_played: Tpos) -> None:
    answer = client.get("/api/odata/Tag", headers={"X-N2Store-Token": token, "Authorization": "Bearer theirs"})
    wrong = client.get("/api/odata/Tag", headers={"X-N2Store-Token": "x" * 64, "Authorization": "Bearer theirs"})

    [asked] = tpos_played.calls
    assert (answer.status_code, wrong.status_code) == (401, 401)
    assert (asked.headers["authorization"], answer.json()["message"]) == (
        "Bearer theirs",
        "Authorization has been denied for this request.",
    )
    assert token not in str(asked)


def test_a_session_needs_the_csrf_token_in_a_header_and_the_body_stays_unread(db: None, pancake: PancakeHttp) -> None:
    client = Client(enforce_csrf_checks=True)
    user = User.objects.create_user("lan")
    user.groups.add(Group.objects.get(name="owner"))
    client.force_login(user)
    form = {"page_ids": "1,2"}

    without = client.post("/api/pancake/conversations/search", form)
    client.cookies["csrftoken"] = "c" * 32
    given = client.post("/api/pancake/conversations/search", form, headers={"X-CSRFToken": "c" * 32})

    assert (without.status_code, without.json()["code"], given.status_code) == (403, "PERMISSION_DENIED", 200)
    [asked] = pancake.calls
    assert b'name="page_ids"\r\n\r\n1,2' in asked.body


@pytest.fixture
def _moving(settings: Any) -> None:
    """Let old pages in without a login."""
    settings.GATEWAY_LOGIN, settings.CORS_ALLOWED_ORIGINS = "origin", [PAGE]


@pytest.mark.django_db
@pytest.mark.usefixtures("_moving")
def test_an_old_page_passes_with_its_own_token_and_is_lent_nothing(
    client: Client, tpos_played: Tpos, pancake: PancakeHttp
) -> None:
    own = {"Origin": PAGE, "Authorization": "Bearer theirs"}

    with_own = client.get("/api/odata/Tag", headers=own)
    without = client.get("/api/odata/Tag", headers={"Origin": PAGE})
    bare = client.get("/api/pancake/pages", headers={"Origin": PAGE})
    foreign = client.get("/api/odata/Tag", headers=own | {"Origin": "https://evil.example"})
    no_page = client.get("/api/odata/Tag", headers={"Authorization": "Bearer theirs"})

    assert [call.headers["authorization"] for call in tpos_played.calls] == ["Bearer theirs"]
    assert with_own.headers["X-N2Store-Upstream"] == "tpos"
    assert [answer.status_code for answer in (without, bare, foreign, no_page)] == [401, 200, 401, 401]
    assert (pancake.calls[0].target, tpos_played.tokens_given) == ("/api/v1/pages", 0)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/odata/Tag", "/api/v2/balance-history", "/api/nothing", "/api/auth/login"])
def test_a_browser_that_asks_first_hears_which_pages_may(client: Client, settings: Any, path: str) -> None:
    settings.CORS_ALLOWED_ORIGINS = [PAGE]
    asks = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "tposappversion"}

    ours = client.options(path, headers={"Origin": PAGE} | asks)
    other = client.options(path, headers={"Origin": "https://evil.example"} | asks)

    assert (ours.status_code, ours.content, other.status_code) == (204, b"", 204)
    assert ours.headers["Access-Control-Allow-Origin"] == PAGE
    assert "tposappversion" in ours.headers["Access-Control-Allow-Headers"]
    assert "PATCH" in ours.headers["Access-Control-Allow-Methods"]
    assert (ours.headers["Access-Control-Max-Age"], "Access-Control-Allow-Credentials" in ours.headers) == (
        "86400",
        False,
    )
    assert "Access-Control-Allow-Origin" not in other.headers
