"""Tokens: one login for everybody, none for who does not know the password, nothing in clear at rest."""

import os
import subprocess
import sys
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from rest_framework.test import APIClient

from n2store.launch.place import PROJECT
from n2store.simulator.tpos import CLIENT_ID, PASSWORD, USERNAME, Tpos
from proxy import tokens
from proxy.sealing import Unreadable, seal, unseal
from proxy.tokens import MARGIN_S, Token, TooSlow, name_of
from proxy.tpos import TposRefused, tpos
from tests.processes import database_url_of_this_test
from tests.threads import at_once

FORM = {"grant_type": "password", "username": USERNAME, "password": PASSWORD, "client_id": CLIENT_ID}

STORM = """
import sys
import django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from proxy.tpos import tpos
sys.stdin.readline()
with ThreadPoolExecutor(25) as pool:
    got = set(pool.map(lambda _: tpos().token(rejected=sys.argv[1]), range(25)))
print(*got)
"""


def _ask(api: APIClient, **changed: Any) -> Any:
    form = {name: value for name, value in (FORM | changed).items() if value is not None}
    return api.generic("POST", "/api/token", urlencode(form), "application/x-www-form-urlencoded")


def test_the_form_of_tpos_gets_a_token_and_the_same_person_the_same(api: APIClient, tpos_played: Tpos) -> None:
    first, second = _ask(api), _ask(api, scope="profile")

    assert first.status_code == 200
    assert (first.json()["access_token"], first.json()["token_type"]) == ("token-1", "bearer")
    assert second.json()["access_token"] == "token-1"
    assert 0 < second.json()["expires_in"] <= first.json()["expires_in"] <= 1_295_999
    assert (first.headers["Cache-Control"], tpos_played.tokens_given) == ("no-store", 1)


@pytest.mark.parametrize("wrong", [{"password": "x"}, {"username": "other"}, {"client_id": "other"}])
def test_nobody_gets_a_token_they_did_not_log_in_for(api: APIClient, tpos_played: Tpos, wrong: dict[str, str]) -> None:
    _ask(api)

    answer = _ask(api, **wrong)

    assert (answer.status_code, answer.json()["code"]) == (401, "TPOS_LOGIN_REFUSED")
    assert "token-1" not in answer.content.decode()


@pytest.mark.parametrize("missing", ["grant_type", "username", "password", "client_id"])
def test_a_form_that_lacks_something_gets_no_cached_token(api: APIClient, tpos_played: Tpos, missing: str) -> None:
    _ask(api)

    answer = _ask(api, **{missing: None})

    assert (answer.status_code, answer.json()["error"]) == (400, "Missing required fields")
    assert answer.json()["required"] == ["grant_type", "username", "password", "client_id"]
    assert tpos_played.tokens_given == 1


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{", b"a" * 20_000, b"&" * 500, b'{"username": [1]}'])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_what_is_no_form_is_a_clear_4xx(api: APIClient, tpos_played: Tpos, body: bytes, kind: str) -> None:
    answer = api.generic("POST", "/api/token", body, kind)

    assert answer.status_code in (400, 413)
    assert tpos_played.tokens_given == 0


def test_a_get_gets_nothing(api: APIClient, tpos_played: Tpos) -> None:
    _ask(api)

    assert api.get("/api/token").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_a_hundred_callers_in_four_processes_make_one_login(tpos_played: Tpos) -> None:
    old = tpos().token()
    tpos_played.forget_tokens()
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "n2store.settings", "DATABASE_URL": database_url_of_this_test(),
        "REDIS_URL": django_settings.REDIS_URL, "SECRET_KEY": django_settings.SECRET_KEY,
        "TPOS_BASE_URL": tpos_played.url, "TPOS_USERNAME": USERNAME, "TPOS_PASSWORD": PASSWORD,
        "TPOS_TIMEOUT_S": "60",
    }  # fmt: skip
    started = [
        subprocess.Popen(
            [sys.executable, "-c", STORM, old], cwd=PROJECT, env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    got = set()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        out, _ = process.communicate(timeout=120)
        got |= set(out.split())

    assert got == {"token-2"}
    assert tpos_played.tokens_given == 2


def test_a_wrong_password_is_asked_for_once_by_all_who_wait(tpos_played: Tpos, settings: Any) -> None:
    settings.TPOS_PASSWORD = "wrong"

    def refused(_: int) -> str:
        with pytest.raises(TposRefused):
            tpos().token()
        return "refused"

    assert at_once(refused, range(20)) == ["refused"] * 20


def _token(text: str, lives_s: float = 3600) -> Token:
    return Token(text, time.time() + lives_s, {})


def test_a_token_near_its_end_is_fetched_anew() -> None:
    cache.clear()
    given = iter([_token("first", MARGIN_S - 1), _token("second"), _token("third")])
    deadline = time.monotonic() + 10

    got = [tokens.token(name_of("near"), lambda: next(given), deadline=deadline).text for _ in range(3)]

    assert got == ["first", "second", "second"]


def test_who_died_while_fetching_holds_nobody_up_for_ever() -> None:
    cache.clear()
    name = name_of("dead")
    cache.set(f"token:{name}:fetching", "a process that was killed", timeout=1)

    got = tokens.token(name, lambda: _token("alive"), deadline=time.monotonic() + 30)

    assert got.text == "alive"


def test_who_waits_too_long_says_so() -> None:
    cache.clear()
    name = name_of("slow")
    cache.set(f"token:{name}:fetching", "somebody", timeout=60)

    with pytest.raises(TooSlow):
        tokens.token(name, lambda: _token("never"), deadline=time.monotonic() + 0.2)


def test_nothing_is_kept_in_clear(tpos_played: Tpos) -> None:
    token = tpos().token()

    client = cache._cache.get_client()  # type: ignore[attr-defined]
    kept = {key: client.get(key) for key in client.scan_iter("*token*")}

    assert kept
    everything = repr(kept)
    assert token not in everything
    assert PASSWORD not in everything


def test_what_another_key_sealed_is_fetched_anew(tpos_played: Tpos, settings: Any) -> None:
    tpos().token()
    settings.CREDENTIALS_KEYS = ["another"]

    assert tpos().token() == "token-2"


def test_a_seal_opens_with_an_old_key_and_with_no_other(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = ["old"]
    sealed = seal({"a": "b"})

    settings.CREDENTIALS_KEYS = ["new", "old"]
    assert unseal(sealed) == {"a": "b"}
    settings.CREDENTIALS_KEYS = ["new"]
    for broken in (sealed, sealed[:-4], "x", ""):
        with pytest.raises(Unreadable):
            unseal(broken)
