"""People who wait for their top-up: from PayOS's webhook to the browser, and what waiting costs instead of asking."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg

from bench import cpu
from bench.http_load import encode, split
from bench.measure import Plan
from bench.results import progress, say
from bench.shop import Shop
from n2store.clock import VIETNAM
from n2store.simulator.figures import percentile
from n2store.simulator.payos import ACCOUNT, API_KEY, CHECKSUM_KEY, CLIENT_ID, Payos

WAITING = (100, 1_000)
PAID_PER_S = 40
OPENED_AT_ONCE = 50
TIMEOUT_S = 120
POLLED_BEFORE_EVERY_S = 3
WAIT_S = 60
"""How long somebody waits on average, for the comparison with polling: the seed's own figure is a minute."""
AMOUNT_VND = 100_000
BEGIN = """
    WITH made AS (
        SELECT n, e.customer_id FROM generate_series(1, %(count)s) n,
        LATERAL customers_ensure('07' || lpad((%(first)s + n)::text, 8, '0'), '', 'bench') e
    )
    INSERT INTO banking_topup (tx_ref, customer_id, provider, order_code, amount_vnd, status, version, started_by,
        account_number, expires_at)
    SELECT 'NT' || upper(lpad(to_hex(%(first)s + n), 7, '0')), customer_id, 'payos',
        nextval('banking_topup_order_code'), %(amount)s, 'pending', 2, 'bench',
        %(account)s, now() + interval '15 minutes'
    FROM made RETURNING tx_ref, order_code, customer_id
"""
SIGN = """
from banking.payos.access import link_text
from customers.models import Customer
print(*(link_text(Customer(pk=int(pk))) for pk in "{ids}".split(",")))
"""
COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
SESSIONS = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(slots=True)
class _Wait:
    """One person who waits."""

    tx_ref: str
    order_code: int
    cookie: str
    sent_at: float = 0.0
    heard_at: float = 0.0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    paid: asyncio.Event = field(default_factory=asyncio.Event)


def topups(shop: Shop, plan: Plan) -> None:
    """Let 100 and 1,000 people wait at once, each with one payment."""
    keys = {"PAYOS_CLIENT_ID": CLIENT_ID, "PAYOS_API_KEY": API_KEY, "PAYOS_CHECKSUM_KEY": CHECKSUM_KEY}
    shop.environ |= keys
    shop.stop("web")
    for name in ("web", "push"):
        shop.start(name)
        shop.wait_listening(name)
    shop.wait_healthy()
    try:
        for people in WAITING:
            progress(f"topups: {people} people wait")
            _waited(shop, people)
    finally:
        shop.stop("push")


def _waited(shop: Shop, people: int) -> None:
    with shop.connect() as connection:
        waits = _begin(shop, connection, people)
        before_kb = cpu.rss_kb([shop.running["push"].pid])
        found = asyncio.run(_follow(shop, waits, connection))
        reading = cpu.used(found.before, found.after)
    took_ms = [(wait.heard_at - wait.sent_at) * 1000 for wait in waits if wait.heard_at]
    name = f"topup.n{people}"
    reach = len(took_ms) / people
    say(f"{name}.webhook_to_browser.p50", "ms", percentile(took_ms, 0.5), reach=reach, foreign_cpu=reading.foreign)
    say(f"{name}.webhook_to_browser.p99", "ms", percentile(took_ms, 0.99), bound=100 if people == WAITING[0] else 250)
    polled = people * WAIT_S / POLLED_BEFORE_EVERY_S
    say(f"{name}.requests", "", people, polling=polled, fewer=1 - people / polled, bound="0.95 fewer")
    say(f"{name}.commits_per_paid", "", found.commits / people, notes="webhook, relay and its look each second")
    say(f"{name}.sessions_while_waiting", "", found.sessions, notes="of the database, all processes")
    say(f"{name}.memory", "kB", (found.waiting_kb - before_kb) / people, bound=40)
    say(f"{name}.push_cpu_per_paid", "us", reading.groups["push"] * 1e6 / people)


