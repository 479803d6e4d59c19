"""Redis for those who would rather go on without it than wait: answers within `REDIS_TIMEOUT_S`, or an error."""

from functools import cache

import redis
from django.conf import settings


def quick_redis() -> "redis.Redis":
    """Return this process's client; threads may share it.

    Its questions raise `redis.RedisError` when Redis is away or slow.
    """
    return _client(settings.REDIS_URL, settings.REDIS_TIMEOUT_S)


@cache
def _client(url: str, timeout_s: float) -> "redis.Redis":
    return redis.Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)
