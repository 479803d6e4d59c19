"""Jobs that move money or priority end alike: run late, twice at once, by a clock that jumps, or killed half-way."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from banking.models import BankTransfer, Verification
from banking.tasks import credit_approved
from customers.models import Activity, Customer, FraudCase
from customers.operations import get_or_create_customer
from customers.tasks import detect_fraud, recalculate_rfm
from n2store.models import JobRun
from n2store.roles import Caller, Role
from tests.factories.banking import delivery, post
from tests.factories.orders import order, taken
from tests.factories.tickets import ticket
from tests.processes import APPLICATION, database_url_of_this_test, end_other_sessions, wait_until
from tests.threads import at_once
from tickets.models import Ticket
from tickets.tasks import check_carrier_deadlines, tell_overdue_tickets
from wallets import pending
from wallets.commands import Owner
from wallets.models import CreditSource, PendingWithdrawal, Source, Transaction, VirtualCredit, Wallet
from wallets.operations import deposit, issue_credit
from wallets.queries import verify_ledger
from wallets.tasks import expire_credits, process_pending_withdrawals

PHONES = [f"09093182{number:02}" for number in range(6)]
CARE = Caller(name="ha", roles=frozenset({Role.CUSTOMER_CARE}))
JOBS: list[Callable[[], int]] = [
    expire_credits, credit_approved, process_pending_withdrawals, check_carrier_deadlines, tell_overdue_tickets,
    detect_fraud, recalculate_rfm,
]  # fmt: skip


def a_shop(at: datetime, *, due: timedelta) -> None:
    """Make customers with credit or an order to pay, transfers, parcels and returns: work for all jobs, `due` later."""
    for number, phone in enumerate(PHONES):
        customer, _ = get_or_create_customer(phone=phone, by="test")
        paid = {"transferAmount": 10_000, "referenceCode": f"FT{number}"}
        post(Client(), delivery(id=number + 1, content="chuyen tien", **paid))
        BankTransfer.objects.filter(sepay_id=number + 1).update(
            customer=customer, verification=Verification.APPROVED, verified_by="lan"
        )
        if number % 2:
            pending.hold(caller=CARE, owner=Owner(phone=phone), order_id=f"NJD/{number}", amount_vnd=70_000)
            key, source = f"d:{number}", Source.MANUAL_ADJUSTMENT
            deposit(customer=customer, amount_vnd=100_000, key=key, source=source, at=at, by="test")
        else:
            for key, lifetime in (("gone", due - timedelta(hours=1)), ("alive", due + timedelta(days=60))):
                issue_credit(
                    customer=customer, amount_vnd=50_000, key=f"{key}:{number}", source_type=CreditSource.COMPENSATION,
                    by="test", at=at, lifetime=lifetime,
                )  # fmt: skip
        ticket("BOOM", phone=phone, status="PENDING_GOODS", order_id=f"B/{number}", original_cod=90_000)
        ticket("RETURN_SHIPPER", phone=phone, status="PENDING_GOODS", order_id=f"R/{number}")
    PendingWithdrawal.objects.update(next_attempt_at=at + due - timedelta(hours=1))
    Ticket.objects.filter(type="BOOM").update(carrier_deadline_at=at + due)
    Ticket.objects.filter(type="RETURN_SHIPPER").update(created_at=at + due - timedelta(days=20, hours=1))
    back = {"status": "returned", "returned_at": (at - timedelta(days=1)).isoformat()}
    taken(*(order(f"BACK-{n}", phone=PHONES[0], **back) for n in range(3)), now=at)


def everything() -> dict[str, Any]:
    """Return what the jobs are about; no identifiers, and no moment of a run."""
    return {
        "wallets": sorted(Wallet.objects.values_list("customer__phone", "real_vnd", "virtual_vnd")),
        "lots": sorted(VirtualCredit.objects.values_list("wallet__customer__phone", "status", "remaining_vnd")),
        "rows": sorted(Transaction.objects.values_list("wallet__customer__phone", "type", "amount_vnd")),
        "orders": sorted(PendingWithdrawal.objects.values_list("order_id", "status")),
        "transfers": BankTransfer.objects.exclude(wallet_transaction=None).count(),
        "priorities": sorted(Ticket.objects.values_list("order_id", "priority")),
        "told": Activity.objects.filter(type="TICKET_OVERDUE").count(),
        "tiers": sorted(Customer.objects.values_list("phone", "tier")),
        "cases": sorted(FraudCase.objects.values_list("customer__phone", "rule")),
        "faults": verify_ledger(),
    }


def run_all(at: datetime) -> None:
    with time_machine.travel(at):
        for job in JOBS:
            job()


@contextmanager
def undone() -> Iterator[None]:
    """Take back all that is written within."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def now(db: None) -> datetime:
    return timezone.now()


