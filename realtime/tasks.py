"""Scheduled work on the event log, the inbox, and the frames of the neighbours' sockets."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from n2store.batches import delete_in_batches
from n2store.jobs import job_run
from realtime.inbox.linking import link_known
from realtime.relay import give_all_positions
from realtime.upstream import silence
from realtime.upstream.storing import prune

# The newest row stays: its position is where a client that has seen everything goes on.
PRUNE = """
    DELETE FROM n2store_event WHERE id IN (
        SELECT id FROM n2store_event
        WHERE created_at < %s AND position < (SELECT max(position) FROM n2store_event)
        ORDER BY created_at LIMIT %s
    )
"""


FORGET_WAITING = """
    DELETE FROM pending_customers WHERE id IN (
        SELECT id FROM pending_customers WHERE last_message_time < %s ORDER BY last_message_time LIMIT %s
    )
"""
FORGET_MESSAGES = """
    DELETE FROM realtime_message WHERE id IN (
        SELECT id FROM realtime_message WHERE received_at < %s ORDER BY received_at LIMIT %s
    )
"""


@shared_task  # type: ignore[untyped-decorator]
def prune_inbox(**_: object) -> int:
    """Forget who was silent for WAITING_KEPT_DAYS, and messages after CHAT_KEPT_DAYS; return how many rows went."""
    kept_days = {FORGET_WAITING: settings.WAITING_KEPT_DAYS, FORGET_MESSAGES: settings.CHAT_KEPT_DAYS}
    with job_run("prune-inbox") as run:
        for statement, days in kept_days.items():
            run.changed += sum(delete_in_batches(statement, timezone.now() - timedelta(days=days)))
        return run.changed


@shared_task  # type: ignore[untyped-decorator]
def prune_events(**_: object) -> int:
    """Forget events older than EVENTS_KEPT_DAYS and return how many. A client that missed one is told to fetch afresh.

    What no push process has numbered yet is numbered first, so that such a client can be told.
    """
    with job_run("prune-events") as run:
        run.examined = give_all_positions()
        before = timezone.now() - timedelta(days=settings.EVENTS_KEPT_DAYS)
        run.changed = sum(delete_in_batches(PRUNE, before))
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


@shared_task  # type: ignore[untyped-decorator]
def link_contacts(**_: object) -> int:
    """Join contacts with customers that were made after they wrote their phone, and return how many."""
    with job_run("link-contacts") as run:
        run.changed = link_known()
        return run.changed
