"""What the sockets are made of: pauses, tokens, credentials, keys of frames."""

import base64
import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from n2store.wire import storable
from proxy.sealing import Unreadable, seal, unseal
from realtime.frames import Provider
from realtime.upstream.backoff import Backoff
from realtime.upstream.heard import Heard, as_text, keys_of
from realtime.upstream.jsons import NoJson, read
from realtime.upstream.line import NotSafe, check_safe
from realtime.upstream.pancake.protocol import refusal
from realtime.upstream.tokens import ends_at
from realtime.upstream.tpos.protocol import reason

AT = datetime(2026, 1, 20, 3, 0, 1, tzinfo=UTC)


def heard(payload: Any, *, has_identity: bool = True, at: datetime = AT, **more: Any) -> Heard:
    fields = {"provider": Provider.PANCAKE, "account_id": 1, "topic": "a", "event": "e", "size": 1}
    return Heard(**(fields | more), payload=payload, received_at=at, has_identity=has_identity)


def jwt(**claims: Any) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"x.{part}.y"


def test_the_first_try_comes_within_five_seconds_and_none_waits_longer_than_a_minute() -> None:
    pauses = [Backoff().after(failures, Random(failures)) for failures in range(1, 2000)]

    assert pauses[0] <= 5
    assert max(pauses) <= 60
    assert min(pauses) >= 1
    assert len(set(pauses[20:40])) == 20


def test_a_token_says_when_it_ends() -> None:
    assert ends_at(jwt(exp=1999999999)) == datetime.fromtimestamp(1999999999, UTC)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "....", jwt(), jwt(exp="x"), jwt(exp=1e300), "x.e30=.y", "x.ÿ.y"])
def test_a_token_that_does_not_say_ends_never(text: str) -> None:
    assert ends_at(text) is None


def test_credentials_are_sealed_and_opened() -> None:
    sealed = seal({"token": "t0k3n", "cookie": "jwt=t0k3n"})

    assert "t0k3n" not in sealed
    assert unseal(sealed) == {"token": "t0k3n", "cookie": "jwt=t0k3n"}


def test_a_new_key_opens_what_an_old_one_has_sealed(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = ["old"]
    sealed = seal({"token": "t"})
    settings.CREDENTIALS_KEYS = ["new", "old"]

    assert unseal(sealed) == {"token": "t"}


@pytest.mark.parametrize("text", ["", "nonsense", "gAAAAA=="])
def test_what_no_key_opens_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        unseal(text)


def test_another_key_opens_nothing(settings: Any) -> None:
    sealed = seal({"token": "t"})
    settings.CREDENTIALS_KEYS = ["another"]

    with pytest.raises(Unreadable):
        unseal(sealed)


def test_the_same_content_is_the_same_frame_whatever_brought_it() -> None:
    first = heard({"a": 1, "b": 2}, topic="multiple_pages:1", account_id=1)
    second = heard({"b": 2, "a": 1}, topic="pages:1", account_id=2, at=AT + timedelta(days=3))

    assert keys_of(first) == keys_of(second)
    assert keys_of(first) != keys_of(heard({"a": 1, "b": 3}))


def test_content_without_a_moment_of_its_own_may_mean_it_again_later() -> None:
    first, _ = keys_of(heard({"tags": [1]}, has_identity=False))
    soon, before = keys_of(heard({"tags": [1]}, has_identity=False, at=AT + timedelta(seconds=10)))
    later = keys_of(heard({"tags": [1]}, has_identity=False, at=AT + timedelta(minutes=1)))

    assert before == first
    assert first not in (soon, *later)


@pytest.mark.parametrize("text", ["NaN", "[1e999]", "-Infinity", "", "{", "[" * 100_000, "1" * 5000])
def test_what_cannot_be_kept_as_json_is_no_json(text: str) -> None:
    with pytest.raises(NoJson):
        read(text)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text()
        | st.sampled_from(["\0", "\ud800", "ế"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_json_survives_being_kept_as_text(payload: Any) -> None:
    text = as_text(payload)

    assert "\0" not in text
    assert text.encode().decode() == text
    assert json.loads(text) == payload


def test_what_a_neighbour_gives_as_its_reason_can_be_stored() -> None:
    said = {"status": "error", "response": {"reason": "a\0b\ud800"}}

    refused = refusal(said)

    assert refused is not None
    assert storable(refused.reason)
    assert storable(reason({"message": "a\0b\ud800"}))


@pytest.mark.parametrize("url", ["wss://pancake.vn/x", "ws://127.0.0.1:9/", "ws://localhost/x", "ws://[::1]:1/"])
def test_safe_addresses_may_be_used(url: str) -> None:
    check_safe(url)


@pytest.mark.parametrize(
    "url", ["ws://pancake.vn/x", "http://127.0.0.1/", "", "ws://127.0.0.1.evil.test/", "file:///x"]
)
def test_a_token_is_not_sent_in_the_clear(url: str) -> None:
    with pytest.raises(NotSafe):
        check_safe(url)