def _begin(shop: Shop, connection: psycopg.Connection, people: int) -> list[_Wait]:
    first = int(time.time()) % 9_000_000 * 10 + people
    given = {"count": people, "first": first, "amount": AMOUNT_VND, "account": ACCOUNT}
    rows = connection.execute(BEGIN, given).fetchall()
    ids = ",".join(str(customer_id) for *_, customer_id in rows)
    links = shop.manage("shell", "--no-imports", "-c", SIGN.format(ids=ids)).split()
    name = f"n2store_topup_{shop.place.port}"
    return [_Wait(ref, code, f"{name}={link}") for (ref, code, _), link in zip(rows, links, strict=True)]


@dataclass(slots=True)
class _Found:
    before: cpu.Reading
    after: cpu.Reading
    commits: int
    sessions: int
    waiting_kb: int


async def _follow(shop: Shop, waits: list[_Wait], connection: psycopg.Connection) -> _Found:
    host = f"127.0.0.1:{shop.place.port}"
    listening = []
    for start in range(0, len(waits), OPENED_AT_ONCE):
        batch = waits[start : start + OPENED_AT_ONCE]
        listening += [asyncio.create_task(_listen(shop, wait, host)) for wait in batch]
        await asyncio.wait_for(asyncio.gather(*(wait.ready.wait() for wait in batch)), TIMEOUT_S)
    await asyncio.sleep(1)
    waiting_kb = cpu.rss_kb([shop.running["push"].pid])
    sessions, commits = _ask(connection, SESSIONS), _ask(connection, COMMITS)
    before = cpu.read(shop.groups)
    await _pay(shop, waits, host)
    await asyncio.wait(listening, timeout=TIMEOUT_S)
    after = cpu.read(shop.groups)
    await asyncio.sleep(1)  # Statistics come a second late.
    for task in listening:
        task.cancel()
    return _Found(before, after, _ask(connection, COMMITS) - commits, sessions, waiting_kb)


async def _listen(shop: Shop, wait: _Wait, host: str) -> None:
    reader, writer = await asyncio.open_connection(shop.target.host, shop.target.port)
    headers = {"Cookie": wait.cookie, "Accept": "text/event-stream"}
    writer.write(encode("GET", f"/api/topup/stream?tx_ref={wait.tx_ref}", host=host, headers=headers))
    received = b""
    while chunk := await reader.read(65536):
        received += chunk
        if b"event: status-update" in received:
            wait.ready.set()
        if b'"status":"paid"' in received:
            wait.heard_at = time.perf_counter()
            break
    writer.close()


async def _pay(shop: Shop, waits: list[_Wait], host: str) -> None:
    """Send one webhook after the other, at an even pace, over one connection."""
    payos = Payos()
    at = datetime.now(UTC).astimezone(VIETNAM) - timedelta(seconds=5)
    reader, writer = await asyncio.open_connection(shop.target.host, shop.target.port)
    for wait in waits:
        body = payos.webhook(
            {
                "orderCode": wait.order_code, "amount": AMOUNT_VND, "description": f"CS000000000 {wait.tx_ref}",
                "accountNumber": ACCOUNT, "reference": f"FT{wait.tx_ref}", "currency": "VND",
                "transactionDateTime": f"{at:%Y-%m-%d %H:%M:%S}", "paymentLinkId": "0" * 32, "code": "00",
                "desc": "success",
            }
        )  # fmt: skip
        headers = {"Content-Type": "application/json"}
        post = encode("POST", "/api/payos/webhook", host=host, headers=headers, body=json.dumps(body).encode())
        due = time.perf_counter() + 1 / PAID_PER_S
        wait.sent_at = time.perf_counter()
        writer.write(post)
        answer = b""
        while (found := split(answer)) is None:
            answer += await reader.read(65536)
        assert found[0] == b"200", found
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
    writer.close()


def _ask(connection: psycopg.Connection, query: str) -> int:
    [[value]] = connection.execute(query.encode()).fetchall()
    return int(value)
