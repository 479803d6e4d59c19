"""Two rules over the ledger: much money moved within an hour, and money put in only to be taken out again."""

from django.utils.translation import gettext_lazy as _

from customers.fraud.rules import Rule, Threshold, register
from customers.models import Severity

# A movement that is booked up to 31 days after it happened is still seen together with its neighbours.

ABUSE = """
    WITH large AS (
        SELECT t.wallet_id, t.occurred_at, t.amount_vnd,
               lag(t.occurred_at, %(transactions)s::integer) OVER earlier AS begun_at,
               max(t.created_at) OVER (earlier ROWS BETWEEN %(transactions)s::integer PRECEDING AND CURRENT ROW)
                   AS known_at,
               sum(abs(t.amount_vnd)) OVER (earlier ROWS BETWEEN %(transactions)s::integer PRECEDING AND CURRENT ROW)
                   AS moved_vnd,
               array_agg(t.id) OVER (earlier ROWS BETWEEN %(transactions)s::integer PRECEDING AND CURRENT ROW) AS ids
        FROM wallets_transaction t
        WHERE t.created_at > %(since)s::timestamptz - interval '31 days' AND t.created_at <= %(until)s::timestamptz
            AND abs(t.amount_vnd) > %(amount_vnd)s::bigint
            AND t.type IN ('DEPOSIT', 'WITHDRAW', 'VIRTUAL_CREDIT', 'VIRTUAL_DEBIT')
        WINDOW earlier AS (PARTITION BY t.wallet_id ORDER BY t.occurred_at, t.sequence)
    )
    SELECT w.customer_id, l.known_at AS hit_at, l.known_at AS fact_at,
           jsonb_build_object(
               'transactions', cardinality(l.ids), 'moved_vnd', l.moved_vnd, 'above_vnd', %(amount_vnd)s::bigint,
               'minutes', ceil(extract(epoch FROM l.occurred_at - l.begun_at) / 60)::integer,
               'since', n2store_iso(l.begun_at), 'until', n2store_iso(l.occurred_at), 'ids', to_jsonb(l.ids)
           ) AS evidence
    FROM large l JOIN wallets_wallet w ON w.id = l.wallet_id
    WHERE l.occurred_at - l.begun_at <= make_interval(mins => %(window_minutes)s::integer)
        AND l.known_at > %(since)s::timestamptz
"""

DEALING = """
    WITH movement AS (
        SELECT t.wallet_id, t.sequence, t.type, t.amount_vnd, t.occurred_at, t.created_at,
               count(*) FILTER (WHERE t.type = 'DEPOSIT') OVER (PARTITION BY t.wallet_id ORDER BY t.sequence) AS turn
        FROM wallets_transaction t
        WHERE t.created_at > %(since)s::timestamptz - make_interval(days => %(window_days)s::integer + 31)
            AND t.created_at <= %(until)s::timestamptz
            AND (t.type = 'DEPOSIT' OR t.type = 'WITHDRAW'
                 AND (%(count_orders)s::integer = 1 OR t.reference_type <> 'order'))
    ), taken AS (
        SELECT o.wallet_id, o.turn, o.created_at, d.amount_vnd, d.occurred_at AS put_in_at,
               sum(-o.amount_vnd) OVER (PARTITION BY o.wallet_id, o.turn ORDER BY o.sequence) AS out_vnd
        FROM movement o
        JOIN movement d ON d.wallet_id = o.wallet_id AND d.turn = o.turn AND d.type = 'DEPOSIT'
        WHERE o.type = 'WITHDRAW'
            AND o.occurred_at - d.occurred_at <= make_interval(mins => %(window_minutes)s::integer)
    ), pair AS (
        SELECT wallet_id, turn, min(created_at) AS at, max(amount_vnd) AS amount_vnd, max(out_vnd) AS out_vnd
        FROM taken WHERE out_vnd * 100 >= amount_vnd * %(percent)s::integer
        GROUP BY wallet_id, turn
    ), repeated AS (
        SELECT wallet_id, at, lag(at, %(pairs)s::integer - 1) OVER earlier AS begun_at,
               sum(amount_vnd) OVER (earlier ROWS BETWEEN %(pairs)s::integer - 1 PRECEDING AND CURRENT ROW) AS in_vnd,
               sum(out_vnd) OVER (earlier ROWS BETWEEN %(pairs)s::integer - 1 PRECEDING AND CURRENT ROW) AS out_vnd
        FROM pair WINDOW earlier AS (PARTITION BY wallet_id ORDER BY at, turn)
    )
    SELECT w.customer_id, r.at AS hit_at, r.at AS fact_at,
           jsonb_build_object(
               'pairs', %(pairs)s::integer, 'in_vnd', r.in_vnd, 'out_vnd', r.out_vnd,
               'window_days', %(window_days)s::integer, 'since', n2store_iso(r.begun_at), 'until', n2store_iso(r.at)
           ) AS evidence
    FROM repeated r JOIN wallets_wallet w ON w.id = r.wallet_id
    WHERE r.at - r.begun_at <= make_interval(days => %(window_days)s::integer) AND r.at > %(since)s::timestamptz
"""

WALLET_ABUSE = register(
    Rule(
        name="wallet_abuse",
        title=_("Moves much money within an hour"),
        flag="suspicious",
        severity=Severity.MEDIUM,
        blacklists=False,
        thresholds={
            "transactions": Threshold(5, 1, 100),
            "amount_vnd": Threshold(5_000_000, 0, 10**12),
            "window_minutes": Threshold(60, 1, 7 * 24 * 60),
        },
        statement=ABUSE,
    )
)
"""More than `transactions` movements, each above `amount_vnd`, within any so many minutes."""

SELF_DEALING = register(
    Rule(
        name="self_dealing",
        title=_("Puts money in and takes it out again"),
        flag="self-dealing",
        severity=Severity.MEDIUM,
        blacklists=False,
        thresholds={
            "pairs": Threshold(3, 1, 100),
            "percent": Threshold(80, 1, 100),
            "window_minutes": Threshold(60, 1, 7 * 24 * 60),
            "window_days": Threshold(7, 1, 365),
            "count_orders": Threshold(0, 0, 1),
        },
        statement=DEALING,
    )
)
"""So many deposits of which `percent` were taken out again within minutes. Paying an order right after the transfer is
what every customer does: it counts only with `count_orders` 1."""
