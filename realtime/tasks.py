"""Scheduled work on the event log and on the frames of the neighbours' sockets."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import connection
from django.utils import timezone

from n2store.jobs import job_run
from realtime.relay import give_all_positions
from realtime.upstream import silence
from realtime.upstream.storing import prune

BATCH_MAX = 5000

# The newest row stays: its position is where a client that has seen everything goes on.
PRUNE = """
    DELETE FROM n2store_event WHERE id IN (
        SELECT id FROM n2store_event
        WHERE created_at < %s AND position < (SELECT max(position) FROM n2store_event)
        ORDER BY created_at LIMIT %s
    )
"""


@shared_task  # type: ignore[untyped-decorator]
def prune_events(**_: object) -> int:
    """Forget events older than EVENTS_KEPT_DAYS and return how many. A client that missed one is told to fetch afresh.

    What no push process has numbered yet is numbered first, so that such a client can be told.
    """
    with job_run("prune-events") as run:
        run.examined = give_all_positions()
        before = timezone.now() - timedelta(days=settings.EVENTS_KEPT_DAYS)
        while True:
            with connection.cursor() as cursor:
                cursor.execute(PRUNE, [before, BATCH_MAX])
                pruned = cursor.rowcount
            run.changed += pruned
            if pruned < BATCH_MAX:
                return run.changed


@shared_task  # type: ignore[untyped-decorator]
def prune_frames(**_: object) -> int:
    """Forget frames older than FRAMES_KEPT_DAYS and return how many."""
    with job_run("prune-frames") as run:
        run.changed = prune(before=timezone.now() - timedelta(days=settings.FRAMES_KEPT_DAYS))
        return run.changed


@shared_task  # type: ignore[untyped-decorator]
def watch_silence(**_: object) -> int:
    """Notice pages that are silent for longer than they usually are, and return how many are new."""
    with job_run("watch-silence") as run:
        noticed = silence.watch(now=timezone.now())
        run.examined, run.changed = noticed.examined, len(noticed.begun)
        return run.changed
