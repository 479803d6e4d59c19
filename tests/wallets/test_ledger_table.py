"""The database itself refuses what must not be, whoever asks."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from customers.models import Customer
from wallets.models import Source, Transaction, Wallet
from wallets.operations import deposit
from wallets.queries import Fault, verify_ledger

NOON = datetime(2026, 1, 16, 5, 0, tzinfo=UTC)


@pytest.fixture
def row(customer: Customer) -> Transaction:
    """Return the second of three deposits of 1,000."""
    rows = [
        deposit(customer=customer, amount_vnd=1_000, key=f"k:{n}", source=Source.BANK_TRANSFER, at=NOON, by="test")
        for n in range(3)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # Else the table waits for checks and cannot be altered.
    return rows[1]


CHANGES: list[Callable[[Transaction], Any]] = [
    lambda row: Transaction.objects.filter(pk=row.pk).update(amount_vnd=2_000),
    lambda row: Transaction.objects.filter(pk=row.pk).update(note="other"),
    lambda row: row.save(),
    lambda row: row.delete(),
    lambda row: Transaction.objects.all().delete(),
    lambda row: connection.cursor().execute("TRUNCATE wallets_transaction CASCADE"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_posted_row_is_neither_changed_nor_deleted(row: Transaction, change: Callable[[Transaction], Any]) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change(row)

    assert Transaction.objects.count() == 3


WRONG: list[dict[str, Any]] = [
    {"sequence": 3},
    {"sequence": 0},
    {"key": "k:0"},
    {"amount_vnd": 0, "real_after_vnd": 3_000},
    {"amount_vnd": 999},
    {"amount_vnd": -1_000, "real_after_vnd": 2_000},
    {"real_before_vnd": -1_000, "real_after_vnd": 0},
    {"virtual_after_vnd": 1_000, "real_after_vnd": 3_000},
    {"type": "GIFT"},
    {"source": "NOWHERE"},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_row_that_does_not_add_up_is_refused(row: Transaction, wrong: dict[str, Any]) -> None:
    right = {
        "wallet_id": row.wallet_id, "sequence": 4, "type": "DEPOSIT", "amount_vnd": 1_000, "real_before_vnd": 3_000,
        "real_after_vnd": 4_000, "virtual_before_vnd": 0, "virtual_after_vnd": 0, "source": "BANK_TRANSFER",
        "key": "k:9", "actor": "test", "occurred_at": NOON,
    }  # fmt: skip

    with pytest.raises(IntegrityError), transaction.atomic():
        Transaction.objects.create(**(right | wrong))

    Transaction.objects.create(**right)


@pytest.mark.parametrize("wrong", [{"real_vnd": -1}, {"virtual_vnd": -1}, {"last_sequence": -1}])
def test_a_wallet_is_never_below_zero(customer: Customer, wrong: dict[str, int]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.filter(customer=customer).update(**wrong)


def tamper(row: Transaction, sql: str) -> None:
    """Do what a superuser could: change the ledger behind its triggers."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE wallets_transaction DISABLE TRIGGER USER")
        cursor.execute(sql, {"row": row.pk, "wallet": row.wallet_id})
        cursor.execute("ALTER TABLE wallets_transaction ENABLE TRIGGER USER")


TAMPERINGS = [
    (
        "UPDATE wallets_transaction SET amount_vnd = 5000, real_after_vnd = 6000 WHERE id = %(row)s",
        {
            (3, "real balance before is not the one after the earlier row"),
            (3, "real balance is not the sum of the rows"),
        },
    ),
    (
        "DELETE FROM wallets_transaction WHERE id = %(row)s",
        {
            (3, "sequence has a gap before this row"),
            (3, "real balance before is not the one after the earlier row"),
            (3, "real balance is not the sum of the rows"),
        },
    ),
    (
        "UPDATE wallets_wallet SET real_vnd = 9000 WHERE id = %(wallet)s",
        {(3, "real balance is not the sum of the rows")},
    ),
    (
        "UPDATE wallets_wallet SET last_sequence = 7 WHERE id = %(wallet)s",
        {(3, "last sequence is not the number of rows")},
    ),
]


@pytest.mark.parametrize(("sql", "expected"), TAMPERINGS)
def test_verify_names_the_wallet_and_the_row_of_a_tampering(
    row: Transaction, sql: str, expected: set[tuple[int, str]]
) -> None:
    assert verify_ledger() == []

    tamper(row, sql)

    found = verify_ledger()
    assert expected <= {(fault.sequence, fault.text) for fault in found}
    assert {fault.wallet_id for fault in found} == {row.wallet_id}
    assert isinstance(found[0], Fault)


def test_the_command_exits_non_zero_on_a_fault(row: Transaction, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("ledger_verify")
    assert "Ledger is whole: 1 wallets, 3 transactions" in capsys.readouterr().out

    tamper(row, "UPDATE wallets_wallet SET real_vnd = 9000 WHERE id = %(wallet)s")

    with pytest.raises(CommandError, match="faults in the ledger"):
        call_command("ledger_verify")
    assert f"wallet {row.wallet_id}" in capsys.readouterr().err
