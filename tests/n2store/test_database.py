"""Connections that ended while nobody used them: replaced without an error, with a pool and without."""

import gc
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, transaction

from n2store.database.base import DatabaseWrapper, has_ended
from tests.processes import wait_until
from tests.realtime.driving import Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def outside() -> Iterator[psycopg.Connection[Any]]:
    """Return a connection of nobody's, which ends the others as a restart does."""
    with Shop.connect(autocommit=True) as given:
        yield given


@pytest.fixture(params=["pool", "no pool"])
def ours(request: pytest.FixtureRequest) -> Iterator[DatabaseWrapper]:
    """Return Django's connection as a process of ours has it, with a pool of one or with none."""
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "pool"}
    if request.param == "pool":
        options |= {"pool": {"min_size": 0, "max_size": 1, "timeout": 20}}
    wrapper = DatabaseWrapper(connection.settings_dict | {"OPTIONS": options}, DEFAULT_DB_ALIAS)
    wrapper._connection_pools = {}  # Not that of the test itself.
    yield wrapper
    wrapper.close()
    if wrapper.pool:
        wrapper.close_pool()


def backend(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end(pid: int, outside: psycopg.Connection[Any]) -> None:
    outside.execute("SELECT pg_terminate_backend(%s, 30000)", [pid])


def test_a_kept_connection_that_ended_is_replaced(ours: DatabaseWrapper, outside: psycopg.Connection[Any]) -> None:
    first = backend(ours)
    end(first, outside)

    assert backend(ours) != first


def test_one_that_ended_in_the_pool_is_replaced(ours: DatabaseWrapper, outside: psycopg.Connection[Any]) -> None:
    first = backend(ours)
    ours.close()  # The end of a request: back into the pool.
    end(first, outside)

    assert backend(ours) != first
    ours.close()
    assert backend(ours) != first


def test_within_a_transaction_nothing_is_replaced(outside: psycopg.Connection[Any]) -> None:
    def count() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    with pytest.raises(OperationalError), transaction.atomic():
        end(backend(connection), outside)  # type: ignore[arg-type]
        count()
    count()


def test_a_connection_that_stands_is_left_alone(ours: DatabaseWrapper, outside: psycopg.Connection[Any]) -> None:
    assert backend(ours) == backend(ours)
    outside.execute("SELECT 1")
    assert not has_ended(outside)
    with Shop.connect(autocommit=True) as third:
        end(outside.info.backend_pid, third)
    wait_until(lambda: has_ended(outside))


def test_a_connection_ends_with_its_thread(outside: psycopg.Connection[Any]) -> None:
    own = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "pool"}
    seen: list[int] = []

    def work() -> None:
        seen.append(backend(DatabaseWrapper(connection.settings_dict | {"OPTIONS": own}, DEFAULT_DB_ALIAS)))
        seen.append(len(_standing(outside, seen[0])))

    gc.disable()  # A wrapper is in a cycle; whoever waits for the collector may wait for hours.
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        wait_until(lambda: not _standing(outside, seen[0]))
    finally:
        gc.enable()

    assert seen[1] == 1  # While the thread lived, its connection did.


def _standing(outside: psycopg.Connection[Any], pid: int) -> list[Any]:
    return outside.execute("SELECT pid FROM pg_stat_activity WHERE pid = %s", [pid]).fetchall()
