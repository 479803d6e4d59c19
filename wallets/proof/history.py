"""What a wallet was at any past moment: its balances, its lots as they were then, and the rows behind both.

"Then" has two meanings, and each answer says which it took:

- by booking time (`booked`), the moment a row was written: what the shop's screens showed then. A wallet's rows stand
  in one order by number and by booking time, so the answer is the state after one certain row.
- by event time (`occurred`), the moment money moved in the world: what was true then, as far as is known today. A
  bank's late notice counts from the transfer on, and lots that ran out are gone from their last second on.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet, Sum

from customers.models import Customer
from wallets.models import Transaction, Wallet


class By(StrEnum):
    """By which of a row's two times it belongs to the past."""

    BOOKED = "booked"
    OCCURRED = "occurred"


@transaction.atomic
def balance_asof(customer: Customer, at: datetime, *, by: By = By.BOOKED, explain: bool = False) -> dict[str, Any]:
    """Return the customer's wallet as it was at the aware moment `at`, rows of that very moment included.

    Whole dong. `spendable` leaves out what had run out and was not taken off yet; `sequence` is the last row's number.
    With `explain` the rows come along, oldest first.
    """
    if at.tzinfo is None:
        raise ValueError("A moment of the past needs a time zone.")
    wallet = Wallet.objects.only("pk").get(customer=customer)
    rows = _rows(wallet, at, by)
    last = rows.order_by("-sequence").first()
    if by is By.BOOKED:
        real_vnd, virtual_vnd = (last.real_after_vnd, last.virtual_after_vnd) if last else (0, 0)
    else:
        real_vnd, virtual_vnd = _summed(rows)
    lots = _lots(wallet, at, by, last)
    spendable_vnd = sum(lot["remaining"] for lot in lots if lot["expires_at"] > at)
    past: dict[str, Any] = {
        "customer_id": customer.pk,
        "phone": customer.phone,
        "at": at,
        "by": by,
        "real": real_vnd,
        "virtual": virtual_vnd,
        "total": real_vnd + virtual_vnd,
        "spendable": real_vnd + spendable_vnd,
        "sequence": last.sequence if last else 0,
        "lots": lots,
    }
    if explain:
        past["rows"] = [
            _row(row) for row in rows.order_by("sequence" if by is By.BOOKED else "occurred_at", "sequence")
        ]
    return past


def _rows(wallet: Wallet, at: datetime, by: By) -> QuerySet[Transaction]:
    rows = Transaction.objects.filter(wallet_id=wallet.pk)
    if by is By.OCCURRED:
        return rows.filter(occurred_at__lte=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT wallets_asof(%s, %s)", [wallet.pk, at])
        [sequence] = cursor.fetchone()
    return rows.filter(sequence__lte=sequence)


def _summed(rows: QuerySet[Transaction]) -> tuple[int, int]:
    found = rows.aggregate(
        real=Sum(F("real_after_vnd") - F("real_before_vnd"), default=0),
        virtual=Sum(F("virtual_after_vnd") - F("virtual_before_vnd"), default=0),
    )
    return int(found["real"]), int(found["virtual"])


LOTS = """
    SELECT c.id, c.original_vnd AS original, (c.original_vnd - coalesce(sum(u.amount_vnd), 0))::bigint AS remaining,
           c.issued_at, coalesce((
               -- A lot that was revived keeps in that use until when it had been good before.
               SELECT later.good_until FROM wallets_credituse later
               JOIN wallets_transaction t ON t.id = later.transaction_id
               WHERE later.credit_id = c.id AND later.good_until IS NOT NULL AND NOT {counts}
               ORDER BY t.sequence LIMIT 1
           ), c.expires_at) AS expires_at, c.source_type, c.source_id, c.note
    FROM wallets_virtualcredit c
    LEFT JOIN LATERAL (
        SELECT u.amount_vnd FROM wallets_credituse u JOIN wallets_transaction t ON t.id = u.transaction_id
        WHERE u.credit_id = c.id AND {counts}
    ) u ON true
    WHERE c.wallet_id = %(wallet)s
      AND (SELECT {issued} FROM wallets_transaction i WHERE i.id = c.issue_id)
    GROUP BY c.id
    ORDER BY expires_at, c.id
"""
COUNTS = {By.BOOKED: "{row}.sequence <= %(sequence)s", By.OCCURRED: "{row}.occurred_at <= %(at)s"}


def _lots(wallet: Wallet, at: datetime, by: By, last: Transaction | None) -> list[dict[str, Any]]:
    """Return the lots that still held something, the one that ran out first before the others."""
    sql = LOTS.format(counts=COUNTS[by].format(row="t"), issued=COUNTS[by].format(row="i"))
    given: dict[str, int | datetime] = {"wallet": wallet.pk, "at": at, "sequence": last.sequence if last else 0}
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        columns = [column.name for column in cursor.description or ()]
        lots = [dict(zip(columns, values, strict=True)) for values in cursor.fetchall()]
    return [lot for lot in lots if lot["remaining"]]


def _row(row: Transaction) -> dict[str, Any]:
    return {
        "id": row.pk,
        "sequence": row.sequence,
        "type": row.type,
        "amount": row.amount_vnd,
        "real_after": row.real_after_vnd,
        "virtual_after": row.virtual_after_vnd,
        "reference_type": row.reference_type,
        "reference_id": row.reference_id,
        "note": row.note,
        "actor": row.actor,
        "occurred_at": row.occurred_at,
        "created_at": row.created_at,
    }
