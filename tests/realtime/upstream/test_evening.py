"""An evening of a live sale over both sockets, with everything going wrong: nothing is lost, nothing comes twice."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from n2store.simulator import live
from n2store.simulator.evening import Evening
from n2store.simulator.pancake import PancakeSocket
from n2store.simulator.tpos_socket import TposSocket
from realtime.frames import Provider
from realtime.inbox.understanding import understand
from realtime.models import Frame, Message, WaitingCustomer
from realtime.upstream.heard import Heard
from realtime.upstream.storing import keep
from tests.factories.frames import frame
from tests.processes import wait_until
from tests.realtime.upstream.holders import PATIENCE_S, HolderInThread, start_pancake, start_tpos, wait_joined

AT = datetime(2026, 11, 21, 20, tzinfo=UTC)
MESSAGES = ("pages:update_conversation", "pages:new_message", "order:tags_updated", "on-events")


def evening(seed: int = 1) -> Evening:
    return Evening(Random(seed), [("0909318264", "Chị Hoa")], begun_at=AT)


def test_the_same_seed_is_the_same_evening() -> None:
    first, second = evening(), evening()

    assert [first.next(at=AT) for _ in range(50)] == [second.next(at=AT) for _ in range(50)]


@pytest.mark.django_db
def test_everything_that_is_told_is_understood() -> None:
    played = evening()
    now = timezone.now()
    heard = [
        Heard(
            provider=Provider.PANCAKE if told.page_id else Provider.TPOS, account_id=None, topic="t", event=told.event,
            payload=told.payload, page_id=told.page_id, received_at=now + timedelta(seconds=number), size=1,
        )
        for number in range(200)
        for told in played.next(at=AT)
    ]  # fmt: skip

    keep(heard)

    assert not Frame.objects.exclude(error="").exists()
    assert set(Frame.objects.values_list("event", flat=True).distinct()) == set(MESSAGES)


@pytest.mark.django_db
@pytest.mark.parametrize("tpos_first", [False, True])
def test_a_comment_that_both_neighbours_tell_of_is_one_message(tpos_first: bool) -> None:
    played = evening()
    tellings = [told for told in (played.next(at=AT) for _ in range(200)) if told[-1].event == "on-events"]
    [pancake_tells, tpos_tells] = next(told for told in tellings if len(told) == 2)
    both = [(pancake_tells.payload, pancake_tells.event, "pancake"), (tpos_tells.payload, tpos_tells.event, "tpos")]

    for payload, event, provider in reversed(both) if tpos_first else both:
        understand(frame(payload, event=event, provider=provider))

    assert Message.objects.count() == 1
    assert WaitingCustomer.objects.get().message_count == 1


def test_an_evening_with_every_fault_is_kept_once(
    pancake: PancakeSocket, tpos: TposSocket, holder: HolderInThread
) -> None:
    pancake.repeat_s, tpos.with_acks = 3600, True
    start_pancake()
    start_tpos()
    wait_joined(Provider.PANCAKE)
    wait_joined(Provider.TPOS)
    chance, played, stage = Random(7), evening(7), live.Stage(pancake, tpos)
    said: list[str] = []

    for number in range(300):
        for neighbour in (pancake, tpos):
            neighbour.faults.duplicated = neighbour.faults.out_of_order = 0.2 * (number % 50 < 25)
        for telling in played.next(at=AT + timedelta(seconds=number)):
            stage.tell(telling)
            said.append(content(telling.event, telling.payload))
        if number % 30 == 29:
            break_something(chance, pancake, tpos)
    for neighbour in (pancake, tpos):
        neighbour.faults.duplicated = neighbour.faults.out_of_order = 0.0
        neighbour.break_connections()  # What was held back is told again to who comes back.
    wait_until(lambda: set(kept()) == set(said), timeout_s=PATIENCE_S)
    wait_until(lambda: not tpos.unacknowledged, timeout_s=PATIENCE_S)

    counts = Counter(kept())
    assert {said: count for said, count in counts.items() if count > 1 and "SaleOnline" not in said} == {}
    assert not Frame.objects.filter(event__in=MESSAGES).exclude(error="").exists()


def break_something(chance: Random, pancake: PancakeSocket, tpos: TposSocket) -> None:
    what = chance.randrange(4)
    if what == 0:
        pancake.break_connections()
    elif what == 1:
        tpos.break_connections()
    elif what == 2:
        pancake.crash_channels()
    else:
        pancake.send_raw("<html>502 Bad Gateway</html>")
        tpos.send_raw("42/chatomni,[nope")


def content(event: str, payload: Any) -> str:
    return f"{event} {json.dumps(payload, sort_keys=True)}"


def kept() -> list[str]:
    rows = Frame.objects.filter(event__in=MESSAGES).order_by("pk").values_list("event", "payload")
    return [content(event, json.loads(payload)) for event, payload in rows]


@pytest.mark.django_db
@pytest.mark.parametrize("neighbour", ["pancake", "tpos-socket", "live_sale"])
def test_the_command_plays_and_says_where(neighbour: str) -> None:
    out = StringIO()

    call_command("simulate", neighbour, "--every", "0", "--count", "3", stdout=out)

    assert "SOCKET_URL=ws://127.0.0.1:" in out.getvalue()
    assert "0 told." in out.getvalue()


@pytest.mark.django_db
def test_a_port_that_is_taken_is_said(pancake: PancakeSocket) -> None:
    port = pancake.url.rpartition(":")[2].partition("/")[0]

    with pytest.raises(CommandError, match="Cannot serve there"):
        call_command("simulate", "pancake", "--port", port, "--count", "1")
