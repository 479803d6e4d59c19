"""What somebody of the shop should hear of: kept once for each thing that happened, and told to the shop's chat.

An alert is a row, written with the change it tells of. A job sends it, again and again at growing distances, until
Telegram has taken it: it is never lost. It is claimed before it is sent, so that two workers never tell the same one;
only where Telegram's answer is lost on the way back can the chat read a sentence twice.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext
from kombu.exceptions import OperationalError

from proxy import telegram
from proxy.models import Alert

logger = logging.getLogger(__name__)

TOLD_AT_ONCE_MAX = 10
"""Sentences that one run sends: a chat takes about twenty a minute."""
FIRST_WAIT = timedelta(seconds=30)
"""Longer than a send may take: who claims an alert has it for himself until then."""
LONGEST_WAIT = timedelta(hours=1)
KEPT_FOR = timedelta(days=90)
TASK = "proxy.tasks.tell_alerts"


@dataclass(slots=True)
class Told:
    """What a run did: alerts that were due, and those that were taken."""

    examined: int = 0
    told: int = 0


def alert(key: str, sentence: str, params: Mapping[str, object] | None = None, *, at: datetime) -> bool:
    """Log a sentence and have the shop's chat told, once for each `key`; True the first time.

    `sentence` is an English text marked with `gettext_noop`, filled with `params`; the chat reads it in the shop's
    language. Part of the caller's transaction: what is taken back is not told. Without a chat it is only kept.
    """
    values = dict(params or {})
    with translation.override(settings.LANGUAGE_CODE):
        text = gettext(sentence) % values
    wanted = telegram.is_set()
    with transaction.atomic():
        _row, new = Alert.objects.get_or_create(
            key=key, defaults={"text": text, "at": at, "next_try_at": at if wanted else None}
        )
        if new and wanted:
            transaction.on_commit(partial(_wake, key))
    if new:
        logger.warning(sentence, values)
    return new


def is_anything_due(*, now: datetime) -> bool:
    """Tell whether an alert waits to be told."""
    return Alert.objects.filter(next_try_at__lte=now).exists()


def tell(*, now: datetime) -> Told:
    """Send what is due, the oldest first; stop at the first that is not taken, which tells of the others as well."""
    found = Told()
    for row in Alert.objects.filter(next_try_at__lte=now).order_by("at", "pk")[:TOLD_AT_ONCE_MAX]:
        found.examined += 1
        if not _claim(row, now):
            continue
        if not _tell(row, now):
            break
        found.told += 1
    return found


def forget(*, now: datetime) -> int:
    """Forget what was told long ago, and return how many."""
    old = Alert.objects.filter(next_try_at=None, at__lt=now - KEPT_FOR)
    return old.delete()[0]


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many tries: twice as long each time, up to an hour."""
    doublings = min(attempts - 1, 20)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _claim(row: Alert, now: datetime) -> bool:
    """Take an alert for this run; False when another run has it."""
    row.attempts += 1
    claimed = Alert.objects.filter(pk=row.pk, next_try_at=row.next_try_at)
    return bool(claimed.update(attempts=F("attempts") + 1, next_try_at=now + wait_after(row.attempts)))


def _tell(row: Alert, now: datetime) -> bool:
    try:
        telegram.send(row.text)
    except telegram.NotTaken as refused:
        wait = max(wait_after(row.attempts), timedelta(seconds=refused.retry_after_s))
        Alert.objects.filter(pk=row.pk).update(next_try_at=now + wait, error=str(refused)[:200])
        logger.warning("Alert %s is not told yet: %s", row.key, refused)
        return False
    Alert.objects.filter(pk=row.pk).update(next_try_at=None, told_at=now, error="")
    return True


def _wake(key: str) -> None:
    """Have the alert told now. Without a broker the timetable tells it within a minute."""
    try:
        current_app.tasks[TASK].apply_async(retry=False)
    except OperationalError as error:
        logger.warning("Alert %s waits for the timetable: %s", key, error)
