"""Streams of one top-up: the state as it is, then every newer one, until the end. In two dialects.

A listener joins the hub first, then the row is read and told, then what came meanwhile and is newer: nothing is missed
and nothing told twice. Ids are the top-up's versions. See `stream.py` for why this stays out of Django's handler.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import django.db
import redis.asyncio as redis
from django.conf import settings
from django.db import connections
from django.http import parse_cookie
from redis.exceptions import RedisError
from typing_extensions import override

from banking.models.topups import ORDER_CODE_MAX
from banking.payos import cache, reading
from banking.payos.access import TopupNotFound, Viewer, cookie_name, customer_of
from banking.payos.cache import Kept
from banking.payos.references import is_reference
from n2store.errors import DomainError
from realtime.access import Credentials, NotLoggedIn, TooManyStreams
from realtime.asking import Query
from realtime.client import Client
from realtime.dialect import Block
from realtime.flow import Receive, Scope, Send
from realtime.hub import DatabaseAway
from realtime.limits import Limits
from realtime.log import LoggedEvent
from realtime.push import PushProcess
from realtime.sse import SseDialect
from realtime.stream import Answer, query_of, until_gone
from realtime.topics import Asked, TopicForbidden
from realtime.words import json_line

THREADS = 4
LIFE_S = 15 * 60
"""After it a stream ends, and whoever comes back is looked at again."""
RETRY_MS = 3000
VERSION_DIGITS_MAX = 9

TAKE_SEAT = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[4])
redis.call('EXPIRE', KEYS[1], 3600)
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[4])
return 1
"""


class BadReference(DomainError):
    """The address names no top-up."""

    status, code = 400, "INVALID_TX_REF"


class TopupDialect(SseDialect):
    """`/api/topup/stream`: named events, and the whole state in each."""

    def state(self, state: dict[str, Any]) -> Block:
        """Tell a state."""
        return f"id: {state['version']}\nevent: status-update\ndata: {json_line(state)}\n\n".encode()

    @override
    def greeting(self, asked: Asked, cursor: int) -> tuple[str, dict[str, Any]]:
        raise NotImplementedError  # A stream of one top-up begins with its state.

    @override
    def event(self, event: LoggedEvent, asked: Asked) -> Block | None:
        return self.state(event.payload)

    @override
    def heartbeat(self, at_ms: int, cursor: int | None) -> Block:
        return f': heartbeat\n\nevent: heartbeat\ndata: {{"t":{at_ms}}}\n\n'.encode()


class OldDialect(TopupDialect):
    """`/api/webhooks/stream`: unnamed messages; `done` is what it calls paid."""

    @override
    def state(self, state: dict[str, Any]) -> Block:
        said = {
            "orderCode": state["order_code"],
            "status": "done" if state["status"] == "paid" else state["status"],
            "amount": state["amount"],
        }
        return f"id: {state['version']}\ndata: {json_line(said)}\n\n".encode()

    @override
    def heartbeat(self, at_ms: int, cursor: int | None) -> Block:
        return b": heartbeat\n\n"


class TopupClient(Client):
    """Hears of one top-up. Of what it has no room for only the newest state is kept; the last one ends it."""

    __slots__ = ("_newest", "_topup_dialect", "_version")

    def __init__(self, *, dialect: TopupDialect, **given: Any) -> None:
        super().__init__(dialect=dialect, **given)
        self._topup_dialect = dialect
        self._version = 0
        self._newest: dict[str, Any] | None = None

    @override
    def hear(self, event: LoggedEvent) -> None:
        """Take an event, unless something as new was told."""
        if not self.closed and event.name == "topup.changed" and event.payload["version"] > self._version:
            self._version, self._newest = event.payload["version"], event.payload
            self._flush()

    def begin(self, state: dict[str, Any], *, known: int | None) -> None:
        """Tell the state as it is, unless the client knows it, and forget what is not newer."""
        if state["version"] >= self._version:
            self._version = state["version"]
            self._newest = None if known == state["version"] and not state["terminal"] else state
        self.release()

    @override
    def _flush(self) -> None:
        if self._newest is None or self._held or self._paused_at is not None or self.closed:
            return
        state, self._newest = self._newest, None
        self.write(self._topup_dialect.state(state), 0)
        if state["terminal"]:
            self.end()


class Seats:
    """How many streams each person has open, over all push processes; in this process alone while Redis is away.

    A seat is a lease that this process renews for all its streams together; those of a dead process run out.
    """

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._here: Counter[str] = Counter()
        self._taken: dict[str, str] = {}
        self._renewing: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def taken(self, viewer: Viewer, reference: str) -> AsyncIterator[None]:
        """Count one stream while it lasts.

        Raises:
            TooManyStreams: the person has as many as one may have.
        """
        most, name = settings.TOPUP_STREAMS_MAX, f"{reference}:{secrets.token_hex(8)}"
        if self._here[viewer.name] >= most or not await self._lease(viewer, name, most):
            raise TooManyStreams(f"You have {most} streams open. Close some pages.")
        self._here[viewer.name] += 1
        self._taken[name] = _seats(viewer)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            del self._taken[name]
            self._here[viewer.name] -= 1
            if not self._here[viewer.name]:
                del self._here[viewer.name]
            with suppress(RedisError, OSError):
                async with self._client() as client:
                    await client.zrem(_seats(viewer), name)
                    await client.zrem(cache.STREAMS, name)

    async def _renew(self) -> None:
        """Keep the leases, as long as there is one."""
        while True:
            await asyncio.sleep(cache.LEASE_S / 3)
            if not self._taken:
                return
            until = time.time() + cache.LEASE_S
            with suppress(RedisError, OSError):
                async with self._client() as client, client.pipeline(transaction=False) as together:
                    together.zadd(cache.STREAMS, dict.fromkeys(self._taken, until))
                    for name, seats in self._taken.items():
                        together.zadd(seats, {name: until})
                    await together.execute()

    async def _lease(self, viewer: Viewer, name: str, most: int) -> bool:
        now = time.time()
        try:
            async with self._client() as client:
                keys = [_seats(viewer), cache.STREAMS]
                return bool(await client.eval(TAKE_SEAT, 2, *keys, now, now + cache.LEASE_S, most, name))
        except (RedisError, OSError):
            return True

    def _client(self) -> "redis.Redis":
        timeout_s = settings.REDIS_TIMEOUT_S
        return redis.Redis.from_url(self._redis_url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)


