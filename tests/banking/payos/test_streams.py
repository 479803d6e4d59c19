"""Streams of a top-up: the state as it is, then what is newer, until the end; and only for those it belongs to."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from knox.models import AuthToken

from banking.models import Topup
from banking.payos import cache, reading
from banking.payos.access import cookie_name, link_text
from banking.payos.asking import check_due
from banking.payos.client import PayosNotConfigured
from customers.operations import get_or_create_customer
from n2store.launch.place import PROJECT
from n2store.roles import Role
from n2store.simulator.payos import Payos
from realtime.flow import Application
from realtime.limits import Limits
from tests.factories.payos import post, started
from tests.processes import database_url_of_this_test
from tests.realtime.conftest import *  # noqa: F403 -- a push process in this process
from tests.realtime.driving import Request, Shop, answer, scope_of

PATH, OLD_PATH = "/api/topup/stream", "/api/webhooks/stream"


@pytest.fixture
def limits() -> Limits:
    return Limits(heartbeat_s=0.2)


@pytest.fixture
def topup(payos: Payos, transactional_db: None) -> Topup:
    return started()


@pytest.fixture
def payer(topup: Topup) -> dict[str, str]:
    """Return the headers of the customer's browser."""
    return {"cookie": f"{cookie_name()}={link_text(topup.customer)}"}


@asynccontextmanager
async def following(
    application: Application, path: str, query: dict[str, str], **headers: str
) -> AsyncIterator[Request]:
    request = Request(application, scope_of(path, query, **headers))
    start = await request.message()
    assert start["status"] == 200, (start, await request.message())
    try:
        yield request
    finally:
        await request.leave()


def by(topup: Topup) -> dict[str, str]:
    return {"tx_ref": topup.tx_ref}


async def pay(payos: Payos, topup: Topup, amount_vnd: int | None = None) -> None:
    await sync_to_async(lambda: post(payos.pay(topup.order_code, amount_vnd)))()


async def updates(request: Request, count: int) -> list[Any]:
    """Return the next states, without the signs of life between them."""
    found: list[Any] = []
    while len(found) < count:
        block = await request.event()
        if block.event == "status-update":
            assert block.id == block.data["version"]
            found.append(block.data)
    return found


async def test_the_state_comes_first_then_the_payment_then_the_end(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str]
) -> None:
    async with following(application, PATH, by(topup), **payer) as stream:
        first = await stream.block()
        now = await updates(stream, 1)
        await pay(payos, topup)
        paid = await updates(stream, 1)
        with pytest.raises(EOFError):
            await stream.text()

    assert (first.retry, bool(first.comments)) == (3000, True)
    assert [(state["status"], state["version"], state["terminal"]) for state in now + paid] == [
        ("pending", 2, False), ("paid", 3, True),
    ]  # fmt: skip
    assert (paid[0]["tx_ref"], paid[0]["amount_paid"], bool(paid[0]["confirmed_at"])) == (topup.tx_ref, 500_000, True)


async def test_the_headers_are_those_of_a_stream(application: Application, topup: Topup, payer: dict[str, str]) -> None:
    request = Request(application, scope_of(PATH, by(topup), **payer))
    start = await request.message()
    await request.leave()

    headers = dict(start["headers"])
    assert headers[b"content-type"] == b"text/event-stream"
    assert headers[b"cache-control"] == b"no-cache, no-transform"
    assert headers[b"x-accel-buffering"] == b"no"
    assert b"content-length" not in headers


async def test_everybody_who_follows_one_hears_it(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str]
) -> None:
    async with (
        following(application, PATH, by(topup), **payer) as one,
        following(application, PATH, by(topup), **payer) as two,
    ):
        await updates(one, 1)
        await updates(two, 1)
        await pay(payos, topup)

        heard = [await updates(one, 1), await updates(two, 1)]

    assert [states[0]["status"] for states in heard] == ["paid", "paid"]


async def test_a_repeated_webhook_is_not_told_again(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str], shop: Shop
) -> None:
    def tell(body: Any) -> None:
        for _ in range(3):
            post(body)
            check_due(now=timezone.now())

    async with following(application, PATH, by(topup), **payer) as stream:
        await updates(stream, 1)
        for amount_vnd in (200_000, 300_000):
            await sync_to_async(tell)(payos.pay(topup.order_code, amount_vnd))

        states = await updates(stream, 2)

    assert [(state["status"], state["amount_paid"]) for state in states] == [("underpaid", 200_000), ("paid", 500_000)]


async def test_a_heartbeat_is_a_comment_and_an_event(
    application: Application, topup: Topup, payer: dict[str, str], settings: Any
) -> None:
    settings.TOPUP_HEARTBEAT_S = 0.1
    async with following(application, PATH, by(topup), **payer) as stream:
        blocks = [await stream.block() for _ in range(4)]

    assert blocks[2].comments == [": heartbeat"]
    assert (blocks[3].event, blocks[3].id, list(blocks[3].data)) == ("heartbeat", None, ["t"])


