"""How often one caller may use one door."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from n2store.roles import Role
from proxy import rates
from proxy.errors import TooMany
from proxy.rates import Rate

NOON = 1_795_258_800.0


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock, fifteen seconds into a minute."""
    cache.clear()
    monkeypatch.setattr(rates, "_now", lambda: NOON + 15)


def test_who_asks_too_often_waits_for_the_next_minute_and_others_do_not(as_role: Any, settings: Any) -> None:
    settings.GATEWAY_RATES = {"upload": 2}
    lan, hoa = as_role(Role.OWNER), as_role(Role.WAREHOUSE)

    answers = [lan.post("/api/upload/image", {}, format="json") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [400, 400, 429, 429]
    assert (answers[-1].json()["code"], answers[-1].headers["Retry-After"]) == ("RATE_LIMITED", "45")
    assert hoa.post("/api/upload/image", {}, format="json").status_code == 400


def test_callers_without_a_login_are_counted_by_their_addresses(client: Client, settings: Any) -> None:
    settings.GATEWAY_RATES, settings.GATEWAY_LOGIN = {"token": 1}, "origin"
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.github.io"]

    def ask(address: str) -> int:
        page = {"HTTP_ORIGIN": "https://shop.github.io", "REMOTE_ADDR": address}
        return client.post("/api/token", "a=b", content_type="application/x-www-form-urlencoded", **page).status_code

    assert [ask(address) for address in ("1.1.1.1", "2.2.2.2", "1.1.1.1")] == [400, 400, 429]


def test_a_new_minute_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    rate = Rate("door", 1)
    rate.count("lan")
    with pytest.raises(TooMany):
        rate.count("lan")

    monkeypatch.setattr(rates, "_now", lambda: NOON + 60)

    assert rate.count("lan") is None


def test_a_door_without_a_limit_is_not_counted(api: APIClient, settings: Any) -> None:
    settings.GATEWAY_RATES = {"upload": 0}

    assert {api.post("/api/upload/image", {}, format="json").status_code for _ in range(5)} == {400}


def test_without_redis_nothing_is_counted(settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9"}
    }

    for _ in range(3):
        assert Rate("door", 1).count("lan") is None
