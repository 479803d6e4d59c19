"""Who is asking: the shop's session cookie, an API token, or a ticket. Asked once for each stream, in a few threads."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module

import django.db
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.db import connections
from django.http import HttpRequest, parse_cookie
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from n2store.errors import DomainError
from n2store.roles import Role, roles_of
from realtime import doors
from realtime.doors import Used
from realtime.hub import DatabaseAway

logger = logging.getLogger(__name__)

THREADS = 4
ATTEMPTS_MAX = 3
"""After a restart of the database each connection of the pool fails once."""


class NotLoggedIn(DomainError):
    """No session, no token, or one that is over."""

    status, code = 401, "AUTH_REQUIRED"


class TooManyStreams(DomainError):
    """A page that opens streams without end must not take them from everybody."""

    status, code = 429, "TOO_MANY_STREAMS"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The two headers that may say who asks, and a ticket. A token in the address is not looked at: those are logged.

    A ticket may stand there, for it is worth nothing once it was used.
    """

    cookie: str = ""
    authorization: str = ""
    ticket: str = field(default="", repr=False)

    @classmethod
    def of(cls, headers: dict[bytes, bytes], query: Mapping[str, str]) -> "Credentials":
        """Take them from ASGI's headers and the address."""
        cookie, authorization = (headers.get(name, b"").decode("latin-1") for name in (b"cookie", b"authorization"))
        return cls(cookie, authorization, query.get("ticket", ""))


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who listens."""

    user_id: int
    roles: frozenset[Role]
    came_by: Used | None = None
    """The ticket, which cannot be shown again."""


class Door:
    """Looks people up without holding a thread or a database connection while they listen."""

    def __init__(self, *, streams_per_user_max: int) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="push-login")
        self._seats: Counter[int] = Counter()
        self._seats_max = streams_per_user_max

    async def viewer(self, credentials: Credentials) -> Viewer:
        """Return who asks.

        Raises:
            NotLoggedIn: nobody we know.
            DatabaseAway: that cannot be found out now.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, partial(_enter, credentials))

    async def again(self, viewer: Viewer, credentials: Credentials) -> Viewer:
        """Look whether somebody who listens still may; raises as `viewer` does."""
        who = partial(_still, viewer.came_by) if viewer.came_by else partial(_enter, credentials)
        return await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, who)

    @contextmanager
    def seat(self, viewer: Viewer) -> Iterator[None]:
        """Count one stream of this person while it lasts.

        Raises:
            TooManyStreams: the person has as many as one may have in this process.
        """
        if self._seats[viewer.user_id] >= self._seats_max:
            raise TooManyStreams(f"You have {self._seats_max} streams open. Close some pages.")
        self._seats[viewer.user_id] += 1
        try:
            yield
        finally:
            self._seats[viewer.user_id] -= 1
            if not self._seats[viewer.user_id]:
                del self._seats[viewer.user_id]


def _look_up(who: Callable[[], tuple[User | None, Used | None]]) -> Viewer:
    try:
        for _ in range(ATTEMPTS_MAX):
            try:
                user, used = who()
                if user is None:
                    break
                return Viewer(user.pk, roles_of(user), used)
            except django.db.Error as error:
                logger.warning("A listener cannot be looked up (%s).", str(error).strip())
                connections.close_all()
        else:
            raise DatabaseAway
    finally:
        connections.close_all()
    raise NotLoggedIn("Log in first.")


def _enter(credentials: Credentials) -> tuple[User | None, Used | None]:
    if not credentials.ticket:
        return _user(credentials), None
    used = doors.use(credentials.ticket)
    return (None, None) if used is None else _still(used)


def _still(used: Used) -> tuple[User | None, Used | None]:
    return doors.buyer(used), used


def _user(credentials: Credentials) -> User | None:
    request = HttpRequest()
    if credentials.authorization:
        request.META["HTTP_AUTHORIZATION"] = credentials.authorization
        try:
            found = TokenAuthentication().authenticate(request)
        except AuthenticationFailed:
            return None
        if found is not None:
            return _active(found[0])
    session_key = parse_cookie(credentials.cookie).get(settings.SESSION_COOKIE_NAME)
    if not session_key:
        return None
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    return _active(get_user(request))


def _active(user: object) -> User | None:
    return user if isinstance(user, User) and user.is_active else None
