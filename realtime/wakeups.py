"""Hearing that there is something to read. A wake-up that is lost costs a second, never an event."""

import asyncio
import logging
from collections.abc import Callable

import redis.asyncio as redis
from redis.exceptions import RedisError

from n2store.events import WAKE_CHANNEL

logger = logging.getLogger(__name__)

AGAIN_AFTER_S = 1.0
PING_EVERY_S = 10
CONNECT_TIMEOUT_S = 5.0


async def listen(url: str, wake: Callable[[], None], *, channel: str = WAKE_CHANNEL) -> None:
    """Call `wake` for every wake-up, for ever. Redis may go and come."""
    away = False
    while True:
        try:
            async with _client(url) as client, client.pubsub() as heard:
                await heard.subscribe(channel)
                if away:
                    logger.info("Redis is back.")
                away = False
                wake()
                while True:
                    message = await heard.get_message(ignore_subscribe_messages=True, timeout=PING_EVERY_S)
                    if message is not None:
                        wake()
        except (RedisError, OSError) as error:
            if not away:
                logger.warning("Redis is away (%s); new events are looked for once a second.", error)
            away = True
            await asyncio.sleep(AGAIN_AFTER_S)


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=None,
        health_check_interval=PING_EVERY_S,
    )
