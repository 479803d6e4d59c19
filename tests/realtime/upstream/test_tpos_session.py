"""A connection to TPOS, played from recordings."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.upstream.heard import UNREADABLE, Care
from realtime.upstream.session import Why
from realtime.upstream.tpos import protocol
from realtime.upstream.tpos.protocol import Kind, NoPacket
from realtime.upstream.tpos.session import Dialect, Login, TposSession
from tests.realtime.upstream.replaying import Played, at_moment, play, told

TRANSCRIPTS = told("tpos_transcripts")
EVENTS = told("tpos_events")
OPEN = '0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":60000,"maxPayload":1000000}'
ROOM = "tomato.tpos.vn"


def session(token: str = "t0k3n", *, dialect: Dialect = Dialect.RT2) -> TposSession:
    login = Login(token=token, room=ROOM)
    return TposSession(login, account_id=3, wall_clock=at_moment, dialect=dialect)


def replay(name: str) -> tuple[TposSession, Played]:
    recording = TRANSCRIPTS[name]
    sent = [text for _, way, text in recording["frames"] if way == "out" and text.startswith("40/chatomni,{")]
    token = json.loads(sent[0].partition(",")[2])["token"] if sent else "t0k3n"
    one = session(token)
    return one, play(one, recording["frames"], until_ms=recording.get("close_ms"))


@pytest.mark.parametrize("name", ["target_client", "namespace_refused", "unauthorized_event_then_refresh"])
def test_it_says_what_the_recording_says(name: str) -> None:
    _, played = replay(name)

    assert played.texts() == [text for _, way, text in TRANSCRIPTS[name]["frames"] if way == "out"]


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("n2store_realtime_server", ["join", "on-events"]),
        ("fallback_server", ["on-events"]),
        ("browser_capture", ["on-events", "on-events"]),
        ("target_client", ["on-events", "on-events"]),
        ("unauthorized_event_then_refresh", ["unauthorized"]),
        ("silent_server", []),
    ],
)
def test_it_hears_what_the_recording_tells(name: str, events: list[str]) -> None:
    _, played = replay(name)

    assert [heard.event for heard in played.heard] == events


@pytest.mark.parametrize("name", sorted(TRANSCRIPTS))
def test_nothing_is_said_before_the_open_packet_and_a_ping_never(name: str) -> None:
    _, played = replay(name)

    opened_at = next(at for at, way, text in TRANSCRIPTS[name]["frames"] if way == "in")
    assert played.said[0][0] == opened_at
    assert not [text for text in played.texts() if text.startswith("2")]


def test_the_older_dialect_enters_without_a_token() -> None:
    one = session(dialect=Dialect.CHATOMNI)
    played = play(one, [(20, "in", OPEN)])

    assert played.texts() == ["40/chatomni,"]


def test_silence_longer_than_ping_interval_and_timeout_ends_the_connection() -> None:
    one, played = replay("silent_server")

    assert (played.ended_ms, one.ended and one.ended.why) == (110_020, Why.TRANSIENT)


@pytest.mark.parametrize("name", ["namespace_refused", "unauthorized_event_then_refresh"])
def test_a_refused_login_is_told_apart_from_a_broken_connection(name: str) -> None:
    one, _ = replay(name)

    assert one.ended is not None
    assert one.ended.why is Why.REFUSED
    assert not one.joined


def test_a_server_that_closes_is_a_broken_connection() -> None:
    one, played = replay("server_closes")

    assert (played.ended_ms, one.ended and one.ended.why) == (9_000, Why.TRANSIENT)


def test_a_server_that_never_lets_us_in_is_left() -> None:
    one = session()
    played = play(one, [(20, "in", OPEN)], until_ms=60_000)

    assert played.ended_ms == 10_020


def entered(token: str = "t0k3n") -> TposSession:
    one = session(token)
    play(one, [(20, "in", OPEN), (40, "in", '40/chatomni,{"sid":"b"}')])
    return one


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_is_heard_with_its_payload_as_it_came(name: str) -> None:
    one = entered()

    one.received(EVENTS[name], 1.0)

    [heard] = one.take().heard
    text = EVENTS[name].partition(",")[2]
    expected = json.loads(text[text.index("[") :])
    assert (heard.event, heard.payload) == (expected[0], expected[1])
    assert heard.care is Care.UNDERSTAND
    assert heard.ack == ("43/chatomni,13[]" if name == "event_with_ack_id" else None)


def test_a_comment_tells_its_page() -> None:
    one = entered()

    one.received(EVENTS["live_comment"], 1.0)

    [heard] = one.take().heard
    assert (heard.page_id, heard.has_identity, heard.topic) == ("100000000000101", True, ROOM)


def test_tpos_repeating_our_token_is_not_repeated_by_us() -> None:
    one = entered("s3cr3t")

    one.received('42/chatomni,["unauthorized",{"message":"s3cr3t has expired"}]', 1.0)

    assert one.ended is not None
    assert "s3cr3t" not in one.ended.reason


def test_a_token_about_to_end_renews_the_connection() -> None:
    login = Login(token="t", room=ROOM, renew_at=30.0)
    one = TposSession(login, account_id=3, wall_clock=at_moment)
    played = play(one, [(20, "in", OPEN), (40, "in", '40/chatomni,{"sid":"b"}')], until_ms=40_000)

    assert (played.ended_ms, one.ended and one.ended.why) == (30_000, Why.RENEW)


@pytest.mark.parametrize(
    "text",
    ["", "9", "45-", "42/chatomni,", "42/chatomni,{}", "42/chatomni,[]", "42/chatomni,[1]", "42/chatomni,[nope",
     "0", "0{", "<html>", "4", "47/chatomni,", "b0", '42/chatomni,["x",NaN]', "[" * 5000],
)  # fmt: skip
def test_what_is_no_packet_is_kept_and_ends_nothing(text: str) -> None:
    one = entered()

    one.received(text, 1.0)

    [heard] = one.take().heard
    assert (heard.event, heard.care, one.ended) == (UNREADABLE, Care.KEEP, None)


def test_of_many_unreadable_frames_only_the_first_are_kept() -> None:
    one = entered()

    for _ in range(50):
        one.received("<html>", 1.0)

    heard = one.take().heard
    assert [one.care for one in heard].count(Care.KEEP) == 20
    assert len(heard) == 50


@given(st.text())
def test_no_text_makes_the_reader_fail_otherwise(text: str) -> None:
    try:
        packet = protocol.read_packet(text)
    except NoPacket:
        return
    assert packet.kind in Kind


@given(st.lists(st.sampled_from(["0", "1", "2", "3", "40", "41/chatomni,", "42/chatomni,", "44/chatomni,"]) .flatmap(
    lambda begin: st.text(max_size=20).map(lambda rest: begin + rest)), max_size=20))  # fmt: skip
def test_nothing_a_server_says_makes_it_ping(texts: list[str]) -> None:
    one = entered()

    for text in texts:
        one.received(text, 1.0)

    assert not [said for said in one.take().send if said.startswith("2")]


def test_a_room_with_quotes_stays_inside_its_packet() -> None:
    text = protocol.event("join", {"room": 'a","token":"x', "token": "t"})

    assert json.loads(text.partition(",")[2]) == ["join", {"room": 'a","token":"x', "token": "t"}]
