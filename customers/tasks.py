"""Scheduled work on customers."""

import logging
from datetime import datetime, timedelta
from random import Random

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from customers import tpos as filling
from customers.fraud.engine import sweep
from customers.fraud.rules import all_rules
from customers.models import Customer
from customers.orders import tpos as tpos_orders
from customers.orders.tpos import Progress
from customers.queries import CustomerNotFound
from customers.rfm.scoring import recalculate
from n2store.jobs import job_run
from proxy.tpos import TposError, TposNotConfigured, TposRefused, tpos

logger = logging.getLogger(__name__)

FILL_CUSTOMERS_MAX = 50
LEASE = timedelta(minutes=10)
"""For how long a run that took a customer keeps others off; a run that died gives it back by that."""
BACK_OFF = timedelta(minutes=30)
FAILURES_IN_A_ROW_MAX = 3
"""So many questions without an answer, and TPOS is left alone until the next run."""
SPREAD = 0.2
"""Share by which the next look at a customer is moved, so that a day's customers do not come back on one day."""

ORDER_PAGES_MAX = 50
"""Pages of invoices that one run fetches; a long absence is made up for in several runs."""

CLAIM = """
    UPDATE customers_customer SET tpos_due_at = %(lease_until)s WHERE id IN (
        SELECT id FROM customers_customer WHERE tpos_due_at <= %(now)s AND active
        ORDER BY tpos_due_at {order}, id {order} LIMIT %(count)s FOR NO KEY UPDATE SKIP LOCKED
    ) RETURNING id
"""


@shared_task  # type: ignore[untyped-decorator]
def fill_from_tpos(*, customers_max: int = FILL_CUSTOMERS_MAX, **_: object) -> int:
    """Ask TPOS about customers that are due, and return how many learned something.

    Half of a run goes to the newest, whom staff are about to see, half to those who wait longest: nobody starves. A
    customer about whom TPOS gives no answer is due again later, and keeps nobody else waiting.
    """
    try:
        book = tpos()
    except TposNotConfigured:
        return 0
    with job_run("fill-from-tpos") as run:
        failures = 0
        for customer_id in _claim(customers_max, now=timezone.now()):
            run.examined += 1
            try:
                outcome = filling.fill(customer_id, book=book)
            except CustomerNotFound:
                continue  # Deleted meanwhile.
            except TposError as error:
                run.skipped += 1
                run.error = str(error)
                failures += 1
                _due(customer_id, timezone.now() + BACK_OFF)
                ours = isinstance(error, TposRefused) and error.params.get("status") in {401, 403}
                if ours or failures >= FAILURES_IN_A_ROW_MAX:
                    break  # Those that were claimed and not asked are due again when the lease is over.
                continue
            failures = 0
            run.changed += outcome == filling.Outcome.FILLED
            now = timezone.now()  # A phone that changed while TPOS was asked about the old one is due at once.
            _due(customer_id, now if outcome == filling.Outcome.MOVED else _next_look(customer_id, now))
        return run.changed


@shared_task  # type: ignore[untyped-decorator]
def sync_orders(*, pages_max: int = ORDER_PAGES_MAX, **_: object) -> int:
    """Fetch the invoices that have changed at TPOS, and return how many taught us something.

    When TPOS gives no answer, the next run goes on where this one stopped.
    """
    try:
        book = tpos()
    except TposNotConfigured:
        return 0
    with job_run("sync-orders") as run:
        progress = Progress()
        try:
            tpos_orders.sync_orders(book, progress=progress, pages_max=pages_max)
        except TposError as error:
            run.error = str(error)
        run.examined, run.changed, run.skipped = progress.examined, progress.changed, progress.skipped
        return run.changed


@shared_task  # type: ignore[untyped-decorator]
def recalculate_rfm(**_: object) -> int:
    """Judge everybody as of now, and return how many moved to another tier."""
    with job_run("recalculate-rfm") as run:
        done = recalculate(by="recalculate-rfm")
        run.examined = Customer.objects.count()
        run.changed = done.moved
        return run.changed


@shared_task  # type: ignore[untyped-decorator]
def detect_fraud(**_: object) -> int:
    """Run every rule over what is new since its last run, and return how many cases were opened.

    A rule that fails keeps no other from running; it looks from where it stopped the next time.
    """
    now, failures = timezone.now(), []
    with job_run("detect-fraud") as run:
        for rule in all_rules():
            run.examined += 1
            try:
                run.changed += len(sweep(rule, now=now))
            except DatabaseError as error:
                logger.exception("Fraud rule %s", rule.name)
                failures.append(f"{rule.name}: {error}")
                run.skipped += 1
        run.error = "; ".join(failures)
        return run.changed


def _claim(count: int, *, now: datetime) -> list[int]:
    """Take customers that are due: of `count` half the newest, and the rest by how long they wait."""
    claimed: list[int] = []
    with connection.cursor() as cursor:
        for order, share in (("DESC", count // 2), ("ASC", count - count // 2)):
            cursor.execute(CLAIM.format(order=order), {"lease_until": now + LEASE, "now": now, "count": share})
            claimed += [id for (id,) in cursor.fetchall()]
    return claimed


def _next_look(customer_id: int, now: datetime) -> datetime:
    stretch = 1 + SPREAD * Random(customer_id).random()  # noqa: S311 -- spreads work, hides nothing
    return now + timedelta(days=settings.TPOS_STALE_DAYS * stretch)


def _due(customer_id: int, at: datetime) -> None:
    Customer.objects.filter(pk=customer_id).update(tpos_due_at=at)