async def test_who_comes_after_the_end_hears_the_end_and_then_stays_away(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str]
) -> None:
    await pay(payos, topup)

    async with following(application, PATH, by(topup), **payer) as stream:
        states = await updates(stream, 1)
        with pytest.raises(EOFError):
            await stream.text()
    status, _, _ = await answer(application, PATH, by(topup), last_event_id="3", **payer)

    assert (states[0]["status"], status) == ("paid", 204)


@pytest.mark.parametrize(("known", "told"), [("1", True), ("2", False), ("3", True), ("x", True), ("", True)])
async def test_who_comes_back_hears_the_state_unless_it_is_known(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str], known: str, told: bool
) -> None:
    async with following(application, PATH, by(topup), last_event_id=known, **payer) as stream:
        await stream.block()
        if told:
            assert [state["status"] for state in await updates(stream, 1)] == ["pending"]
        await pay(payos, topup)
        assert [state["status"] for state in await updates(stream, 1)] == ["paid"]


async def test_nothing_is_lost_between_the_reading_and_the_listening(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = reading.state_of
    paid_meanwhile: list[bool] = []

    def state_and_then_a_payment(reference: str) -> Any:
        found = true(reference)
        if not paid_meanwhile:
            paid_meanwhile.append(True)
            post(payos.pay(topup.order_code))
        return found

    monkeypatch.setattr(reading, "state_of", state_and_then_a_payment)
    async with following(application, PATH, by(topup), **payer) as stream:
        states = await updates(stream, 2)

    assert [state["version"] for state in states] == [2, 3]


async def test_an_older_event_that_comes_late_is_dropped(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str], shop: Shop
) -> None:
    async with following(application, PATH, by(topup), **payer) as stream:
        [state] = await updates(stream, 1)
        for version in (5, 4, 6):
            shop.publish("topup.changed", f"topup:{topup.tx_ref}", **(state | {"version": version}))

        states = await updates(stream, 2)

    assert [state["version"] for state in states] == [5, 6]


@pytest.mark.parametrize("reference", ["", "NT", "nt1234567", "NT1234567'", "NTIIIIIII", "x" * 500])
async def test_what_is_no_reference_is_refused(
    application: Application, topup: Topup, payer: dict[str, str], reference: str
) -> None:
    status, _, said = await answer(application, PATH, {"tx_ref": reference}, **payer)

    assert (status, said["code"]) == (400, "INVALID_TX_REF")


async def test_strangers_and_others_see_nothing(
    application: Application, topup: Topup, token_for: Callable[[Role | None], str]
) -> None:
    other, _ = await sync_to_async(get_or_create_customer)(phone="0912345678", name="Nam", by="test")
    owner = await sync_to_async(token_for)(Role.OWNER)
    nobody = await sync_to_async(token_for)(None)
    theirs = {"cookie": f"{cookie_name()}={link_text(other)}"}
    forged = {"cookie": f"{cookie_name()}={link_text(other)[:-1]}x"}

    async def status(**headers: str) -> int:
        return (await answer(application, PATH, by(topup), **headers))[0]

    assert await status() == 401
    assert await status(**forged) == 401
    assert await status(authorization=f"Token {nobody}") == 403
    assert await status(**theirs) == 404
    assert await status(authorization=f"Token {owner}") == 404
    assert (await answer(application, PATH, {"tx_ref": "NT0000000"}, **theirs))[0] == 404


async def test_staff_follow_what_they_started(application: Application, payos: Payos, transactional_db: None) -> None:
    def begin() -> tuple[Topup, str]:
        user = User.objects.create_user("lan")
        user.groups.add(Group.objects.get(name=Role.CUSTOMER_CARE.value))
        return started(phone="0912000111", user_id=user.pk), str(AuthToken.objects.create(user)[1])

    topup, token = await sync_to_async(begin)()

    async with following(application, PATH, by(topup), authorization=f"Token {token}") as stream:
        assert [state["status"] for state in await updates(stream, 1)] == ["pending"]


async def test_five_streams_are_enough_for_one_person(
    application: Application, topup: Topup, payer: dict[str, str]
) -> None:
    opened = [Request(application, scope_of(PATH, by(topup), **payer)) for _ in range(5)]
    for request in opened:
        assert (await request.message())["status"] == 200

    sixth = await answer(application, PATH, by(topup), **payer)
    watched = await sync_to_async(cache.stats)()
    await opened[0].leave()
    seventh = Request(application, scope_of(PATH, by(topup), **payer))
    again = await seventh.message()

    for request in [*opened[1:], seventh]:
        await request.leave()
    after = await sync_to_async(cache.stats)()
    assert (sixth[0], sixth[2]["code"], again["status"]) == (429, "TOO_MANY_STREAMS", 200)
    assert (watched.connection_count, watched.active_subscriptions) == (5, 1)
    assert after.connection_count == 0


