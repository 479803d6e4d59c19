"""Calling the database functions of money: one round trip, and their refusals as our own."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import DatabaseError, connection, transaction

from n2store.errors import DomainError
from n2store.events import wake_after_commit
from wallets.ledger import InsufficientFunds, KeyReused, NotReversible

REFUSALS: dict[str | None, type[DomainError]] = {
    "N2K01": KeyReused,
    "N2K02": InsufficientFunds,
    "N2K03": NotReversible,
}
"""SQLSTATE by which a function of `sql/` refuses, and what the refusal is called here."""


def call(function: str, arguments: Sequence[Any], *, returning: Sequence[str]) -> tuple[Any, ...]:
    """Run `function` in a transaction and return the named columns of its one row; wake the readers after commit.

    Raises:
        DomainError: the function refused, see `REFUSALS`; nothing was changed.
    """
    places = ", ".join(["%s"] * len(arguments))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(returning)} FROM {function}({places})", arguments)  # noqa: S608 -- our own names
            row: tuple[Any, ...] = cursor.fetchone()
            wake_after_commit()
    except DatabaseError as error:
        cause = error.__cause__
        if isinstance(cause, psycopg.Error) and cause.sqlstate in REFUSALS:
            raise REFUSALS[cause.sqlstate](cause.diag.message_primary) from error
        raise
    return row
