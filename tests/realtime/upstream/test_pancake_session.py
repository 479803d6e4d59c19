"""A connection to Pancake, played from recordings."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.upstream.heard import UNREADABLE, Care
from realtime.upstream.pancake.session import Login, PancakeSession
from realtime.upstream.pancake.sieve import Sieve
from realtime.upstream.session import Why
from tests.realtime.upstream.replaying import USER, Played, at_moment, play, told

TRANSCRIPTS = told("pancake_transcripts")
MESSAGES = told("pancake_messages")
CONTROL = told("pancake_control")
FIRST, SECOND, ENDED = "100000000000101", "100000000000202", "100000000000303"
OK = {"status": "ok", "response": {}}
PLAN_ENDED = {"status": "error", "response": {"reason": "Gói cước hết hạn", "error_code": 122}}


def session(*pages: str, page_channels: bool = False, token: str = "t0k3n") -> PancakeSession:
    login = Login(token=token, user_id=USER, page_ids=pages, client_session="A1b2")
    return PancakeSession(login, account_id=7, wall_clock=at_moment, page_channels=page_channels)


def replay(name: str, *, page_channels: bool = False) -> tuple[PancakeSession, Played]:
    recording = TRANSCRIPTS[name]
    joins = [json.loads(text) for _, way, text in recording["frames"] if way == "out"]
    pages = next(frame[4]["pageIds"] for frame in joins if "pageIds" in frame[4])
    one = session(*pages, page_channels=page_channels, token=joins[0][4]["accessToken"])
    return one, play(one, recording["frames"], until_ms=recording.get("close_ms"))


def without_window(text: str) -> Any:
    """Return a frame without what is drawn anew for each window."""
    frame = json.loads(text)
    frame[4].pop("clientSession", None)
    return frame


def sent_in(name: str) -> list[Any]:
    return [without_window(text) for _, way, text in TRANSCRIPTS[name]["frames"] if way == "out"]


@pytest.mark.parametrize(
    "name", ["legacy_happy_path", "expired_page_then_retry_without_it", "token_rejected", "channel_crash_and_rejoin"]
)
def test_it_says_what_the_recording_says(name: str) -> None:
    _, played = replay(name)

    said = [without_window(text) for text in played.texts()]
    if name == "channel_crash_and_rejoin":  # The recording leaves out the third frame, the question who is online.
        said = [frame for frame in said if frame[3] != "get_online_status"]
    assert said[: len(sent_in(name))] == sent_in(name)


def test_what_it_hears_is_what_pancake_told() -> None:
    one, played = replay("legacy_happy_path")

    kept = [heard for heard in played.heard if heard.care is Care.UNDERSTAND]
    assert [(heard.event, heard.page_id) for heard in kept] == [
        ("pages:update_conversation", FIRST),
        ("pages:update_conversation", FIRST),
        ("order:tags_updated", ""),
    ]
    assert [heard.event for heard in played.heard if heard.care is Care.COUNT] == ["online_status"]
    assert one.joined
    assert kept[0].payload["conversation"]["last_message"]["id"] == "m_made_0001"


def test_one_page_whose_plan_has_ended_is_left_out_and_the_others_are_joined() -> None:
    one, _ = replay("expired_page_then_retry_without_it")

    states = {page: how["state"] for page, how in one.detail()["pages"].items()}
    assert states == {FIRST: "joined", ENDED: "left_out", SECOND: "joined"}
    assert one.joined
    assert one.ended is None


def test_a_refused_login_ends_the_connection_and_its_reason_holds_no_token() -> None:
    one, played = replay("token_rejected")

    assert one.ended is not None
    assert one.ended.why is Why.REFUSED
    assert played.ended_ms == 60
    assert not one.joined


def test_silence_of_ninety_seconds_ends_the_connection_at_the_next_heartbeat() -> None:
    one, played = replay("zombie_connection")

    beats = [at for at, text in played.said if json.loads(text)[3] == "heartbeat"]
    assert beats == [30_000, 60_000, 90_000]
    assert (played.ended_ms, one.ended and one.ended.why) == (120_000, Why.TRANSIENT)


def test_pages_with_channels_of_their_own_tell_of_single_messages() -> None:
    one, played = replay("per_page_channels_later_broker", page_channels=True)

    said = [without_window(text) for text in played.texts()]
    joins = [frame for frame in sent_in("per_page_channels_later_broker") if frame[3] == "phx_join"]
    assert said[:4] == joins
    assert [heard.event for heard in played.heard] == [
        "pages:update_conversation",
        "pages:update_conversation",
        "pages:new_message",
    ]
    assert {how["state"] for how in one.detail()["pages"].values()} == {"joined"}


def test_pages_own_channels_say_whose_plan_has_ended() -> None:
    one = session(FIRST, ENDED, SECOND, page_channels=True)
    frames = [
        reply(10, "1", f"users:{USER}", OK),
        reply(20, "2", f"multiple_pages:{USER}", PLAN_ENDED),
        reply(30, "4", f"pages:{ENDED}", PLAN_ENDED),
        reply(40, "3", f"pages:{FIRST}", OK),
        reply(50, "5", f"pages:{SECOND}", OK),
        reply(60, "6", f"multiple_pages:{USER}", OK),
    ]

    played = play(one, frames)

    assert json.loads(played.texts()[5])[4]["pageIds"] == [FIRST, SECOND]
    assert one.detail()["pages_channel"]["state"] == "joined"
    assert one.detail()["pages"][ENDED]["state"] == "left_out"


def test_a_page_that_was_left_out_is_asked_for_again_and_comes_back() -> None:
    one = session(FIRST, ENDED, page_channels=True)
    half_an_hour_ms = 30 * 60 * 1000
    frames = [
        reply(10, "2", f"multiple_pages:{USER}", PLAN_ENDED),
        reply(20, "3", f"pages:{FIRST}", OK),
        reply(30, "4", f"pages:{ENDED}", PLAN_ENDED),
        reply(40, "5", f"multiple_pages:{USER}", OK),
    ]
    play(one, frames)
    one.received(reply(0, "9", "phoenix", OK)[2], half_an_hour_ms / 1000)
    one.take()

    one.tick(half_an_hour_ms / 1000 + 1)
    asked = next(json.loads(text) for text in one.take().send if f'"pages:{ENDED}"' in text)
    one.received(reply(0, asked[1], f"pages:{ENDED}", OK)[2], half_an_hour_ms / 1000 + 2)
    [joined_again] = [json.loads(text) for text in one.take().send if "pageIds" in text]
    one.received(reply(0, joined_again[1], f"multiple_pages:{USER}", OK)[2], half_an_hour_ms / 1000 + 3)

    assert joined_again[4]["pageIds"] == [FIRST, ENDED]
    assert one.detail()["pages"][ENDED] == {"state": "joined", "reason": ""}


def test_a_join_that_is_not_answered_is_repeated_more_and_more_slowly() -> None:
    one = session(FIRST)
    played = play(one, [(30_000, "in", json.dumps([None, "9", "phoenix", "phx_reply", OK]))], until_ms=70_000)

    joins = [at for at, text in played.said if "pageIds" in text]
    assert joins == [0, 11_000, 23_000, 38_000, 58_000]
    assert not one.joined


def test_the_end_of_a_channel_that_was_joined_anew_is_not_the_end_of_the_new_one() -> None:
    one, _ = replay("channel_crash_and_rejoin")

    one.received(json.dumps(["2", "2", f"multiple_pages:{USER}", "phx_close", {}]), 12.0)

    assert one.joined


def test_pancake_repeating_our_token_is_not_repeated_by_us() -> None:
    one = session(FIRST, token="s3cr3t")
    refused = {"status": "error", "response": {"reason": "token s3cr3t is unauthorized"}}
    play(one, [reply(10, "2", f"multiple_pages:{USER}", refused)])

    assert one.ended is not None
    assert "s3cr3t" not in one.ended.reason
    assert "s3cr3t" not in repr(one.ended)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_every_message_is_heard_once_with_its_payload(name: str) -> None:
    one = session(FIRST)
    played = play(one, [(100, "in", MESSAGES[name])])

    [heard] = played.heard
    assert heard.care is Care.UNDERSTAND
    assert heard.payload == json.loads(MESSAGES[name])[4]
    assert one.ended is None


@pytest.mark.parametrize("name", sorted(CONTROL))
def test_control_frames_out_of_place_end_nothing(name: str) -> None:
    one = session(FIRST, SECOND)
    one.opened(0.0)
    one.received(json.dumps(["1", "1", f"users:{USER}", "phx_reply", OK]), 0.1)
    one.received(json.dumps(["2", "2", f"multiple_pages:{USER}", "phx_reply", OK]), 0.2)

    one.received(CONTROL[name], 5.0)

    assert one.ended is None
    unreadable = [heard.event for heard in one.take().heard if heard.event == UNREADABLE]
    assert unreadable == ([UNREADABLE] if name.startswith("not_") else [])


@given(st.lists(st.text() | st.binary().map(lambda data: data.decode("latin-1")), max_size=20))
def test_no_text_at_all_ends_the_connection(texts: list[str]) -> None:
    one = session(FIRST, page_channels=True)
    one.opened(0.0)

    for text in texts:
        one.received(text, 1.0)

    assert one.ended is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
EVENTS = st.sampled_from(
    ["phx_reply", "phx_error", "phx_close", "pages:update_conversation", "pages:new_message", "order:tags_updated", "x"]
)
TOPICS = st.sampled_from([f"users:{USER}", f"multiple_pages:{USER}", f"pages:{FIRST}", "phoenix", ""])


@given(st.lists(st.tuples(JSON, JSON, TOPICS, EVENTS, JSON), max_size=15))
def test_no_frame_at_all_makes_it_fail(frames: list[tuple[Any, ...]]) -> None:
    one = session(FIRST, SECOND, page_channels=True)
    one.opened(0.0)

    for number, frame in enumerate(frames):
        one.received(json.dumps(frame), float(number))
        one.tick(float(number))
        one.take()

    assert one.next_at() >= 0
    assert set(one.detail()["pages"]) == {FIRST, SECOND}


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_the_sieve_finds_exactly_the_pages_that_spoil_the_join(given: tuple[int, set[int]]) -> None:
    count, bad = given
    pages = [f"p{number}" for number in range(count)]
    spoil = {f"p{number}" for number in bad}
    sieve = Sieve(pages)

    for asked in itertools.count():
        assert asked <= 2 * count + 2
        if not sieve.asking or (not set(sieve.asking) & spoil and sieve.accepted()):
            break
        if set(sieve.asking) & spoil:
            sieve.refused()

    assert set(sieve.asking) == set(pages) - spoil
    assert set(sieve.left_out) == spoil


def reply(at_ms: int, ref: str, topic: str, payload: Any) -> tuple[int, str, str]:
    return at_ms, "in", json.dumps([ref, ref, topic, "phx_reply", payload])
