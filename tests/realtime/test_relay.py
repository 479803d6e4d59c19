"""Positions are given after commit, in the order in which events become visible."""

import asyncio

import psycopg
import pytest

from realtime import relay
from realtime.log import EventLog
from tests.realtime.driving import Shop


def numbers(shop: Shop) -> list[int | None]:
    return [number for [number] in shop.ask("SELECT payload -> 'number' FROM n2store_event ORDER BY position")]


@pytest.mark.django_db(transaction=True)
def test_a_lower_id_that_commits_later_gets_the_higher_position(shop: Shop) -> None:
    with shop.connect() as slow, shop.connect() as quick:
        shop.publish("test.late", "wallets", on=slow, number=1)
        shop.publish("test.early", "wallets", on=quick, number=2)
        quick.commit()
        relay.give_all_positions()
        slow.commit()

        relay.give_all_positions()

    assert shop.ask("SELECT payload -> 'number' FROM n2store_event ORDER BY id") == [(1,), (2,)]
    assert numbers(shop) == [2, 1]


@pytest.mark.django_db(transaction=True)
def test_what_has_not_committed_has_no_position(shop: Shop) -> None:
    with shop.connect() as open_transaction:
        shop.publish("test", "wallets", on=open_transaction)

        assert relay.give_all_positions() == 0

        open_transaction.rollback()
    assert relay.give_all_positions() == 0


@pytest.mark.django_db(transaction=True)
def test_all_batches_are_numbered_oldest_first(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "BATCH_MAX", 4)
    monkeypatch.setattr(relay, "GIVE_POSITIONS", relay.GIVE_POSITIONS.replace("LIMIT 500", "LIMIT 4"))
    for number in range(10):
        shop.deposit(number)

    assert relay.give_all_positions() == 10

    assert numbers(shop) == list(range(10))


@pytest.mark.django_db(transaction=True)
def test_a_second_relay_waits_until_the_first_one_is_visible(shop: Shop) -> None:
    shop.deposit(1)
    with shop.connect() as first, shop.connect() as second:
        first.execute(relay.LOCK)
        first.execute(relay.GIVE_POSITIONS)
        shop.deposit(2)
        second.execute("SET lock_timeout = '50ms'")
        second.commit()

        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute(relay.LOCK)

        second.rollback()
        first.commit()
        second.execute(relay.LOCK)
        second.execute(relay.GIVE_POSITIONS)
        second.commit()

    assert numbers(shop) == [1, 2]


async def test_a_hubs_relay_is_one_transaction_that_holds_the_lock(shop: Shop) -> None:
    log = EventLog("test")
    shop.deposit(1)
    with shop.connect() as other:
        other.execute(relay.LOCK)
        waiting = asyncio.create_task(log.number_waiting())
        await asyncio.sleep(0.1)
        shop.deposit(2)
        other.commit()

        assert await waiting == 2, "the snapshot must be younger than the lock"
        assert await log.number_waiting() == 0
    await log.close()

    assert numbers(shop) == [1, 2]
