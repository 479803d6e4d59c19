"""Money by hand through the API: deposits, and withdrawals that spend three lots; spread over wallets, and on one."""

import itertools
import json
from collections.abc import Iterator
from functools import partial
from random import Random
from uuid import uuid4

import psycopg

from bench import direct, measure
from bench.dataset import CUSTOMERS, LOT_OWNERS, phone
from bench.http_load import encode
from bench.measure import Plan
from bench.results import Run, figures, progress, ratio, say_rate
from bench.shop import Shop

RATE_MAX = 3_000
"""More a second than will be done: so many are prepared."""
HOT = CUSTOMERS
LOTS, LOT_VND = 3, 1_000
SPEND = LOTS * LOT_VND
COMMAND = (
    "SELECT answer, replayed FROM wallets_command("
    "%s, NULL, %s, NULL, %s, %s, %s, now(), %s, %s, %s, '', %s, 'bench', now(), now())"
)
"""What the shop itself calls, here without HTTP, login and checks."""
ISSUE = """
    SELECT count(wallets_issue_credit(
        customer, %(vnd)s, now() + interval '10 days' + k * interval '1 minute', 'bench:' || gen_random_uuid(),
        'COMPENSATION', '', '', 'bench', now()
    )) FROM unnest(%(customers)s::bigint[]) customer CROSS JOIN generate_series(1, %(lots)s) k
"""


def deposits(shop: Shop, plan: Plan) -> None:
    """Deposit by hand, each with a key of its own."""
    random = Random(11)
    spread = (random.randrange(1, CUSTOMERS + 1) for _ in itertools.count())
    for name, customers in (("spread", spread), ("hot", itertools.repeat(HOT))):
        _measure(shop, plan, f"deposit.{name}", action="deposit", amount_vnd=10_000, customers=customers)


def withdrawals(shop: Shop, plan: Plan) -> None:
    """Withdraw what three lots hold. The lots are issued before the clock starts."""
    random = Random(12)
    spread = (random.randrange(LOT_OWNERS + 1, CUSTOMERS) for _ in itertools.count())  # Without lots of the data set.
    for name, customers in (("spread", spread), ("hot", itertools.repeat(HOT))):
        _measure(shop, plan, f"withdraw.{name}", action="withdraw", amount_vnd=SPEND, customers=customers)


def _measure(shop: Shop, plan: Plan, name: str, *, action: str, amount_vnd: int, customers: Iterator[int]) -> None:
    token = shop.manage("issue_token", "--role", "owner")
    count = int(RATE_MAX * plan.seconds)
    for connections in plan.connections:
        ours: list[Run] = []
        bound: list[Run] = []
        for repeat in range(plan.repeats):
            progress(f"{name}: {connections} connections, repetition {repeat + 1} of {plan.repeats}")
            through, around = (list(itertools.islice(customers, count)) for _ in range(2))
            if action == "withdraw":
                _issue(shop, [*through, *around])
            requests = _requests(shop, token, action, amount_vnd, through)
            measure.http(shop, itertools.islice(requests, 200), connections=connections, seconds=1)
            ours.append(
                measure.http(shop, requests, connections=connections, seconds=plan.seconds, wanted=b'"success":true')
            )
            work = partial(
                direct.run, deposit_directly if action == "deposit" else withdraw_directly, shop.database_url, around,
                connections=connections, seconds=plan.seconds,
            )  # fmt: skip
            bound.append(measure.direct(shop, work))
        told = figures(bound)
        say_rate(
            f"money.{name}.c{connections}",
            figures(ours),
            bound="the same database function by plain psycopg, as many connections",
            bound_value=told.rate,
            share_of_bound=ratio(ours, bound),
            queries=1,
        )
        say_rate(f"money.{name}.c{connections}.bound", told)


def _issue(shop: Shop, customers: list[int]) -> None:
    with shop.connect() as connection:
        connection.execute(ISSUE, {"customers": customers, "vnd": LOT_VND, "lots": LOTS})
        connection.execute("VACUUM (ANALYZE) wallets_virtualcredit")


def _requests(shop: Shop, token: str, action: str, amount_vnd: int, customers: list[int]) -> Iterator[bytes]:
    host = f"127.0.0.1:{shop.place.port}"
    body = json.dumps({"amount": amount_vnd, "note": "bench"}).encode()
    return iter(
        [
            encode("POST", f"/api/v2/wallets/{phone(customer)}/{action}", host=host, body=body,
                   headers={"Authorization": f"Token {token}", "Content-Type": "application/json",
                            "Idempotency-Key": uuid4().hex})
            for customer in customers
        ]
    )  # fmt: skip


def deposit_directly(connection: psycopg.Connection, customer: int) -> None:
    """Deposit on one connection."""
    _command(connection, "deposit", customer, 10_000, "MANUAL_ADJUSTMENT")


def withdraw_directly(connection: psycopg.Connection, customer: int) -> None:
    """Withdraw on one connection."""
    _command(connection, "withdraw", customer, SPEND, "")


def _command(connection: psycopg.Connection, action: str, customer: int, amount_vnd: int, source: str) -> None:
    key = uuid4().hex
    arguments = [action, phone(customer), amount_vnd, key, key, f"key:{key}", source, "manual", "bench"]
    connection.execute(COMMAND, arguments)
