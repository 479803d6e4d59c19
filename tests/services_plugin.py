"""PostgreSQL and Valkey for one test run: made in a temporary folder when none are given, gone with the run.

Named in `addopts`, so that they are there before Django's settings are read. Each run has a folder of its own, so
any number of runs, and a `make run`, may go on at once. The workers of pytest-xdist share their controller's
PostgreSQL, each on a database of its own; Valkey's channels know no databases, so each worker has a Valkey of its own.
"""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import IO

import pytest

from n2store.launch import leftovers, postgres, valkey
from n2store.launch.place import PROJECT, Place
from n2store.launch.processes import stop_signal
from n2store.launch.waiting import wait_until

FOLDER_PREFIX = f"n2store-test-{os.getuid()}-"
ABANDONED_AFTER_S = 60
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 10


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start what DATABASE_URL and REDIS_URL do not give, and say where it is, before anybody asks."""
    os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if "PYTEST_XDIST_WORKER" in os.environ:
        missing = ["REDIS_URL"]
    if missing:
        remove_abandoned_folders()
        services = Services()
        atexit.register(services.stop)
        services.start(missing)


class Services:
    """The services of this run, which end with it: orderly, or by the kernel when it is killed."""

    def __init__(self) -> None:
        home = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX)).resolve()
        self.lock = lock_of(home)
        self.place = Place(home=home, port=8000, front="caddy", static=home / "static", throwaway=True)
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, missing: list[str]) -> None:
        self.place.make_folders()
        # Tests see neither the services nor the secrets of a developer's own copy.
        os.environ["N2STORE_HOME"] = str(self.place.home)
        wanted = {"DATABASE_URL": ("postgres", postgres), "REDIS_URL": ("valkey", valkey)}
        for name, service in (wanted[variable] for variable in missing):
            service.prepare(self.place)
            self._run(name)
        for variable in missing:
            service_name, service = wanted[variable]
            running, failure = self.running[service_name], f"{service_name} does not start: see {self.place.logs}."
            wait_until(partial(service.ready, self.place), failure, timeout_s=START_TIMEOUT_S, by=running)
            os.environ[variable] = service.url(self.place)

    def _run(self, name: str) -> None:
        with (self.place.logs / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "n2store.launch.process", name],
                cwd=PROJECT,
                env=os.environ | {"N2STORE_THROWAWAY": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C ends the tests first.
            )

    def stop(self) -> None:
        for name, running in self.running.items():
            running.send_signal(stop_signal(name))
        for running in self.running.values():
            try:
                running.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                running.kill()
        remove(self.place)


def lock_of(home: Path) -> IO[str] | None:
    """Take hold of a test run's folder until this process ends; None when somebody else has it."""
    lock = (home / "test.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def remove_abandoned_folders() -> None:
    """Remove what killed runs left: their folders are held by nobody."""
    for home in Path(tempfile.gettempdir()).resolve().glob(f"{FOLDER_PREFIX}*"):
        if time.time() - home.stat().st_mtime < ABANDONED_AFTER_S:
            continue  # Perhaps about to be held.
        lock = lock_of(home)
        if lock:
            place = Place(home=home, port=8000, front="caddy", static=home / "static", throwaway=True)
            for name in ("postgres", "valkey"):
                leftovers.end(place, name)
            remove(place)
            lock.close()


def remove(place: Place) -> None:
    """Remove every trace of a place."""
    for folder in (place.run, place.home):
        shutil.rmtree(folder, ignore_errors=True)
