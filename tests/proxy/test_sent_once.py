"""A message with an `Idempotency-Key` goes out once: repeats, races, unsure ends, and processes that die."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import DatabaseError
from django.utils import timezone
from rest_framework.test import APIClient

from n2store.roles import Role
from n2store.simulator.answering import Asked, Reply
from n2store.simulator.facebook import CONVERSATION, CUSTOMER, Facebook
from n2store.simulator.tpos import PAGES, Manner, Tpos, page_token
from proxy.facebook import once
from proxy.models import Sending, SendState
from tests.threads import at_once

PAGE, PSID = next(iter(PAGES)), CUSTOMER["id"]
KEY = {"HTTP_IDEMPOTENCY_KEY": "k-1"}
DOORS = [
    ("/api/facebook-send", {"pageId": PAGE, "psid": PSID, "message": "Dạ"}),
    (f"/api/pages/{PAGE}/messages", {"recipient_id": PSID, "message": "Dạ"}),
    (f"/api/pages/{PAGE}/messages", {"conversation_id": "7_8", "message": "Dạ"}),
    (f"/api/pages/{PAGE}/comments/8/private-reply", {"message": "Dạ"}),
]


@pytest.fixture
def facebook(settings: Any, tpos_played: Tpos) -> Iterator[Facebook]:
    with Facebook().serving() as played:
        settings.FACEBOOK_GRAPH_URL = played.url
        yield played


def _posts(facebook: Facebook) -> int:
    return sum(call.method == "POST" for call in facebook.calls)


def _send(api: APIClient, path: str = DOORS[0][0], **given: Any) -> Any:
    return api.post(path, DOORS[0][1] | given, format="json", **KEY)


@pytest.mark.parametrize(("path", "said"), DOORS)
def test_a_repeat_hears_the_first_answer_and_nothing_is_sent_again(
    api: APIClient, facebook: Facebook, path: str, said: dict[str, Any]
) -> None:
    first, second = (api.post(path, said, format="json", **KEY) for _ in range(2))

    assert (first.status_code, second.status_code, _posts(facebook)) == (200, 200, 1)
    assert first.json() == second.json()
    assert (first.headers.get("Idempotent-Replayed"), second.headers["Idempotent-Replayed"]) == (None, "true")


@pytest.mark.parametrize(("path", "said"), DOORS)
def test_the_key_of_another_message_is_refused(
    api: APIClient, facebook: Facebook, path: str, said: dict[str, Any]
) -> None:
    api.post(path, said, format="json", **KEY)

    other = api.post(path, said | {"message": "Khác"}, format="json", **KEY)

    assert (other.status_code, other.json()["code"], _posts(facebook)) == (409, "IDEMPOTENCY_KEY_REUSED", 1)


def test_the_key_belongs_to_who_chose_it_and_to_the_door(api: APIClient, as_role: Any, facebook: Facebook) -> None:
    _send(api)

    stranger = _send(as_role(Role.CUSTOMER_CARE))
    door = api.post(*DOORS[1], format="json", **KEY)

    assert [answer.json()["code"] for answer in (stranger, door)] == ["IDEMPOTENCY_KEY_REUSED"] * 2
    assert _posts(facebook) == 1


def test_a_pages_token_that_changed_meanwhile_is_no_other_message(api: APIClient, facebook: Facebook) -> None:
    answers = [_send(api, pageToken=token) for token in (page_token(PAGE), "another")]

    assert ([answer.status_code for answer in answers], _posts(facebook)) == ([200, 200], 1)


@pytest.mark.parametrize("key", ["", "a b", "ạ", "x" * 101, "a\tb"])
def test_a_key_that_is_none_is_refused_before_anything_is_sent(api: APIClient, facebook: Facebook, key: str) -> None:
    answer = api.post(*DOORS[0], format="json", HTTP_IDEMPOTENCY_KEY=key)

    assert (answer.status_code, answer.json()["code"], facebook.calls) == (400, "INVALID_KEY", [])


@pytest.mark.parametrize("manner", [Manner.FAILING, Manner.CUT, Manner.PAGE, Manner.GARBLED])
@pytest.mark.parametrize(("path", "said"), DOORS)
def test_an_end_that_nobody_knows_is_said_so_and_never_sent_again(
    api: APIClient, facebook: Facebook, path: str, said: dict[str, Any], manner: Manner
) -> None:
    api.post("/api/refresh-tokens")
    api.post(path, said, format="json")  # So that nothing else has to be asked first.
    facebook.calls.clear()
    facebook.replied.clear()
    ill_for_posts(facebook, manner)

    first = api.post(path, said, format="json", **KEY)
    facebook.manner = Manner.WELL
    second = api.post(path, said, format="json", **KEY)

    assert (first.status_code, first.json()["code"]) == (409, "SEND_UNKNOWN")
    assert (second.json(), second.headers["Idempotent-Replayed"]) == (first.json(), "true")
    assert (_posts(facebook), Sending.objects.get().state) == (1, SendState.UNKNOWN)


def ill_for_posts(facebook: Facebook, manner: Manner) -> None:
    """Let Facebook answer questions well, and fall ill at the first message."""
    original = facebook.reply

    def reply(asked: Asked) -> Reply:
        facebook.manner = manner if asked.method == "POST" else Manner.WELL
        return original(asked)

    facebook.reply = reply  # type: ignore[method-assign]


def test_without_a_key_an_unsure_end_is_told_below_500_too(api: APIClient, facebook: Facebook) -> None:
    api.post("/api/refresh-tokens")
    facebook.manner = Manner.CUT

    answer = api.post(*DOORS[0], format="json")

    assert (answer.status_code, answer.json()["code"], answer.json()["cause"]) == (409, "SEND_UNKNOWN", "UPSTREAM_CUT")


def test_what_surely_never_left_may_be_sent_with_the_same_key(
    api: APIClient, facebook: Facebook, settings: Any
) -> None:
    api.post("/api/refresh-tokens")
    settings.FACEBOOK_GRAPH_URL = "http://127.0.0.1:9"
    down = _send(api)
    settings.FACEBOOK_GRAPH_URL = facebook.url

    up = _send(api)

    assert (down.status_code, down.json()["code"]) == (502, "UPSTREAM_UNREACHABLE")
    assert (up.status_code, len(facebook.sent)) == (200, 1)


def test_a_refusal_before_anything_went_out_leaves_the_key_free(api: APIClient, facebook: Facebook) -> None:
    facebook.heard = timedelta(days=8)
    late = _send(api, useTag=True)
    facebook.heard = timedelta(hours=1)

    now = _send(api, useTag=True)

    assert (late.status_code, late.json()["code"], now.status_code) == (422, "MESSAGE_WINDOW_CLOSED", 200)


class Fickle(Facebook):
    """Takes the first part of a message and is another afterwards."""

    then: Manner | int = 400

    def _message(self, said: dict[str, Any]) -> Reply:
        if not self.sent:
            return super()._message(said)
        if isinstance(self.then, int):
            body = b'{"error": {"message": "An unknown error has occurred.", "code": 1}}'
            return Reply(self.then, body, {"Content-Type": "application/json"})
        self.manner = self.then
        return super()._message(said)


@pytest.mark.parametrize(
    ("then", "status", "code"),
    [
        (400, 400, "FACEBOOK_REFUSED"), (500, 409, "SEND_UNKNOWN"), (Manner.CUT, 409, "SEND_UNKNOWN"),
    ],
)  # fmt: skip
def test_a_message_that_broke_off_in_the_middle_is_not_begun_anew(
    api: APIClient, settings: Any, tpos_played: Tpos, then: Manner | int, status: int, code: str
) -> None:
    with Fickle().serving() as facebook:
        facebook.then = then
        settings.FACEBOOK_GRAPH_URL = facebook.url

        first = _send(api, imageUrls=["https://x/1.jpg"])
        facebook.manner = Manner.WELL
        second = _send(api, imageUrls=["https://x/1.jpg"])

        assert (first.status_code, first.json()["code"], first.json()["message_ids"]) == (status, code, ["m_sent_1"])
        assert (second.status_code, second.json()) == (first.status_code, first.json())
        assert _posts(facebook) == 2


@pytest.mark.django_db(transaction=True)
def test_thirty_callers_at_once_send_one_message(settings: Any, tpos_played: Tpos) -> None:
    user = User.objects.create_user("lan")
    user.groups.add(Group.objects.get(name=Role.OWNER.value))

    def call(_number: int) -> Any:
        api = APIClient()
        api.force_authenticate(user)
        return _send(api)

    with Facebook().serving() as facebook:
        settings.FACEBOOK_GRAPH_URL = facebook.url
        answers = at_once(call, range(30))

        assert _posts(facebook) == 1
    codes = {(answer.status_code, answer.json().get("code")) for answer in answers}
    assert (200, None) in codes
    assert codes <= {(200, None), (409, "SEND_UNDER_WAY")}


def test_a_process_that_died_while_sending_leaves_an_unknown_end(api: APIClient, facebook: Facebook) -> None:
    now, digest = timezone.now(), once.digest_of(DOORS[0][0], DOORS[0][1])
    row = Sending.objects.create(key="k-1", by=User.objects.get().username, digest=digest, begun_at=now)

    soon = _send(api)
    Sending.objects.filter(pk=row.pk).update(begun_at=now - once.UNDER_WAY_AT_MOST - timedelta(seconds=1))
    later = _send(api)

    assert [answer.json()["code"] for answer in (soon, later)] == ["SEND_UNDER_WAY", "SEND_UNKNOWN"]
    assert ({soon.status_code, later.status_code}, facebook.calls) == ({409}, [])


def test_an_answer_that_could_not_be_written_down_is_given_and_the_message_stays_sent(
    api: APIClient, facebook: Facebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def update(self, **_: object) -> int:
            raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr(Sending.objects, "filter", lambda **_: Broken())
        first = _send(api)

    second = _send(api)

    assert (first.status_code, second.json()["code"], _posts(facebook)) == (200, "SEND_UNDER_WAY", 1)


def test_neither_text_nor_token_is_kept(api: APIClient, facebook: Facebook) -> None:
    _send(api, message="Số nhà 12 Lê Lợi", pageToken=page_token(PAGE))

    row = Sending.objects.get()
    kept = f"{row.digest} {row.answer} {row.key} {row.by}"
    assert ("Lê Lợi" in kept, page_token(PAGE) in kept) == (False, False)


def test_old_keys_are_forgotten(api: APIClient, facebook: Facebook) -> None:
    _send(api)

    kept = once.forget(now=timezone.now() + timedelta(days=29))
    gone = once.forget(now=timezone.now() + timedelta(days=31))

    assert (kept, gone) == (0, 1)


def test_a_reply_from_the_inbox_follows_facebooks_window(api: APIClient, facebook: Facebook) -> None:
    path = f"/api/pages/{PAGE}/messages"
    facebook.heard = timedelta(days=3)

    person = api.post(path, {"conversation_id": CONVERSATION, "message": "Dạ"}, format="json")
    machine = api.post(path, {"conversation_id": CONVERSATION, "message": "Dạ", "automatic": True}, format="json")

    assert (person.status_code, facebook.sent[0]["tag"]) == (200, "HUMAN_AGENT")
    assert (machine.status_code, machine.json()["code"], len(facebook.sent)) == (422, "MESSAGE_WINDOW_CLOSED", 1)
