"""Calling the database functions of money: one round trip, and their refusals as our own."""

import re
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import psycopg
from django.db import DatabaseError, connection, transaction

from customers.queries import CustomerNotFound
from n2store.errors import DomainError
from n2store.events import wake_after_commit
from n2store.templatetags.money import vnd
from wallets.authority import Blacklisted, CompensatedAlready, OrderCancelled
from wallets.ledger import InsufficientFunds, KeyReused, NotReversible

REFUSALS: dict[str | None, type[DomainError]] = {
    "N2K01": KeyReused,
    "N2K02": InsufficientFunds,
    "N2K03": NotReversible,
    "N2K04": Blacklisted,
    "N2K05": CustomerNotFound,
    "N2K06": OrderCancelled,
    "N2K07": CompensatedAlready,
}
"""SQLSTATE by which a function of `sql/` refuses, and what the refusal is called here."""
KEY_CONSTRAINTS = {"command_key_once", "transaction_key_once"}
"""What a key runs into that is used at the same moment for another wallet."""
_AMOUNTS = re.compile(r"Available: (\d+), Required: (\d+)")


def call(function: str, arguments: Sequence[Any], *, returning: Sequence[str]) -> tuple[Any, ...]:
    """Run `function` and return the named columns of its one row; wake the readers once it is committed.

    Outside a transaction the statement is one of its own: nothing is sent for BEGIN and COMMIT.

    Raises:
        DomainError: the function refused, see `REFUSALS`; nothing was changed.
    """
    places = ", ".join(["%s"] * len(arguments))
    savepoint = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with savepoint, connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(returning)} FROM {function}({places})", arguments)  # noqa: S608 -- our own names
            row: tuple[Any, ...] = cursor.fetchone()
    except DatabaseError as error:
        refusal = _refusal(error.__cause__)
        if refusal is None:
            raise
        raise refusal from error
    wake_after_commit()
    return row


def _refusal(cause: BaseException | None) -> DomainError | None:
    """Return what the database's error means, if it is a refusal."""
    if not isinstance(cause, psycopg.Error):
        return None
    if cause.diag.constraint_name in KEY_CONSTRAINTS:
        return KeyReused("This Idempotency-Key was already used for another command")
    kind = REFUSALS.get(cause.sqlstate)
    if kind is None:
        return None
    sentence = cause.diag.message_primary or ""
    amounts = _AMOUNTS.search(sentence)
    if amounts is None:
        return kind(sentence)
    available, required = map(int, amounts.groups())
    return kind(sentence, current_balance=vnd(available), required_amount=vnd(required))
