"""Serving one client from its greeting to its end, whatever the protocol."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import randrange
from typing import Protocol

import psycopg

from realtime.access import Door
from realtime.asking import is_position
from realtime.client import Client
from realtime.dialect import Dialect
from realtime.hub import DatabaseAway, Hub
from realtime.limits import Limits
from realtime.topics import Asked

logger = logging.getLogger(__name__)


class Push(Protocol):
    """What all streams of a process share."""

    limits: Limits
    door: Door

    def hub(self) -> Hub:
        """Return the hub of the running event loop."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """From where a client goes on, and why not from where it wanted."""

    cursor: int
    reset: str = ""


async def serve(
    client: Client,
    *,
    dialect: Dialect,
    push: Push,
    since: str | None,
    begin: Callable[[], Awaitable[None]],
    listen: Callable[[], Awaitable[None]],
) -> None:
    """Greet, send what was missed after `since`, then all that comes, until `listen` returns.

    See Note [Nothing between history and present].

    Raises:
        DatabaseAway: before `begin` was called, so that another answer can still be given.
    """
    # Note [Nothing between history and present]
    # The client is added to the hub at position P and kept waiting. History is read up to P and sent, then the client
    # is released with what came after P meanwhile. The hub was caught up before, so that P is not behind a position
    # which the client heard from another process.
    hub = push.hub()
    await hub.caught_up()
    hub.add(client)
    upto = hub.position
    try:
        try:
            start = await _start(hub, since=since, upto=upto, asked=client.asked, limits=push.limits)
        except (psycopg.Error, TimeoutError) as error:
            raise DatabaseAway from error
        await begin()
        retry_ms = push.limits.retry_ms + randrange(push.limits.retry_ms)  # noqa: S311 -- no secret
        hello = dialect.hello(client.asked, cursor=start.cursor, resumable=not start.reset, retry_ms=retry_ms)
        client.open()
        if hello is not None:
            client.write(hello, start.cursor)
        if start.reset:
            client.write(dialect.reset(start.reset, upto), upto)
        try:
            await _replay(hub, client, dialect=dialect, start=start, upto=upto, limits=push.limits)
        except (psycopg.Error, TimeoutError):
            logger.warning("The history cannot be read; a client is sent back to ask again.")
            client.end()
        client.release()
        await listen()
    finally:
        client.gone()
        hub.remove(client)


async def _start(hub: Hub, *, since: str | None, upto: int, asked: Asked, limits: Limits) -> Start:
    if since is None:
        return Start(cursor=upto)
    if not is_position(since):
        return Start(cursor=upto, reset="malformed")
    cursor = int(since)
    reset = ""
    if cursor > upto:
        reset = "unknown"  # Of another database, or of a time before this one was restored.
    elif cursor < upto and await hub.history.oldest() > cursor + 1:
        reset = "expired"
    elif await _are_too_many(hub, after=cursor, upto=upto, topics=asked.topics, limits=limits):
        reset = "too_many"
    return Start(cursor=upto if reset else cursor, reset=reset)


async def _are_too_many(hub: Hub, *, after: int, upto: int, topics: list[str], limits: Limits) -> bool:
    if after == upto or not topics:
        return False
    if upto - after > limits.replay_span_max:
        return True
    most = limits.replay_events_max + 1
    return await hub.history.count(after=after, upto=upto, topics=topics, most=most) == most


async def _replay(hub: Hub, client: Client, *, dialect: Dialect, start: Start, upto: int, limits: Limits) -> None:
    """Send the history page by page, at the client's pace: only one page is held for it."""
    if start.cursor == upto or not client.asked.topics:
        return
    cursor = start.cursor
    while cursor < upto:
        page = await hub.history.page(after=cursor, upto=upto, topics=client.asked.topics, most=limits.replay_page)
        for event in page:
            if not await client.writable():
                return
            block = dialect.event(event, client.asked)
            if block is not None:
                client.write(block, event.position)
        cursor = page[-1].position if len(page) == limits.replay_page else upto
    if await hub.history.oldest() > start.cursor + 1:  # Pruned while we read.
        client.write(dialect.reset("expired", upto), upto)
