"""Scheduled work on tickets."""

from celery import shared_task
from django.db import connection
from django.utils import timezone

from n2store.jobs import job_run
from tickets import deadlines, marks


@shared_task  # type: ignore[untyped-decorator]
def check_carrier_deadlines(**_: object) -> int:
    """Raise tickets whose carrier has less than a day left, and return how many."""
    at = timezone.now()
    with job_run("check-carrier-deadlines") as run:
        while changed := deadlines.raise_near_deadlines(at=at):
            run.examined += changed
            run.changed += changed
    return run.changed


@shared_task  # type: ignore[untyped-decorator]
def tell_overdue_tickets(**_: object) -> int:
    """Write down which returns are overdue, and return how many."""
    at = timezone.now()
    with job_run("tell-overdue-tickets") as run:
        while told := deadlines.tell_overdue(at=at):
            run.examined += told
            run.changed += told
    return run.changed


@shared_task  # type: ignore[untyped-decorator]
def fold_tally(**_: object) -> int:
    """Make one row of many in the counts of tickets, and return how many were too many."""
    with job_run("fold-ticket-tally") as run, connection.cursor() as cursor:
        cursor.execute("SELECT tickets_fold()")
        [run.changed] = cursor.fetchone()
    return run.changed


@shared_task  # type: ignore[untyped-decorator]
def settle_queue(**_: object) -> int:
    """Mark the tickets of customers who became PLATINUM or ceased to be, and return how many customers."""
    with job_run("settle-ticket-queue") as run:
        run.changed = marks.settle()
    return run.changed
