"""The neighbours' sockets: frames a worker stores and understands, how soon a browser hears one, and a takeover."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import psycopg

from bench import cpu
from bench.listeners import SOCKET, Heard, Listeners
from bench.measure import Plan
from bench.results import progress, say
from bench.shop import Shop
from bench.streams import NUMBER_WAITING, listening_tokens
from n2store.simulator.evening import Evening, Telling
from n2store.simulator.figures import percentile
from n2store.simulator.pancake import PAGES, TOKEN, USER, PancakeSocket

FRAMES_PER_S = 10
AT_ONCE, IDLE = 1_000, 5_000
IDLE_KB_MAX = 40
ARRIVALS_PER_S_MAX = 5_000
"""Of many browsers fewer frames a second are told: this measures the way of a frame, not a queue of them."""
SETTLE_S = 5.0
STORED_PER_S_AT_LEAST = 1_000
"""So many frames a second of the repetition are told at once; the target of one worker."""
TIMEOUT_S = 120
LOOK_EVERY_S = 0.02
WORKERS = ("worker", "worker-2")
FORGET = "UPDATE realtime_account SET wanted = false"
"""Accounts of an earlier run, whose logins this run's key does not open."""
START = f"""
from n2store.roles import EVERYONE, Caller
from realtime.frames import Provider
from realtime.upstream.commands import Asked, start
asked = Asked(provider=Provider.PANCAKE, owner={USER!r}, token={TOKEN!r}, page_ids={PAGES!r})
start(asked, caller=Caller(name="bench", roles=EVERYONE))
"""
HOLDER = "SELECT holder FROM realtime_lease WHERE until > clock_timestamp()"


def inbox(shop: Shop, plan: Plan) -> None:
    """Have one worker hold Pancake's socket, and tell it frames; then kill it, with another one waiting."""
    tokens = listening_tokens(shop, max(plan.stream_clients))
    with PancakeSocket(page_channels=False).serving() as pancake, _held(shop, pancake):
        progress("inbox: frames stored and understood by one worker")
        _stored(shop, pancake, plan)
        for clients in plan.stream_clients:
            progress(f"inbox: frame to {clients} browsers")
            _heard(shop, pancake, tokens, clients, plan)
        progress(f"inbox: {AT_ONCE} browsers come at once, and {IDLE} stay")
        _come(shop)
        progress("inbox: a worker is killed, another takes over")
        _taken_over(shop, pancake, plan)


@contextmanager
def _held(shop: Shop, pancake: PancakeSocket) -> Iterator[None]:
    """Run a push process and a worker that has joined Pancake's socket."""
    shop.environ["PANCAKE_SOCKET_URL"] = f"{pancake.url}?vsn=2.0.0"
    with shop.connect() as connection:
        connection.execute(FORGET)
        connection.execute(NUMBER_WAITING)
    shop.manage("shell", "--no-imports", "-c", START)
    shop.start("push")
    shop.wait_listening("push")
    try:
        shop.start(WORKERS[0])
        _wait(lambda: pancake.joined() == 1, "The worker does not join")
        yield
    finally:
        shop.stop(*(name for name in (*WORKERS, "push") if name in shop.running))


