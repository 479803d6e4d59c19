"""States of top-ups for those who poll: kept in Redis for 15 minutes, in front of PostgreSQL, which alone is the truth.

Filled after commit and never by an older version. Without Redis everything works, a query slower. Counted here too:
what is kept, and which streams are open, by leases that a dead process does not renew.
"""

import json
import logging
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

TTL_S = 15 * 60
LEASE_S = 75
"""Of a stream; longer than two heartbeats."""
REST_S = 2.0
"""After a failure Redis is left alone this long."""
PREFIX = "n2store:topup:"
CACHED, STREAMS = f"{PREFIX}cached", f"{PREFIX}streams"

PUT = """
local old = redis.call('GET', KEYS[1])
if old and cjson.decode(old).state.version >= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
if ARGV[4] ~= '' then redis.call('SET', KEYS[2], ARGV[5], 'EX', ARGV[3]) end
redis.call('ZADD', KEYS[3], ARGV[6] + ARGV[3], ARGV[5])
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The state of a top-up as it goes over the wire, and whose it is."""

    state: dict[str, Any]
    customer_id: int
    starter_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """How many states are kept, how many top-ups are watched, and by how many streams."""

    cached_orders: int
    active_subscriptions: int
    connection_count: int


class _Redis:
    """Redis, or nothing: every question has an answer without it."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._client = redis.Redis.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, decode_responses=True
        )
        self._put = self._client.register_script(PUT)
        self._quiet_until = 0.0

    def ask(self, work: Any, otherwise: Any) -> Any:
        if time.monotonic() < self._quiet_until:
            return otherwise
        try:
            return work(self._client)
        except redis.RedisError as error:
            self._quiet_until = time.monotonic() + REST_S
            logger.warning("Redis keeps no states of top-ups (%s); they are read from the database.", error)
            return otherwise

    def put(self, kept: Kept) -> None:
        state = kept.state
        reference, order_code = state["tx_ref"], str(state["order_code"] or "")
        text = json.dumps({"state": state, "customer": kept.customer_id, "starter": kept.starter_id})
        self.ask(
            lambda _client: self._put(
                keys=[_by_reference(reference), _by_order_code(order_code), CACHED],
                args=[text, state["version"], TTL_S, order_code, reference, time.time()],
            ),
            None,
        )


def put(kept: Kept) -> None:
    """Keep a state, unless a newer one is kept."""
    _redis(settings.REDIS_URL).put(kept)


def get(reference: str) -> Kept | None:
    """Return the state that is kept of a top-up."""
    text = _redis(settings.REDIS_URL).ask(lambda client: client.get(_by_reference(reference)), None)
    return kept_of(text) if text else None


def get_by_order_code(order_code: int) -> Kept | None:
    """Return the state that is kept of an order code."""
    reference = _redis(settings.REDIS_URL).ask(lambda client: client.get(_by_order_code(str(order_code))), None)
    return get(reference) if reference else None


def stats() -> Stats:
    """Count what is kept and what is open."""

    def count(client: "redis.Redis") -> Stats:
        now = time.time()
        for name in (CACHED, STREAMS):
            client.zremrangebyscore(name, "-inf", now)
        streams: Any = client.zrange(STREAMS, 0, -1)
        kept: Any = client.zcard(CACHED)
        return Stats(
            cached_orders=int(kept),
            active_subscriptions=len({stream.partition(":")[0] for stream in streams}),
            connection_count=len(streams),
        )

    empty = Stats(cached_orders=0, active_subscriptions=0, connection_count=0)
    found: Stats = _redis(settings.REDIS_URL).ask(count, empty)
    return found


def kept_of(given: Any) -> Kept:
    """Return what the database functions, or Redis, say that is kept."""
    given = json.loads(given) if isinstance(given, str) else given
    return Kept(state=given["state"], customer_id=given["customer"], starter_id=given["starter"])


def _by_reference(reference: str) -> str:
    return f"{PREFIX}state:{reference}"


def _by_order_code(order_code: str) -> str:
    return f"{PREFIX}order:{order_code}"


@cache
def _redis(url: str) -> _Redis:
    return _Redis(url, settings.REDIS_TIMEOUT_S)
