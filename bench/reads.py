"""What staff look at, through the front with a token: customers, wallets, lists and their depths, searches, badges."""

import http.client
import itertools
import json
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any
from urllib.parse import quote

import psycopg

from bench import direct, measure
from bench.dataset import CUSTOMERS, FAT_CUSTOMERS, phone
from bench.http_load import encode
from bench.measure import Plan
from bench.results import figures, progress, ratio, say, say_rate
from bench.shop import Shop
from n2store.simulator.people import without_diacritics

PREPARED = 10_000
PER_PAGE = 20
DEEP_PAGE = 1_000
BADGES = 50
"""Phones of one question of the order screens."""
CARD_OF = "from customers.api.card import CARD; print(CARD)"
CARD_LIMITS = {"lots": 100, "transfers": 20, "tickets": 20, "activities": 20, "notes": 200}


class Asker:
    """Makes requests of somebody who is logged in."""

    def __init__(self, shop: Shop) -> None:
        self._host = f"127.0.0.1:{shop.place.port}"
        self._port = shop.place.port
        self._login = {"Authorization": f"Token {shop.manage('issue_token', '--role', 'owner')}"}

    def get(self, path: str) -> bytes:
        """Return a GET as bytes."""
        return encode("GET", path, host=self._host, headers=self._login)

    def post(self, path: str, body: Any) -> bytes:
        """Return a POST of JSON as bytes."""
        headers = self._login | {"Content-Type": "application/json"}
        return encode("POST", path, host=self._host, headers=headers, body=json.dumps(body).encode())

    def ask(self, path: str) -> Any:
        """GET `path` once and return its JSON."""
        front = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            front.request("GET", path, headers=self._login)
            return json.loads(front.getresponse().read())
        finally:
            front.close()


def customers(shop: Shop, plan: Plan) -> None:
    """Ask for Customer 360 of customers with a long history, beside its one statement; for wallets and statements."""
    asker, random = Asker(shop), Random(1)
    card = shop.manage("shell", "-v", "0", "-c", CARD_OF) + " WHERE c.phone = %(value)s"

    def one_of(most: int) -> str:
        return quote(phone(random.randrange(1, most + 1)))

    fat = [asker.get(f"/api/v2/customers/{one_of(FAT_CUSTOMERS)}") for _ in range(PREPARED)]
    around = [(card, CARD_LIMITS | {"value": one_of(FAT_CUSTOMERS)}) for _ in range(PREPARED * 5)]
    rate_of(shop, plan, "customer360", fat, around=around)
    rate_of(shop, plan, "customer360.any", [asker.get(f"/api/customer/{one_of(CUSTOMERS)}") for _ in range(PREPARED)])
    rate_of(shop, plan, "wallet", [asker.get(f"/api/v2/wallets/{one_of(CUSTOMERS)}") for _ in range(PREPARED)])
    rate_of(
        shop, plan, "statement",
        [asker.get(f"/api/v2/wallets/{one_of(FAT_CUSTOMERS)}/transactions") for _ in range(PREPARED)],
    )  # fmt: skip
    badges = [{"phones": [one_of(CUSTOMERS) for _ in range(BADGES)]} for _ in range(1_000)]
    rate_of(shop, plan, "badges", [asker.post("/api/wallet/batch-summary", body) for body in badges])


def lists(shop: Shop, plan: Plan) -> None:
    """Ask for the first page of a list, and for one a thousand pages deep."""
    asker = Asker(shop)
    for name, path in (("newest", "/api/v2/customers"), ("recent", "/api/customers/recent")):
        cursor = ""
        for _ in range(DEEP_PAGE - 1):
            page = asker.ask(f"{path}?limit={PER_PAGE}{cursor}")
            cursor = f"&cursor={quote(page['pagination']['next_cursor'])}"
        rate_of(shop, plan, f"list.{name}.first", [asker.get(f"{path}?limit={PER_PAGE}")])
        rate_of(shop, plan, f"list.{name}.page{DEEP_PAGE}", [asker.get(f"{path}?limit={PER_PAGE}{cursor}")])


def searches(shop: Shop, plan: Plan) -> None:
    """Search customers by a part of a phone, and by names as people type them."""
    asker, random = Asker(shop), Random(2)
    with shop.connect() as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM customers_customer TABLESAMPLE SYSTEM (2)")]
    full = random.sample(names, 1_000)
    given = [name.split()[-1] for name in full]
    kinds: dict[str, Callable[[], str]] = {
        "phone_beginning": lambda: phone(random.randrange(1, CUSTOMERS))[: random.randrange(4, 9)],
        "phone_part": lambda: phone(random.randrange(1, CUSTOMERS))[-random.randrange(4, 7) :],
        "name": lambda: " ".join(random.choice(full).split()[-2:]),
        "name_plain": lambda: plain(" ".join(random.choice(full).split()[-2:])),
        "given_name": lambda: random.choice(given),
        "given_name_plain": lambda: plain(random.choice(given)),
    }
    for name, text in kinds.items():
        asked = [asker.post("/api/v2/customers/search", {"query": text(), "limit": PER_PAGE}) for _ in range(2_000)]
        rate_of(shop, plan, f"search.{name}", asked)
    recall(shop, random.sample(full, 40))


def recall(shop: Shop, names: list[str]) -> None:
    """Tell which share of those who bear a name is found without its diacritics, by the folded column itself."""
    asker = Asker(shop)
    wanted = found = 0
    with shop.connect() as connection:
        for name in names:
            [bearers] = connection.execute("SELECT count(*) FROM customers_customer WHERE name = %s", [name]).fetchone()
            page = asker.ask(f"/api/customers/search?q={quote(plain(name))}&limit=500")
            wanted += min(bearers, 500)
            found += sum(row["name"] == name for row in page["data"])
    say("reads.search.recall_without_diacritics", "share", min(found / wanted, 1.0))


def plain(text: str) -> str:
    """Return a name as people type it in a hurry."""

    return without_diacritics(text).lower()


def rate_of(
    shop: Shop, plan: Plan, name: str, asked: list[bytes], *, around: list[tuple[str, dict[str, Any]]] | None = None
) -> None:
    """Ask the same things over and over, and tell the rate; `around` is the same by statements of the database."""
    for connections in plan.connections:
        progress(f"reads: {name}, {connections} connections")
        measure.http(shop, _again(asked), connections=connections, seconds=measure.WARM_UP_S)
        ours, bound = [], []
        for _ in range(plan.repeats):
            ours.append(
                measure.http(
                    shop, _again(asked), connections=connections, seconds=plan.seconds, wanted=b'"success":true'
                )
            )
            if around:
                work = partial(
                    direct.run, statement, shop.database_url, around, connections=connections, seconds=plan.seconds
                )
                bound.append(measure.direct(shop, work))
        beside = {}
        if bound:
            beside = {
                "bound": "the same statement by plain psycopg, as many connections",
                "bound_value": figures(bound).rate,
                "share_of_bound": ratio(ours, bound),
            }
        say_rate(f"reads.{name}.c{connections}", figures(ours), **beside)


def _again(asked: list[bytes]) -> Iterator[bytes]:
    return itertools.cycle(asked)


def statement(connection: psycopg.Connection, item: tuple[str, dict[str, Any]]) -> None:
    """Run one statement and fetch its row."""
    connection.execute(item[0].encode(), item[1]).fetchone()
