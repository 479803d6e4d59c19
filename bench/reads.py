"""What staff look at: a customer, a wallet, and customers found by a piece of a name or of a phone."""

import itertools
import statistics
import time
from random import Random
from urllib.parse import quote

import psycopg

from bench import measure
from bench.dataset import CUSTOMERS, phone
from bench.http_load import encode
from bench.measure import Plan
from bench.results import figures, progress, say, say_rate
from bench.shop import Shop
from n2store.simulator.figures import percentile

PAGES = {
    "customer360": "/api/v2/customers/{}",
    "wallet": "/api/v2/wallets/{}",
    "statement": "/api/v2/wallets/{}/transactions",
}
PREPARED = 20_000
SEARCHES = 40
SHOWN = 25


def pages(shop: Shop, plan: Plan) -> None:
    """Ask for customers by chance, with a token, as the shop's pages do."""
    token = shop.manage("issue_token", "--role", "owner")
    host = f"127.0.0.1:{shop.place.port}"
    random = Random(1)
    for name, path in PAGES.items():
        asked = [
            encode("GET", path.format(quote(phone(random.randrange(1, CUSTOMERS + 1)))), host=host,
                   headers={"Authorization": f"Token {token}"})
            for _ in range(PREPARED)
        ]  # fmt: skip
        for connections in plan.connections:
            progress(f"reads: {name}, {connections} connections")
            measure.http(shop, itertools.cycle(asked), connections=connections, seconds=measure.WARM_UP_S)
            runs = [
                measure.http(
                    shop,
                    itertools.cycle(asked),
                    connections=connections,
                    seconds=plan.seconds,
                    wanted=b'"success":true',
                )
                for _ in range(plan.repeats)
            ]
            say_rate(f"reads.{name}.c{connections}", figures(runs))


def search(shop: Shop, plan: Plan) -> None:
    """Search as `CustomerQuerySet.matching` does, and see that an index carries it."""
    progress("search: names and phones")
    with shop.connect() as connection:
        names = [row[0] for row in connection.execute("SELECT folded FROM customers_customer TABLESAMPLE SYSTEM (0.1)")]
        random = Random(2)
        picked = random.sample(names, SEARCHES)
        by_name = "SELECT id FROM customers_customer WHERE folded LIKE %s ORDER BY id LIMIT 25"
        _tell(connection, "search.full_name", by_name, [f"%{name}%" for name in picked])
        _tell(connection, "search.two_words", by_name, [f"%{' '.join(name.split()[1:])}%" for name in picked])
        by_phone = "SELECT id FROM customers_customer WHERE phone LIKE %s ORDER BY id LIMIT 25"
        phones = [phone(random.randrange(1, CUSTOMERS + 1)) for _ in range(SEARCHES)]
        _tell(connection, "search.phone_prefix_7", by_phone, [f"{number[:7]}%" for number in phones])
        _tell(connection, "search.phone_prefix_4", by_phone, [f"{number[:4]}%" for number in phones])


def _tell(connection: psycopg.Connection, name: str, query: str, patterns: list[str]) -> None:
    with psycopg.ClientCursor(connection) as cursor:
        took_ms = []
        for pattern in patterns:
            started = time.perf_counter()
            cursor.execute(query, [pattern])
            cursor.fetchall()
            took_ms.append((time.perf_counter() - started) * 1000)
        plan_lines = [row[0] for row in cursor.execute(f"EXPLAIN {query}", [patterns[0]])]
    scans = sorted({line.strip().removeprefix("->").strip().split("  ")[0] for line in plan_lines if "Scan" in line})
    say(name, "ms", statistics.median(took_ms), p99_ms=percentile(took_ms, 0.99), plan=scans)