def _stored(shop: Shop, pancake: PancakeSocket, plan: Plan) -> None:
    """Tell many frames as fast as the socket takes them, and wait until the last one is stored and understood."""
    rates, used = [], []
    count = int(plan.seconds * STORED_PER_S_AT_LEAST)
    with shop.connect() as connection:
        for repetition in range(plan.repeats):
            told = _updates(count, seed=repetition)
            before = _count(connection)
            reading, begun_at = cpu.read(shop.groups), time.perf_counter()
            for telling in told:
                pancake.tell_event(telling.event, telling.payload, page_id=telling.page_id)
            _wait(lambda: _count(connection) - before >= count, "The frames are not stored")  # noqa: B023 -- at once
            rates.append(count / (time.perf_counter() - begun_at))
            used.append(cpu.used(reading, cpu.read(shop.groups)))
    found = sorted(zip(rates, used, strict=True), key=lambda one: one[0])[len(rates) // 2]
    say(
        "inbox.stored.rate", "1/s", found[0], frames=count, target=STORED_PER_S_AT_LEAST,
        cpu_s_per_1000=found[1].per_1000(count), foreign_cpu=found[1].foreign,
    )  # fmt: skip


def _heard(shop: Shop, pancake: PancakeSocket, tokens: list[str], clients: int, plan: Plan) -> None:
    """Tell frames one by one and see each arrive at every WebSocket."""
    per_s = min(FRAMES_PER_S, ARRIVALS_PER_S_MAX / clients)
    count = max(20, int(plan.seconds * plan.repeats * per_s))
    before_kb = cpu.rss_kb([shop.running["push"].pid])
    told = _updates(count + 1, seed=clients + 1_000)
    with Listeners(shop.target, "/?channels=inbox", tokens, clients, rb'"bench": ?(\d+)', headers=SOCKET) as listeners:
        sent = {}
        for number, telling in enumerate(told):  # Everybody's first frame is not counted.
            telling.payload["conversation"]["bench"] = number
            time.sleep(1 / per_s)
            sent[number] = time.perf_counter()
            pancake.tell_event(telling.event, telling.payload, page_id=telling.page_id)
        heard = listeners.heard(settle_s=SETTLE_S)
        after_kb = cpu.rss_kb([shop.running["push"].pid])
    del sent[0]
    _tell(f"inbox.frame_to_browser.n{clients}", sent, heard, clients)
    if clients >= 100:
        say(f"inbox.memory_per_socket.n{clients}", "kB", (after_kb - before_kb) / clients, push_rss_kb=after_kb)


def _come(shop: Shop) -> None:
    """Open a thousand sockets at once, as after a restart, then five thousand that hear nothing."""
    path, pattern = "/?channels=inbox", rb'"bench": ?(\d+)'
    tokens = listening_tokens(shop, IDLE)
    with Listeners(shop.target, path, tokens, AT_ONCE, pattern, headers=SOCKET, opening_max=AT_ONCE) as browsers:
        opened_within_s = browsers.opened_within_s
        heard = browsers.heard(settle_s=0)
    say(f"inbox.opening.n{AT_ONCE}", "s", opened_within_s, lost_connections=heard.lost_connections)
    time.sleep(SETTLE_S)
    before_kb = cpu.rss_kb([shop.running["push"].pid])
    with Listeners(shop.target, path, tokens, IDLE, pattern, headers=SOCKET) as browsers:
        kb = (cpu.rss_kb([shop.running["push"].pid]) - before_kb) / IDLE
        heard = browsers.heard()
    say(f"inbox.idle_socket.n{IDLE}", "kB", kb, lost_connections=heard.lost_connections, target=IDLE_KB_MAX)


def _taken_over(shop: Shop, pancake: PancakeSocket, plan: Plan) -> None:
    """Kill the worker that holds the socket, and see when another has joined it."""
    took_s = []
    shop.stop(WORKERS[0])
    shop.environ["LOG_LEVEL"] = "INFO"  # So that they say when they are ready.
    for _ in range(plan.repeats):
        for name in WORKERS:
            if name not in shop.running:
                shop.start(name)
        log = shop.place.logs
        _wait(lambda: all(" ready." in (log / f"{name}.log").read_text() for name in WORKERS), "No second worker")  # noqa: B023
        _wait(lambda: pancake.joined() == 1, "Nobody joins")
        holding = _holder(shop)
        before, killed_at = pancake.connections, time.perf_counter()
        os.killpg(shop.running[holding].pid, signal.SIGKILL)
        shop.running.pop(holding).wait()
        _wait(lambda: pancake.connections > before and pancake.joined() == 1, "Nobody takes over")  # noqa: B023 -- as above
        took_s.append(time.perf_counter() - killed_at)
    shop.environ["LOG_LEVEL"] = "WARNING"
    say("inbox.takeover", "s", max(took_s), repeats=len(took_s), target=30)


def _holder(shop: Shop) -> str:
    """Return the name of the worker that holds the sockets: the lease tells its process."""
    with shop.connect() as connection:
        [holder] = connection.execute(HOLDER).fetchone() or [""]
    pid = int(holder.split(":")[1])
    return next(name for name in WORKERS if shop.running[name].pid == os.getpgid(pid))


def _updates(count: int, *, seed: int) -> list[Telling]:
    """Return what an evening tells of conversations: comments, messages and answers, each once."""
    begun_at = datetime.now(UTC) - timedelta(hours=1)
    evening, told = Evening(Random(seed), begun_at=begun_at), []
    while len(told) < count:
        at = begun_at + timedelta(seconds=evening.count)
        told += [one for one in evening.next(at=at) if one.event == "pages:update_conversation"]
    return told[:count]


def _count(connection: psycopg.Connection) -> int:
    """Return how many frames are kept; what is kept is understood, in the same transaction."""
    [count] = connection.execute("SELECT count(*) FROM realtime_frame").fetchone() or [0]
    return int(count)


def _tell(name: str, sent: dict[int, float], heard: Heard, clients: int) -> None:
    took_ms = [(at - sent_at) * 1000 for number, sent_at in sent.items() for at in heard.at.get(number, [])]
    more: dict[str, Any] = {"frames": len(sent), "reach": len(took_ms) / (len(sent) * clients)}
    say(f"{name}.p50", "ms", percentile(took_ms, 0.5), lost_connections=heard.lost_connections, **more)
    say(f"{name}.p99", "ms", percentile(took_ms, 0.99))


def _wait(true: Callable[[], bool], why: str) -> None:
    until = time.monotonic() + TIMEOUT_S
    while not true():
        if time.monotonic() > until:
            raise RuntimeError(f"{why}: see the worker's log.")
        time.sleep(LOOK_EVERY_S)
