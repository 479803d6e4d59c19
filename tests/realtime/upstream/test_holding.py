"""Sockets held through everything that goes wrong, against neighbours on loopback."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from n2store.roles import Caller, Role
from n2store.simulator.pancake import PAGES, USER, PancakeSocket
from realtime.frames import Provider
from realtime.models import Account, Frame, FrameKind
from realtime.upstream import commands, reading
from realtime.upstream.lease import LeaseHolder
from realtime.upstream.reading import NO_HOLDER
from realtime.upstream.state import Phase
from tests.processes import redis_server, wait_until
from tests.realtime.upstream.holders import (
    PATIENCE_S,
    STAFF,
    HolderInThread,
    conversation,
    messages,
    standing,
    start_pancake,
    tell,
    wait_for,
    wait_for_frames,
    wait_joined,
)


def test_a_start_opens_the_socket_and_what_it_tells_is_stored(pancake: PancakeSocket, holder: HolderInThread) -> None:
    start_pancake()
    how = wait_joined()

    tell(pancake, 1, 2, 3)
    wait_for_frames(3)

    assert messages() == ["m_1", "m_2", "m_3"]
    assert {page: one["state"] for page, one in how.detail["pages"].items()} == dict.fromkeys(PAGES, "joined")
    assert how.detail["user_channel"]["state"] == "joined"
    assert Frame.objects.values_list("account_id", "error").distinct().get() == (how.account.pk, "")


def test_without_a_holder_nothing_is_connected_whatever_was_written(
    pancake: PancakeSocket, new_holder: Callable[[], HolderInThread]
) -> None:
    one = new_holder()
    start_pancake()
    wait_joined()

    one.end()

    how = standing()
    assert (how.connected, how.phase, how.error) == (False, Phase.WAITING, NO_HOLDER)


def test_every_frame_is_stored_once_however_often_and_in_what_order_it_comes(
    pancake: PancakeSocket, holder: HolderInThread
) -> None:
    start_pancake()
    wait_joined()
    pancake.faults.duplicated = pancake.faults.out_of_order = 0.4

    tell(pancake, *range(200))
    pancake.faults.duplicated = pancake.faults.out_of_order = 0.0
    tell(pancake, 200)
    wait_for_frames(201)

    assert sorted(messages()) == sorted(f"m_{number}" for number in range(201))
    assert FrameKind.objects.get(event="pages:update_conversation").count > 201


def test_twenty_restarts_lose_nothing_and_double_nothing(pancake: PancakeSocket, holder: HolderInThread) -> None:
    pancake.repeat_s = 3600
    start_pancake()
    wait_joined()

    for restart in range(20):
        tell(pancake, *range(restart * 10, restart * 10 + 10))
        before = pancake.connections
        pancake.break_connections()
        wait_until(lambda before=before: pancake.connections > before and pancake.joined() == 1, timeout_s=PATIENCE_S)
    wait_for_frames(200)

    assert sorted(messages()) == sorted(f"m_{number}" for number in range(200))
    assert pancake.connections >= 21


def test_a_connection_that_is_only_half_open_is_found_and_replaced(
    pancake: PancakeSocket, holder: HolderInThread
) -> None:
    pancake.repeat_s = 3600  # The old connection may be the one that is told, and is not heard any more.
    start_pancake()
    wait_joined()

    pancake.faults.half_open = True
    wait_until(lambda: pancake.connections > 1, timeout_s=PATIENCE_S)
    pancake.faults.half_open = False
    wait_until(lambda: page_states() == dict.fromkeys(PAGES, "joined"), timeout_s=PATIENCE_S)
    wait_until(lambda: pancake.joined() == 1, timeout_s=PATIENCE_S)
    tell(pancake, 1)
    wait_for_frames(1)

    assert messages() == ["m_1"]


def test_a_refused_login_waits_for_a_new_one_without_hammering(pancake: PancakeSocket, holder: HolderInThread) -> None:
    pancake.good_tokens = {"new"}
    start_pancake(token="old")
    how = wait_for(Phase.REFUSED)
    connections = pancake.connections

    start_pancake(token="new")
    joined = wait_joined()

    assert "unauthorized" in how.error
    assert connections == 1
    assert (joined.error, pancake.connections) == ("", 2)


def test_joins_that_are_refused_for_now_are_repeated_and_shown_as_not_joined(
    pancake: PancakeSocket, holder: HolderInThread
) -> None:
    pancake.faults.joins_refused = True
    start_pancake()
    how = wait_for(Phase.OPEN)
    wait_until(lambda: standing().detail["pages_channel"]["reason"] == "server is busy", timeout_s=PATIENCE_S)
    pancake.faults.joins_refused = False

    wait_joined()

    assert not how.connected
    assert pancake.connections == 1


@pytest.mark.parametrize("page_channels", [True, False])
def test_a_page_whose_plan_ended_does_not_silence_the_others_and_comes_back(
    pancake: PancakeSocket, holder: HolderInThread, page_channels: bool, settings: Any
) -> None:
    settings.PANCAKE_PAGE_CHANNELS = page_channels
    pancake.ended_plans = {"3"}
    start_pancake("1", "2", "3", "4")
    wait_until(lambda: page_states() == {"1": "joined", "2": "joined", "3": "left_out", "4": "joined"})

    tell(pancake, 1, page="4")
    wait_for_frames(1)
    pancake.ended_plans = set()
    wait_until(lambda: page_states().get("3") == "joined", timeout_s=PATIENCE_S)
    tell(pancake, 2, page="3")
    wait_for_frames(2)

    assert messages() == ["m_1", "m_2"]


def page_states() -> dict[str, str]:
    return {page: one["state"] for page, one in standing().detail.get("pages", {}).items()}


def test_crashed_channels_are_joined_again_over_the_same_connection(
    pancake: PancakeSocket, holder: HolderInThread
) -> None:
    start_pancake()
    wait_joined()

    pancake.crash_channels()
    wait_until(lambda: pancake.joined() == 1, timeout_s=PATIENCE_S)
    tell(pancake, 1)
    wait_for_frames(1)

    assert pancake.connections == 1


def test_a_stop_closes_the_socket_and_a_start_opens_it(pancake: PancakeSocket, holder: HolderInThread) -> None:
    start_pancake()
    wait_joined()

    stopped = commands.stop(Provider.PANCAKE, caller=STAFF)
    wait_until(lambda: pancake.joined() == 0, timeout_s=PATIENCE_S)
    off = standing()
    start_pancake()
    wait_joined()

    assert (stopped, off.phase, off.connected) == (1, Phase.OFF, False)
    assert pancake.connections == 2


def test_other_pages_while_connected_are_joined_in_one_orderly_change(
    pancake: PancakeSocket, holder: HolderInThread
) -> None:
    start_pancake("1")
    wait_joined()

    start_pancake("1", "2")
    wait_until(lambda: page_states() == {"1": "joined", "2": "joined"}, timeout_s=PATIENCE_S)

    assert (pancake.connections, pancake.joined()) == (2, 1)


def test_the_same_start_again_changes_nothing(
    pancake: PancakeSocket, holder: HolderInThread, django_assert_num_queries: Any
) -> None:
    start_pancake()
    wait_joined()
    before = Account.objects.values().get()

    with django_assert_num_queries(1):
        changed = start_pancake()

    assert not changed
    assert Account.objects.values().get() == before
    assert pancake.connections == 1


def test_two_browsers_with_different_tokens_do_not_take_turns(pancake: PancakeSocket, holder: HolderInThread) -> None:
    longer, shorter = "x.eyJleHAiOjE5OTk5OTk5OTl9.y", "x.eyJleHAiOjE5OTk5OTk5OTh9.y"
    start_pancake(token=shorter)
    wait_joined()

    changes = [start_pancake(token=token) for token in (longer,)]
    wait_until(lambda: pancake.connections == 2 and standing().connected, timeout_s=PATIENCE_S)
    changes += [start_pancake(token=token) for token in (shorter, longer, shorter)]

    assert changes == [True, False, False, False]
    assert pancake.connections == 2


def test_a_viewer_may_repeat_what_holds_and_change_nothing(pancake: PancakeSocket, transactional_db: None) -> None:
    viewer = Caller(name="minh", roles=frozenset({Role.VIEWER}))
    start_pancake()

    repeated = start_pancake(by=viewer)

    assert repeated is False
    with pytest.raises(commands.NotAllowed):
        start_pancake("1", by=viewer)
    with pytest.raises(commands.NotAllowed):
        commands.stop(Provider.PANCAKE, caller=viewer)
    assert Account.objects.get().page_ids == list(PAGES)


def test_an_account_that_cannot_be_opened_stops_no_other(pancake: PancakeSocket, holder: HolderInThread) -> None:
    start_pancake(user="broken")
    Account.objects.filter(owner="broken").update(sealed="nonsense", revision=2)
    start_pancake(user=USER)
    wait_until(lambda: {one.phase for one in reading.standings()} == {Phase.BROKEN, Phase.JOINED}, timeout_s=PATIENCE_S)

    broken = next(one for one in reading.standings() if one.phase is Phase.BROKEN)
    assert "cannot be opened" in broken.error


def test_several_accounts_are_held_at_once_and_what_both_hear_is_one_frame(
    pancake: PancakeSocket, holder: HolderInThread
) -> None:
    start_pancake(user="a")
    start_pancake(user="b")
    wait_until(lambda: pancake.joined() == 2, timeout_s=PATIENCE_S)

    tell(pancake, 1)
    tell(pancake, 2)
    wait_for_frames(2)

    assert messages() == ["m_1", "m_2"]


def test_what_nobody_can_read_is_kept_and_nothing_is_missed(pancake: PancakeSocket, holder: HolderInThread) -> None:
    start_pancake()
    wait_joined()

    for text in ("<html>502</html>", "[1,2", '{"a":1}', "", '["1","1","t","e",{"n":NaN}]', "\x00"):
        pancake.send_raw(text)
    tell(pancake, 1)
    wait_until(lambda: messages() == ["m_1"], timeout_s=PATIENCE_S)

    assert pancake.connections == 1
    unreadable = FrameKind.objects.get(event="unreadable")
    assert (unreadable.count, unreadable.known) == (6, False)
    assert Frame.objects.filter(event="unreadable").exclude(error="").count() == 6


def test_a_kind_that_nobody_knows_is_kept_and_counted(pancake: PancakeSocket, holder: HolderInThread) -> None:
    start_pancake()
    wait_joined()

    pancake.tell_event("pages:something_new", {"a": "b", "page_id": PAGES[0]}, page_id=PAGES[0])
    wait_until(lambda: FrameKind.objects.filter(event="pages:something_new", known=False).exists())

    frame = Frame.objects.get(event="pages:something_new")
    assert json.loads(frame.payload) == {"a": "b", "page_id": PAGES[0]}
    assert frame.error == ""


def test_a_frame_of_five_megabytes_is_stored(pancake: PancakeSocket, holder: HolderInThread) -> None:
    start_pancake()
    wait_joined()

    tell(pancake, 1, text="e" * 2_500_000)
    wait_for_frames(1)
    tell(pancake, 2)
    wait_for_frames(2)

    assert messages() == ["m_1", "m_2"]
    assert len(json.loads(Frame.objects.earliest("pk").payload)["conversation"]["snippet"]) == 2_500_000
    assert pancake.connections == 1


def test_a_database_that_ends_every_session_loses_no_frame(pancake: PancakeSocket, holder: HolderInThread) -> None:
    start_pancake()
    wait_joined()

    for round in range(5):
        tell(pancake, *range(round * 20, round * 20 + 20))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    wait_for_frames(100)
    holder.end()
    connection.close()
    connection.close_pool()  # What lay idle in it was ended too, and is nothing for the tests that follow.

    assert sorted(messages()) == sorted(f"m_{number}" for number in range(100))
    assert pancake.connections == 1


def test_without_redis_commands_are_found_all_the_same(
    pancake: PancakeSocket, new_holder: Callable[..., HolderInThread], tmp_path: Path
) -> None:
    gone = redis_server(tmp_path)
    gone.start()
    new_holder(redis_url=f"unix://{gone.path}")
    start_pancake()
    wait_joined()

    gone.kill()
    tell(pancake, 1)
    commands.stop(Provider.PANCAKE, caller=STAFF)
    wait_until(lambda: pancake.joined() == 0, timeout_s=PATIENCE_S)
    wait_for_frames(1)

    assert messages() == ["m_1"]


def test_only_one_of_two_holds_and_the_other_takes_over_when_it_ends(
    pancake: PancakeSocket, new_holder: Callable[..., HolderInThread]
) -> None:
    first = new_holder()
    start_pancake()
    wait_joined()
    new_holder()
    time_to_look = time.monotonic() + 2
    wait_until(lambda: time.monotonic() > time_to_look)
    held_by_one = pancake.joined()

    first.end()
    wait_joined()
    wait_until(lambda: pancake.joined() == 1, timeout_s=PATIENCE_S)
    tell(pancake, 1)
    wait_for_frames(1)

    assert held_by_one == 1
    assert messages() == ["m_1"]


def test_a_holder_that_was_taken_for_dead_lets_go(pancake: PancakeSocket, holder: HolderInThread) -> None:
    start_pancake()
    wait_joined()

    other = LeaseHolder()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE realtime_lease SET until = clock_timestamp()")
    taken = other.hold()

    assert taken
    wait_until(lambda: pancake.joined() == 0, timeout_s=PATIENCE_S)
    assert other.hold()


def test_the_end_stores_what_was_heard(pancake: PancakeSocket, new_holder: Callable[..., HolderInThread]) -> None:
    one = new_holder()
    start_pancake()
    wait_joined()

    tell(pancake, *range(300))
    wait_for_frames(1)
    one.end()

    kept = len(messages())
    assert kept == len(set(messages()))
    assert not reading.standings()[0].connected
    assert kept > 0


def test_the_neighbour_coming_and_going_is_followed(pancake: PancakeSocket, holder: HolderInThread) -> None:
    pancake.faults.away = True
    start_pancake()
    how = wait_for(Phase.WAITING)
    pancake.faults.away = False
    wait_joined()

    assert "503" in how.error
    assert how.seen is not None
    assert how.seen.next_try_at is not None
    assert conversation(1)["conversation"]["page_id"] == PAGES[0]
