"""The pages' assistant, over the simulated Gemini."""

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from n2store.roles import Role
from n2store.simulator.answering import Manner
from n2store.simulator.gemini import KEY, Gemini


@pytest.fixture
def gemini(settings: Any) -> Iterator[Gemini]:
    with Gemini().serving() as played:
        settings.GEMINI_API_URL, settings.GEMINI_API_KEY = played.url, KEY
        yield played


def _ask(api: APIClient, text: str = "xin chào", **more: Any) -> Any:
    said = {"contents": [{"role": "user", "parts": [{"text": text}]}]} | more
    return api.post("/api/gemini/chat", said, format="json")


def test_the_answer_comes_back_as_google_gave_it(api: APIClient, gemini: Gemini) -> None:
    answer = _ask(api, generationConfig={"temperature": 0.2}, tools=[{"googleSearch": {}}])

    assert answer.status_code == 200
    assert answer.json()["candidates"][0]["content"]["parts"][0]["text"] == "Dạ, xin chào"
    [asked] = gemini.calls
    assert asked.target == "/v1beta/models/gemini-2.0-flash:generateContent"
    assert (b'"temperature": 0.2' in asked.body, b"googleSearch" in asked.body) == (True, False)


def test_googles_refusal_is_told_with_200_as_ever(api: APIClient, gemini: Gemini) -> None:
    answer = _ask(api, "quá tải")

    assert (answer.status_code, answer.json()["error"]["status"]) == (200, "RESOURCE_EXHAUSTED")


@pytest.mark.parametrize("key", ["", "a b", "a\r\nX-Evil: 1"])
def test_without_a_key_it_is_said_so(api: APIClient, gemini: Gemini, settings: Any, key: str) -> None:
    settings.GEMINI_API_KEY = key

    answer = _ask(api)

    assert (answer.status_code, answer.json()["code"]) == (503, "UPSTREAM_NOT_CONFIGURED")
    assert answer.json()["error"] == {"message": "GEMINI_API_KEY is not set."}
    assert gemini.calls == []


@pytest.mark.parametrize(
    "given",
    [
        {"model": "gemini-ultra"}, {"model": "../../x"}, {"model": "gemini-2.0-flash?key=x"}, {"model": ["a"]},
        {"contents": []}, {"contents": "x"}, {"contents": None},
    ],
)  # fmt: skip
def test_what_is_no_question_goes_nowhere(api: APIClient, gemini: Gemini, given: dict[str, Any]) -> None:
    answer = _ask(api, **given)

    assert (answer.status_code, answer.json()["code"], gemini.calls) == (400, "INVALID_CALL", [])
    assert answer.json()["error"]["message"]


def test_a_picture_of_several_megabytes_passes_and_one_too_large_does_not(api: APIClient, gemini: Gemini) -> None:
    picture = {"inline_data": {"mime_type": "image/png", "data": "A" * 6_000_000}}
    contents = [{"role": "user", "parts": [{"text": "đọc"}, picture]}]

    answer = _ask(api, contents=contents)
    large = api.generic("POST", "/api/gemini/chat", bytes(21 * 1024 * 1024), "application/json")

    assert (answer.status_code, len(gemini.calls[0].body) > 6_000_000) == (200, True)
    assert (large.status_code, len(gemini.calls)) == (413, 1)


@pytest.mark.parametrize(
    ("manner", "status", "code"),
    [(Manner.PAGE, 502, "UPSTREAM_UNSUITABLE"), (Manner.CUT, 502, "UPSTREAM_CUT")],
)
def test_an_ill_service_is_said_so(api: APIClient, gemini: Gemini, manner: Manner, status: int, code: str) -> None:
    gemini.manner = manner

    answer = _ask(api)

    assert (answer.status_code, answer.json()["code"], len(gemini.calls)) == (status, code, 1)


def test_who_only_looks_does_not_spend_the_shops_money(as_role: Any, gemini: Gemini) -> None:
    assert (_ask(as_role(Role.VIEWER)).status_code, gemini.calls) == (403, [])


def test_the_key_goes_out_in_a_header_and_comes_back_nowhere(api: APIClient, gemini: Gemini, caplog: Any) -> None:
    gemini.manner = Manner.CUT

    answer = _ask(api)

    [asked] = gemini.calls
    assert (asked.headers["x-goog-api-key"], KEY in asked.target) == (KEY, False)
    assert KEY not in caplog.text + answer.content.decode()
