"""A day that was sealed is named when anything in it is no longer what it was."""

from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers.models import Customer
from n2store.clock import VIETNAM
from tests.wallets.test_credit import DAY, NOON, issue, pay_in, spend
from wallets.models import LedgerSeal, Transaction, Wallet
from wallets.operations import reverse
from wallets.proof.seals import last_seal, seal_days
from wallets.queries import verify_ledger
from wallets.tasks import verify_ledger as verify_ledger_task


def behind_the_triggers(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def book_on(day: date, key: str) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=VIETNAM)
    behind_the_triggers(f"UPDATE wallets_transaction SET created_at = '{noon.isoformat()}' WHERE key = '{key}'")


@pytest.fixture
def three_days(customer: Customer) -> list[date]:
    """Book a row on each of three days, the last of them today, and return them."""
    today = timezone.now().astimezone(VIETNAM).date()
    days = [today - 4 * DAY, today - 2 * DAY, today]
    for day in days:
        pay_in(customer, 10_000, f"k:{day}")
        if day != today:
            book_on(day, f"k:{day}")
    return days


def faults() -> list[tuple[int, str]]:
    return [(fault.sequence, fault.text) for fault in verify_ledger()]


def test_days_that_are_over_are_sealed_once_and_go_on_from_each_other(three_days: list[date]) -> None:
    now = timezone.now()

    assert (seal_days(now=now), seal_days(now=now)) == (2, 0)

    seals = list(LedgerSeal.objects.order_by("day"))
    assert [(seal.day, seal.rows) for seal in seals] == [(three_days[0], 1), (three_days[1], 1)]
    assert seals[0].digest != seals[1].digest
    assert last_seal() == seals[1]
    assert faults() == []


def test_a_day_is_sealed_an_hour_after_its_end(three_days: list[date]) -> None:
    midnight = datetime.combine(three_days[1] + DAY, datetime.min.time(), tzinfo=VIETNAM)

    assert seal_days(now=midnight + timedelta(minutes=59)) == 1
    assert seal_days(now=midnight + timedelta(minutes=61)) == 1


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE wallets_transaction SET note = 'other' WHERE sequence = 1", (1, "changed in {0}, which was sealed")),
        ("DELETE FROM wallets_transaction WHERE sequence = 2", (2, "gone from {1}, which was sealed")),
        (
            "UPDATE wallets_transaction SET created_at = created_at - interval '2 days' WHERE sequence = 3",
            (3, "added to {1}, which was sealed"),
        ),
        (
            "UPDATE wallets_transaction SET created_at = created_at - interval '1 day' WHERE sequence = 2",
            (2, "added to {2}, which was sealed"),
        ),
        ("UPDATE wallets_ledgerseal SET rows = 2", (0, "the seal of {0} is not the one that was set")),
    ],
)
def test_what_was_changed_in_a_sealed_day_is_named(three_days: list[date], sql: str, expected: tuple[int, str]) -> None:
    seal_days(now=timezone.now())

    behind_the_triggers(sql)

    days = [three_days[0], three_days[1], three_days[1] - DAY]
    assert (expected[0], expected[1].format(*days)) in faults()


def test_what_changes_by_right_breaks_no_seal(customer: Customer) -> None:
    issue(customer, 50_000, days=2)
    spend(customer, 20_000)
    behind_the_triggers("UPDATE wallets_transaction SET created_at = created_at - interval '2 days'")
    assert seal_days(now=timezone.now()) == 1

    reverse(posted=Transaction.objects.get(key="order:1"), reason="Hủy đơn", at=NOON + 4 * DAY, by="lan")

    assert faults() == []


def test_the_nightly_proof_seals_what_it_found_whole_and_nothing_else(three_days: list[date]) -> None:
    behind_the_triggers("UPDATE wallets_wallet SET real_vnd = real_vnd + 1")
    assert (verify_ledger_task(), LedgerSeal.objects.count()) == (1, 0)

    behind_the_triggers("UPDATE wallets_wallet SET real_vnd = real_vnd - 1")
    assert (verify_ledger_task(), LedgerSeal.objects.count()) == (0, 2)


def test_a_seal_is_neither_changed_nor_deleted(three_days: list[date]) -> None:
    seal_days(now=timezone.now())

    for change in (lambda: LedgerSeal.objects.update(rows=0), lambda: LedgerSeal.objects.all().delete()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()


def test_ledger_verify_tells_the_digest_to_keep(three_days: list[date], capsys: pytest.CaptureFixture[str]) -> None:
    seal_days(now=timezone.now())

    call_command("ledger_verify")

    seal = last_seal()
    assert seal is not None
    assert f"Sealed up to {three_days[1]}: {seal.digest}" in capsys.readouterr().out
    assert Wallet.objects.get().real_vnd == 30_000
