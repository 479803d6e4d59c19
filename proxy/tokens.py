"""Tokens of neighbours that cost a login: kept until shortly before their end, and fetched by one caller at a time.

They are kept in Redis, sealed, under a name that only who knows the password can form. Without Redis each process keeps
its own, and one of its threads fetches.
"""

import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TypeVar

import redis
from django.conf import settings
from django.core.cache import cache

from n2store.errors import DomainError
from proxy.sealing import Unreadable, seal, unseal

MARGIN_S = 5 * 60
LEASE_S = 15
"""How long one caller may take to fetch before another may try: more than a fetch can take."""
LOOK_AGAIN_S = 0.05
OWN_MAX = 1_000

Kept = TypeVar("Kept")


class TooSlow(Exception):
    """Somebody else fetches, and has not come back in time."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token and its end, in seconds since 1970; `more` is what came with it and may be shown to its owner."""

    text: str
    ends_at: float
    more: dict[str, str]

    @property
    def is_good(self) -> bool:
        """Whether it lives for `MARGIN_S` more."""
        return time.time() < self.ends_at - MARGIN_S

    @property
    def lives_s(self) -> int:
        """How many seconds it still lives."""
        return max(0, int(self.ends_at - time.time()))


def name_of(*whose: str) -> str:
    """Return under what a token is kept: server, user, password and all else that makes it this one and no other."""
    return hmac.new(settings.SECRET_KEY.encode(), json.dumps(whose).encode(), hashlib.sha256).hexdigest()


def token(name: str, fetch: Callable[[], Token], *, deadline: float, rejected: str | None = None) -> Token:
    """Return a good token other than `rejected`; `fetch` gets one if there is none, for everybody who waits.

    Raises:
        TooSlow: it did not come by `deadline` (of `time.monotonic`).
    """
    if known := _known(name, rejected):
        return known
    came_at = time.monotonic()
    with _turn(_local(name), deadline):
        while True:
            if (failed := _failed.get(name)) and failed[0] > came_at:
                raise failed[1]  # Somebody asked while we waited: the answer would be the same.
            if known := _known(name, rejected):
                return known
            with _lease(name) as mine:
                if mine:
                    if known := _known(name, rejected):  # It came while we reached for the lease.
                        return known
                    return _fetched(name, fetch)
            if time.monotonic() + LOOK_AGAIN_S > deadline:
                raise TooSlow
            time.sleep(LOOK_AGAIN_S)


def _fetched(name: str, fetch: Callable[[], Token]) -> Token:
    try:
        found = fetch()
    except DomainError as error:
        _remember(_failed, name, (time.monotonic(), error))
        raise
    _remember(_own, name, found)
    good_s = int(found.ends_at - MARGIN_S - time.time())
    with suppress(redis.RedisError):
        if good_s > 0:
            cache.set(f"token:{name}", seal(asdict(found)), timeout=good_s)
    return found


def _known(name: str, rejected: str | None) -> Token | None:
    found = _own.get(name)
    with suppress(redis.RedisError):
        kept = cache.get(f"token:{name}")
        found = _opened(kept) if kept else None
    return found if found is not None and found.is_good and found.text != rejected else None


def _opened(kept: str) -> Token | None:
    try:
        return Token(**unseal(kept))
    except (Unreadable, TypeError):  # Another key, or another release, kept it.
        return None


def _remember(where: dict[str, Kept], name: str, what: Kept) -> None:
    with _guard:
        if len(where) >= OWN_MAX:
            where.clear()
        where[name] = what


@contextmanager
def _turn(lock: threading.Lock, deadline: float) -> Iterator[None]:
    """Wait for this process's turn: only one thread of it asks Redis over and over."""
    if not lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
        raise TooSlow
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _lease(name: str) -> Iterator[bool]:
    """Tell whether we alone, of all processes, may fetch. Who dies meanwhile loses it after `LEASE_S`."""
    key, mine = f"token:{name}:fetching", secrets.token_hex(8)
    try:
        got = cache.add(key, mine, timeout=LEASE_S)
    except redis.RedisError:
        yield True
        return
    try:
        yield got
    finally:
        with suppress(redis.RedisError):
            if got and cache.get(key) == mine:
                cache.delete(key)


def _local(name: str) -> threading.Lock:
    with _guard:
        if len(_locks) >= OWN_MAX and name not in _locks:
            _locks.clear()
        return _locks.setdefault(name, threading.Lock())


_own: dict[str, Token] = {}
_failed: dict[str, tuple[float, DomainError]] = {}
_locks: dict[str, threading.Lock] = {}
_guard = threading.Lock()
