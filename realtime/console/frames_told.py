"""What came over the sockets, counted: kinds of frames, frames that were not understood, and each page's last."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from n2store.clock import VIETNAM
from realtime.models import Frame, FrameKind

KINDS_SHOWN_MAX = 100
FAILED_COUNTED_MAX = 1_000
FAILED_SHOWN_MAX = 5
TEXTS = "text:"
"""Begins the key of what is no frame at all. A replay passes it over, and it is counted as a kind of its own."""

# The newest frame of each page: one look into the index of pages each, however many frames there are.
LAST_OF_PAGES = """
    SELECT page_id, (SELECT max(received_at) FROM realtime_frame WHERE page_id = page.page_id AND page_id <> '')
    FROM unnest(%s::varchar[]) AS page (page_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Frames that could not be understood. `count`: FAILED_COUNTED_MAX at most, of which `more` says."""

    count: int
    more: bool
    kinds: list[tuple[str, str, int]]
    """Provider, event and how many."""
    newest: list[Frame]
    command: str
    """What has them understood again."""


def kinds() -> list[FrameKind]:
    """Return how often each kind came, those that nobody knows first, then the most frequent."""
    return list(FrameKind.objects.order_by("known", "-count", "provider", "event")[:KINDS_SHOWN_MAX])


def failed() -> Failed | None:
    """Return the newest frames that could not be understood; None when there are none."""
    rows = list(
        Frame.objects.exclude(error="")
        .exclude(key__startswith=TEXTS)
        .order_by("-pk")
        .only("provider", "event", "page_id", "error", "received_at")[: FAILED_COUNTED_MAX + 1]
    )
    if not rows:
        return None
    counted = rows[:FAILED_COUNTED_MAX]
    numbers = Counter((row.provider, row.event) for row in counted)
    since = min(row.received_at for row in counted).astimezone(VIETNAM)
    return Failed(
        count=len(counted), more=len(rows) > FAILED_COUNTED_MAX,
        kinds=[(provider, event, count) for (provider, event), count in numbers.most_common()],
        newest=counted[:FAILED_SHOWN_MAX],
        command=f'manage.py inbox_replay --source frames --since "{since:%Y-%m-%d %H:%M}"',
    )  # fmt: skip


def last_of_pages(page_ids: Sequence[str]) -> dict[str, datetime]:
    """Return when the newest frame of each page came, of pages that have any. One query, and none for no pages."""
    if not page_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LAST_OF_PAGES, [list(page_ids)])
        return {page_id: at for page_id, at in cursor.fetchall() if at is not None}
