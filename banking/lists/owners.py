"""What a phone has paid in: sums of its incoming transfers, rejected ones left out, and the transfers themselves."""

import json

from banking.lists.reading import one_row, one_text, planned_anew
from banking.lists.transfers import BY_CODE, OF_PHONE, within
from banking.lists.wire import vietnam
from n2store.json_sql import array_of, passed

PAID = "t.customer_id = o.id AND t.direction = 'in' AND t.verification <> 'REJECTED'"
DEBT_WITH_TRANSFERS = f"""
    SELECT paid.count, json_build_object(
        'total_debt', paid.vnd, 'transaction_count', paid.count,
        'transactions', (
            SELECT coalesce(json_agg(json_build_object('id', t.id, 'amount', t.amount_vnd,
                       'date', {vietnam("t.transferred_at")}, 'content', t.content, 'debt_added', true
                   ) ORDER BY t.transferred_at DESC, t.id DESC), '[]')
            FROM (
                SELECT * FROM banking_banktransfer t WHERE {PAID}
                ORDER BY t.transferred_at DESC, t.id DESC LIMIT %(limit)s
            ) t
        )
    )::text
    FROM customers_customer o
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(t.amount_vnd), 0)::bigint AS vnd, count(*) AS count
        FROM banking_banktransfer t WHERE {PAID}
    ) paid
    WHERE o.phone = %(phone)s
"""
DEBTS = f"""
    SELECT coalesce(json_object_agg(o.phone, json_build_array(paid.vnd, paid.count)), '{{}}')::text
    FROM customers_customer o
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(t.amount_vnd), 0)::bigint AS vnd, count(*) AS count
        FROM banking_banktransfer t WHERE {PAID}
    ) paid
    WHERE o.phone = ANY (%(phones)s)
"""
OF_PHONE_WITH_SUMS = f"""
    SELECT
        (SELECT {array_of(OF_PHONE.row, order="t.transferred_at DESC, t.id DESC")} FROM (
            SELECT * FROM banking_banktransfer WHERE customer_id = c.id
            ORDER BY transferred_at DESC, id DESC LIMIT %(limit)s
        ) t),
        (SELECT json_build_object(
            'total_transactions', count(*), 'total_in_count', count(*) FILTER (WHERE direction = 'in'),
            'total_out_count', count(*) FILTER (WHERE direction = 'out'),
            'total_in', coalesce(sum(amount_vnd) FILTER (WHERE direction = 'in'), 0),
            'total_out', coalesce(sum(amount_vnd) FILTER (WHERE direction = 'out'), 0),
            'net_change', coalesce(sum(CASE direction WHEN 'in' THEN amount_vnd ELSE -amount_vnd END), 0)
        ) FROM banking_banktransfer WHERE customer_id = c.id)::text,
        c.name
    FROM (SELECT 1) one LEFT JOIN customers_customer c ON c.phone = %(phone)s
"""
OF_CODE = f"""
    SELECT {passed(BY_CODE)} FROM banking_banktransfer t
    WHERE t.searched LIKE customers_fold(%(within)s) AND t.content ILIKE %(within)s
    ORDER BY t.transferred_at DESC, t.id DESC LIMIT 1
"""


def debt_with_transfers(phone: str, *, limit: int) -> tuple[int, str] | None:
    """Return how many transfers count, and sum and newest transfers as JSON; None when nobody has the phone."""
    row = one_row(DEBT_WITH_TRANSFERS, {"phone": phone, "limit": limit})
    return None if row is None else (row[0], row[1])


def debts(phones: list[str]) -> dict[str, tuple[int, int]]:
    """Return sum and count of what each known phone has paid in."""
    found: dict[str, list[int]] = json.loads(one_text(DEBTS, {"phones": phones}) or "{}")
    return {phone: (vnd, count) for phone, (vnd, count) in found.items()}


def transfers_with_sums(phone: str, *, limit: int) -> tuple[bytes, str, str | None]:
    """Return the newest transfers of a phone and sums over all, as JSON, and its owner's name."""
    row = one_row(OF_PHONE_WITH_SUMS, {"phone": phone, "limit": limit})
    assert row is not None
    data, sums, name = row
    return data, sums, name


def newest_with_code(code: str) -> bytes | None:
    """Return the newest transfer whose content holds the code, as JSON; None without one."""
    row = planned_anew(OF_CODE, {"within": within(code)})
    return None if row is None else bytes(row[0])
