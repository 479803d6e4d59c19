"""What a session is: one connection's talk with a neighbour, without network and without clock.

`line.py` opens the connection, hands over what arrives and what time it is, and sends what the session wants to say.
Moments are seconds of a clock that only goes forward.
"""

import logging
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from realtime.frames import Provider
from realtime.upstream.heard import TEXT_KEPT_CHARS, UNREADABLE, Care, Heard

logger = logging.getLogger(__name__)

UNREADABLE_KEPT_MAX = 20
"""Of so many unreadable frames of one connection the text is kept; later ones are only counted."""
NEVER = math.inf


class Why(StrEnum):
    """Why a connection is over, and so what comes next."""

    TRANSIENT = "transient"
    """It broke, or was silent: try again soon, and more and more slowly."""
    REFUSED = "refused"
    """The neighbour does not take our login: only another one helps, and asking again and again harms."""
    RENEW = "renew"
    """We end it ourselves, to come back at once with a fresh token."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a connection, as a sentence for staff without any token."""

    why: Why
    reason: str


class Now(Protocol):
    """The wall clock of the moment a text arrived."""

    def __call__(self) -> datetime:
        """Return it."""


@dataclass(slots=True)
class Talk:
    """What a session has to say since it was last asked."""

    send: list[str] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)


class Session(ABC):
    """One connection. `ended` is set once it is to be closed."""

    provider: Provider

    def __init__(self, *, account_id: int | None, wall_clock: Now) -> None:
        self.account_id = account_id
        self.ended: Ended | None = None
        self._wall_clock = wall_clock
        self._talk = Talk()
        self._unreadable = 0

    @property
    @abstractmethod
    def joined(self) -> bool:
        """Whether messages can arrive."""

    @abstractmethod
    def opened(self, now: float) -> None:
        """Begin to talk: the connection is open."""

    @abstractmethod
    def received(self, text: str, now: float) -> None:
        """Take one frame."""

    @abstractmethod
    def tick(self, now: float) -> None:
        """Do what has become due."""

    @abstractmethod
    def next_at(self) -> float:
        """Return the moment at which `tick` is wanted, or NEVER."""

    @abstractmethod
    def detail(self) -> dict[str, Any]:
        """Return how channels and pages stand, as JSON."""

    def take(self) -> Talk:
        """Return what there is to send and to store, and forget it."""
        talk, self._talk = self._talk, Talk()
        return talk

    def _say(self, text: str) -> None:
        self._talk.send.append(text)

    def _hear(self, **fields: Any) -> None:
        self._talk.heard.append(
            Heard(provider=self.provider, account_id=self.account_id, received_at=self._wall_clock(), **fields)
        )

    def _hear_unreadable(self, text: str, topic: str) -> None:
        """Keep the beginning of a frame that nobody can read, and go on."""
        self._unreadable += 1
        care = Care.KEEP if self._unreadable <= UNREADABLE_KEPT_MAX else Care.COUNT
        self._hear(
            topic=topic, event=UNREADABLE, payload=text[:TEXT_KEPT_CHARS], size=len(text), known=False, care=care,
            has_identity=False,
        )  # fmt: skip

    def _end(self, why: Why, reason: str) -> None:
        if self.ended is None:
            self.ended = Ended(why, reason)
