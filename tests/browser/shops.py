"""A running shop that tests look at with a browser, and what they do to it from inside."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from n2store.launch import leftovers
from n2store.launch.place import PROJECT, Place
from tests.factories.banking import delivery
from tests.processes import free_port

START_TIMEOUT_S = 400
MAKE_OWNER = """
from django.contrib.auth.models import User
from tests.browser.inside import remember
User.objects.create_superuser({name!r}, password={password!r})
remember()
"""
HEAR = """
import json
from datetime import UTC, datetime
from realtime.frames import KeptFrame
from realtime.inbox.understanding import understand_all
frames = json.loads({frames!r})
understand_all([KeptFrame(id=0, provider="pancake", account_id=None, topic="", event="pages:update_conversation",
                          payload=each, received_at=datetime.now(UTC)) for each in frames])
"""


@dataclass(kw_only=True)
class Shop:
    """A copy of N2Store that runs in processes of its own."""

    place: Place
    given: dict[str, str] = field(default_factory=dict)
    """What else a person has set: a neighbour's address, say."""
    username: str = "browser-owner"
    password: str = "browser-owner-secret"
    sepay_key: str = "browser-test-key"
    _ids: Iterator[int] = field(default_factory=lambda: count(500_000))
    _inside: subprocess.Popen[str] | None = None

    @property
    def base_url(self) -> str:
        return self.place.address

    def run(self, code: str) -> str:
        """Run Python inside the shop, as in `manage.py shell`, and return what it printed."""
        if self._inside is None:
            command = [sys.executable, "-m", "tests.browser.inside"]
            self._inside = subprocess.Popen(
                command, cwd=PROJECT, env=environ(self), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        assert self._inside.stdin is not None
        assert self._inside.stdout is not None
        self._inside.stdin.write(json.dumps(code) + "\n")
        self._inside.stdin.flush()
        line = self._inside.stdout.readline()
        assert line, "the process inside the shop has ended"
        answer: dict[str, str] = json.loads(line)
        assert "said" in answer, answer["failed"]
        return answer["said"]

    def empty(self) -> None:
        """Forget what tests have left."""
        self.run("from tests.browser.inside import empty; empty()")

    def session(self, username: str) -> dict[str, str]:
        """Return the cookie of a new login."""
        name, value = self.run(f"from tests.browser.inside import log_in; print(*log_in({username!r}))").split()
        return {"name": name, "value": value, "url": self.base_url}

    def pay(self, phone: str, amount_vnd: int) -> None:
        """Let SePay tell of a transfer."""
        payload = delivery(
            id=next(self._ids), content=f"{phone} chuyen tien", transferAmount=amount_vnd,
            transactionDate=time.strftime("%Y-%m-%d %H:%M:%S"),
        )  # fmt: skip
        headers = {"Authorization": f"Apikey {self.sepay_key}", "Content-Type": "application/json"}
        request = urllib.request.Request(  # noqa: S310 -- our own address
            f"{self.base_url}/api/sepay/webhook", json.dumps(payload).encode(), headers
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- as above
            assert json.load(answer)["success"]

    def hear(self, *frames: dict[str, Any]) -> None:
        """Let Pancake tell of conversations."""
        self.run(HEAR.format(frames=json.dumps(frames)))

    def kill(self, process: str) -> None:
        """Kill a process of the shop; its supervisor starts another."""
        for running in leftovers.find(self.place, process):
            with contextlib.suppress(Exception):
                running.kill()

    @contextlib.contextmanager
    def suspended(self, process: str) -> Iterator[None]:
        """Let a process stand still, with all its connections open."""
        standing = leftovers.find(self.place, process)
        for each in standing:
            each.suspend()
        try:
            yield
        finally:
            for each in standing:
                each.resume()

    def leave(self) -> None:
        """End the process inside."""
        if self._inside is not None:
            self._inside.communicate()


@contextlib.contextmanager
def open_shop(given: dict[str, str]) -> Iterator[Shop]:
    """Open a shop without demo data, with its own services, in a folder of its own."""
    home = Path(tempfile.mkdtemp(prefix="n2store-browser-")).resolve()
    place = Place(home=home, port=free_port(), front="caddy", static=home / "static", throwaway=True)
    shop = Shop(place=place, given=given)
    launcher, said = start(shop)
    try:
        wait_for(lambda: answers(shop, launcher, said), START_TIMEOUT_S)
        shop.run(MAKE_OWNER.format(name=shop.username, password=shop.password))
        yield shop
    finally:
        shop.leave()
        launcher.terminate()
        launcher.wait()
        shutil.rmtree(home, ignore_errors=True)


def environ(shop: Shop) -> dict[str, str]:
    """What a person has set: nothing of the services of this test run."""
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "N2STORE_HOME"}
    return {name: value for name, value in os.environ.items() if name not in ours} | {
        "N2STORE_HOME": str(shop.place.home),
        "PORT": str(shop.place.port),
        "N2STORE_THROWAWAY": "1",
        "N2STORE_DEMO": "0",
        "SEPAY_API_KEY": shop.sepay_key,
        "TZ": "Asia/Ho_Chi_Minh",
        **shop.given,
    }


def start(shop: Shop) -> tuple[subprocess.Popen[bytes], Path]:
    path = shop.place.home / "said.txt"
    with path.open("w") as said:
        command = [sys.executable, "-m", "n2store.launch"]
        launcher = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environ(shop),
            stdout=said,
            stderr=said,
            start_new_session=True,
            preexec_fn=partial(leftovers.end_with_parent, signal.SIGTERM),  # noqa: PLW1509 -- takes no lock
        )
    return launcher, path


def answers(shop: Shop, launcher: subprocess.Popen[bytes], said: Path) -> bool:
    assert launcher.poll() is None, said.read_text()
    try:
        with urllib.request.urlopen(f"{shop.base_url}/health", timeout=5) as answer:  # noqa: S310 -- our own address
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_for(condition: Callable[[], Any], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
