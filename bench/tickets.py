"""Tickets: lists with filters, one ticket, the figures, and opening them, through the front with a token."""

import itertools
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from uuid import uuid4

from bench import measure
from bench.dataset import CUSTOMERS, phone
from bench.measure import Plan
from bench.reads import PREPARED, Asker, rate_of
from bench.results import Run, figures, progress, say, say_rate
from bench.shop import Shop

TICKETS = 300_000
OPEN = 9_000
RATE_MAX = 2_000
TYPES = ("BOOM", "FIX_COD", "RETURN_CLIENT", "RETURN_SHIPPER", "COMPLAINT", "WARRANTY", "OTHER")
STATES = ("PENDING", "IN_PROGRESS", "PENDING_GOODS", "PENDING_FINANCE")
PRODUCT = {"id": 1, "name": "Áo thun", "price": 100_000, "quantity": 2, "returnQuantity": 1}
FILL = """
    INSERT INTO tickets_ticket (
        code, customer_id, customer_name, order_id, type, status, priority, products, original_cod_vnd, refund_vnd,
        waits_for, assigned_to, actor, history, created_at, updated_at, completed_at
    )
    SELECT 'TV-2025-' || lpad(n::text, 6, '0'), 1 + (hashint8(n) & 2147483647)::bigint % %(customers)s, '',
           'NJD/2025/' || n, (%(types)s::text[])[1 + n % 7], status,
           (ARRAY['normal', 'normal', 'normal', 'high', 'low', 'urgent'])[1 + n % 6], %(products)s::jsonb, 400000,
           100000,
           CASE WHEN n > %(tickets)s - %(open)s THEN 'shop' ELSE 'nobody' END,
           (ARRAY['lan', 'hoa', '', '', ''])[1 + n % 5], 'lan',
           '[{"action": "created", "performed_by": "lan"}, {"action": "complete", "performed_by": "lan"}]',
           at, at, CASE WHEN status = 'COMPLETED' THEN at END
    FROM (
        SELECT n, now() - (%(tickets)s - n) * interval '1 minute' AS at,
               CASE WHEN n > %(tickets)s - %(open)s THEN (%(states)s::text[])[1 + n % 4]
                    WHEN n % 20 = 0 THEN 'CANCELLED' ELSE 'COMPLETED' END AS status
        FROM generate_series(1::bigint, %(tickets)s) n
    ) made
"""
COUNT = """
    INSERT INTO tickets_tally (status, type, tickets, refund_vnd)
    SELECT status, type, count(*), sum(refund_vnd) FROM tickets_ticket WHERE deleted_at IS NULL GROUP BY 1, 2
"""


def lists(shop: Shop, plan: Plan) -> None:
    """Ask for the first page of lists, each narrowed another way, for the queue, the figures, and single tickets."""
    ensure(shop)
    asker, random = Asker(shop), Random(21)
    kinds: dict[str, Callable[[], str]] = {
        "all": lambda: "",
        "status": lambda: f"?status={random.choice((*STATES, 'COMPLETED', 'CANCELLED'))}",
        "status_type": lambda: f"?status={random.choice(STATES)}&type={random.choice(TYPES)}",
        "assigned": lambda: "?assigned_to=lan&status=PENDING",
        "phone": lambda: f"?phone={phone(random.randrange(1, CUSTOMERS))}",
        "order": lambda: f"?order_id={random.randrange(10_000, TICKETS)}",
        "queue": lambda: f"?sort=queue&status={','.join(STATES)}",
        "stats": lambda: "/stats",
        "one": lambda: f"/TV-2025-{random.randrange(1, TICKETS):06}",
    }
    for name, query in kinds.items():
        asked = [asker.get(f"/api/v2/tickets{query()}") for _ in range(PREPARED // 5)]
        rate_of(shop, plan, f"tickets.{name}", asked)


def opening(shop: Shop, plan: Plan) -> None:
    """Open tickets for known customers, and tell whether codes have gaps or came twice."""
    ensure(shop)
    asker, numbers = Asker(shop), itertools.count()
    for connections in plan.connections:
        runs: list[Run] = []
        for repeat in range(plan.repeats):
            progress(f"tickets: opening, {connections} connections, repetition {repeat + 1} of {plan.repeats}")
            requests = list(itertools.islice(_new(asker, numbers), int(RATE_MAX * plan.seconds)))
            runs.append(
                measure.http(
                    shop, iter(requests), connections=connections, seconds=plan.seconds, wanted=b'"success":true'
                )
            )
        say_rate(f"tickets.open.c{connections}", figures(runs))
    with shop.connect() as connection:
        last, rows = connection.execute(
            "SELECT sum(last), (SELECT count(*) FROM tickets_ticket) FROM tickets_yearcounter"
        ).fetchone() or (0, 0)
    say("tickets.open.codes_without_ticket", "codes", int(last) - rows)


def ensure(shop: Shop) -> None:
    """Fill the table unless it is full; the triggers would count row by row what one statement counts here."""
    with shop.connect(autocommit=False) as connection:
        [found] = connection.execute("SELECT count(*) FROM tickets_ticket").fetchone() or [0]
        if found >= TICKETS:
            return
        progress(f"Data set: {TICKETS:,} tickets.")
        connection.execute("SET LOCAL session_replication_role = replica")
        values = {
            "customers": CUSTOMERS, "tickets": TICKETS, "open": OPEN, "types": [*TYPES], "states": [*STATES],
            "products": json.dumps([PRODUCT]),
        }  # fmt: skip
        connection.execute(FILL.replace(" % ", " %% ").encode(), values)
        connection.execute(COUNT.encode())
        connection.execute("INSERT INTO tickets_yearcounter VALUES (2025, %s)", [TICKETS])
    with shop.connect() as connection:
        connection.execute("VACUUM ANALYZE tickets_ticket, tickets_tally")


def _new(asker: Asker, numbers: Iterator[int]) -> Iterator[bytes]:
    random, run = Random(), uuid4().hex[:12]
    for number in numbers:
        body: dict[str, Any] = {
            "phone": phone(random.randrange(1, CUSTOMERS)), "type": random.choice(TYPES), "order_id": f"{run}/{number}",
            "refund_amount": 100_000, "products": [PRODUCT], "internal_note": "Khách gọi",
        }  # fmt: skip
        yield asker.post("/api/v2/tickets", body)
