"""Wallets as answers carry them: one statement each, and PostgreSQL writes the finished JSON."""

import json
from typing import Any

from django.db import connection

LOTS_SHOWN_MAX = 100
LOT = """
    json_build_object(
        'id', v.id, 'phone', c.phone, 'wallet_id', v.wallet_id, 'customer_id', c.id,
        'original_amount', v.original_vnd, 'remaining_amount', v.remaining_vnd,
        'issued_at', n2store_iso(v.issued_at), 'expires_at', n2store_iso(v.expires_at), 'status', v.status,
        'source_type', v.source_type, 'source_id', nullif(v.source_id, ''), 'note', nullif(v.note, ''),
        'created_by', v.actor,
        'days_left', ceil(extract(epoch FROM v.expires_at - statement_timestamp()) / 86400)::integer,
        'used_in_orders', (
            SELECT coalesce(json_agg(json_build_object(
                'orderId', t.reference_id, 'amount', u.amount_vnd, 'usedAt', n2store_iso(t.created_at)
            ) ORDER BY u.id), '[]')
            FROM wallets_credituse u JOIN wallets_transaction t ON t.id = u.transaction_id
            WHERE u.credit_id = v.id AND t.type = 'VIRTUAL_DEBIT'
              AND NOT EXISTS (SELECT FROM wallets_transaction r WHERE r.reverses_id = t.id)
        )
    )
"""
"""A lot `v` of customer `c`: what was spent and not given back is listed by order."""
LIVE_LOTS = f"""
    (SELECT coalesce(json_agg({LOT} ORDER BY v.expires_at, v.id), '[]') FROM (
        SELECT * FROM wallets_virtualcredit
        WHERE wallet_id = w.id AND status = 'ACTIVE' AND expires_at > now() ORDER BY expires_at, id
        LIMIT {LOTS_SHOWN_MAX}
    ) v)
"""  # noqa: S608 -- our own text
WALLET = f"""
    SELECT json_build_object(
        'id', w.id, 'customer_id', c.id, 'phone', c.phone,
        'balance', a.real_vnd, 'virtual_balance', a.virtual_vnd, 'virtualBalance', a.virtual_vnd,
        'total', a.real_vnd + a.virtual_vnd,
        'total_deposited', w.total_deposited_vnd, 'total_withdrawn', w.total_withdrawn_vnd,
        'total_virtual_issued', w.total_virtual_issued_vnd, 'total_virtual_used', w.total_virtual_used_vnd,
        'total_virtual_expired', w.total_virtual_expired_vnd, 'transaction_count', w.last_sequence,
        'created_at', n2store_iso(w.created_at), 'updated_at', n2store_iso(w.updated_at),
        'virtualCredits', {LIVE_LOTS}
    )::text
    FROM customers_customer c JOIN wallets_wallet w ON w.customer_id = c.id
    JOIN wallets_available a ON a.customer_id = c.id
"""  # noqa: S608 -- our own text
BALANCES = """
    SELECT coalesce(json_object_agg(c.phone, json_build_object(
        'customer_id', c.id, 'balance', a.real_vnd, 'virtualBalance', a.virtual_vnd,
        'total', a.real_vnd + a.virtual_vnd
    )), '{}')::text
    FROM customers_customer c JOIN wallets_available a ON a.customer_id = c.id
"""


def wallet_of(column: str, value: str | int) -> dict[str, Any] | None:
    """Return a wallet with its live lots as answers carry it, by the customer's `phone` or `id`; one statement.

    Credit that has run out counts for nothing, whether or not the hourly job has seen it.
    """
    found = json_of(f"{WALLET} WHERE c.{column} = %s", [value])
    return None if found is None else dict(found)


def balances_of(column: str, values: list[Any]) -> dict[str, dict[str, int]]:
    """Return the balances of those customers who exist, keyed by phone; one statement."""
    found: dict[str, dict[str, int]] = json_of(f"{BALANCES} WHERE c.{column} = ANY(%s)", [values])
    return found


def json_of(statement: str, parameters: list[Any] | dict[str, Any]) -> Any:
    """Run one statement whose only row is one JSON text; None without a row."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return None if row is None else json.loads(row[0])
