"""A running shop and a real browser. A browser is opened for each test: its event loop must not outlive the test."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from n2store.launch import leftovers
from n2store.launch.place import PROJECT, Place
from tests.factories.banking import delivery

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
START_TIMEOUT_S = 240
expect.set_options(timeout=30_000)  # A busy machine is no fault of a page.
MAKE_OWNER = (
    "from django.contrib.auth.models import User;"
    "User.objects.create_superuser('browser-owner', password='browser-owner-secret')"
)


@dataclass(kw_only=True)
class Shop:
    """A copy of N2Store that runs in processes of its own."""

    place: Place
    username: str = "browser-owner"
    password: str = "browser-owner-secret"
    sepay_key: str = "browser-test-key"
    _ids: Iterator[int] = field(default_factory=lambda: count(500_000))

    @property
    def base_url(self) -> str:
        return self.place.address

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
        said = (
            "import json, sys; from datetime import UTC, datetime; from realtime.frames import KeptFrame;"
            "from realtime.inbox.understanding import understand_all;"
            "understand_all([KeptFrame(id=0, provider='pancake', account_id=None, topic='',"
            " event='pages:update_conversation', payload=each, received_at=datetime.now(UTC))"
            " for each in json.loads(sys.stdin.read())])"
        )
        run = [sys.executable, "manage.py", "shell", "-v", "0", "-c", said]
        given = json.dumps(frames).encode()
        subprocess.run(run, cwd=PROJECT, env=environ(self), input=given, check=True, capture_output=True)

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


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Return a shop without demo data, with its own services, in a folder of its own."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: the browser tests need one (apt-get install chromium)")
    home = Path(tempfile.mkdtemp(prefix="n2store-browser-")).resolve()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shop = Shop(place=Place(home=home, port=port, front="caddy", static=home / "static", throwaway=True))
    launcher, said = start(shop)
    try:
        wait_for(lambda: answers(shop, launcher, said), START_TIMEOUT_S)
        run = [sys.executable, "manage.py", "shell", "-c", MAKE_OWNER]
        subprocess.run(run, cwd=PROJECT, env=environ(shop), check=True, capture_output=True)
        yield shop
    finally:
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
    }


def start(shop: Shop) -> tuple[subprocess.Popen[bytes], Path]:
    path = shop.place.home / "said.txt"
    with path.open("w") as said:
        command = [sys.executable, "-m", "n2store.launch"]
        launcher = subprocess.Popen(
            command, cwd=PROJECT, env=environ(shop), stdout=said, stderr=said, start_new_session=True
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


@pytest.fixture(params=[None], ids=["desk"])
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return how the browser shows pages; a test may ask for another screen or colour."""
    return request.param or {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture
def page(shop: Shop, look: dict[str, Any]) -> Iterator[Page]:
    """Return a page of somebody logged in. A script error, or a request to anybody else, fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(**look)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda sent: None if ours(sent.url, shop) else faults.append(f"asked {sent.url}"))
        page.goto(f"{shop.base_url}/admin/login/")
        page.fill("[name=username]", shop.username)
        page.fill("[name=password]", shop.password)
        page.click("#login-form [type=submit]")
        page.wait_for_url(f"{shop.base_url}/admin/")
        yield page
        browser.close()
    assert faults == []


def ours(url: str, shop: Shop) -> bool:
    return url.startswith((shop.base_url, "data:", "blob:"))
