"""The shop under test and its neighbours: started once, broken and mended by the faults."""

import http.client
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from bench.shop import Shop, opened
from bench.soak.proof import Ledger
from bench.streams import listening_tokens
from n2store.simulator import live
from n2store.simulator.evening import Evening
from n2store.simulator.pancake import PAGES, USER, PancakeSocket
from n2store.simulator.pancake_shown import PancakePages
from n2store.simulator.tpos_socket import ROOM, TposSocket

WORKERS = ("worker", "worker-2")
APP = ("front", "web", "gate", "push", *WORKERS)
PATIENCE_S = 180.0
"""For anything that has to come back, on a machine however busy."""
ASKED_TIMEOUT_S = 30.0
LOOK_EVERY_S = 0.1
TIMES = {"PANCAKE_HEARTBEAT_S": "2", "PANCAKE_CATCH_UP_S": "5"}
"""Shorter than in a shop, so that minutes are enough."""
HOLDER = "SELECT holder FROM realtime_lease WHERE until > clock_timestamp()"


class NotInTime(Exception):
    """Something did not come back."""


@dataclass
class World:
    """Everybody. `ledger` says what was told."""

    shop: Shop
    pancake: PancakeSocket
    tpos: TposSocket
    token: str
    ledger: Ledger = field(default_factory=Ledger)
    logins: int = 0

    def log_in(self) -> None:
        """Start both sockets with another login, as the pages do when somebody opens them."""
        self.logins += 1
        token = f"soak-{self.logins}"
        pancake = {"token": token, "userId": USER, "pageIds": list(PAGES)}
        self.until_taken("/api/realtime/start", pancake)
        self.until_taken("/api/realtime/tpos/start", {"token": token, "room": ROOM})

    def until_taken(self, path: str, body: dict[str, Any]) -> None:
        """Post until the shop takes it."""
        wait_until(lambda: self.ask("POST", path, body) == http.HTTPStatus.OK, f"{path} is not taken")

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> int:
        """Ask the shop as a page does and return the status; 0 when nobody answers."""
        shop = http.client.HTTPConnection(self.shop.target.host, self.shop.target.port, timeout=ASKED_TIMEOUT_S)
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        try:
            shop.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = shop.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return 0
        else:
            return answer.status
        finally:
            shop.close()

    def wait_joined(self) -> None:
        """Wait until both neighbours are heard."""
        wait_until(lambda: self.pancake.joined() == self.tpos.joined() == 1, "The sockets are not joined")

    def holder(self) -> str:
        """Return the name of the worker that holds the sockets, once one does."""
        found: list[str] = []

        def is_held() -> bool:
            with self.shop.connect() as connection:
                row = connection.execute(HOLDER).fetchone()
            pid = int(row[0].split(":")[1]) if row else 0
            found[:] = [name for name in WORKERS if name in self.shop.running and self.shop.running[name].pid == pid]
            return bool(found)

        wait_until(is_held, "Nobody holds the sockets")
        return found[0]


@contextmanager
def begun(home: Path, *, patience: Callable[[str], None]) -> Iterator[World]:
    """Start services, shop and neighbours, all of its own; `patience` hears what is waited for."""
    tpos = TposSocket(ping_interval_s=2.0, ping_timeout_s=4.0, with_acks=True)
    with (
        opened(home, own_services=True) as shop,
        PancakeSocket().serving() as pancake,
        tpos.serving(),
        PancakePages(shown=pancake.shown).serving() as pages,
    ):
        shop.environ |= TIMES | {
            "PANCAKE_SOCKET_URL": f"{pancake.url}?vsn=2.0.0", "PANCAKE_BASE_URL": pages.url,
            "TPOS_SOCKET_URL": tpos.url, "LOG_LEVEL": "INFO",
        }  # fmt: skip
        patience("the tables")
        shop.manage("migrate", "--verbosity", "0")
        [token] = listening_tokens(shop, 1)
        patience("the processes")
        for name in APP:
            shop.start(name)
        shop.wait_healthy()
        shop.wait_listening("push")
        world = World(shop, pancake, tpos, token)
        world.log_in()
        patience("the sockets")
        world.wait_joined()
        yield world


class Teller(threading.Thread):
    """Plays the evening, so many things a second; what it tells it writes into the ledger first."""

    def __init__(self, world: World, *, per_s: float, seed: int) -> None:
        super().__init__(name="teller", daemon=True)
        self._world, self._pause_s = world, 1 / per_s
        self._evening = Evening(Random(seed), begun_at=datetime.now(UTC))
        self._over = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Tell until `end`."""
        stage = live.Stage(self._world.pancake, self._world.tpos)
        try:
            while not self._over.wait(self._pause_s):
                for telling in self._evening.next(at=datetime.now(UTC)):
                    self._world.ledger.write(telling)
                    stage.tell(telling)
        except BaseException as error:
            self.failure = error
            raise

    def end(self) -> None:
        """Say nothing more.

        Raises:
            BaseException: what kept it from telling.
        """
        self._over.set()
        self.join(PATIENCE_S)
        if self.failure is not None:
            raise self.failure


class Clerk(threading.Thread):
    """Says now and then that somebody was answered."""

    def __init__(self, world: World, *, seed: int) -> None:
        super().__init__(name="clerk", daemon=True)
        self._world, self._random = world, Random(seed)
        self._over = threading.Event()

    def run(self) -> None:
        """Press until `end`; while the shop is broken, in vain."""
        while not self._over.wait(0.5 + self._random.random()):
            try:
                with self._world.shop.connect() as connection:
                    rows = connection.execute("SELECT psid, page_id FROM pending_customers LIMIT 20").fetchall()
            except psycopg.Error:
                continue
            if rows:
                psid, page = self._random.choice(rows)
                self._world.ask("POST", "/api/realtime/mark-replied", {"psid": psid, "pageId": page})

    def end(self) -> None:
        """Press no more."""
        self._over.set()
        self.join(PATIENCE_S)


def wait_until(true: Callable[[], bool], why: str, *, within_s: float = PATIENCE_S) -> None:
    """Return once it is so.

    Raises:
        NotInTime: it is not.
    """
    until = time.monotonic() + within_s
    while True:
        try:
            if true():
                return
        except psycopg.Error:
            pass  # The database is away: that is one of the faults.
        if time.monotonic() > until:
            raise NotInTime(f"{why}.")
        time.sleep(LOOK_EVERY_S)


def default_home() -> Path:
    """Return where the soak's shop lives: its sockets want a short path."""
    return Path(os.environ.get("N2STORE_HOME") or ".n2store").resolve() / "soak"
