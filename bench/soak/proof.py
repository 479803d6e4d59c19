"""What was told against what is kept: nothing lost, nothing twice, every browser's state the database's."""

import hashlib
import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench.soak.readers import Standing
from n2store.simulator.evening import Telling

TWICE = """
    SELECT count(*) FROM (
        SELECT FROM realtime_frame WHERE event = ANY (%s) AND topic <> %s
        GROUP BY provider, event, payload HAVING count(*) > 1) again
"""
MEANINGLESS = "multiple_pages:nobody"
"""The channel of frames that say nothing, and so may come again."""
WITH_IDENTITY = ["pages:update_conversation", "pages:new_message", "order:tags_updated"]
"""Events whose content says which one it is. An order of TPOS may be told of again, and mean it."""
FAILED = "SELECT event, error FROM realtime_frame WHERE error <> '' AND NOT starts_with(key, 'text:') LIMIT 5"
MESSAGES = "SELECT page_id, key FROM realtime_message"
TPOS = "SELECT DISTINCT md5(payload) FROM realtime_frame WHERE provider = 'tpos' AND event = 'on-events'"
TAGS = "SELECT count(*) FROM realtime_frame WHERE event = 'order:tags_updated'"
WAITING = "SELECT page_id, psid, message_count FROM pending_customers"

Key = tuple[str, str]
"""A message: its page, and what it is known by."""


@dataclass
class Ledger:
    """What the neighbours told. Two threads may write."""

    messages: set[Key] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    """TPOS's, as JSON."""
    tags: int = 0
    count: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def write(self, telling: Telling) -> None:
        """Note what is about to be told."""
        with self._guard:
            self.count += 1
            if telling.event == "on-events":
                self.events.add(telling.payload)
                self.messages |= _of_tpos(json.loads(telling.payload))
            elif telling.event == "order:tags_updated":
                self.tags += 1
            else:
                message = telling.payload.get("message") or telling.payload["conversation"]["last_message"]
                self.messages.add((telling.page_id, _known_by(message["id"])))


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is wrong; nothing, if all is well. `tags_lost` is told only: nobody shows them again."""

    lost: set[Key]
    invented: set[Key]
    events_lost: int
    twice: int
    failed: list[tuple[str, str]]
    tags_lost: int
    browsers: dict[str, int]
    """By browser: how many people it sees otherwise than the database."""

    @property
    def is_well(self) -> bool:
        """Whether nothing was lost, nothing came twice, and every browser is right."""
        wrong = (self.lost, self.invented, self.events_lost, self.twice, self.failed, any(self.browsers.values()))
        return not any(wrong)


def judge(connection: psycopg.Connection[Any], ledger: Ledger, browsers: dict[str, Standing]) -> Verdict:
    """Compare."""
    kept = set(connection.execute(MESSAGES).fetchall())
    texts = {text for (text,) in connection.execute(TPOS)}
    told = {hashlib.md5(json.dumps(text, ensure_ascii=False).encode()).hexdigest() for text in ledger.events}  # noqa: S324 -- as PostgreSQL does
    waiting = {(page, psid): count for page, psid, count in connection.execute(WAITING)}
    return Verdict(
        lost=ledger.messages - kept,
        invented=kept - ledger.messages,
        events_lost=len(told - texts),
        twice=_one(connection, TWICE, [WITH_IDENTITY, MEANINGLESS]),
        failed=list(connection.execute(FAILED)),
        tags_lost=ledger.tags - _one(connection, TAGS),
        browsers={name: _differences(seen, waiting) for name, seen in browsers.items()},
    )


def _differences(seen: Standing, waiting: Standing) -> int:
    return sum(seen.get(who) != waiting.get(who) for who in seen.keys() | waiting.keys())


def _one(connection: psycopg.Connection[Any], query: str, values: Iterable[Any] = ()) -> int:
    [count] = connection.execute(query, list(values)).fetchone() or [0]
    return int(count)


def _of_tpos(told: dict[str, Any]) -> set[Key]:
    """Return the comment that an event tells of."""
    message = told.get("Message")
    return {(message["ChannelId"], _known_by(message["Data"]["id"]))} if isinstance(message, dict) else set()


def _known_by(message_id: str) -> str:
    """Return what a message is known by: a comment's own number, without the post in front of it."""
    post, _, comment = message_id.partition("_")
    return comment if post.isdecimal() and comment.isdecimal() else message_id
