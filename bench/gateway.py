"""The gateway: what it adds to a neighbour's answer, what a large body costs it, and whom slow neighbours hold up.

Beside each figure stand the bare stub, asked by the same generator, and plain `requests` in a loop, asking the stub.
"""

import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from random import Random

import requests

from bench import cpu, deliveries, http_load, measure, stub
from bench.measure import Plan
from bench.results import Figures, Run, figures, progress, ratio, say, say_rate
from bench.shop import Shop
from bench.streams import MAKE_TOKENS
from n2store.simulator.figures import percentile
from n2store.simulator.loopback import Target

SEED = 20260722
SLOW_CALLS = 200
SLOW_PATHS = ("/api/odata/slow", "/api/pancake/slow", "/api/pancake-official/slow")
SLOW_MEASURED_S_MAX = 4.0
"""Both measurements end before the slow answers come."""
CONNECTIONS_MAX = {"small": 64, "image": 16}
READ_BYTES = 256 * 1024
TIMEOUT_S = 60.0
WEBHOOKS_PER_S_MAX = 3_000


def gateway(shop: Shop, plan: Plan) -> None:
    """Ask for a small JSON, a picture of 1 MB and a stream of 50 MB, through the front and the gate."""
    with stub.serving() as bare, _gate(shop, bare) as token:
        for name, most in CONNECTIONS_MAX.items():
            for connections in plan.connections:
                if connections <= most:
                    _beside(shop, bare, plan, token=token, name=name, connections=connections)
        _large(shop, bare, token, plan)


@contextmanager
def _gate(shop: Shop, bare: Target) -> Iterator[str]:
    """Run a gate whose neighbours are the stub, and return a token for it."""
    address = f"http://127.0.0.1:{bare.port}"
    shop.environ |= dict.fromkeys(("PANCAKE_BASE_URL", "PAGES_FM_BASE_URL", "TPOS_BASE_URL"), address)
    shop.environ |= {"GATEWAY_RATES": "{}"}
    token = shop.manage("shell", "--no-imports", "-c", MAKE_TOKENS.format(count=1)).split()[-1]
    shop.start("gate")
    shop.wait_listening("gate")
    try:
        yield token
    finally:
        shop.stop("gate")


def _beside(shop: Shop, bare: Target, plan: Plan, *, token: str, name: str, connections: int) -> None:
    ours: list[Run] = []
    stubs: list[Run] = []
    loops: list[Run] = []
    through = _ask(shop.target, f"/api/pancake/{name}", token)
    directly = _ask(bare, f"/api/v1/{name}", token)
    for repeat in range(plan.repeats):
        progress(f"gateway: {name}, {connections} connections, repetition {repeat + 1} of {plan.repeats}")
        given = {"connections": connections, "seconds": plan.seconds}
        measure.http(shop, itertools.repeat(through), connections=connections, seconds=measure.WARM_UP_S)
        ours.append(measure.http(shop, itertools.repeat(through), **given))
        stubs.append(_of_load(shop, bare, directly, **given))
        loops.append(_of_requests(shop, bare, f"/api/v1/{name}", **given))
    found, of_stub, of_loop = figures(ours), figures(stubs), figures(loops)
    say_rate(
        f"gateway.{name}.c{connections}", found,
        peer="plain requests in a loop, one thread a connection, straight to the stub", peer_value=of_loop.rate,
        share_of_peer=ratio(ours, loops), bound="the bare stub, same generator", bound_value=of_stub.rate,
        share_of_bound=ratio(ours, stubs), notes="through Caddy and the gate: token, lane, breaker, trace",
    )  # fmt: skip
    _say_added(f"gateway.{name}.c{connections}.added", found, of_stub)
    say_rate(f"gateway.{name}.c{connections}.stub", of_stub)
    say_rate(f"gateway.{name}.c{connections}.requests", of_loop)


def _say_added(name: str, ours: Figures, bound: Figures) -> None:
    say(f"{name}.p50", "ms", ours.p50_ms - bound.p50_ms, notes="beyond the bare stub")
    say(f"{name}.p99", "ms", ours.p99_ms - bound.p99_ms, notes="beyond the bare stub")


def _ask(target: Target, path: str, token: str) -> bytes:
    host = f"{target.host}:{target.port}"
    return http_load.encode("GET", path, host=host, headers={"X-N2Store-Token": token, "Authorization": "Bearer x"})


def _of_load(shop: Shop, target: Target, request: bytes, *, connections: int, seconds: float) -> Run:
    before = cpu.read(shop.groups)
    load = http_load.run(target, itertools.repeat(request), connections=connections, seconds=seconds)
    return Run(load.rate, load.took_ms, cpu.used(before, cpu.read(shop.groups)), load.failed, load.first_failure)


def _of_requests(shop: Shop, target: Target, path: str, *, connections: int, seconds: float) -> Run:
    """Ask as somebody would who writes `requests.get` in a loop."""
    url, until = f"http://{target.host}:{target.port}{path}", time.perf_counter() + seconds

    def loop(_number: int) -> list[float]:
        took_ms = []
        while (begun := time.perf_counter()) < until:
            requests.get(url, timeout=TIMEOUT_S).raise_for_status()
            took_ms.append((time.perf_counter() - begun) * 1000)
        return took_ms

    before, begun_at = cpu.read(shop.groups), time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        took_ms = list(itertools.chain.from_iterable(pool.map(loop, range(connections))))
    elapsed = time.perf_counter() - begun_at
    return Run(len(took_ms) / elapsed, took_ms, cpu.used(before, cpu.read(shop.groups)))


