"""Counts, sums and balances over transfers."""

from datetime import datetime

from banking.lists.reading import one_row, one_text, planned_anew
from banking.lists.wire import vietnam
from n2store.narrowing import Filter

BY_STATE = """
    SELECT json_build_object(
        'auto_approved', count(*) FILTER (WHERE verification = 'AUTO_APPROVED'),
        'manually_approved', count(*) FILTER (WHERE verification = 'APPROVED'),
        'pending_verification', count(*) FILTER (WHERE verification = 'PENDING_VERIFICATION'),
        'rejected', count(*) FILTER (WHERE verification = 'REJECTED'),
        'pending', count(*) FILTER (WHERE verification = 'PENDING'),
        'no_phone', count(*) FILTER (WHERE customer_id IS NULL),
        'wallet_credited', count(wallet_transaction_id), 'total', count(*)
    )::text FROM banking_banktransfer WHERE NOT is_hidden
"""
SUMS = """
    SELECT json_build_object(
        'total_transactions', s.n_in + s.n_out, 'total_in_count', s.n_in, 'total_out_count', s.n_out,
        'total_in', s.vnd_in, 'total_out', s.vnd_out, 'net_change', s.vnd_in - s.vnd_out,
        'latest_balance', coalesce((
            SELECT t.accumulated_vnd FROM banking_banktransfer t {where}
            ORDER BY t.transferred_at DESC, t.sepay_id DESC LIMIT 1
        ), 0)
    )::text
    FROM (
        SELECT count(*) FILTER (WHERE t.direction = 'in') AS n_in, count(*) FILTER (WHERE t.direction = 'out') AS n_out,
               coalesce(sum(t.amount_vnd) FILTER (WHERE t.direction = 'in'), 0)::bigint AS vnd_in,
               coalesce(sum(t.amount_vnd) FILTER (WHERE t.direction = 'out'), 0)::bigint AS vnd_out
        FROM banking_banktransfer t {where}
    ) s
"""
BALANCE = f"""
    SELECT json_build_object('balance', t.accumulated_vnd, 'account_number', t.account_number, 'gateway', t.gateway,
                             'as_of', {vietnam("t.transferred_at")})::text
    FROM banking_banktransfer t
    WHERE %(account)s::text = '' OR t.account_number = %(account)s
    ORDER BY t.transferred_at DESC, t.sepay_id DESC LIMIT 1
"""
OF_ACCOUNTANT = """
    SELECT json_build_object(
        'pending', (SELECT count(*) FROM banking_banktransfer
            WHERE direction = 'in' AND verification = 'PENDING_VERIFICATION'),
        'pendingOverdue', (SELECT count(*) FROM banking_banktransfer
            WHERE direction = 'in' AND verification = 'PENDING_VERIFICATION' AND created_at < %(overdue)s),
        'approvedToday', (SELECT count(*) FROM banking_banktransfer
            WHERE verification = 'APPROVED' AND verified_at >= %(today)s),
        'rejectedToday', (SELECT count(*) FROM banking_banktransfer
            WHERE verification = 'REJECTED' AND verified_at >= %(today)s),
        'adjustmentsToday', (SELECT count(*) FROM banking_transferadjustment WHERE at >= %(today)s)
    )::text
"""
TO_CHECK = """
    SELECT count(*), count(*) FILTER (WHERE NOT list_checked) FROM banking_banktransfer WHERE direction = 'in'
"""


def by_state() -> str:
    """Return how many transfers there are in each state, as JSON; hidden ones are left out."""
    return one_text(BY_STATE, {}) or ""


def sums(narrowed: Filter) -> str:
    """Return counts, sums and the last balance, as JSON."""
    row = planned_anew(SUMS.format(where=narrowed.where), dict(narrowed.parameters))
    assert row is not None
    return str(row[0])


def balance(account_number: str) -> str | None:
    """Return the balance after the newest line of an account, of any when it is empty, as JSON; None without a line."""
    row = planned_anew(BALANCE, {"account": account_number})
    return None if row is None else str(row[0])


def to_check() -> tuple[int, int]:
    """Return how many incoming transfers there are, and how many nobody has ticked off."""
    row = one_row(TO_CHECK, {})
    assert row is not None
    total, unchecked = row
    return total, unchecked


def of_accountant(*, today: datetime, overdue: datetime) -> str:
    """Return what the accountant's page counts, as JSON: since the midnight `today`, and older than `overdue`."""
    return one_text(OF_ACCOUNTANT, {"today": today, "overdue": overdue}) or ""