@dataclass(frozen=True, slots=True)
class _Found:
    viewer: Viewer
    kept: Kept


class TopupStream:
    """One address of streams of top-ups: a dialect, and how the address names the top-up."""

    def __init__(self, push: PushProcess, dialect: TopupDialect, read: Callable[[Query], Kept | None]) -> None:
        self._push = push
        self._dialect = dialect
        self._read = read
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="push-topup")
        self._seats = Seats(settings.REDIS_URL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        answer = Answer(send, origin=headers.get(b"origin", b"").decode("latin-1"))
        if scope["method"] != "GET":
            await answer.whole(405, _refusal("Only GET is answered here.", "METHOD_NOT_ALLOWED"), allow="GET")
            return
        try:
            found = await self._find(headers, query_of(scope))
            async with self._seats.taken(found.viewer, found.kept.state["tx_ref"]):
                await self._stream(found, known=_known(headers), receive=receive, send=send, answer=answer)
        except DomainError as error:
            login = {"www_authenticate": "Token"} if error.status == 401 else {}
            await answer.whole(error.status, _refusal(str(error), error.code), **login)
        except (DatabaseAway, django.db.Error):
            sentence = _refusal("The database is away. Please repeat.", "UNAVAILABLE")
            await answer.whole(503, sentence, retry_after="2")

    async def _stream(self, found: _Found, *, known: int | None, receive: Receive, send: Send, answer: Answer) -> None:
        reference, limits = found.kept.state["tx_ref"], _limits(self._push.limits)
        asked = Asked(spelled={f"topup:{reference}": reference})
        client = TopupClient(asked=asked, dialect=self._dialect, send=send, limits=limits)
        hub = self._push.hub()
        await hub.caught_up()
        hub.add(client)
        try:
            state = (await self._in_thread(lambda: reading.state_of(reference)) or found.kept).state
            if state["terminal"] and known is not None and known >= state["version"]:
                await answer.whole(204, b"")
                return
            await answer.begin()
            client.open()
            client.write(f"retry: {RETRY_MS}\n: {reference}\n\n".encode(), 0)
            client.begin(state, known=known)
            await until_gone(receive)
        finally:
            client.gone()
            hub.remove(client)

    async def _find(self, headers: dict[bytes, bytes], query: Query) -> _Found:
        credentials = Credentials.of(headers, query)
        cookie = parse_cookie(credentials.cookie).get(cookie_name())
        customer_id = customer_of(cookie) if cookie else None
        user_id, has_role = None, False
        try:
            if credentials.authorization or settings.SESSION_COOKIE_NAME in credentials.cookie:
                viewer = await self._push.door.viewer(credentials)
                user_id, has_role = viewer.user_id, bool(viewer.roles)
        except NotLoggedIn:
            if customer_id is None:
                raise
        if user_id is None and customer_id is None:
            raise NotLoggedIn("Log in first.")
        if not has_role and customer_id is None:
            raise TopicForbidden("You have no role that may listen.")
        asking = Viewer(user_id=user_id if has_role else None, customer_id=customer_id)
        kept = await self._in_thread(lambda: self._read(query))
        if kept is None or not asking.may_see(customer_id=kept.customer_id, starter_id=kept.starter_id):
            raise TopupNotFound("There is no such top-up.")
        return _Found(asking, kept)

    async def _in_thread(self, work: Callable[[], Kept | None]) -> Kept | None:
        """Read in one of a few threads, which give their database connections back."""

        def read() -> Kept | None:
            try:
                return work()
            finally:
                connections.close_all()

        return await asyncio.get_running_loop().run_in_executor(self._threads, read)


def read_reference(query: Query) -> Kept | None:
    """`?tx_ref=`."""
    reference = query.get("tx_ref", "")
    if not is_reference(reference):
        raise BadReference("tx_ref is no reference of a top-up")
    return reading.kept_state(reference)


def read_order_code(query: Query) -> Kept | None:
    """`?orderCode=`."""
    text = query.get("orderCode", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and 0 < int(text) <= ORDER_CODE_MAX):
        raise BadReference("orderCode is no order code")
    return cache.get_by_order_code(int(text)) or reading.state_of_order(int(text))


def _known(headers: dict[bytes, bytes]) -> int | None:
    text = headers.get(b"last-event-id", b"").decode("latin-1")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= VERSION_DIGITS_MAX else None


def _limits(common: Limits) -> Limits:
    return replace(common, heartbeat_s=settings.TOPUP_HEARTBEAT_S, life_s=min(common.life_s, LIFE_S))


def _seats(viewer: Viewer) -> str:
    return f"{cache.PREFIX}seats:{viewer.name}"


def _refusal(sentence: str, code: str) -> bytes:
    return json_line({"success": False, "error": sentence, "code": code}).encode()