async def test_the_old_address_says_done(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str]
) -> None:
    query = {"orderCode": str(topup.order_code)}
    async with following(application, OLD_PATH, query, **payer) as stream:
        await stream.block()
        first = await stream.block()
        await pay(payos, topup)
        paid = await stream.block()
        while not paid.data:
            paid = await stream.block()

    assert [(block.event, block.data) for block in (first, paid)] == [
        ("", {"orderCode": topup.order_code, "status": "pending", "amount": 500_000}),
        ("", {"orderCode": topup.order_code, "status": "done", "amount": 500_000}),
    ]
    assert (await answer(application, OLD_PATH, {"orderCode": "1x"}, **payer))[0] == 400
    assert (await answer(application, OLD_PATH, {"orderCode": "999"}, **payer))[0] == 404
    assert (await answer(application, OLD_PATH, query))[0] == 401


async def test_a_stream_ends_after_its_longest_life(
    application: Application, topup: Topup, payer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.topups.LIFE_S", 0.3)

    async with following(application, PATH, by(topup), **payer) as stream:
        with pytest.raises(EOFError):
            while True:
                await stream.text()


async def test_without_redis_a_stream_hears_all_the_same(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str]
) -> None:
    with override_settings(REDIS_URL="unix:///nowhere/redis.sock"):
        async with following(application, PATH, by(topup), **payer) as stream:
            await updates(stream, 1)
            await pay(payos, topup)
            [state] = await updates(stream, 1)

    assert state["status"] == "paid"


DIES_BEFORE_TELLING = """
import json, os, sys
import django
django.setup()
from banking.payos import moving
from banking.payos.schema import notice_of
moving.tell = lambda kept: os.kill(os.getpid(), 9)
data = json.loads(sys.argv[1])
moving.take_notice(notice_of(data), data)
"""


async def test_r06_a_process_that_dies_between_the_commit_and_the_telling_loses_nothing(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str]
) -> None:
    data = payos.pay(topup.order_code)["data"]

    def take_and_die() -> int:
        given = {"DATABASE_URL": database_url_of_this_test(), "DJANGO_SETTINGS_MODULE": "n2store.settings"}
        command = [sys.executable, "-c", DIES_BEFORE_TELLING, json.dumps(data)]
        return subprocess.run(command, cwd=PROJECT, env=os.environ | given, check=False).returncode

    async with following(application, PATH, by(topup), **payer) as stream:
        await updates(stream, 1)
        ended = await sync_to_async(take_and_die)()
        states = await updates(stream, 1)

    assert (ended, states[0]["status"]) == (-signal.SIGKILL, "paid")


def connections_held() -> int:
    """Return how many connections of this process somebody has taken from the pool."""
    stats = connection.pool.get_stats()  # type: ignore[attr-defined]
    held: int = stats["pool_size"] - stats["pool_available"]
    return held


async def test_who_waits_holds_no_connection_to_the_database(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str]
) -> None:
    async def settled(most: int) -> bool:
        """Tell whether so few are held soon: threads that read give theirs back."""
        for _ in range(200):
            if connections_held() <= most:
                return True
            await asyncio.sleep(0.05)
        return False

    before = connections_held()  # The test's own, and those of threads of other tests.
    async with following(application, PATH, by(topup), **payer) as one:
        await updates(one, 1)
        more = [Request(application, scope_of(PATH, by(topup), **payer)) for _ in range(4)]
        for request in more:
            assert (await request.message())["status"] == 200
        few = await settled(before + 1)  # One reads the log for all streams.
        for request in more:
            await request.leave()

    assert few, connection.pool.get_stats()  # type: ignore[attr-defined]


async def test_r36_a_state_of_a_newer_release_is_told_and_its_version_decides(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str], shop: Shop
) -> None:
    async with following(application, PATH, by(topup), **payer) as stream:
        [state] = await updates(stream, 1)
        newer = state | {"status": "pending", "refunded": 5, "parts": [{"bank": "x"}]}
        for version in (9, 8, 10):
            shop.publish("topup.changed", f"topup:{topup.tx_ref}", **(newer | {"version": version}))
        states = await updates(stream, 2)

    assert [state["version"] for state in states] == [9, 10]
    assert states[0]["refunded"] == 5


async def test_k59_switched_off_no_top_up_begins_and_those_that_did_end_well(
    application: Application, payos: Payos, topup: Topup, payer: dict[str, str], settings: Any
) -> None:
    settings.TOPUPS_ENABLED = False

    async with following(application, PATH, by(topup), **payer) as stream:
        await updates(stream, 1)
        await pay(payos, topup)
        [state] = await updates(stream, 1)

    assert state["status"] == "paid"
    with pytest.raises(PayosNotConfigured):
        await sync_to_async(started)()
