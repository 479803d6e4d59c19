"""The shop that is measured: processes as `make run` starts them, in a home of its own, on a database of its own."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from n2store.launch import postgres, valkey
from n2store.launch.place import PROJECT, Place
from n2store.launch.preconditions import only_one
from n2store.launch.processes import process, stop_signal
from n2store.launch.waiting import wait_until
from n2store.simulator.loopback import Target

DATABASE = "n2store_bench"
START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 20


@dataclass
class Shop:
    """A shop that runs for the length of a benchmark."""

    place: Place
    environ: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """Return its front."""
        return Target("127.0.0.1", self.place.port)

    @property
    def database_url(self) -> str:
        """Return the address of the benchmark's database."""
        return self.environ["DATABASE_URL"]

    @property
    def api_key(self) -> str:
        """Return the key that SePay shows."""
        return self.environ["SEPAY_API_KEY"]

    @property
    def groups(self) -> dict[str, int]:
        """Return the process trees whose CPU is told, by name."""
        found = {name: running.pid for name, running in self.running.items()}
        if "postgres" not in found:
            found["postgres"] = _postmaster(self.database_url)
        return found

    def connect(self, *, autocommit: bool = True) -> psycopg.Connection:
        """Return a database connection of the benchmark's own."""
        return psycopg.connect(self.database_url, autocommit=autocommit)

    def start(self, name: str) -> None:
        """Start one process. A second worker is `worker-2`: of the same name it would end the first as its rest."""
        with (self.place.logs / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "n2store.launch.process", name],
                cwd=PROJECT,
                env=os.environ | self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_service(self, name: str) -> None:
        """Start PostgreSQL or Valkey, and wait until it answers."""
        self.start(name)
        ready = partial({"postgres": postgres, "valkey": valkey}[name].ready, self.place)
        why = f"{name} does not answer: see {self.place.logs}."
        wait_until(ready, why, timeout_s=START_TIMEOUT_S, by=self.running[name])

    def kill(self, name: str) -> None:
        """End a process and its children without a word."""
        running = self.running.pop(name)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()

    def stop(self, *names: str) -> None:
        """Stop processes, by default all, those started last first."""
        for name in names or list(reversed(self.running)):
            running = self.running.pop(name, None)
            if running is None:
                continue
            running.send_signal(stop_signal(name))
            try:
                running.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()

    def manage(self, *argv: str) -> str:
        """Run a management command on the benchmark's database and return what it prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *argv],
            cwd=PROJECT,
            env=os.environ | self.environ,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def wait_healthy(self) -> None:
        """Wait until the front answers for the web process.

        Raises:
            LaunchError: it does not within START_TIMEOUT_S.
        """
        why = f"The shop does not answer: see {self.place.logs}."
        wait_until(self._healthy, why, timeout_s=START_TIMEOUT_S, by=self.running["web"])

    def wait_listening(self, name: str) -> None:
        """Wait until a process listens on its Unix socket."""
        path = str(process(self.place, name).socket)

        def listens() -> bool:
            with socket.socket(socket.AF_UNIX) as probe:
                return probe.connect_ex(path) == 0

        wait_until(
            listens, f"{name} does not start: see {self.place.logs}.", timeout_s=START_TIMEOUT_S, by=self.running[name]
        )

    def _healthy(self) -> bool:
        front = http.client.HTTPConnection("127.0.0.1", self.place.port, timeout=5)
        try:
            front.request("GET", "/health")
            return front.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            front.close()


@contextmanager
def opened(home: Path, *, own_services: bool = False) -> Iterator[Shop]:
    """Run the services that DATABASE_URL and REDIS_URL do not give, or all; the shop's own processes come later."""
    place = Place(home=home, port=_free_port(), front="caddy", static=home / "static", throwaway=False)
    place.make_folders()
    place.static.mkdir(exist_ok=True)
    with only_one(place):
        database_url, redis_url = (
            None if own_services else os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL")
        )
        shop = Shop(
            place,
            {
                "DATABASE_URL": _in_database(database_url) if database_url else postgres.url(place, DATABASE),
                "REDIS_URL": redis_url or valkey.url(place),
                "N2STORE_HOME": str(home),
                "N2STORE_STATIC_ROOT": str(place.static),
                "PORT": str(place.port),
                "SECRET_KEY": secrets.token_urlsafe(32),
                "SEPAY_API_KEY": secrets.token_urlsafe(16),
                "DJANGO_SETTINGS_MODULE": "n2store.settings",  # Also where a test runs us.
                "LOG_LEVEL": "WARNING",
            },
        )
        try:
            if not database_url:
                postgres.prepare(place)
                shop.start_service("postgres")
            if not redis_url:
                valkey.prepare(place)
                shop.start_service("valkey")
            _make_database(shop)
            _wait_for_memory(shop)
            yield shop
        finally:
            shop.stop()


def _make_database(shop: Shop) -> None:
    server = shop.database_url.replace(f"/{DATABASE}", "/postgres", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _wait_for_memory(shop: Shop) -> None:
    """Wait until the server has read again what was in its memory before: meanwhile it serves more slowly."""
    reads = "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'autoprewarm worker'"
    with psycopg.connect(shop.database_url, autocommit=True) as connection:
        while connection.execute(reads).fetchone():
            time.sleep(0.2)


def _in_database(url: str) -> str:
    return urlsplit(url)._replace(path=f"/{DATABASE}").geturl()


def _postmaster(database_url: str) -> int:
    """Return the server's process, when it runs on this machine."""
    with psycopg.connect(database_url) as connection:
        [folder] = connection.execute("SHOW data_directory").fetchone() or [""]
    return int((Path(folder) / "postmaster.pid").read_text().split()[0])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
