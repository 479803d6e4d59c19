"""Reads of money: a customer's statement, and the proof that the ledger is whole."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet

from customers.models import Customer
from wallets.models import Transaction

VERIFY_TIMEOUT_MS = 10 * 60_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Something `verify_ledger` found wrong: in which wallet, from which row on, and what."""

    wallet_id: int
    sequence: int
    text: str


def verify_ledger() -> list[Fault]:
    """Check every wallet against its rows in set-based SQL; an empty list is the proof."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {VERIFY_TIMEOUT_MS}")
        cursor.execute(
            "SELECT wallet_id, sequence, fault FROM wallets_verify()"
            " UNION ALL SELECT wallet_id, sequence, fault FROM wallets_verify_credits()"
            " UNION ALL SELECT wallet_id, sequence, fault FROM wallets_verify_seals()"
        )
        return [Fault(*row) for row in cursor.fetchall()]


def statement(customer: Customer, *, type: str | None = None) -> QuerySet[Transaction]:
    """Return the customer's transactions, newest first, of one type if given."""
    rows = Transaction.objects.filter(wallet__customer=customer).order_by("-sequence")
    return rows if type is None else rows.filter(type=type)
