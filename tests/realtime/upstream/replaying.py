"""Playing a recorded conversation to a session: its clock is the recording's."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from realtime.upstream.heard import Heard
from realtime.upstream.session import NEVER, Session

TOLD = Path(__file__).with_name("told")
MOMENT = datetime(2026, 1, 20, 3, tzinfo=UTC)
USER = "0f6b2f0e-1111-4c2d-9abc-000000000001"


def told(name: str) -> dict[str, Any]:
    """Return one file of recordings."""
    content: dict[str, Any] = json.loads((TOLD / f"{name}.json").read_text("utf-8"))
    return content


def at_moment() -> datetime:
    return MOMENT


@dataclass
class Played:
    """What the session said, and when, in milliseconds; and what it heard."""

    said: list[tuple[int, str]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    ended_ms: int | None = None

    def texts(self) -> list[str]:
        return [text for _, text in self.said]


def play(session: Session, frames: list[tuple[int, str, str]], *, until_ms: int | None = None) -> Played:
    """Have the neighbour say its part of a recording at its times."""
    played = Played()

    def collect(now_ms: float) -> None:
        talk = session.take()
        played.said += [(round(now_ms), text) for text in talk.send]
        played.heard += talk.heard
        if session.ended is not None and played.ended_ms is None:
            played.ended_ms = round(now_ms)

    def let_pass(until: float) -> None:
        while session.ended is None and (due := session.next_at() * 1000) <= until and due < NEVER:
            session.tick(session.next_at())
            collect(due)

    session.opened(0.0)
    collect(0)
    for at_ms, direction, text in frames:
        if direction == "in":
            let_pass(at_ms - 0.5)
            if session.ended is None:
                session.received(text, at_ms / 1000)
                collect(at_ms)
    let_pass(until_ms if until_ms is not None else frames[-1][0] + 1)
    return played
