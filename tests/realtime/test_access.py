"""Who is let in: a session or a token, with a role; and how often."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client as DjangoClient
from django.utils import timezone
from knox.models import AuthToken

from n2store.roles import Role
from realtime import topics
from realtime.flow import Application
from realtime.limits import Limits
from tests.realtime.driving import Request, Shop, answer, scope_of, stream

TOKENS = Callable[[Role | None], str]
EVENTS = ("/api/events", {"channels": "wallets"})
ADDRESSES = [EVENTS, ("/api/realtime/sse", {"keys": "wallets"}), ("/api/sepay/stream", {})]


@pytest.fixture
def cookie(transactional_db: None, token: str) -> str:
    """Return the session cookie of the viewer."""
    browser = DjangoClient()
    browser.force_login(User.objects.get())
    return f"other=1; {settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


@pytest.mark.parametrize(("path", "query"), ADDRESSES)
async def test_without_login_every_stream_is_401(application: Application, path: str, query: dict[str, str]) -> None:
    status, headers, body = await answer(application, path, query)

    assert (status, body["code"], headers[b"www-authenticate"]) == (401, "AUTH_REQUIRED", b"Token")


@pytest.mark.parametrize(("path", "query"), ADDRESSES)
async def test_a_session_and_a_token_open_every_stream(
    application: Application, login: dict[str, str], cookie: str, path: str, query: dict[str, str]
) -> None:
    async with stream(application, path, query, **login), stream(application, path, query, cookie=cookie):
        pass


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Token wrong"},
        {"authorization": "Token"},
        {"authorization": "Token a b"},
        {"authorization": "Basic YTpi"},
        {"cookie": f"{settings.SESSION_COOKIE_NAME}=wrong"},
        {"cookie": "=;;=\x01"},
    ],
)
async def test_a_wrong_login_is_401(application: Application, headers: dict[str, str]) -> None:
    assert (await answer(application, *EVENTS, **headers))[0] == 401


async def test_a_token_in_the_address_is_not_looked_at(application: Application, token: str) -> None:
    for name in ("token", "authorization", "access_token"):
        assert (await answer(application, "/api/events", {"channels": "wallets", name: token}))[0] == 401


@pytest.fixture
def deactivated(token: str, cookie: str) -> list[dict[str, str]]:
    User.objects.update(is_active=False)
    return [{"authorization": f"Token {token}"}, {"cookie": cookie}]


async def test_somebody_deactivated_is_401(application: Application, deactivated: list[dict[str, str]]) -> None:
    assert [(await answer(application, *EVENTS, **headers))[0] for headers in deactivated] == [401, 401]


@pytest.fixture
def expired_token(token: str) -> str:
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    return token


async def test_an_expired_token_is_401(application: Application, expired_token: str) -> None:
    assert (await answer(application, *EVENTS, authorization=f"Token {expired_token}"))[0] == 401


@pytest.fixture
def everybody(token_for: TOKENS) -> dict[Role | None, str]:
    return {role: token_for(role) for role in (*Role, None)}


@pytest.mark.parametrize("channel", ["wallets", "tickets", "customers", "transfers"])
async def test_the_matrix_of_roles_and_channels(
    application: Application, everybody: dict[Role | None, str], channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(topics.CHANNELS, "tickets", frozenset({Role.OWNER, Role.WAREHOUSE}))
    seen: dict[Role | None, int] = {}
    for role, text in everybody.items():
        query = {"channels": channel}
        request = Request(application, scope_of("/api/events", query, authorization=f"Token {text}"))
        seen[role] = (await request.message())["status"]
        await request.leave()

    allowed = {Role.OWNER, Role.WAREHOUSE} if channel == "tickets" else set(Role)
    assert seen == {role: 200 if role in allowed else 403 for role in everybody}


class TestWithThreeStreamsEach:
    @pytest.fixture
    def limits(self) -> Limits:
        return replace(Limits(), streams_per_user_max=3)

    async def test_one_more_is_429_until_one_is_left(self, application: Application, login: dict[str, str]) -> None:
        async with stream(application, *EVENTS, **login), stream(application, *EVENTS, **login):
            async with stream(application, *EVENTS, **login):
                status, _, body = await answer(application, *EVENTS, **login)
                assert (status, body["code"]) == (429, "TOO_MANY_STREAMS")

            async with stream(application, *EVENTS, **login):
                pass

    async def test_it_is_counted_for_each_person(
        self, application: Application, everybody: dict[Role | None, str]
    ) -> None:
        owner = {"authorization": f"Token {everybody[Role.OWNER]}"}
        viewer = {"authorization": f"Token {everybody[Role.VIEWER]}"}
        async with (
            stream(application, *EVENTS, **owner),
            stream(application, *EVENTS, **owner),
            stream(application, *EVENTS, **owner),
            stream(application, *EVENTS, **viewer),
        ):
            pass


async def test_looking_somebody_up_keeps_no_database_connection(
    application: Application, login: dict[str, str], shop: Shop
) -> None:
    async with stream(application, *EVENTS, **login) as opened:
        await opened.event()
        in_transaction = shop.ask(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE %s", "idle in%"
        )
        assert (in_transaction, len(shop.push_connections())) == ([(0,)], 1)
