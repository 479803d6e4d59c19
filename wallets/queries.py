"""Reads of money: a wallet's summary and statement, and the proof that the ledger is whole."""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from customers.models import Customer
from wallets.balances import wallet_of
from wallets.models import Transaction, Wallet

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


def wallet_summary(customer: Customer) -> dict[str, Any]:
    """Return the wallet of a customer as the APIs show it; whole dong as numbers."""
    wallet = Wallet.objects.get(customer=customer)
    return {
        "id": wallet.pk,
        "customer_id": customer.pk,
        "phone": customer.phone,
        "balance": wallet.real_vnd,
        "virtual_balance": wallet.virtual_vnd,
        "total": wallet.real_vnd + wallet.virtual_vnd,
        "total_deposited": wallet.total_deposited_vnd,
        "created_at": wallet.created_at,
        "updated_at": wallet.updated_at,
    }


def statement(customer: Customer, *, type: str | None = None) -> QuerySet[Transaction]:
    """Return the customer's transactions, newest first, of one type if given."""
    rows = Transaction.objects.filter(wallet__customer=customer).order_by("-sequence")
    return rows if type is None else rows.filter(type=type)


def live_credits(customer: Customer) -> list[dict[str, Any]]:
    """Return the customer's lots that can be spent now, the one that expires first on top."""
    wallet = wallet_of("id", customer.pk)
    assert wallet is not None, "every customer has a wallet"
    lots: list[dict[str, Any]] = wallet["virtualCredits"]
    return lots
