"""Who may hold the sockets: one row, renewed while its holder lives, by the database's clock."""

import os
import secrets
import socket

from django.db import connection
from django.db.models import Exists
from django.db.models.functions import Now

from realtime.models import Lease

NAME = "upstreams"
LASTS_S = 10
RENEW_EVERY_S = 2.0

TAKE = f"""
    INSERT INTO realtime_lease AS held (name, holder, term, since, renewed_at, until)
    VALUES (%(name)s, %(holder)s, 1, clock_timestamp(), clock_timestamp(), clock_timestamp() + interval '{LASTS_S} s')
    ON CONFLICT (name) DO UPDATE
    SET holder = excluded.holder, term = held.term + 1, since = excluded.since, renewed_at = excluded.renewed_at,
        until = excluded.until
    WHERE held.until <= clock_timestamp()
    RETURNING term
"""  # noqa: S608 -- a constant of ours
RENEW = f"""
    UPDATE realtime_lease SET renewed_at = clock_timestamp(), until = clock_timestamp() + interval '{LASTS_S} s'
    WHERE name = %(name)s AND holder = %(holder)s AND term = %(term)s
"""  # noqa: S608 -- a constant of ours
RELEASE = """
    UPDATE realtime_lease SET until = clock_timestamp()
    WHERE name = %(name)s AND holder = %(holder)s AND term = %(term)s
"""


class LeaseHolder:
    """One candidate. All its questions go over the connection of the calling thread."""

    def __init__(self) -> None:
        self.holder = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.term: int | None = None

    def hold(self) -> bool:
        """Renew what we hold, or take what nobody holds; return whether we hold it now."""
        if self.term is not None and not self._ask(RENEW):
            self.term = None  # Another has taken it: we were away for too long.
        if self.term is None:
            self._take()
        return self.term is not None

    def release(self) -> None:
        """Let the next one have it at once."""
        if self.term is not None:
            self._ask(RELEASE)
            self.term = None

    def _take(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(TAKE, {"name": NAME, "holder": self.holder})
            row = cursor.fetchone()
        self.term = None if row is None else row[0]

    def _ask(self, statement: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"name": NAME, "holder": self.holder, "term": self.term})
            return bool(cursor.rowcount)


def is_held() -> bool:
    """Whether somebody holds the sockets now: otherwise nothing is connected, whatever was written last."""
    return Lease.objects.filter(name=NAME, until__gt=Now()).exists()


def holding_now() -> Lease | None:
    """Return the lease of whoever holds the sockets now."""
    return Lease.objects.filter(name=NAME, until__gt=Now()).first()


def held_now() -> Exists:
    """Return the same as a condition."""
    return Exists(Lease.objects.filter(name=NAME, until__gt=Now()))
