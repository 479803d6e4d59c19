"""Answers that say neither yes nor no, and texts that are none: neither is told as a success, nor as our failure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from rest_framework.test import APIClient
from typing_extensions import override

from n2store.simulator.answering import Asked, Reply, reply
from n2store.simulator.facebook import CUSTOMER, Facebook
from n2store.simulator.gemini import KEY, Gemini
from n2store.simulator.pancake_http import PancakeHttp
from n2store.simulator.tpos import PAGES, Tpos
from proxy.models import Sending

PAGE, PSID = next(iter(PAGES)), CUSTOMER["id"]
HALF = "Dạ shop đây \ud83d"
"""As a page makes it that cuts a text in the middle of an emoji."""
DOORS = [
    ("/api/facebook-send", {"pageId": PAGE, "psid": PSID}),
    (f"/api/pages/{PAGE}/messages", {"recipient_id": PSID}),
    (f"/api/pages/{PAGE}/messages", {"conversation_id": "7_8"}),
    (f"/api/pages/{PAGE}/comments/8/private-reply", {}),
]
EACH_DOOR = pytest.mark.parametrize(("path", "given"), DOORS)


@dataclass
class Saying(Facebook):
    """Graph, or whoever stands before it: says one thing to what it is told, and another to what it is asked."""

    said: Reply = field(default_factory=Reply, kw_only=True)
    shown: Reply | None = field(default=None, kw_only=True)

    @override
    def reply(self, asked: Asked) -> Reply:
        if asked.method == "POST":
            return self.said
        return self.shown or super().reply(asked)

    def told(self) -> list[Asked]:
        """Return what it was to do."""
        return [call for call in self.calls if call.method == "POST"]


@pytest.fixture
def facebook(settings: Any, tpos_played: Tpos) -> Iterator[Saying]:
    with Saying().serving() as played:
        settings.FACEBOOK_GRAPH_URL = played.url
        yield played


def _post(api: APIClient, path: str, given: dict[str, Any], **headers: str) -> Any:
    return api.generic("POST", path, json.dumps(given), "application/json", **headers)


@pytest.mark.parametrize(
    "said",
    [
        reply({}, 429), reply({"message": "away"}, 503), reply({"error": "bad"}, 400), reply({}, 302), reply({}),
        reply({"message_id": ""}), reply({"message_id": {"a": 1}, "id": None}),
    ],
)  # fmt: skip
@EACH_DOOR
def test_an_answer_that_confirms_nothing_is_never_told_as_sent(
    api: APIClient, facebook: Saying, path: str, given: dict[str, Any], said: Reply
) -> None:
    facebook.said = said

    answer = _post(api, path, given | {"message": "Dạ"})

    assert (answer.status_code, answer.json()["code"], len(facebook.told())) == (409, "SEND_UNKNOWN", 1)


@pytest.mark.parametrize("status", [302, 400, 429, 503])
def test_a_list_that_did_not_come_is_not_told_as_empty(api: APIClient, facebook: Saying, status: int) -> None:
    facebook.shown = reply({}, status)

    answer = api.get(f"/api/pages/{PAGE}/conversations")

    assert (answer.status_code, answer.json()["code"]) == (502, "UPSTREAM_FAILED")


def test_an_error_of_another_form_is_still_a_refusal(api: APIClient, facebook: Saying) -> None:
    facebook.said = reply({"error": {"message": ["x"], "code": [1], "error_subcode": {}}}, 400)

    answer = _post(api, DOORS[-1][0], {"message": "Dạ"})

    body = answer.json()
    assert (answer.status_code, body["code"], body["error_code"]) == (400, "FACEBOOK_REFUSED", None)


def test_half_a_character_of_a_neighbours_hides_nothing_else(api: APIClient, facebook: Saying) -> None:
    people = {"data": [{"id": PSID, "name": "Hoa \ud83d"}]}
    facebook.shown = Reply(
        200, json.dumps({"data": [{"id": "t_1", "participants": people, "snippet": "Chào"}]}).encode()
    )

    [row] = api.get(f"/api/pages/{PAGE}/conversations").json()["data"]

    assert (row["from"], row["snippet"]) == ({"id": PSID, "name": "Hoa ?"}, "Chào")


@pytest.mark.parametrize(
    ("said", "status", "data"),
    [(b'{"data": "\\ud83d"}', 200, {"data": "?"}), (b'{"data": NaN}', 502, None), (b"<html>", 502, None)],
)
def test_what_tpos_says_of_videos_is_json_or_said_to_be_none(
    api: APIClient, tpos_played: Tpos, monkeypatch: pytest.MonkeyPatch, said: bytes, status: int, data: Any
) -> None:
    monkeypatch.setattr(tpos_played, "_told", lambda _asked: Reply(200, said))

    answer = api.get("/facebook/livevideo?pageid=1")

    assert (answer.status_code, answer.json().get("data")) == (status, data)


@pytest.mark.parametrize("text", [HALF, "a\x00b"])
@EACH_DOOR
def test_a_message_that_is_no_text_is_refused_and_its_key_stays_free(
    api: APIClient, facebook: Saying, path: str, given: dict[str, Any], text: str
) -> None:
    answer = _post(api, path, given | {"message": text}, HTTP_IDEMPOTENCY_KEY="k-1")

    assert (answer.status_code, answer.json()["code"], facebook.calls) == (400, "INVALID_TEXT", [])
    assert not Sending.objects.exists()


@pytest.mark.parametrize("text", ["😀", "\\ud83d", "\\u0000", "a\\\\u0000b"])
def test_what_only_looks_like_it_goes_out_as_it_is(api: APIClient, facebook: Saying, text: str) -> None:
    facebook.said = reply({"message_id": "m_1", "recipient_id": PSID})

    assert _post(api, DOORS[0][0], DOORS[0][1] | {"message": text}).status_code == 200
    assert json.loads(facebook.calls[0].body)["message"] == {"text": text}


@pytest.mark.parametrize("name", ["username", "password", "client_id", "refresh_token"])
def test_a_login_that_is_no_text_is_refused(api: APIClient, tpos_played: Tpos, name: str) -> None:
    kind = "refresh_token" if name == "refresh_token" else "password"
    form = {"grant_type": kind, "username": "shop", "password": "secret", "client_id": "tmtWebApp", name: HALF}

    answer = _post(api, "/api/token", form)

    assert (answer.status_code, answer.json()["code"], tpos_played.tokens_given) == (400, "INVALID_TEXT", 0)


@pytest.mark.parametrize(
    ("body", "code"), [(b'{"contents": [NaN]}', "INVALID_CALL"), (b'{"contents": ["\\ud83d"]}', "INVALID_TEXT")]
)
def test_a_question_that_is_no_text_costs_nothing(api: APIClient, settings: Any, body: bytes, code: str) -> None:
    with Gemini().serving() as gemini:
        settings.GEMINI_API_URL, settings.GEMINI_API_KEY = gemini.url, KEY

        answer = api.generic("POST", "/api/gemini/chat", body, "application/json")

    assert (answer.status_code, answer.json()["code"], gemini.calls) == (400, code, [])


# --- Addresses


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/api/%6Fdata/Tag(1)", "/odata/Tag(1)"), ("/%61pi/odata/Tag", "/odata/Tag"), ("/api/odata/%FF", "/odata/%FF"),
        ("/api/odata/%C3%A0", "/odata/%C3%A0"), ("/api/odata/a%2Fb", "/odata/a%2Fb"),
    ],
)  # fmt: skip
def test_a_path_in_per_cents_goes_where_it_leads(api: APIClient, tpos_played: Tpos, path: str, target: str) -> None:
    api.get(path, HTTP_X_REQUEST_TARGET=path)

    assert [call.target for call in tpos_played.calls] == [target]


@pytest.mark.parametrize("path", ["/api/pancake/..;/x", "/api/pancake/a/%2e%2e;a=b/c", "/api/pancake/a/.;/b"])
def test_a_step_up_with_something_behind_it_is_a_step_up(api: APIClient, pancake: PancakeHttp, path: str) -> None:
    assert (api.get(path, HTTP_X_REQUEST_TARGET=path).status_code, pancake.calls) == (400, [])


@pytest.mark.parametrize(
    "path", ["crm-teams", "live-campaigns", "comments?pageid=1&postId=2", "comments/stream?pageid=1&postId=2"]
)
def test_a_question_put_together_for_get_is_asked_by_get_alone(api: APIClient, tpos_played: Tpos, path: str) -> None:
    assert (api.head(f"/facebook/{path}").status_code, tpos_played.calls) == (405, [])
