"""TPOS's socket held through what goes wrong with it."""

from collections.abc import Iterator
from typing import Any

import pytest

from n2store.simulator.tpos import PASSWORD, USERNAME, Tpos
from n2store.simulator.tpos_socket import TposSocket
from realtime.frames import Provider
from realtime.models import Account, Frame
from realtime.upstream import commands
from realtime.upstream.state import Phase
from tests.processes import wait_until
from tests.realtime.upstream.holders import (
    PATIENCE_S,
    STAFF,
    HolderInThread,
    standing,
    start_tpos,
    wait_for,
    wait_for_frames,
    wait_joined,
)

COMMENT = {"Message": {"Id": "700000000000000000000001", "ChannelId": "1", "Message": "lv đỏ"}, "EventName": "x"}


@pytest.fixture
def book(settings: Any) -> Iterator[Tpos]:
    """TPOS over HTTP, where tokens come from."""
    with Tpos().serving() as neighbour:
        settings.TPOS_BASE_URL = neighbour.url
        settings.TPOS_USERNAME, settings.TPOS_PASSWORD = USERNAME, PASSWORD
        yield neighbour


def events() -> list[str]:
    return list(Frame.objects.filter(event="on-events").order_by("pk").values_list("payload", flat=True))


def test_it_lives_on_pings_and_stores_events_as_they_came(tpos: TposSocket, holder: HolderInThread) -> None:
    start_tpos()
    wait_joined(Provider.TPOS)

    tpos.tell_event("on-events", '{"a": "ế"}')
    tpos.tell_event("on-events", COMMENT)
    wait_until(lambda: len(events()) == 2, timeout_s=PATIENCE_S)
    wait_until(lambda: tpos.said.count("3") > 5, timeout_s=PATIENCE_S)

    assert events()[0] == '"{\\"a\\": \\"ế\\"}"'
    assert (tpos.pinged_by_clients, tpos.connections) == (0, 1)
    assert standing(Provider.TPOS).detail["ping_interval_ms"] == 200


def test_an_event_that_wants_an_answer_gets_it_once_it_is_stored(tpos: TposSocket, holder: HolderInThread) -> None:
    tpos.with_acks = True
    start_tpos()
    wait_joined(Provider.TPOS)

    for number in range(5):
        tpos.tell_event("on-events", {"Message": {"Id": str(number)}})
    wait_until(lambda: not tpos.unacknowledged, timeout_s=PATIENCE_S)

    assert len(events()) == 5


def test_a_silent_server_is_left(tpos: TposSocket, holder: HolderInThread) -> None:
    start_tpos()
    wait_joined(Provider.TPOS)

    tpos.faults.half_open = True
    wait_until(lambda: tpos.connections > 1, timeout_s=PATIENCE_S)
    tpos.faults.half_open = False
    wait_until(lambda: tpos.joined() >= 1, timeout_s=PATIENCE_S)

    wait_joined(Provider.TPOS)


def test_a_refused_token_is_replaced_by_one_of_the_shops_user(
    tpos: TposSocket, book: Tpos, holder: HolderInThread
) -> None:
    tpos.good_tokens = {"token-1"}
    start_tpos(token="of a page, and ended")

    wait_joined(Provider.TPOS)

    assert book.tokens_given == 1


def test_a_login_that_ends_while_connected_is_renewed(tpos: TposSocket, book: Tpos, holder: HolderInThread) -> None:
    start_tpos()
    wait_joined(Provider.TPOS)

    tpos.end_logins()
    wait_until(lambda: book.tokens_given == 1, timeout_s=PATIENCE_S)

    wait_joined(Provider.TPOS)
    wait_until(lambda: Frame.objects.filter(event="unauthorized").count() == 1, timeout_s=PATIENCE_S)


def test_a_token_that_is_refused_anew_is_not_asked_for_again_and_again(
    tpos: TposSocket, book: Tpos, holder: HolderInThread
) -> None:
    tpos.faults.login_refused = True
    start_tpos()

    how = wait_for(Phase.REFUSED, Provider.TPOS)

    assert "Authentication error" in how.error
    assert (tpos.connections, book.tokens_given) == (2, 1)


def test_without_a_user_of_the_shop_a_refused_token_waits_for_another(tpos: TposSocket, holder: HolderInThread) -> None:
    tpos.good_tokens = {"new"}
    start_tpos(token="old")
    wait_for(Phase.REFUSED, Provider.TPOS)

    start_tpos(token="new")

    wait_joined(Provider.TPOS)
    assert tpos.connections == 2


def test_a_stop_stays_a_stop(tpos: TposSocket, holder: HolderInThread) -> None:
    start_tpos()
    wait_joined(Provider.TPOS)
    commands.stop(Provider.TPOS, caller=STAFF)
    wait_until(lambda: tpos.joined() == 0, timeout_s=PATIENCE_S)

    tpos.break_connections()
    start_tpos(room="another")
    wait_until(lambda: tpos.joined() == 1, timeout_s=PATIENCE_S)

    rooms = [text for text in tpos.said if text.startswith("40")]
    assert len(rooms) == 2
    assert '"room":"another"' in rooms[1]


def test_the_older_dialect_is_spoken_when_set(tpos: TposSocket, holder: HolderInThread, settings: Any) -> None:
    settings.TPOS_SOCKET_DIALECT = "chatomni"
    start_tpos()

    wait_joined(Provider.TPOS)

    assert tpos.said[0] == "40/chatomni,"
    assert Account.objects.get().owner == "tomato.tpos.vn"


def test_unreadable_packets_end_nothing(tpos: TposSocket, holder: HolderInThread) -> None:
    start_tpos()
    wait_joined(Provider.TPOS)

    for text in ("45-[", "42/chatomni,{", "", "<html>", "42/chatomni,[1]"):
        tpos.send_raw(text)
    tpos.tell_event("on-events", COMMENT)
    wait_until(lambda: len(events()) == 1, timeout_s=PATIENCE_S)
    wait_for_frames(1)

    assert tpos.connections == 1
    assert Frame.objects.filter(event="unreadable").count() == 5
