"""A client that comes back gets exactly what it missed, or is told to fetch afresh."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from realtime.flow import Application
from realtime.limits import Limits
from realtime.log import EventLog
from realtime.push import PushProcess
from realtime.relay import give_all_positions
from realtime.routing import with_streams
from tests.realtime.conftest import django_was_asked
from tests.realtime.driving import Request, Shop, stream

WALLETS = ("/api/events", {"channels": "wallets"})
OTHER_PHONE = "0909000002"


@pytest.fixture
def positions(shop: Shop) -> list[int]:
    """Ten deposits of two customers in turn; return their positions."""
    for number in range(10):
        shop.deposit(number, phone="0909000001" if number % 2 else OTHER_PHONE)
    give_all_positions()
    return [position for [position] in shop.ask("SELECT position FROM n2store_event ORDER BY position")]


async def numbers(opened: Request, count: int) -> list[int]:
    return [block.data["number"] for block in await opened.events(count)]


async def test_what_was_missed_comes_first_and_then_what_comes(
    application: Application, login: dict[str, str], shop: Shop, positions: list[int]
) -> None:
    async with stream(application, *WALLETS, last_event_id=str(positions[6]), **login) as opened:
        hello = await opened.event()
        shop.deposit(10)

        assert (hello.event, hello.id, hello.data["cursor"]) == ("connected", positions[6], positions[6])
        assert await numbers(opened, 4) == [7, 8, 9, 10]
        assert await opened.silent()


async def test_without_a_number_history_is_not_sent(
    application: Application, login: dict[str, str], shop: Shop, positions: list[int]
) -> None:
    async with stream(application, *WALLETS, **login) as opened:
        assert (await opened.event()).id == positions[-1]
        shop.deposit(10)

        assert await numbers(opened, 1) == [10]


async def test_only_ones_own_topics_are_sent_again(
    application: Application, login: dict[str, str], shop: Shop, positions: list[int]
) -> None:
    query = {"topics": f"wallet:{OTHER_PHONE}"}
    async with stream(application, "/api/events", query, last_event_id=str(positions[1]), **login) as opened:
        await opened.event()
        shop.deposit(10, phone=OTHER_PHONE)

        assert await numbers(opened, 5) == [2, 4, 6, 8, 10]


async def test_the_first_request_may_say_it_in_the_address_and_the_header_is_newer(
    application: Application, login: dict[str, str], positions: list[int]
) -> None:
    query = {"channels": "wallets", "last_event_id": str(positions[6])}
    async with stream(application, "/api/events", query, **login) as opened:
        await opened.event()
        assert await numbers(opened, 3) == [7, 8, 9]
    async with stream(application, "/api/events", query, last_event_id=str(positions[8]), **login) as opened:
        await opened.event()
        assert await numbers(opened, 1) == [9]
        assert await opened.silent()


async def test_old_streams_resume_as_well(
    application: Application, login: dict[str, str], shop: Shop, positions: list[int]
) -> None:
    since = str(positions[-1])
    shop.publish("transfer.received", "transfers", id=1)
    shop.publish("wallet.deposit", "wallets", phone="0909000001")
    async with stream(application, "/api/sepay/stream", last_event_id=since, **login) as opened:
        assert [block.event for block in await opened.events(2)] == ["connected", "new-transaction"]
    async with stream(application, "/api/realtime/sse", {"keys": "wallets"}, last_event_id=since, **login) as opened:
        assert [block.event for block in await opened.events(2)] == ["connected", "wallet_update"]


class TestReset:
    async def reset(self, application: Application, login: dict[str, str], since: str) -> tuple[Any, Any, Any]:
        async with stream(application, *WALLETS, last_event_id=since, **login) as opened:
            hello, reset = await opened.events(2)
            assert (hello.event, hello.id, reset.event) == ("connected", None, "reset")
            assert await opened.silent()
            return reset.data["reason"], reset.data["cursor"], reset.id

    @pytest.mark.parametrize("since", ["x", "-1", "1.5", "1 OR 1=1", "１２", "9" * 19, "9" * 400])
    async def test_a_malformed_number(
        self, application: Application, login: dict[str, str], positions: list[int], since: str
    ) -> None:
        if not since.isascii():
            since = since.encode().decode("latin-1")
        assert await self.reset(application, login, since) == ("malformed", positions[-1], positions[-1])

    async def test_a_number_of_another_database(
        self, application: Application, login: dict[str, str], positions: list[int]
    ) -> None:
        assert await self.reset(application, login, str(positions[-1] + 1)) == (
            "unknown", positions[-1], positions[-1],
        )  # fmt: skip

    async def test_a_history_that_was_cut(
        self, application: Application, login: dict[str, str], shop: Shop, positions: list[int]
    ) -> None:
        shop.connection.execute("DELETE FROM n2store_event WHERE position < %s", [positions[5]])

        assert await self.reset(application, login, str(positions[3])) == ("expired", positions[-1], positions[-1])
        async with stream(application, *WALLETS, last_event_id=str(positions[4]), **login) as opened:
            assert [block.event for block in await opened.events(2)] == ["connected", "wallet.deposit"]

    async def test_a_history_that_is_cut_while_it_is_read(
        self, application: Application, login: dict[str, str], shop: Shop, positions: list[int],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        page = EventLog.page

        async def pruned_meanwhile(log: EventLog, **asked: Any) -> Any:
            shop.connection.execute("DELETE FROM n2store_event WHERE position < %s", [positions[9]])
            return await page(log, **asked)

        monkeypatch.setattr(EventLog, "page", pruned_meanwhile)
        async with stream(application, *WALLETS, last_event_id=str(positions[0]), **login) as opened:
            blocks = await opened.events(3)

        assert [block.event for block in blocks] == ["connected", "wallet.deposit", "reset"]

    async def test_what_comes_after_a_reset_is_heard(
        self, application: Application, login: dict[str, str], shop: Shop, positions: list[int]
    ) -> None:
        async with stream(application, *WALLETS, last_event_id="x", **login) as opened:
            await opened.events(2)
            shop.deposit(10)

            assert await numbers(opened, 1) == [10]

    class TestWithSmallBounds:
        @pytest.fixture
        def limits(self) -> Limits:
            return replace(Limits(), replay_events_max=4, replay_span_max=9, replay_page=2)

        async def test_too_many_missed_events(
            self, application: Application, login: dict[str, str], positions: list[int]
        ) -> None:
            async with stream(application, *WALLETS, last_event_id=str(positions[5]), **login) as opened:
                await opened.event()
                assert await numbers(opened, 4) == [6, 7, 8, 9]

            again = TestReset()
            assert (await again.reset(application, login, str(positions[4])))[0] == "too_many"

        async def test_too_many_events_of_others(
            self, application: Application, login: dict[str, str], shop: Shop, positions: list[int]
        ) -> None:
            shop.deposit(10)
            query = {"channels": "tickets"}
            for since, names in (
                (positions[1], ["connected", "ticket.created"]),
                (positions[0], ["connected", "reset"]),
            ):
                async with stream(application, "/api/events", query, last_event_id=str(since), **login) as opened:
                    hello = await opened.event()
                    if hello.id is not None:
                        shop.publish("ticket.created", "tickets")
                    assert [hello.event, (await opened.event()).event] == names


async def test_nothing_is_lost_and_nothing_comes_twice_when_clients_come_back_at_random_moments(
    application: Application, login: dict[str, str], shop: Shop, token_for: Callable[..., str]
) -> None:
    """Two processes serve in turn while transactions commit in another order than they began."""
    shop.publish("test", "tickets", number=-1)
    chance = random.Random(7)
    second = PushProcess(Limits())
    applications = [application, with_streams(django_was_asked, second)]
    total = 150

    async def publish() -> None:
        with shop.connect() as slow:
            for number in range(total):
                if number % 3 == 0:
                    slow.commit()
                    shop.publish("test", "wallets", on=slow, number=number)
                else:
                    shop.publish("test", "wallets", number=number)
                await asyncio.sleep(chance.random() * 0.004)
            slow.commit()
        shop.wake()

    async def listen() -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []
        since: dict[str, str] = {}
        while len(seen) < total:
            async with stream(chance.choice(applications), *WALLETS, **since, **login) as opened:
                for _ in range(chance.randrange(1, 12)):
                    block = await opened.event()
                    since = {"last_event_id": str(block.id)}
                    if block.event == "test":
                        assert block.id is not None
                        seen.append((block.id, block.data["number"]))
                    else:
                        assert block.event == "connected", block
                    if len(seen) == total:
                        break
        return seen

    listeners = [asyncio.create_task(listen()) for _ in range(5)]
    await asyncio.sleep(0.2)  # They have heard "connected", and so have a number to come back with.
    publishing = asyncio.create_task(publish())
    try:
        results = await asyncio.wait_for(asyncio.gather(*listeners), 60)
    finally:
        await publishing
        await second.stop()

    in_order = shop.ask("SELECT position, (payload ->> 'number')::int FROM n2store_event ORDER BY position")[1:]
    assert sorted(number for _, number in in_order) == list(range(total))
    assert results == [in_order] * 5
