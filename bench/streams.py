"""How soon a browser sees a change: from commit to the client of an event stream, and what a stream costs."""

import itertools
import json
import socket
import time
from random import Random

import psycopg
import redis

from bench import cpu, http_load
from bench.deliveries import payments, requests
from bench.listeners import Heard, Listeners
from bench.measure import Plan
from bench.results import progress, say
from bench.shop import Shop
from n2store.simulator.figures import percentile

PATH = "/api/events?channels="
STREAMS_PER_TOKEN = 25
EVENTS_PER_S = 10
NUMBER_WAITING = """
    UPDATE n2store_event event SET position = numbered.position
    FROM (SELECT id, nextval('n2store_event_position') AS position
          FROM (SELECT id FROM n2store_event WHERE position IS NULL ORDER BY id) waiting) numbered
    WHERE event.id = numbered.id
"""
"""What other cases left: nobody listened, so nobody numbered them."""
WAKE_CHANNEL = "n2store:wake"
MAKE_TOKENS = """
from django.contrib.auth.models import Group, User
from knox.models import get_token_model
for number in range({count}):
    user, _ = User.objects.get_or_create(username=f"bench-{{number}}")
    user.groups.add(Group.objects.get(name="owner"))
    print(get_token_model().objects.create(user=user)[1])
"""


def streams(shop: Shop, plan: Plan) -> None:
    """Commit events one by one and see them arrive at 1, 100 and 1,000 clients; then deliveries, end to end."""
    tokens = listening_tokens(shop, max(plan.stream_clients))
    with shop.connect() as connection:
        connection.execute(NUMBER_WAITING)
    shop.start("push")
    shop.wait_listening("push")
    try:
        for clients in plan.stream_clients:
            progress(f"streams: {clients} clients")
            _committed(shop, tokens, clients, plan)
        progress("streams: deliveries, from SePay's request to the browser")
        _delivered(shop, tokens, plan)
    finally:
        shop.stop("push")


def listening_tokens(shop: Shop, clients: int) -> list[str]:
    """Return API tokens for so many clients, of different users: one user may not hold a thousand streams."""
    users = -(-clients // STREAMS_PER_TOKEN)
    return shop.manage("shell", "--no-imports", "-c", MAKE_TOKENS.format(count=users)).split()


def _committed(shop: Shop, tokens: list[str], clients: int, plan: Plan) -> None:
    count = max(20, int(plan.seconds * plan.repeats * EVENTS_PER_S))
    before_kb = {name: cpu.rss_kb([shop.running[name].pid]) for name in ("push", "front")}
    with (
        Listeners(shop.target, f"{PATH}wallets", tokens, clients, rb'"bench": ?(\d+)') as listeners,
        shop.connect() as connection,
        redis.Redis.from_url(shop.environ["REDIS_URL"]) as waker,
    ):
        _publish(connection, waker, 0)  # Everybody's first event, not counted.
        time.sleep(0.5)
        reading = cpu.read(shop.groups)
        sent = {}
        for number in range(1, count + 1):
            time.sleep(1 / EVENTS_PER_S)
            sent[number] = _publish(connection, waker, number)
        heard = listeners.heard()
        used = cpu.used(reading, cpu.read(shop.groups))
        after_kb = {name: cpu.rss_kb([shop.running[name].pid]) for name in before_kb}
    more = {"events": count, "foreign_cpu": used.foreign, "lost_connections": heard.lost_connections}
    _tell(f"stream.commit_to_client.n{clients}", sent, heard, clients, **more)
    arrivals = clients * count
    say(
        f"stream.cpu_per_arrival.n{clients}",
        "us",
        used.groups["push"] * 1e6 / arrivals,
        front=used.groups["front"] * 1e6 / arrivals,
    )
    if clients >= 100:
        grown = {name: (after_kb[name] - before_kb[name]) / clients for name in before_kb}
        say(f"stream.memory.n{clients}", "kB", grown["push"], front_kb=grown["front"], push_rss_kb=after_kb["push"])


def _publish(connection: psycopg.Connection, waker: "redis.Redis[bytes]", number: int) -> float:
    """Commit one event, wake the readers as the shop does, and return when the commit was answered."""
    payload = json.dumps({"bench": number, "phone": "0912345678", "wallet": {"balance": 150_000, "total": 150_000}})
    connection.execute("SELECT n2store_publish('wallet.deposit', ARRAY['wallets', 'wallet:0912345678'], %s)", [payload])
    committed_at = time.perf_counter()
    waker.publish(WAKE_CHANNEL, b"")
    return committed_at


def _delivered(shop: Shop, tokens: list[str], plan: Plan) -> None:
    count = max(20, int(plan.seconds * plan.repeats * EVENTS_PER_S))
    coming = list(itertools.islice(payments(Random(3)), count + 1))
    posts = requests(iter(coming), count + 1, host=f"127.0.0.1:{shop.place.port}", key=shop.api_key)
    with (
        Listeners(shop.target, f"{PATH}transfers", tokens, 1, rb'"sepay_id": ?(\d+)') as listeners,
        socket.create_connection((shop.target.host, shop.target.port)) as sepay,
    ):
        sent = {}
        for payment, post in zip(coming, posts, strict=True):
            time.sleep(1 / EVENTS_PER_S)
            sent[payment.fields["id"]] = time.perf_counter()
            sepay.sendall(post)
            answer = b""
            while http_load.split(answer) is None:
                answer += sepay.recv(65536)
        heard = listeners.heard()
    del sent[coming[0].fields["id"]]
    _tell("stream.delivery_to_client", sent, heard, 1, events=count, notes="from the request's first byte")


def _tell(name: str, sent: dict[int, float], heard: Heard, clients: int, **more: object) -> None:
    took_ms = [(at - sent_at) * 1000 for number, sent_at in sent.items() for at in heard.at.get(number, [])]
    reach = len(took_ms) / (len(sent) * clients)
    say(f"{name}.p50", "ms", percentile(took_ms, 0.5), reach=reach, **more)
    say(f"{name}.p99", "ms", percentile(took_ms, 0.99))
