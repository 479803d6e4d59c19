"""Real workers: one holds the sockets, and another takes over from one that is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from n2store.simulator.pancake import PancakeSocket
from realtime.models import Lease
from realtime.upstream.lease import is_held
from tests.processes import APPLICATION, database_url_of_this_test, end_other_sessions, wait_until
from tests.realtime.upstream.holders import messages, start_pancake, tell, wait_for_frames, wait_joined

PATIENCE_S = 120
TAKEOVER_MAX_S = 30


class Worker:
    """A Celery worker as production runs it."""

    def __init__(self, folder: Path, name: str, pancake: PancakeSocket) -> None:
        self.log = folder / f"{name}.log"
        env = {
            "DATABASE_URL": database_url_of_this_test(),
            "DATABASE_POOL_MAX": "0",
            "PGAPPNAME": APPLICATION,
            "REDIS_URL": django_settings.REDIS_URL,
            "DJANGO_SETTINGS_MODULE": "n2store.settings",
            "SECRET_KEY": django_settings.SECRET_KEY,
            "N2STORE_HOME": str(folder),
            "PANCAKE_SOCKET_URL": django_settings.PANCAKE_SOCKET_URL,
            "REMAP_SIGTERM": "SIGQUIT",
        }
        command = [sys.executable, "-m", "celery", "-A", "n2store", "worker", "-c", "1", "--loglevel", "INFO"]
        command += ["--without-mingle", "--without-gossip", "-n", f"{name}@test"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=os.environ | env, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def holds(self) -> bool:
        return Lease.objects.filter(holder__contains=f":{self.process.pid}:").exists() and is_held()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return " ready." in self.log.read_text()

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)


@pytest.fixture
def pair(pancake: PancakeSocket, transactional_db: None, tmp_path: Path) -> Iterator[list[Worker]]:
    workers = [Worker(tmp_path, name, pancake) for name in ("one", "two")]
    yield workers
    for worker in workers:
        worker.kill()
    end_other_sessions()


def wait_both(pair: list[Worker]) -> tuple[Worker, Worker]:
    """Return the one that holds, and the other."""
    wait_until(lambda: all(worker.is_ready() for worker in pair), timeout_s=PATIENCE_S)
    wait_until(lambda: any(worker.holds for worker in pair), timeout_s=PATIENCE_S)
    holding = next(worker for worker in pair if worker.holds)
    return holding, next(worker for worker in pair if worker is not holding)


def test_a_killed_worker_is_followed_and_an_ended_one_at_once(pair: list[Worker], pancake: PancakeSocket) -> None:
    pancake.repeat_s = 3600
    holding, other = wait_both(pair)
    start_pancake()
    wait_joined()
    tell(pancake, *range(50))

    holding.kill()
    killed_at = time.monotonic()
    tell(pancake, *range(50, 60))
    wait_until(lambda: other.holds and pancake.joined() == 1, timeout_s=PATIENCE_S)
    taken_after_s = time.monotonic() - killed_at
    tell(pancake, *range(60, 100))
    wait_for_frames(100)
    other.process.send_signal(signal.SIGTERM)
    other.process.wait(PATIENCE_S)

    assert sorted(messages()) == sorted(f"m_{number}" for number in range(100))
    assert taken_after_s < TAKEOVER_MAX_S
    assert (is_held(), pancake.joined()) == (False, 0)
    assert "did not end in time" not in other.log.read_text()
    assert "Traceback" not in other.log.read_text(), other.log.read_text()[-6000:]


def test_no_log_of_a_worker_holds_a_token(pair: list[Worker], pancake: PancakeSocket, settings: Any) -> None:
    pancake.good_tokens = {"another"}
    wait_both(pair)
    start_pancake(token="s3cr3t-t0k3n")
    wait_until(lambda: any("refuses the login" in worker.log.read_text() for worker in pair), timeout_s=PATIENCE_S)

    for worker in pair:
        assert "s3cr3t" not in worker.log.read_text()
