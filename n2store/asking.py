"""Having a scheduled job run now, or dry: who may ask, and that nobody asks twice. A worker carries it out."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from n2store import audit
from n2store.errors import DomainError, NotAllowed, NotFound
from n2store.models import JobAsked
from n2store.rehearsing import rehearsal_of
from n2store.roles import Caller, Role
from n2store.tasks import carry_out
from n2store.timetable import planned

RUNNERS = frozenset({Role.OWNER, Role.ACCOUNTANT})
GIVEN_UP_AFTER = timedelta(minutes=20)
"""A wish that no worker has come to the end of by then never will be: a task is stopped after 15 minutes."""
GIVEN_UP = "given up"


class MayNotRun(NotAllowed):
    """Owner and accountant have jobs run."""


class NoSuchJob(NotFound):
    """The timetable has no such job, or it has no dry run."""

    code = "JOB_NOT_FOUND"


class AskedAlready(DomainError):
    """Somebody has asked for the same, and it is not over yet."""

    status, code = 409, "JOB_ASKED_ALREADY"


class NoWorkers(DomainError):
    """The workers cannot be told."""

    status, code = 503, "JOB_NO_WORKERS"


def may_run(caller: Caller) -> bool:
    """Tell whether the caller has jobs run."""
    return bool(RUNNERS & caller.roles)


def ask(*, caller: Caller, job: str, dry: bool) -> JobAsked:
    """Tell the workers to run a job now, or to say what it would do; return the wish, which will have the result.

    Raises:
        MayNotRun, NoSuchJob, AskedAlready, NoWorkers.
    """
    if not may_run(caller):
        raise MayNotRun("Only owner and accountant have jobs run")
    if job not in planned() or (dry and rehearsal_of(job) is None):
        raise NoSuchJob("There is no such job")
    _give_up(job, dry=dry)
    try:
        with transaction.atomic():
            asked = JobAsked.objects.create(job=job, dry=dry, asked_by=caller.name)
            audit.record(actor=caller.name, action="job.dry_run" if dry else "job.run", subject=f"job:{job}")
    except IntegrityError as error:
        raise AskedAlready("The job was asked for already", job=job) from error
    try:
        carry_out.apply_async(kwargs={"asked_id": asked.pk}, retry=False)
    except BrokerError as error:
        JobAsked.objects.filter(pk=asked.pk).update(ended_at=timezone.now(), error=NoWorkers.code)
        raise NoWorkers("The workers cannot be told") from error
    return asked


def _give_up(job: str, *, dry: bool) -> None:
    """End what nobody came to the end of, so that the same can be asked for again."""
    before = timezone.now() - GIVEN_UP_AFTER
    JobAsked.objects.filter(job=job, dry=dry, ended_at=None, asked_at__lt=before).update(
        ended_at=timezone.now(), error=GIVEN_UP
    )
