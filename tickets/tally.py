"""The proof of the kept counts of tickets: what `Tally` adds up to beside a recount."""

from dataclasses import dataclass

from django.db import connection

WRONG = """
    SELECT status, type, coalesce(k.tickets, 0), coalesce(r.tickets, 0), coalesce(k.refund_vnd, 0),
           coalesce(r.refund_vnd, 0), coalesce(k.credit_vnd, 0), coalesce(r.credit_vnd, 0)
    FROM (
        SELECT status, type, sum(tickets)::bigint AS tickets, sum(refund_vnd)::bigint AS refund_vnd,
               sum(credit_vnd)::bigint AS credit_vnd
        FROM tickets_tally GROUP BY status, type
    ) k
    FULL JOIN (
        SELECT status, type, count(*) AS tickets, coalesce(sum(refund_vnd), 0)::bigint AS refund_vnd,
               0::bigint AS credit_vnd
        FROM tickets_ticket WHERE deleted_at IS NULL GROUP BY status, type
        UNION ALL
        SELECT '', '', 0, 0, coalesce(sum(amount_vnd), 0)::bigint
        FROM tickets_compensation WHERE kind = 'virtual_credit' AND revoked_at IS NULL
    ) r USING (status, type)
    WHERE (coalesce(k.tickets, 0), coalesce(k.refund_vnd, 0), coalesce(k.credit_vnd, 0))
        IS DISTINCT FROM (coalesce(r.tickets, 0), coalesce(r.refund_vnd, 0), coalesce(r.credit_vnd, 0))
    ORDER BY status, type
"""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A state and type (both empty for credit) whose kept numbers are not what a recount says. Amounts in dong."""

    status: str
    type: str
    tickets_kept: int
    tickets: int
    refund_kept_vnd: int
    refund_vnd: int
    credit_kept_vnd: int
    credit_vnd: int


def wrong() -> list[Wrong]:
    """Return where the kept counts differ from a recount at the same moment; empty is the proof. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(WRONG)
        return [Wrong(*row) for row in cursor.fetchall()]
