"""Who looks at a ticket just now.

Redis remembers each open page for `PRESENT_S` after its last word, and nobody else does: presence is told, not kept.
When somebody comes or goes, an event without names has the other pages of that ticket ask again, at once. It has a
topic of its own, so that lists do not hear it. Without Redis nobody is seen, and all else goes on. See ADR 23.
"""

import json
import logging
import time
from dataclasses import dataclass
from typing import Any, ClassVar

import redis
from django.db import transaction

from n2store.events import Event, publish
from n2store.quick_redis import quick_redis

logger = logging.getLogger(__name__)

BEAT_S = 10
"""How often an open page says that it is there."""
PRESENT_S = 25
"""How long it counts after its last word: a page whose computer died is gone then."""
PAGES_MAX = 100
"""Pages of one ticket that are remembered; the oldest go first."""


@dataclass(frozen=True, kw_only=True)
class PresenceChanged(Event):
    """Somebody came to a ticket's page, or left it."""

    name: ClassVar[str] = "presence.changed"
    ticket_id: int

    def topics(self) -> list[str]:
        """Return the topic that only pages of this ticket listen to."""
        return [topic_of(self.ticket_id)]


@dataclass(frozen=True, slots=True, order=True)
class Reader:
    """Somebody who looks: the login, and the name that colleagues know."""

    username: str
    name: str


def topic_of(ticket_id: int) -> str:
    """Return the topic of a ticket's page."""
    return f"ticket_page:{ticket_id}"


def here(*, ticket_id: int, reader: Reader, page: str) -> list[Reader]:
    """Say that a page of this reader is open; return all who look, this one too, by login."""
    return _tell(ticket_id, reader, page, present=True)


def gone(*, ticket_id: int, reader: Reader, page: str) -> list[Reader]:
    """Say that a page was closed; return who still looks."""
    return _tell(ticket_id, reader, page, present=False)


def _tell(ticket_id: int, reader: Reader, page: str, *, present: bool) -> list[Reader]:
    key, now = f"n2store:reading:ticket:{ticket_id}", time.time()
    member = json.dumps([reader.username, reader.name, page], ensure_ascii=False)
    try:
        with quick_redis().pipeline(transaction=True) as pipe:
            pipe.zrange(key, 0, -1)
            pipe.zremrangebyscore(key, "-inf", now)
            if present:
                pipe.zadd(key, {member: now + PRESENT_S})
            else:
                pipe.zrem(key, member)
            pipe.zremrangebyrank(key, 0, -PAGES_MAX - 1)
            pipe.expire(key, PRESENT_S)
            pipe.zrange(key, 0, -1)
            answered = pipe.execute()
    except redis.RedisError as error:
        logger.info("Redis does not say who looks at ticket %d (%s).", ticket_id, error)
        return []
    before, after = _readers(answered[0]), _readers(answered[-1])
    if before != after:
        with transaction.atomic():
            publish(PresenceChanged(ticket_id=ticket_id))
    return after


def _readers(members: Any) -> list[Reader]:
    """Return the readers of pages, each once."""
    found = (json.loads(member) for member in members)
    return sorted({Reader(username, name) for username, name, _page in found})
