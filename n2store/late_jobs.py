"""Alerts for jobs that are late: once each time a job falls behind.

Who was away itself says nothing: after an outage everything is late for a moment, and caught up with by the timetable.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from n2store.clock import VIETNAM
from n2store.models import JobPulse
from n2store.timetable import timetable
from proxy.alerts import alert

JOB = "watch-jobs"
AWAKE_WITHIN = timedelta(minutes=12)
"""The watch comes every five minutes; whoever missed two looks were not there."""
LATE = gettext_noop("The job %(job)s is late: it ran last at %(last)s.")
NEVER = gettext_noop("The job %(job)s has never run, and should have.")


def alert_late(*, now: datetime) -> tuple[int, int]:
    """Raise an alert for each job that is late, and return how many jobs were looked at and how many alerts are new."""
    if not JobPulse.objects.filter(job=JOB, at__gt=now - AWAKE_WITHIN).exists():
        return 0, 0
    entries = timetable(now)
    late = [entry for entry in entries if entry.is_late and entry.name != JOB]
    new = 0
    for entry in late:
        last = entry.last_at
        key = f"job-late:{entry.name}:{last:%Y%m%dT%H%M%S}" if last else f"job-late:{entry.name}:never"
        told = {"job": entry.name, "last": f"{last.astimezone(VIETNAM):%H:%M %d/%m/%Y}" if last else ""}
        new += alert(key, LATE if last else NEVER, told, at=now)
    return len(entries), new
