"""How each breaker stands, in Redis for all processes. Without Redis each process goes on with what it knows.

Nothing here is kept for ever: a breaker nobody has written of for `KEPT_S` is closed.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import redis
from pybreaker import STATE_CLOSED, STATE_HALF_OPEN, STATE_OPEN, CircuitBreakerStorage
from typing_extensions import override

from n2store.quick_redis import quick_redis

LOOK_EVERY_S = 0.25
"""How old the state of another process may be: a call in good times costs no question to Redis."""
AWAY_S = 5.0
"""So long Redis is left alone after it did not answer."""
IN_A_ROW_S = 60.0
"""Failures further apart than this are not in a row."""
KEPT_S = 3600
NAMES = "n2store:breakers"
NAMES_MAX = 200

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Standing:
    """One breaker. `since`, `until` and `failed_at` are seconds since 1970; `by` is who opened it, if a person did."""

    state: str = STATE_CLOSED
    failures: int = 0
    successes: int = 0
    since: float = 0.0
    until: float = 0.0
    failed_at: float = 0.0
    why: str = ""
    by: str = ""

    @property
    def now(self) -> str:
        """How it stands now: one that was open long enough lets its next caller try."""
        over = self.state == STATE_OPEN and self.until <= time.time()
        return STATE_HALF_OPEN if over else self.state

    @classmethod
    def read(cls, fields: dict[bytes, bytes]) -> "Standing":
        """Return what a hash of Redis tells; what is missing or unreadable is as at the beginning."""
        told = {name.decode(): value.decode(errors="replace") for name, value in fields.items()}
        try:
            return cls(
                state=told.get("state", STATE_CLOSED), failures=int(told.get("failures", 0)),
                successes=int(told.get("successes", 0)), since=float(told.get("since", 0)),
                until=float(told.get("until", 0)), failed_at=float(told.get("failed_at", 0)),
                why=told.get("why", ""), by=told.get("by", ""),
            )  # fmt: skip
        except ValueError:
            return cls()


class Shared(CircuitBreakerStorage):
    """Where pybreaker keeps a breaker's state. `open_s`: how long it stays open by itself."""

    def __init__(self, name: str, open_s: float) -> None:
        super().__init__(name)
        self._open_s = open_s
        self._known = Standing()
        self._read_at = float("-inf")
        self._trial_until = 0.0
        self._lock = threading.Lock()

    def standing(self) -> Standing:
        """Return how it stands, at most `LOOK_EVERY_S` old."""
        with self._lock:
            if time.monotonic() - self._read_at > LOOK_EVERY_S:
                self._read_at = time.monotonic()
                found = asked(lambda shared: shared.hgetall(key_of(self.name)))
                if found is not None:
                    self._known = Standing.read(cast("dict[bytes, bytes]", found))
            return self._known

    def write(self, **changes: Any) -> None:
        """Change fields of the standing, for every process."""
        with self._lock:
            self._known = replace(self._known, **changes)
            self._read_at = time.monotonic()
        asked(lambda shared: _written(shared, self.name, changes))

    def take_trial(self, lease_s: float) -> bool:
        """Take the one trial there is, for so long at most: who dies with it leaves it to the next."""
        lease_ms = max(1, round(lease_s * 1000))
        taken = asked(lambda shared: bool(shared.set(_trial_of(self.name), 1, nx=True, px=lease_ms)))
        if taken is not None:
            return taken
        with self._lock:
            if time.monotonic() < self._trial_until:
                return False
            self._trial_until = time.monotonic() + lease_s
            return True

    def give_trial_back(self) -> None:
        """Let the next caller try."""
        self._trial_until = 0.0
        asked(lambda shared: shared.delete(_trial_of(self.name)))

    @property
    @override
    def state(self) -> str:
        return self.standing().state

    @state.setter
    def state(self, state: str) -> None:
        closed = {"until": 0.0, "why": "", "by": ""} if state == STATE_CLOSED else {}
        self.write(state=state, since=time.time(), **closed)

    @property
    @override
    def opened_at(self) -> datetime | None:
        """When it would have opened to be open until then: a person may open it for longer."""
        until = self.standing().until
        return datetime.fromtimestamp(until - self._open_s, UTC) if until else None

    @opened_at.setter
    def opened_at(self, datetime: datetime) -> None:
        self.write(until=datetime.timestamp() + self._open_s)

    @property
    @override
    def counter(self) -> int:
        return self.standing().failures

    @override
    def increment_counter(self) -> None:
        now, known = time.time(), self.standing()
        if now - known.failed_at > IN_A_ROW_S:
            self.write(failures=1, failed_at=now)
            return
        count = asked(lambda shared: int(shared.hincrby(key_of(self.name), "failures", 1)))
        self.write(failures=known.failures + 1 if count is None else count, failed_at=now)

    @override
    def reset_counter(self) -> None:
        if self.standing().failures:
            self.write(failures=0)

    @property
    def in_a_row(self) -> int:
        """How many failed in a row up to now."""
        known = self.standing()
        return known.failures if time.time() - known.failed_at <= IN_A_ROW_S else 0

    @property
    @override
    def success_counter(self) -> int:
        return self.standing().successes

    @override
    def increment_success_counter(self) -> None:
        self.write(successes=self.standing().successes + 1)

    @override
    def reset_success_counter(self) -> None:
        if self.standing().successes:
            self.write(successes=0)


def key_of(name: str) -> str:
    """Return where a breaker's standing is."""
    return f"n2store:breaker:{name}"


def _trial_of(name: str) -> str:
    return f"n2store:breaker-trial:{name}"


def _written(shared: "redis.Redis", name: str, changes: dict[str, Any]) -> bool:
    with shared.pipeline(transaction=True) as both:
        both.hset(key_of(name), mapping={field: str(value) for field, value in changes.items()})
        both.expire(key_of(name), KEPT_S)
        both.zadd(NAMES, {name: time.time()})
        both.zremrangebyrank(NAMES, 0, -NAMES_MAX - 1)
        both.execute()
    return True


def all_written() -> dict[str, Standing] | None:
    """Return every breaker that anything is known of, by name; None when Redis is away."""

    def read(shared: "redis.Redis") -> dict[str, Standing]:
        names = [str(name, "utf-8") for name in shared.zrange(NAMES, 0, -1) if isinstance(name, bytes)]
        with shared.pipeline(transaction=False) as each:
            for name in names:
                each.hgetall(key_of(name))
            found = each.execute()
        return {name: Standing.read(fields) for name, fields in zip(names, found, strict=True) if fields}

    return asked(read)


class _Away:
    until = 0.0


def asked(question: Callable[["redis.Redis"], Answer]) -> Answer | None:
    """Return Redis's answer, or None when it is away."""
    if time.monotonic() < _Away.until:
        return None
    try:
        return question(quick_redis())
    except redis.RedisError:
        _Away.until = time.monotonic() + AWAY_S
        return None
