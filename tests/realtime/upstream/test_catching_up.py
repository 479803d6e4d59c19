"""What Pancake showed while the socket was away is read from its pages, once."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from n2store.simulator.pancake import PAGES, PancakeSocket
from n2store.simulator.pancake_shown import NAMES, PancakePages
from realtime import pages as names_of_pages
from realtime.models import Account, Frame, Message, WaitingCustomer
from realtime.upstream.pancake import client
from realtime.upstream.pancake.catching_up import TOPIC
from tests.processes import wait_until
from tests.realtime.upstream.holders import (
    PATIENCE_S,
    HolderInThread,
    conversation,
    start_pancake,
    wait_joined,
)

pytestmark = pytest.mark.usefixtures("holder")


@pytest.fixture
def shown(pancake: PancakeSocket, settings: Any) -> Iterator[PancakePages]:
    """Show over HTTP what the socket's page holds."""
    settings.PANCAKE_CATCH_UP_S = 0.2
    with PancakePages(shown=pancake.shown).serving() as pages:
        settings.PANCAKE_BASE_URL = pages.url
        yield pages


def said(number: int, **more: Any) -> dict[str, Any]:
    """Return an update of just now."""
    at = (datetime.now(UTC) + timedelta(milliseconds=number)).replace(tzinfo=None).isoformat()
    payload = conversation(number, updated_at=at, **more)
    payload["conversation"]["last_message"]["inserted_at"] = at
    return payload


def tell(pancake: PancakeSocket, *numbers: int, **more: Any) -> None:
    for number in numbers:
        pancake.tell_event("pages:update_conversation", said(number, **more), page_id=more.get("page", PAGES[0]))


def keys() -> Counter[str]:
    return Counter(Message.objects.order_by("pk").values_list("key", flat=True))


def wait_for_messages(*numbers: int) -> None:
    wanted = {f"m_{number}": 1 for number in numbers}
    wait_until(lambda: wanted.items() <= keys().items(), timeout_s=PATIENCE_S)


def test_what_was_said_during_a_gap_is_heard_once(pancake: PancakeSocket, shown: PancakePages) -> None:
    start_pancake()
    wait_joined()
    tell(pancake, 1)
    wait_for_messages(1)
    pancake.faults.away = True
    pancake.break_connections()
    wait_until(lambda: pancake.joined() == 0)
    tell(pancake, 2, 52, 102, 3)  # The second, third and fourth of one person: Pancake lists only the last of them.
    tell(pancake, 4, page=PAGES[1])
    pancake.faults.away = False

    wait_for_messages(1, 2, 52, 102, 3, 4)
    asked = len(shown.calls)
    wait_until(lambda: len(shown.calls) > asked + 20, timeout_s=PATIENCE_S)  # Several looks later.

    assert set(keys().values()) == {1}
    assert WaitingCustomer.objects.get(psid=said(2)["conversation"]["from_psid"], page_id=PAGES[0]).message_count == 3
    assert Frame.objects.filter(topic=TOPIC).exists()
    assert not Frame.objects.exclude(error="").exists()


def test_a_frame_that_was_left_out_is_found_without_a_new_connection(
    pancake: PancakeSocket, shown: PancakePages
) -> None:
    start_pancake()
    wait_joined()
    pancake.faults.dropped = 1.0
    tell(pancake, 1)
    pancake.faults.dropped = 0.0

    wait_for_messages(1)
    assert pancake.connections == 1


def test_the_pages_have_names_from_then_on(pancake: PancakeSocket, shown: PancakePages) -> None:
    assert names_of_pages.names() == {}

    start_pancake()

    wait_until(lambda: names_of_pages.names() == NAMES, timeout_s=PATIENCE_S)


def test_a_login_that_the_pages_refuse_is_no_harm_to_the_socket(
    pancake: PancakeSocket, shown: PancakePages, caplog: pytest.LogCaptureFixture
) -> None:
    shown.good_tokens = {"another"}
    start_pancake(token="s3cr3t-t0k3n")

    wait_until(lambda: "cannot be read (PANCAKE_REFUSED)" in caplog.text, timeout_s=PATIENCE_S)
    tell(pancake, 1)
    wait_for_messages(1)

    assert wait_joined().connected
    assert "s3cr3t" not in caplog.text


def test_from_where_to_go_on_outlives_the_worker(
    pancake: PancakeSocket, shown: PancakePages, holder: HolderInThread, new_holder: Any
) -> None:
    start_pancake()
    wait_until(lambda: Account.objects.get().heard_until is not None, timeout_s=PATIENCE_S)
    holder.end()
    tell(pancake, 1)

    new_holder()

    wait_for_messages(1)
    assert abs(Account.objects.get().heard_until - timezone.now()) < timedelta(hours=1)


@pytest.mark.parametrize(
    ("socket", "pages", "every_s", "may"),
    [
        ("wss://pancake.vn/socket", "https://pancake.vn", 600, True),
        ("wss://pancake.vn/socket", "https://pancake.vn", 0, False),
        ("ws://127.0.0.1:5/socket", "https://pancake.vn", 600, False),
        ("wss://pancake.vn/socket", "http://127.0.0.1:5", 600, False),
    ],
)
def test_a_played_login_is_not_shown_to_the_real_pancake(
    settings: Any, socket: str, pages: str, every_s: float, may: bool
) -> None:
    settings.PANCAKE_SOCKET_URL, settings.PANCAKE_BASE_URL, settings.PANCAKE_CATCH_UP_S = socket, pages, every_s

    assert client._may_catch_up() is may