def _large(shop: Shop, bare: Target, token: str, plan: Plan) -> None:
    progress("gateway: a stream of 50 MB")
    pid = shop.running["gate"].pid
    _read(shop.target, "/api/pancake/small", token)
    before_kb = most_kb = cpu.rss_kb([pid])
    through_s, directly_s = [], []
    for _ in range(max(3, plan.repeats)):
        over = threading.Event()
        seen: list[int] = []

        def watch(over: threading.Event = over, seen: list[int] = seen) -> None:
            while not over.wait(0.02):
                seen.append(cpu.rss_kb([pid]))

        watcher = threading.Thread(target=watch)
        watcher.start()
        through_s.append(_read(shop.target, "/api/pancake/large", token))
        over.set()
        watcher.join()
        most_kb = max(most_kb, *seen, 0)
        directly_s.append(_read(bare, "/api/v1/large", token))
    megabytes = stub.LARGE_BYTES / 1e6
    say(
        "gateway.large.rate", "MB/s", megabytes / percentile(through_s, 0.5), bytes=stub.LARGE_BYTES,
        bound="the bare stub", bound_value=megabytes / percentile(directly_s, 0.5),
        share_of_bound=percentile(directly_s, 0.5) / percentile(through_s, 0.5),
    )  # fmt: skip
    say(
        "gateway.large.memory", "kB", most_kb - before_kb, before_kb=before_kb, most_kb=most_kb,
        after_kb=cpu.rss_kb([pid]), notes="the gate's resident memory at most while 50 MB passed, beyond before",
    )  # fmt: skip


def _read(target: Target, path: str, token: str) -> float:
    """Read an answer without keeping it, and return how long that took."""
    connection, begun_at = http.client.HTTPConnection(target.host, target.port, timeout=TIMEOUT_S), time.perf_counter()
    connection.request("GET", path, headers={"X-N2Store-Token": token})
    response = connection.getresponse()
    if response.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{path} answers {response.status}: see the gate's log.")
    while response.read(READ_BYTES):
        pass
    connection.close()
    return time.perf_counter() - begun_at


def slow_upstream(shop: Shop, plan: Plan) -> None:
    """Measure /health and the webhook alone, then while 200 calls wait for neighbours that are slow."""
    coming = deliveries.payments(Random(SEED))
    seconds = min(plan.seconds, SLOW_MEASURED_S_MAX)
    with stub.serving() as bare, _gate(shop, bare) as token:
        _measure_others(shop, _posts(shop, coming, measure.WARM_UP_S), measure.WARM_UP_S)
        alone: list[dict[str, Run]] = []
        beside: list[dict[str, Run]] = []
        held = 0
        for repeat in range(plan.repeats):
            progress(f"slow-upstream: repetition {repeat + 1} of {plan.repeats}")
            alone.append(_measure_others(shop, _posts(shop, coming, seconds), seconds))
            posts = _posts(shop, coming, seconds)
            with _slow_calls(shop, token):
                held = _wait_held(bare)
                beside.append(_measure_others(shop, posts, seconds))
    for name in ("health", "webhook"):
        without, with_slow = [runs[name] for runs in alone], [runs[name] for runs in beside]
        say_rate(f"slow-upstream.{name}.alone", figures(without))
        say_rate(
            f"slow-upstream.{name}.beside", figures(with_slow), peer="the same without slow calls",
            share_of_peer=ratio(with_slow, without), slow_calls=SLOW_CALLS, held_by_neighbours=held,
        )  # fmt: skip


def _posts(shop: Shop, coming: Iterator[deliveries.Payment], seconds: float) -> list[bytes]:
    """Return more deliveries than can be taken in so long."""
    count = int(WEBHOOKS_PER_S_MAX * (seconds + 1))
    return deliveries.requests(coming, count, host=f"127.0.0.1:{shop.place.port}", key=shop.api_key)


def _measure_others(shop: Shop, posts: list[bytes], seconds: float) -> dict[str, Run]:
    host = f"127.0.0.1:{shop.place.port}"
    health = itertools.repeat(http_load.encode("GET", "/health", host=host, headers={}))
    return {
        "health": measure.http(shop, health, connections=4, seconds=seconds),
        "webhook": measure.http(shop, iter(posts), connections=16, seconds=seconds, wanted=b'"success": true, "id"'),
    }


@contextmanager
def _slow_calls(shop: Shop, token: str) -> Iterator[None]:
    """Make so many calls at once, one a connection, from another process, and wait for them at the end."""
    calls = [
        _ask(shop.target, path, token) for path, _ in zip(itertools.cycle(SLOW_PATHS), range(SLOW_CALLS), strict=False)
    ]
    process = get_context("fork").Process(target=_call_once, args=(shop.target, calls))
    process.start()
    try:
        yield
    finally:
        process.join()


def _call_once(target: Target, calls: list[bytes]) -> None:
    http_load.run(target, iter(calls), connections=len(calls), seconds=TIMEOUT_S)


def _wait_held(bare: Target) -> int:
    """Wait until the neighbours hold as many calls as they will, and return how many."""
    held, until = -1, time.monotonic() + TIMEOUT_S
    while time.monotonic() < until:
        connection = http.client.HTTPConnection(bare.host, bare.port, timeout=TIMEOUT_S)
        connection.request("GET", "/slow-now")
        now = int(json.loads(connection.getresponse().read()))
        connection.close()
        if now and now == held:
            return now
        held = now
        time.sleep(0.3)
    raise RuntimeError("No call reaches the stub: see the gate's log.")
