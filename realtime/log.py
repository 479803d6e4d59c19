"""Reading the event log, on a database connection of its own. Django's connections belong to requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection as django_connection
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from realtime import relay

READ_MAX = 500
ANSWER_TIMEOUT_S = 20.0
"""Longer than the database's own statement timeout: what exceeds it is a connection that is dead."""
CONNECT_TIMEOUT_S = 5

COLUMNS = "position, name, topics, payload, created_at"


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event as it stands in the log."""

    position: int
    name: str
    topics: list[str]
    payload: dict[str, Any]
    created_at: datetime
    encoded: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)
    """What it reads like in each dialect, made once for all clients."""

    @property
    def at_ms(self) -> int:
        """Return the moment as epoch milliseconds."""
        return int(self.created_at.timestamp() * 1000)


class EventLog:
    """One connection to the log, opened when needed and again after a failure. One question at a time."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._connection: AsyncConnection[TupleRow] | None = None
        self._turn = asyncio.Lock()

    async def newest(self) -> int:
        """Return the highest position, or 0. Pruning leaves the newest row, so it never falls."""
        [[newest]] = await self._ask("SELECT coalesce(max(position), 0) FROM n2store_event")
        return int(newest)

    async def oldest(self) -> int:
        """Return the lowest position that is still kept, or 1."""
        [[oldest]] = await self._ask("SELECT coalesce(min(position), 1) FROM n2store_event")
        return int(oldest)

    async def number_waiting(self) -> int:
        """Give a batch of waiting events their positions and return how many; see `relay`."""
        async with self._session() as connection:
            return await relay.give_positions(connection)

    async def after(self, position: int) -> list[LoggedEvent]:
        """Return the next events in order, `READ_MAX` at most."""
        rows = await self._ask(
            f"SELECT {COLUMNS} FROM n2store_event WHERE position > %s ORDER BY position LIMIT %s",  # noqa: S608 -- ours
            [position, READ_MAX],
        )
        return [LoggedEvent(*row) for row in rows]

    async def count(self, *, after: int, upto: int, topics: list[str], most: int) -> int:
        """Return how many events of these topics there are, or `most`."""
        [[count]] = await self._ask(
            "SELECT count(*) FROM (SELECT 1 FROM n2store_event "
            "WHERE position > %s AND position <= %s AND topics && %s::varchar[] LIMIT %s) found",
            [after, upto, topics, most],
        )
        return int(count)

    async def page(self, *, after: int, upto: int, topics: list[str], most: int) -> list[LoggedEvent]:
        """Return the first `most` events of these topics, in order."""
        rows = await self._ask(
            f"SELECT {COLUMNS} FROM n2store_event "  # noqa: S608 -- our own column names
            "WHERE position > %s AND position <= %s AND topics && %s::varchar[] ORDER BY position LIMIT %s",
            [after, upto, topics, most],
        )
        return [LoggedEvent(*row) for row in rows]

    async def close(self) -> None:
        """Give the connection back to the database."""
        if self._connection is not None:
            await self._connection.close()

    async def _ask(self, query: str, values: list[Any] | None = None) -> list[TupleRow]:
        async with self._session() as connection:
            cursor = await connection.execute(query.encode(), values)
            return await cursor.fetchall()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncConnection[TupleRow]]:
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    yield await self._connected()
            except (psycopg.Error, TimeoutError, asyncio.CancelledError):
                await self.close()  # Whatever state it is in; the next question opens another.
                raise

    async def _connected(self) -> AsyncConnection[TupleRow]:
        if self._connection is None or self._connection.closed:
            parameters = django_connection.get_connection_params()
            for of_django in ("cursor_factory", "context"):
                parameters.pop(of_django, None)
            parameters |= {
                "autocommit": True,
                "application_name": f"n2store push {self._name}",
                "connect_timeout": CONNECT_TIMEOUT_S,
            }
            self._connection = await AsyncConnection.connect(**parameters)
        return self._connection
