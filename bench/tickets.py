"""Tickets: lists with filters, one ticket, the figures, and opening them, through the front with a token."""

import itertools
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from uuid import uuid4

from bench import measure
from bench.dataset import CUSTOMERS, PRODUCT, STATES, TICKETS, TYPES, phone
from bench.measure import Plan
from bench.reads import PREPARED, Asker, rate_of
from bench.results import Run, figures, progress, say, say_rate
from bench.shop import Shop

RATE_MAX = 2_000


def lists(shop: Shop, plan: Plan) -> None:
    """Ask for the first page of lists, each narrowed another way, for the queue, the figures, and single tickets."""
    asker, random = Asker(shop), Random(21)
    kinds: dict[str, Callable[[], str]] = {
        "all": lambda: "",
        "status": lambda: f"?status={random.choice((*STATES, 'COMPLETED', 'CANCELLED'))}",
        "status_type": lambda: f"?status={random.choice(STATES)}&type={random.choice(TYPES)}",
        "assigned": lambda: "?assigned_to=lan&status=PENDING",
        "phone": lambda: f"?phone={phone(random.randrange(1, CUSTOMERS))}",
        "order": lambda: f"?order_id={random.randrange(10_000, TICKETS)}",
        "queue": lambda: f"?sort=queue&status={','.join(STATES)}",
        "queue_of_one": lambda: f"?sort=queue&status={random.choice(STATES)}&type={random.choice(TYPES)}",
        "stats": lambda: "/stats",
        "one": lambda: f"/TV-2025-{random.randrange(1, TICKETS):06}",
    }
    for name, query in kinds.items():
        asked = [asker.get(f"/api/v2/tickets{query()}") for _ in range(PREPARED // 5)]
        rate_of(shop, plan, f"tickets.{name}", asked)


def opening(shop: Shop, plan: Plan) -> None:
    """Open tickets for known customers, and tell whether codes have gaps or came twice."""
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


def _new(asker: Asker, numbers: Iterator[int]) -> Iterator[bytes]:
    random, run = Random(), uuid4().hex[:12]
    for number in numbers:
        body: dict[str, Any] = {
            "phone": phone(random.randrange(1, CUSTOMERS)), "type": random.choice(TYPES), "order_id": f"{run}/{number}",
            "refund_amount": 100_000, "products": [PRODUCT], "internal_note": "Khách gọi",
        }  # fmt: skip
        yield asker.post("/api/v2/tickets", body)
