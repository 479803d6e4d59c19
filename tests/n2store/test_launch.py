"""`python -m n2store.launch` as a person runs it: a real copy, with its own services, in a folder of its own."""

import contextlib
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from n2store.launch import leftovers
from n2store.launch.place import PROJECT, Place
from tests.processes import free_port

LAUNCH = [sys.executable, "-m", "n2store.launch"]
START_TIMEOUT_S = 400
STOP_TIMEOUT_S = 60
PROCESSES = ("front", "web", "gate", "push", "worker", "beat", "postgres", "valkey", "supervisord")


class Copy:
    """A copy of the shop: a place, and the launcher that runs there."""

    def __init__(self, home: Path) -> None:
        self.place = Place(home=home, port=free_port(), front="caddy", static=home / "static", throwaway=True)
        self.said = home / "said.txt"
        self.start()

    def start(self) -> None:
        with self.said.open("w") as said:
            self.launcher = subprocess.Popen(
                LAUNCH,
                cwd=PROJECT,
                env=self.environ(),
                stdout=said,
                stderr=said,
                start_new_session=True,
                preexec_fn=partial(leftovers.end_with_parent, signal.SIGTERM),  # noqa: PLW1509 -- takes no lock
            )

    def environ(self) -> dict[str, str]:
        """What a person has set: nothing of the services of this test run."""
        ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "N2STORE_HOME"}
        return {name: value for name, value in os.environ.items() if name not in ours} | {
            "N2STORE_HOME": str(self.place.home),
            "PORT": str(self.place.port),
            "N2STORE_THROWAWAY": "1",
            "N2STORE_DEMO": "0",
        }

    def wait_open(self) -> None:
        """Wait until the launcher says so: what it has not ended yet of an earlier run may answer as well."""
        wait_for(lambda: self.health() == 200 and "N2Store is open" in self.said.read_text(), START_TIMEOUT_S)

    def health(self) -> int | None:
        assert self.launcher.poll() is None, self.said.read_text()
        with contextlib.suppress(OSError):
            return self.ask("GET", "/health")
        return None

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None) -> int:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.place.port, timeout=60)) as connection:
            connection.request(method, path, headers=headers or {})
            with connection.getresponse() as answer:
                return answer.status

    def manage(self, *argv: str) -> str:
        """Run manage.py as a person does in another terminal."""
        argv = (sys.executable, "manage.py", *argv)
        return subprocess.run(argv, cwd=PROJECT, env=self.environ(), check=True, capture_output=True, text=True).stdout

    def processes(self, *names: str) -> list[psutil.Process]:
        return [process for name in names or PROCESSES for process in leftovers.find(self.place, name)]

    def close(self) -> None:
        self.launcher.terminate()
        self.launcher.wait()


def wait_for(condition: Callable[[], Any], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def copy() -> Iterator[Copy]:
    """Yield one copy for all tests here, in a home that is hidden and whose path has a blank and a percent sign."""
    home = Path(tempfile.mkdtemp(prefix=".n2store 100% "))
    copy = Copy(home)
    try:
        copy.wait_open()
        yield copy
    finally:
        copy.close()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(copy.place.run, ignore_errors=True)


@pytest.fixture(autouse=True)
def _open(copy: Copy) -> None:
    """Start the copy again where the test before has ended it."""
    if copy.launcher.poll() is not None:
        copy.start()
    copy.wait_open()


def test_every_process_runs_and_listens_on_this_machine_only(copy: Copy) -> None:
    listening = {
        connection.laddr.ip
        for process in copy.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert listening == {"127.0.0.1"}
    assert {name for name in PROCESSES if copy.processes(name)} == set(PROCESSES)


def test_secrets_are_for_their_owner_only(copy: Copy) -> None:
    home = copy.place.home

    assert {name: oct((home / name).stat().st_mode & 0o777) for name in ("secrets.env", "services.env", "logs")} == {
        "secrets.env": "0o600",
        "services.env": "0o600",
        "logs": "0o700",
    }


def test_the_pages_find_their_style(copy: Copy) -> None:
    page = urllib.request.urlopen(f"http://127.0.0.1:{copy.place.port}/admin/login/", timeout=60)
    with contextlib.closing(page):
        static = set(re.findall(r'/static/[^"]+', page.read().decode()))

    assert len(static) > 5
    assert {path: copy.ask("GET", path) for path in static} == dict.fromkeys(static, 200)


def test_manage_py_finds_the_services_by_itself(copy: Copy) -> None:
    assert copy.manage("issue_token", "--role", "owner").strip()


def test_a_second_start_at_the_same_home_is_refused(copy: Copy) -> None:
    second = subprocess.run(LAUNCH, cwd=PROJECT, env=copy.environ(), capture_output=True, text=True, check=False)

    assert second.returncode == 1
    assert f"N2Store already runs in {copy.place.home} (process {copy.launcher.pid})." in second.stderr


def test_a_taken_port_is_refused(copy: Copy, tmp_path: Path) -> None:
    environ = copy.environ() | {"N2STORE_HOME": str(tmp_path / "other")}

    second = subprocess.run(LAUNCH, cwd=PROJECT, env=environ, capture_output=True, text=True, check=False)

    assert second.returncode == 1
    assert f"Port {copy.place.port} cannot be used: Address already in use." in second.stderr


@pytest.mark.parametrize("name", ["web", "postgres", "valkey"])
def test_a_killed_process_comes_back_without_its_old_children(copy: Copy, name: str) -> None:
    before = copy.processes(name)
    main = next(process for process in before if process.parent() not in before)

    main.kill()

    wait_for(lambda: (found := copy.processes(name)) and not set(found) & set(before))
    wait_for(lambda: copy.health() == 200)


def test_a_killed_web_worker_is_replaced_while_the_other_serves(copy: Copy) -> None:
    before = copy.processes("web")
    worker = next(process for process in before if process.parent() in before)

    worker.kill()

    assert copy.health() == 200
    wait_for(lambda: len(copy.processes("web")) == len(before) and worker not in copy.processes("web"))


def test_a_killed_launcher_takes_everything_with_it_and_the_next_start_works(copy: Copy) -> None:
    before = copy.processes()
    for process in [copy.launcher, *copy.processes("supervisord")]:
        process.kill()
    copy.launcher.wait()

    copy.start()
    copy.wait_open()

    assert not set(before) & set(copy.processes())


def test_sigterm_ends_everything_also_with_open_streams(copy: Copy) -> None:
    token = copy.manage("issue_token", "--role", "owner").strip()
    before = copy.processes()
    stream = http.client.HTTPConnection("127.0.0.1", copy.place.port, timeout=STOP_TIMEOUT_S)
    stream.request("GET", "/api/events?channels=wallets", headers={"Authorization": f"Token {token}"})
    with contextlib.closing(stream), stream.getresponse() as opened:
        start = time.monotonic()

        copy.launcher.terminate()
        copy.launcher.wait(2 * STOP_TIMEOUT_S)

        took_s = time.monotonic() - start
        assert opened.status == 200
    assert took_s < STOP_TIMEOUT_S
    assert copy.launcher.returncode == 0
    assert [process for process in before if process.is_running()] == []