def test_three_days_without_a_run_end_where_hourly_runs_do(now: datetime) -> None:
    a_shop(now, due=timedelta(hours=20))
    run_all(now)
    with undone():
        for hours in range(6, 73, 6):
            run_all(now + timedelta(hours=hours))
        hourly = everything()

    run_all(now + timedelta(hours=72))

    late = everything()
    assert late == hourly
    assert late["faults"] == []
    assert [row[1:] for row in late["wallets"]] == [(10_000, 50_000), (40_000, 0)] * 3
    assert {status for _order, status in late["orders"]} == {"COMPLETED"}
    assert (late["transfers"], late["told"], len(late["cases"])) == (6, 6, 1)


def test_a_clock_that_jumps_ahead_and_back_does_nothing_twice_and_passes_nothing_over(now: datetime) -> None:
    a_shop(now, due=timedelta(hours=20))
    run_all(now)
    run_all(now + timedelta(days=3))
    once = everything()

    for jump in (timedelta(days=-2), timedelta(days=3), timedelta(days=-400), timedelta(days=3, minutes=1)):
        run_all(now + jump)

    assert everything() == once
    assert JobRun.objects.exclude(error="").count() == 0


def test_what_happens_after_a_clock_ran_fast_is_still_looked_at(now: datetime) -> None:
    a_shop(now, due=timedelta(days=300))
    run_all(now + timedelta(days=200))
    run_all(now)

    back = {"status": "returned", "returned_at": now.isoformat(), "updated_at": now.isoformat()}
    taken(*(order(f"LATER-{n}", phone=PHONES[1], **back) for n in range(3)), now=now + timedelta(minutes=5))
    run_all(now + timedelta(days=1))

    assert FraudCase.objects.filter(customer__phone=PHONES[1], rule="return_rate").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("job", JOBS[:-1], ids=lambda job: job.__name__)
def test_a_job_started_four_times_at_once_does_its_work_once(job: Callable[[], int]) -> None:
    a_shop(timezone.now() - timedelta(hours=2), due=timedelta(hours=2))

    at_once(lambda _: job(), range(4))

    seen = everything()
    job()
    assert everything() == seen
    assert seen["faults"] == []
    if job is process_pending_withdrawals:
        assert {status for _order, status in seen["orders"]} == {"COMPLETED"}
    if job is credit_approved:
        assert seen["transfers"] == 6
    if job is tell_overdue_tickets:
        assert seen["told"] == 6


STUCK = """
    CREATE SEQUENCE test_rows;
    CREATE FUNCTION test_stuck() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('test_rows') = 3 THEN PERFORM pg_advisory_xact_lock(20261121); END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER test_stuck BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION test_stuck()
"""
FREED = "DROP TRIGGER test_stuck ON {table}; DROP FUNCTION test_stuck(); DROP SEQUENCE test_rows"
KILLED = [
    ("wallets.tasks", "expire_credits(wallets_max=1)", "wallets_transaction"),
    ("wallets.tasks", "process_pending_withdrawals(rows_max=1)", "wallets_transaction"),
    ("banking.tasks", "credit_approved()", "wallets_transaction"),
    ("tickets.tasks", "check_carrier_deadlines()", "tickets_ticket"),
]


WAITS = """
    SELECT EXISTS (
        SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objid = 20261121 AND NOT l.granted
    )
"""


def waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITS)
        [found] = cursor.fetchone()
    return bool(found)


def killed_half_way(module: str, call: str) -> None:
    """Run a job in a process of its own until it waits at the third row it writes, and kill it there."""
    code = f"import django; django.setup(); import {module} as tasks; tasks.CREDIT_ROWS_MAX = 1; tasks.{call}"
    env = {
        "DATABASE_URL": database_url_of_this_test(), "PGAPPNAME": APPLICATION, "REDIS_URL": "redis://127.0.0.1:1",
        "DJANGO_SETTINGS_MODULE": "n2store.settings", "SECRET_KEY": "test", "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", code], env=env)
    try:
        wait_until(lambda: process.poll() is not None or waits_for_us())
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
        end_other_sessions()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("module", "call", "table"), KILLED, ids=[row[1].split("(")[0] for row in KILLED])
def test_a_job_killed_half_way_is_made_up_for_by_the_next_run(module: str, call: str, table: str) -> None:
    a_shop(timezone.now() - timedelta(hours=2), due=timedelta(hours=2))
    before = everything()
    with connection.cursor() as cursor:
        cursor.execute(STUCK.format(table=table))
        cursor.execute("SELECT pg_advisory_lock(20261121)")
        try:
            killed_half_way(module, call)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(20261121)")
            cursor.execute(FREED.format(table=table))
    half = everything()

    job = next(job for job in JOBS if job.__name__ == call.split("(", maxsplit=1)[0])
    job()
    whole = everything()
    job()

    assert half["faults"] == whole["faults"] == []
    assert (half == before) == (module == "tickets.tasks")  # The priorities of one batch are one transaction.
    assert whole != half
    assert everything() == whole
    assert JobRun.objects.filter(ended_at=None).count() == 1
