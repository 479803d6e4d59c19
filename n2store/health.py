"""`GET /health`: the parts of the house with their state. 503 when the database, the only truth, is away."""

import time
from typing import Any

import redis
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from n2store.quick_redis import quick_redis
from realtime.frames import Provider
from realtime.upstream.reading import connected_providers

STARTED = time.monotonic()
WAITING_EVENTS_LATE_S = 10


def health(request: HttpRequest) -> JsonResponse:
    """Answer without login: states only, no addresses and no error texts."""
    database, late_events, heard = _database()
    broker = _redis()
    healthy = database == "connected"
    relay = "unknown" if late_events is None else ("late" if late_events else "ok")
    body: dict[str, Any] = {
        "status": ("ok" if broker == "connected" and relay == "ok" else "degraded") if healthy else "down",
        "message": "N2Store",
        "timestamp": timezone.now().isoformat(),
        "uptime": round(time.monotonic() - STARTED, 3),
        "database": database,
        "redis": broker,
        "events": {"relay": relay},
        "clients": {provider.value: {"connected": provider.value in heard} for provider in Provider},
    }
    return JsonResponse(body, status=200 if healthy else 503)


def _database() -> tuple[str, bool | None, frozenset[str]]:
    """Return the database's state, whether events wait longer than they should, and whose sockets are connected."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM n2store_event WHERE position IS NULL"
                " AND created_at < now() - make_interval(secs => %s))",
                [WAITING_EVENTS_LATE_S],
            )
            late = bool(cursor.fetchone()[0])
        return "connected", late, connected_providers()
    except DatabaseError:
        return "disconnected", None, frozenset()


def _redis() -> str:
    """Redis away is no failure: deliveries are taken and screens catch up, a little later."""
    try:
        quick_redis().ping()
    except redis.RedisError:
        return "disconnected"
    return "connected"
