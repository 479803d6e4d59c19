"""What follows from a million orders: scores of everybody beside an UPDATE by hand, a year of each rule, figures."""

import time
from datetime import datetime, timedelta

import psycopg

from bench import cpu
from bench.measure import Plan
from bench.reads import Asker, rate_of
from bench.results import progress, say
from bench.shop import Shop
from n2store.clock import VIETNAM

RECALCULATE = """
    SELECT coalesce(sum(customers), 0)::bigint, max(scores) FROM customers_rfm_recalculate(%s, %s, NULL, 'bench', 2000)
"""
COPY = """
    WITH twin AS (
        INSERT INTO customers_rfmconfig (version, status, frequency_days, monetary_days, young_days, author)
        SELECT (SELECT max(version) + 1 FROM customers_rfmconfig), 'draft', frequency_days, monetary_days, young_days,
               'bench'
        FROM customers_rfmconfig WHERE status = 'active'
        RETURNING id
    )
    INSERT INTO customers_rfmband (config_id, metric, score, min_value, description)
    SELECT twin.id, b.metric, b.score, b.min_value, b.description
    FROM twin, customers_rfmband b JOIN customers_rfmconfig c ON c.id = b.config_id AND c.status = 'active'
    RETURNING config_id
"""
BY_HAND = """
    UPDATE customers_rfmscore s
    SET recency = j.r, frequency = j.f, monetary = j.m, total = j.r + j.f + j.m, orders = j.bought,
        spent_vnd = j.spent, last_purchase_at = j.last, computed_at = %(at)s,
        segment = CASE WHEN j.r >= 4 AND j.f >= 4 AND j.m >= 4 THEN 'Champion'
                       WHEN j.r >= 3 AND j.f >= 4 THEN 'Loyal'
                       WHEN j.r = 1 AND j.f = 1 AND j.m <= 2 THEN 'Lost' ELSE 'Other' END
    FROM (
        SELECT c.id, o.last, coalesce(o.bought, 0) AS bought, coalesce(o.spent, 0) AS spent,
               CASE WHEN o.last > %(at)s - interval '8 days' THEN 5 WHEN o.last > %(at)s - interval '15 days' THEN 4
                    WHEN o.last > %(at)s - interval '31 days' THEN 3 WHEN o.last > %(at)s - interval '61 days' THEN 2
                    ELSE 1 END AS r,
               CASE WHEN o.bought > 10 THEN 5 WHEN o.bought > 5 THEN 4 WHEN o.bought > 2 THEN 3 WHEN o.bought = 2 THEN 2
                    ELSE 1 END AS f,
               CASE WHEN o.spent > 10000000 THEN 5 WHEN o.spent >= 5000000 THEN 4 WHEN o.spent >= 2000000 THEN 3
                    WHEN o.spent >= 500000 THEN 2 ELSE 1 END AS m
        FROM customers_customer c
        LEFT JOIN (
            SELECT customer_id, max(ordered_at) AS last, sum(total_vnd)::bigint AS spent,
                   (count(*) FILTER (WHERE ordered_at >= %(at)s - interval '90 days'))::integer AS bought
            FROM customers_order WHERE status IN ('confirmed', 'delivered') GROUP BY customer_id
        ) o ON o.customer_id = c.id
    ) j WHERE s.customer_id = j.id
"""
"""What somebody would write in a hurry: the same bands and windows as numbers in the text, every row written."""
BACKTEST = """
import time
from datetime import datetime
from customers.fraud.config import active_thresholds
from customers.fraud.engine import backtest
from customers.fraud.rules import rule_named
rule = rule_named({rule!r})
begun = time.perf_counter()
hits = backtest(
    rule, active_thresholds(rule), since=datetime.fromisoformat({since!r}), until=datetime.fromisoformat({until!r})
)
print(len(hits), time.perf_counter() - begun)
"""
YEAR = timedelta(days=365)
RULES = ("return_rate", "self_dealing", "wallet_abuse")
FIGURES = ("dashboard", "rfm-segments", "ticket-metrics", "wallet-summary", "daily-summary")


def everybody(shop: Shop, plan: Plan) -> None:
    """Judge everybody: every score written, nothing to write, and all written by hand, in turn."""
    with shop.connect() as connection:
        connection.execute("SET statement_timeout = 0")
        [active] = _row(connection, "SELECT id FROM customers_rfmconfig WHERE status = 'active'")
        [twin] = _row(connection, COPY)
        for repeat in range(plan.repeats):
            progress(f"rfm: repetition {repeat + 1} of {plan.repeats}")
            at = datetime.now(VIETNAM)
            _say(shop, connection, "rfm.everybody", RECALCULATE, (at, (twin, active)[repeat % 2]))
            _say(shop, connection, "rfm.nothing_changed", RECALCULATE, (at, (twin, active)[repeat % 2]))
            _say(shop, connection, "rfm.by_hand", BY_HAND, {"at": at})
            connection.execute("VACUUM (ANALYZE) customers_rfmscore")
        connection.execute(RECALCULATE, (datetime.now(VIETNAM), active))
        connection.execute("DELETE FROM customers_rfmband WHERE config_id = %s", [twin])
        connection.execute("DELETE FROM customers_rfmconfig WHERE id = %s", [twin])
        connection.execute("VACUUM (ANALYZE) customers_rfmscore")


def backtests(shop: Shop, _plan: Plan) -> None:
    """Try each rule over a year."""
    until = datetime.now(VIETNAM)
    for rule in RULES:
        progress(f"backtest: {rule}")
        code = BACKTEST.format(rule=rule, since=(until - YEAR).isoformat(), until=until.isoformat())
        before = cpu.read(shop.groups)
        hits, seconds = shop.manage("shell", "-v", "0", "-c", code).split()
        used = cpu.used(before, cpu.read(shop.groups))
        say(f"backtest.{rule}", "s", float(seconds), hits=int(hits), **_cost(used))


def dashboard(shop: Shop, plan: Plan) -> None:
    """Ask for the figures of the shop over and over; each kept one is counted anew every few seconds meanwhile."""
    asker = Asker(shop)
    for name in FIGURES:
        rate_of(shop, plan, f"analytics.{name}", [asker.get(f"/api/v2/analytics/{name}")])


def _say(shop: Shop, connection: psycopg.Connection, name: str, statement: str, given: object) -> None:
    before, begun = cpu.read(shop.groups), time.perf_counter()
    done = connection.execute(statement.encode(), given)
    seconds = time.perf_counter() - begun
    used = cpu.used(before, cpu.read(shop.groups))
    moved, scores = done.fetchone() or (0, 0) if done.description else (0, done.rowcount)
    say(name, "s", seconds, moved=int(moved), written=int(scores), **_cost(used))


def _cost(used: cpu.Used) -> dict[str, float]:
    return {"postgres_cpu_s": round(used.groups["postgres"], 2), "foreign_cpu": round(used.foreign, 2)}


def _row(connection: psycopg.Connection, statement: str) -> tuple[int, ...]:
    return connection.execute(statement.encode()).fetchone() or (0,)
