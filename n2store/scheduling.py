"""Beat's scheduler: that of django-celery-beat, for a shop that is closed at night, and for clocks that jump.

Note [No night is skipped]
--------------------------
A job of two o'clock in a shop that is switched off at night is done in the morning: it is due from the last time on.
The library counts a job that has never run from its row's last change, and changes the row at each start, so such a
job would never be due. And it reads only the rows whose hour is near. Here a new row's time runs from its making, and
all rows are read; there are thirty.

What staff changed in the timetable stays: of a row that is there only the task is put right.

Note [A clock that ran ahead]
-----------------------------
A job that ran while the clock said next year would be due the year after. So a last run in the future counts as one of
now, when rows are read; and they are read again when the clock is seen to go back, with all times that were computed.
"""

import time
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry
from typing_extensions import override

from n2store.models import JobPulse

AHEAD_S = 60.0
"""Clocks of two machines may differ so much."""


class Entry(ModelEntry):  # type: ignore[misc]  # the library is not typed
    """A job of the timetable."""

    def __init__(self, model: PeriodicTask, app: Any = None) -> None:
        super().__init__(model, app=app)
        now = timezone.now()
        if model.last_run_at > now + timedelta(seconds=AHEAD_S):
            self.last_run_at = model.last_run_at = now
            PeriodicTask.objects.filter(pk=model.pk).update(last_run_at=now)

    @classmethod
    @override
    def from_entry(cls, name: str, app: Any = None, **entry: Any) -> "Entry":
        """Write down a job of the settings, unless it is there."""
        wanted = cls._unpack_fields(**entry)
        row, _ = PeriodicTask.objects.get_or_create(name=name, defaults=wanted)
        PeriodicTask.objects.filter(pk=row.pk, last_run_at=None).update(last_run_at=timezone.now())
        PeriodicTask.objects.filter(pk=row.pk).exclude(task=wanted["task"]).update(task=wanted["task"])
        JobPulse.objects.get_or_create(job=name, defaults={"known_since": timezone.now()})
        row.refresh_from_db()
        return cls(row, app=app)


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # as above
    """See Note [No night is skipped] and Note [A clock that ran ahead]."""

    Entry = Entry
    _ticked_at = 0.0

    @override
    def enabled_models_qs(self) -> Any:
        """Return all rows that are switched on."""
        return self.Model.objects.enabled()

    @override
    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Send what is due, and return the seconds until the next look."""
        now = time.time()
        if now < self._ticked_at - AHEAD_S:
            self._initial_read, self._heap = True, None
        self._ticked_at = now
        return super().tick(*args, **kwargs)

    @override
    def apply_async(self, entry: Any, *args: Any, **kwargs: Any) -> Any:
        """Send a job, which hears since when it is due."""
        due_at = timezone.now() + entry.schedule.remaining_estimate(entry.last_run_at)
        entry.options["headers"] |= {"due_at": due_at.isoformat()}
        return super().apply_async(entry, *args, **kwargs)
