"""The hub goes on, whatever happens to PostgreSQL and Redis, and loses nothing."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
import redis

from n2store.events import WAKE_CHANNEL
from n2store.launch import valkey
from realtime.flow import Application
from realtime.limits import Limits
from realtime.log import EventLog, LoggedEvent
from realtime.push import PushProcess
from realtime.relay import give_all_positions
from realtime.routing import with_streams
from realtime.sse import Events
from tests.realtime.conftest import django_was_asked
from tests.realtime.driving import Request, Shop, answer, scope_of, stream

WALLETS = ("/api/events", {"channels": "wallets"})


async def heard(opened: Request, count: int) -> list[int]:
    return [block.data["number"] for block in await opened.events(count)]


async def test_what_commits_late_is_heard(application: Application, login: dict[str, str], shop: Shop) -> None:
    async with stream(application, *WALLETS, **login) as opened:
        await opened.event()
        with shop.connect() as slow:
            shop.publish("test", "wallets", on=slow, number=1)
            shop.deposit(2)
            assert await heard(opened, 1) == [2]
            slow.commit()
            shop.wake()

            assert await heard(opened, 1) == [1]


async def test_what_another_process_numbered_is_heard(
    application: Application, login: dict[str, str], shop: Shop
) -> None:
    async with stream(application, *WALLETS, **login) as opened:
        await opened.event()
        with shop.connect(autocommit=True) as quiet:
            shop.publish("test", "wallets", on=quiet, number=1)
            await asyncio.to_thread(give_all_positions_here)

        assert await heard(opened, 1) == [1]


def give_all_positions_here() -> None:
    from django.db import connection

    give_all_positions()
    connection.close()


async def test_without_a_wake_up_it_is_heard_within_about_a_second(
    application: Application, login: dict[str, str], shop: Shop
) -> None:
    async with stream(application, *WALLETS, **login) as opened:
        await opened.event()
        with shop.connect(autocommit=True) as quiet:
            shop.publish("test", "wallets", on=quiet, number=1)

        async with asyncio.timeout(1.5):
            assert await heard(opened, 1) == [1]


async def test_what_waited_before_anybody_listened_is_not_told_as_news(
    application: Application, login: dict[str, str], shop: Shop
) -> None:
    for number in range(3):
        shop.deposit(number)
    async with stream(application, *WALLETS, **login) as opened:
        await opened.event()
        shop.deposit(3)

        assert await heard(opened, 1) == [3]


async def test_it_survives_the_end_of_its_database_connections(
    application: Application, login: dict[str, str], shop: Shop
) -> None:
    async with stream(application, *WALLETS, **login) as opened:
        await opened.event()
        for number in range(3):
            assert shop.push_connections()
            for pid in shop.push_connections():
                shop.ask("SELECT pg_terminate_backend(%s)", pid)
            shop.deposit(number)

            assert await heard(opened, 1) == [number]


async def test_the_history_survives_as_well(application: Application, login: dict[str, str], shop: Shop) -> None:
    shop.deposit(0)
    give = asyncio.to_thread(give_all_positions_here)
    await give
    [[first]] = shop.ask("SELECT position FROM n2store_event")
    shop.deposit(1)
    for _ in range(2):
        async with stream(application, *WALLETS, last_event_id=str(first), **login) as opened:
            await opened.event()
            assert await heard(opened, 1) == [1]
        for pid in shop.push_connections():
            shop.ask("SELECT pg_terminate_backend(%s)", pid)
        # A stream that finds a dead connection is sent back; here the first of the next round meets it.
        request = Request(application, scope_of(*WALLETS, last_event_id=str(first), **login))
        await request.message()
        await request.leave()


async def test_while_the_log_is_away_a_browser_is_told_to_come_back_and_a_program_hears_503(
    application: Application, login: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(log: EventLog) -> int:
        raise psycopg.OperationalError("away")

    monkeypatch.setattr("realtime.hub.CATCH_UP_TIMEOUT_S", 0.05)
    monkeypatch.setattr(EventLog, "number_waiting", away)

    status, headers, body = await answer(application, *WALLETS, **login)
    assert (status, headers[b"retry-after"], body["code"]) == (503, b"2", "UNAVAILABLE")

    request = Request(application, scope_of(*WALLETS, accept="text/event-stream", **login))
    assert (await request.message())["status"] == 200
    assert await request.message() == {
        "type": "http.response.body", "body": b"retry: 5000\n: away\n\n", "more_body": False,
    }  # fmt: skip
    await request.leave()


async def test_an_event_that_cannot_be_told_is_left_out_and_the_next_is_heard(
    application: Application, login: dict[str, str], shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = Events.event

    def broken(dialect: Events, event: LoggedEvent, asked: object) -> object:
        if event.payload["number"] == 1:
            raise ValueError("broken")
        return tell(dialect, event, asked)  # type: ignore[arg-type]

    monkeypatch.setattr(Events, "event", broken)
    async with stream(application, *WALLETS, **login) as opened:
        await opened.event()
        shop.deposit(1)
        shop.deposit(2)

        assert await heard(opened, 1) == [2]


async def test_a_mistake_of_ours_does_not_silence_the_hub(
    application: Application, push: PushProcess, login: dict[str, str], shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.hub.AGAIN_AFTER_MAX_S", 0.05)
    async with stream(application, *WALLETS, **login) as opened:
        await opened.event()
        hand_out, failed = push.hub()._hand_out, []

        def fails_once(event: LoggedEvent) -> bool:
            if not failed:
                failed.append(event)
                raise ZeroDivisionError
            return hand_out(event)

        monkeypatch.setattr(push.hub(), "_hand_out", fails_once)
        shop.deposit(1)

        assert await heard(opened, 1) == [1]
        assert len(failed) == 1


async def test_a_log_that_goes_back_ends_all_streams_so_that_clients_begin_anew(
    application: Application, login: dict[str, str], shop: Shop
) -> None:
    shop.deposit(0)
    shop.deposit(1)
    async with stream(application, *WALLETS, **login) as opened:
        since = (await opened.event()).id
        shop.connection.execute("DELETE FROM n2store_event WHERE position = %s", [since])
        for pid in shop.push_connections():
            shop.ask("SELECT pg_terminate_backend(%s)", pid)

        with pytest.raises(EOFError):
            await opened.event()

    async with stream(application, *WALLETS, last_event_id=str(since), **login) as opened:
        assert [block.event for block in await opened.events(2)] == ["connected", "reset"]


class OwnRedis:
    """A Redis that a test may stop."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self._running: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        argv = [str(valkey.binary()), "--port", "0", "--unixsocket", str(self._socket), "--save", ""]
        self._running = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                self.wake()
            except redis.RedisError:
                time.sleep(0.02)
            else:
                return

    def wake(self) -> int:
        """Wake the readers and return how many heard it."""
        with redis.Redis.from_url(self.url) as client:
            return int(client.publish(WAKE_CHANNEL, b""))

    def kill(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    made = OwnRedis(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest_asyncio.fixture
async def application_on_it(own_redis: OwnRedis, transactional_db: None) -> AsyncIterator[Application]:
    push = PushProcess(Limits(), redis_url=own_redis.url)
    yield with_streams(django_was_asked, push)
    await push.stop()


async def test_redis_may_go_and_come(
    own_redis: OwnRedis, application_on_it: Application, login: dict[str, str], shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async with stream(application_on_it, *WALLETS, **login) as opened:
        await opened.event()

        own_redis.kill()
        shop.deposit(1)
        async with asyncio.timeout(1.5):
            assert await heard(opened, 1) == [1]

        monkeypatch.setattr("realtime.hub.LOOK_EVERY_S", 60)
        shop.deposit(2)
        assert await heard(opened, 1) == [2]  # The last look of the old rhythm.

        own_redis.start()
        async with asyncio.timeout(5):
            while not own_redis.wake():
                await asyncio.sleep(0.02)
        shop.deposit(3)
        own_redis.wake()
        async with asyncio.timeout(1):
            assert await heard(opened, 1) == [3]
