"""Pages that are silent for longer than they usually are: the connection may look well and tell nothing.

What is usual is learned from the last days: of the silences of a page that began at about this hour of the day, nearly
all were shorter. A page has to have written often enough for that to mean something.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from n2store.clock import VIETNAM
from proxy.alerts import alert
from realtime.models import PageSilence
from realtime.pages import names

LEARNED_FROM = timedelta(days=7)
HOURS_AROUND = 2
"""Silences that began so many hours of the day away count: nights are quiet."""
GAPS_MIN = 30
"""Of fewer nobody can tell what is usual."""
USUAL_SHARE = 0.99
TIMES_USUAL = 3
SHORTEST = timedelta(minutes=15)
SENTENCE = gettext_noop("Page %(page)s has told nothing for %(minutes)s minutes; usually it is %(usual)s at most.")

# One row a page: its last frame, since when we listen to it, how many silences are known for this hour of the day, and
# how long nearly all of them were.
PAGES = """
    WITH told AS (
        SELECT page_id, received_at, lead(received_at) OVER (PARTITION BY page_id ORDER BY received_at) AS next_at
        FROM realtime_frame WHERE page_id <> '' AND received_at > %(since)s AND received_at <= %(now)s
    ), usual AS (
        SELECT page_id, count(*) AS gaps,
            percentile_cont(%(share)s) WITHIN GROUP (ORDER BY extract(epoch FROM next_at - received_at)) AS usual_s
        FROM told
        WHERE next_at IS NOT NULL AND least(
            abs(extract(hour FROM received_at AT TIME ZONE 'Asia/Ho_Chi_Minh') - %(hour)s),
            24 - abs(extract(hour FROM received_at AT TIME ZONE 'Asia/Ho_Chi_Minh') - %(hour)s)) <= %(around)s
        GROUP BY page_id
    )
    SELECT page_id, max(received_at), max(listening.since), coalesce(max(gaps), 0), coalesce(max(usual_s), 0)
    FROM told LEFT JOIN usual USING (page_id) LEFT JOIN (
        SELECT unnest(account.page_ids) AS page_id, min(seen.connected_at) AS since
        FROM realtime_account account JOIN realtime_accountstate seen ON seen.account_id = account.id
        WHERE account.wanted AND seen.joined GROUP BY 1
    ) listening USING (page_id)
    WHERE listening.since IS NOT NULL
        OR page_id IN (SELECT page_id FROM realtime_pagesilence WHERE ended_at IS NULL)
    GROUP BY page_id ORDER BY page_id
"""


@dataclass(frozen=True, slots=True)
class Noticed:
    """What a look found."""

    examined: int
    begun: list[PageSilence]
    ended: list[str]


@dataclass(frozen=True, slots=True)
class _Page:
    page_id: str
    last_at: datetime
    listening_since: datetime | None
    gaps: int
    usual: timedelta

    def is_silent(self, now: datetime) -> bool:
        """Whether it has been silent for several times as long as is usual, and we were there to hear."""
        if self.listening_since is None or self.gaps < GAPS_MIN:
            return False
        return now - max(self.last_at, self.listening_since) > max(SHORTEST, TIMES_USUAL * self.usual)


def watch(*, now: datetime) -> Noticed:
    """Open an alert for each page that has fallen silent, and close those of pages that tell again."""
    pages = _pages(now)
    silent = {page.page_id: page for page in pages if page.is_silent(now)}
    with transaction.atomic():
        open_ones = PageSilence.objects.select_for_update().filter(ended_at=None).order_by("page_id")
        last_at = {page.page_id: page.last_at for page in pages}
        ended = []
        for one in open_ones:
            if last_at.get(one.page_id, one.since) > one.since:
                one.ended_at = now
                one.save(update_fields=["ended_at"])
                ended.append(one.page_id)
        known = {one.page_id for one in open_ones if one.ended_at is None}
        fresh = [
            PageSilence(page_id=id, since=page.last_at, usual_s=round(page.usual.total_seconds()), noticed_at=now)
            for id, page in silent.items()
            if id not in known
        ]
        begun = PageSilence.objects.bulk_create(fresh, ignore_conflicts=True)
        for one in begun:
            _alert(one, now)
    return Noticed(len(pages), begun, ended)


def _pages(now: datetime) -> list[_Page]:
    given: dict[str, Any] = {
        "since": now - LEARNED_FROM, "now": now, "share": USUAL_SHARE, "around": HOURS_AROUND,
        "hour": now.astimezone(VIETNAM).hour,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(PAGES, given)
        rows = cursor.fetchall()
    return [_Page(id, at, since, gaps, timedelta(seconds=float(usual_s))) for id, at, since, gaps, usual_s in rows]


def _alert(silence: PageSilence, now: datetime) -> None:
    minutes, usual = (now - silence.since).total_seconds() / 60, silence.usual_s / 60
    told = {"page": names().get(silence.page_id, silence.page_id), "minutes": f"{minutes:.0f}", "usual": f"{usual:.0f}"}
    alert(f"page-silence:{silence.page_id}:{silence.since:%Y%m%dT%H%M%S}", SENTENCE, told, at=now)
