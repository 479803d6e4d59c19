"""Connections that are kept, by a pool or between tasks, and may have ended meanwhile.

Note [A restart costs no error]
-------------------------------
After a restart of PostgreSQL each kept connection would answer its next user with an error, once. Asking the server
first costs a round trip for each request. It need not be asked: nothing is ever on its way over a connection that
waits for its next statement, so a socket that can be read has been hung up on. To look at it costs a microsecond, and
is done before each statement outside a transaction. Inside one nothing is replaced: the transaction is lost, and its
user must hear so.

Note [A connection ends with its thread]
----------------------------------------
Without a pool each thread keeps a connection of its own. When a server ends a thread that had nothing to do, Django's
wrapper stays behind in a reference cycle, its connection open, until the collector comes by, which is rarely: a day of
quiet and busy hours would use up what PostgreSQL allows. So each thread also holds something that is in no cycle, and
the connection is closed when that goes.
"""

import select
import threading
from typing import Any
from weakref import WeakKeyDictionary, finalize

import psycopg
from django.db.backends.postgresql import base
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from typing_extensions import override


class DatabaseWrapper(base.DatabaseWrapper):
    """See Note [A restart costs no error]."""

    @override
    def ensure_connection(self) -> None:
        """Connect where there is no connection, or where the one that was kept has ended."""
        kept = self.connection
        if kept is not None and self.autocommit and not self.in_atomic_block and has_ended(kept):
            kept.close()  # So that a pool does not take it back.
            self.close()
        super().ensure_connection()

    @override
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that stands, of the pool where there is one. The pool replaces those that have ended."""
        connection = super().get_new_connection(conn_params)
        for _ in range(self.pool.max_size if self.pool else 0):  # So many may have ended.
            if not has_ended(connection):
                break
            connection.close()
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        if not self.pool:
            _ENDINGS.of_thread[self] = _Ending(connection)
        return connection


class _Ending:
    """What a thread holds for its connection. See Note [A connection ends with its thread]."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        finalize(self, connection.close).atexit = False


class _Endings(threading.local):
    def __init__(self) -> None:
        self.of_thread: WeakKeyDictionary[DatabaseWrapper, _Ending] = WeakKeyDictionary()


_ENDINGS = _Endings()


class Untouched(Loader):
    """Hands over what the server sent. See Note [JSON passes as bytes]."""

    @override
    def load(self, data: Buffer) -> bytes:
        """Return the bytes of the value."""
        return bytes(data)


psycopg.adapters.register_loader("bpchar", Untouched)


def has_ended(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has hung up on a connection on which nobody waits for an answer. Asks nobody."""
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
