"""The event log asked for now and then, by pages to which no stream gets through."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Max, Min
from django.utils import timezone

from n2store.models import Event
from realtime.asking import is_position
from realtime.limits import LIMITS
from realtime.log import LoggedEvent
from realtime.relay import give_all_positions
from realtime.words import frame_of, json_line

PAGE_MAX = 200
UNNUMBERED_FOR = timedelta(seconds=2)
"""Events that have waited longer are numbered here: no push process does it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What came after a cursor, and from where to ask on."""

    frames: list[str]
    cursor: int
    more: bool = False
    reset: str = ""


def since(cursor: str | None, *, topics: list[str]) -> Found:
    """Return the first events of these topics after `cursor`; without one, only where the log ends."""
    if Event.objects.filter(position=None, created_at__lt=timezone.now() - UNNUMBERED_FOR).exists():
        give_all_positions()
    log = Event.objects.aggregate(newest=Max("position"), oldest=Min("position"))
    newest, oldest = log["newest"] or 0, log["oldest"] or 1
    if cursor is None:
        return Found(frames=[], cursor=newest)
    reset = _reason(cursor, newest=newest, oldest=oldest)
    if reset:
        return Found(frames=[], cursor=newest, reset=reset)
    after = int(cursor)
    rows = Event.objects.filter(position__gt=after, position__lte=newest, topics__overlap=topics).order_by("position")
    events = [
        LoggedEvent(position or 0, name, heard_by, payload, created_at)
        for position, name, heard_by, payload, created_at in rows.values_list(
            "position", "name", "topics", "payload", "created_at"
        )[:PAGE_MAX]
    ]
    more = len(events) == PAGE_MAX
    return Found(
        frames=[json_line(frame_of(event)) for event in events],
        cursor=events[-1].position if more else newest,
        more=more,
    )


def _reason(cursor: str, *, newest: int, oldest: int) -> str:
    """Return why nobody can go on from a cursor, in the words of the streams; empty when they can."""
    if not is_position(cursor):
        return "malformed"
    after = int(cursor)
    if after > newest:
        return "unknown"
    if after < newest and oldest > after + 1:
        return "expired"
    return "too_many" if newest - after > LIMITS.replay_span_max else ""
