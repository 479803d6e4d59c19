"""Every change to a top-up that the database functions make, called in one round trip each, and told afterwards."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from django.db import DatabaseError, connection, transaction

from banking.models import PaymentSource, Topup
from banking.payos import cache
from banking.payos.references import references_in
from banking.payos.schema import Link, Notice, Paid, blotted
from banking.payos.signature import digest_of
from n2store.events import wake_after_commit

ATTEMPTS_MAX = 4
AGAIN = frozenset({"40001", "40P01", "23505"})
"""SQLSTATE of what came at the same moment as something else: begun again, it finds that."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a webhook or a payment; `topup_id` is None when there is no such top-up."""

    outcome: str
    reason: str
    topup_id: int | None


def take_notice(notice: Notice, data: dict[str, Any]) -> Taken:
    """Keep a genuine webhook and do what it means, once; a repeat counts."""
    arguments = [
        digest_of(data), notice.order_code, notice.reference, notice.amount_vnd, notice.currency, notice.code,
        notice.link_id, references_in(notice.description), list(notice.accounts), notice.paid_at,
        json.dumps(blotted(data)), notice.is_sample,
    ]  # fmt: skip
    outcome, reason, topup_id, kept = _again_if_together(
        lambda: _row(
            "SELECT outcome, reason, topup_id, kept FROM banking_payos_take("
            "%s, %s, %s, %s, %s, %s, %s, %s::text[], %s::text[], %s, %s::jsonb, %s)",
            arguments,
        )
    )
    tell(kept)
    return Taken(outcome=outcome, reason=reason or "", topup_id=topup_id)


def credit(topup: Topup, paid: Paid, *, source: PaymentSource, by: str) -> Taken:
    """Credit one bank transfer to the wallet of a top-up, once for ever by its reference."""
    arguments = [topup.pk, paid.reference, paid.amount_vnd, paid.paid_at, source, by]
    outcome, reason, kept = _again_if_together(
        lambda: _row(
            "SELECT outcome, reason, kept FROM banking_topup_credit(%s, %s, %s, %s, %s, %s)",
            arguments,
        )
    )
    tell(kept)
    return Taken(outcome=outcome, reason=reason or "", topup_id=topup.pk)


def close(topup: Topup, status: str) -> bool:
    """End a top-up without money, or the wait for the rest; False when money or somebody else was first."""
    (kept,) = _row("SELECT banking_topup_close(%s, %s)", [topup.pk, status])
    tell(kept)
    return kept is not None


def keep_link(topup: Topup, link: Link, checkout_url: str) -> None:
    """Keep what PayOS says of a link; a top-up that waited for it is open now."""
    (kept,) = _row(
        "SELECT banking_topup_link(%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            topup.pk, link.link_id, checkout_url, link.qr_code, link.bank_bin, link.account_number,
            link.account_name, link.memo,
        ],
    )  # fmt: skip
    tell(kept)


def tell(kept: Any) -> None:
    """Wake the streams and fill the cache once the change is committed; nothing when nothing has changed."""
    if kept is not None:
        wake_after_commit()
        transaction.on_commit(lambda: cache.put(cache.kept_of(kept)))


def _row(query: str, arguments: list[Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def _again_if_together(work: Callable[[], Result]) -> Result:
    """Do it again when somebody did the same at that moment. Inside a transaction that is the caller's concern."""
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            return work()
        except DatabaseError as error:
            cause = error.__cause__
            together = isinstance(cause, psycopg.Error) and cause.sqlstate in AGAIN
            if not together or attempt == ATTEMPTS_MAX or connection.in_atomic_block:
                raise
    raise AssertionError
