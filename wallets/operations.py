"""Every movement of money, a verb each. The database functions in `sql/` do the work in one round trip."""

from datetime import datetime

import psycopg
from django.db import DatabaseError, connection, transaction

from customers.models import Customer
from n2store.events import wake_after_commit
from wallets.ledger import KeyReused, checked_amount
from wallets.models import Source, Transaction

KEY_REUSED_STATE = "N2K01"


def deposit(
    *,
    customer: Customer,
    amount_vnd: int,
    key: str,
    source: Source,
    at: datetime,
    by: str,
    note: str = "",
    reference: tuple[str, str] = ("", ""),
) -> Transaction:
    """Credit the customer's wallet once per `key`, and announce it.

    A repeat of the same deposit returns the first one, unposted and unannounced.

    Args:
        amount_vnd: whole dong, above zero.
        at: when the money moved in the world; the booking time is the database's.
        reference: type and id of what the money came with, such as `("balance_history", "41")`.

    Raises:
        InvalidAmount: `amount_vnd` is no whole number of dong above zero.
        KeyReused: `key` was posted with another amount, or to another wallet.
    """
    checked_amount(amount_vnd)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT transaction_id, posted FROM wallets_deposit(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [customer.pk, amount_vnd, key, source, *reference, note, by, at],
            )
            transaction_id, posted = cursor.fetchone()
            if posted:
                wake_after_commit()
    except DatabaseError as error:
        if isinstance(error.__cause__, psycopg.Error) and error.__cause__.sqlstate == KEY_REUSED_STATE:
            raise KeyReused(f"{key} was already used for another deposit.") from error
        raise
    return Transaction.objects.select_related("wallet").get(pk=transaction_id)
