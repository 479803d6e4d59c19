"""A running shop and a real browser, which the tests of this folder share.

Playwright keeps an event loop in the thread of the tests. It must have ended before any other test begins, so it
belongs to this folder, whose tests come one after the other in one process: see `tests/longest_first.py`. A test here
uses neither Django's database in its own process nor a Playwright of its own.
"""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from n2store.simulator import payos as simulator
from n2store.simulator.payos import Payos
from tests.browser.shops import Shop, environ, open_shop, wait_for

__all__ = ["CHROMIUM", "SOON_MS", "Shop", "environ", "expect_keys", "wait_for"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
expect.set_options(timeout=30_000)  # A busy machine is no fault of a page.
SOON_MS = 10_000
"""For what is told at once: enough for a busy machine, and less than what would bring it otherwise.

Who left is forgotten after 25 s, a stream is opened again after 30 and replaced after 45.
"""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Return a browser; each test opens a context of its own in it, as if it were a new one."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: the browser tests need one (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def payos() -> Iterator[Payos]:
    """Play PayOS for the shop, which is told of it when it starts."""
    with simulator.Payos().serving() as playing:
        yield playing


@pytest.fixture(scope="package")
def opened_shop(payos: Payos, browser: Browser) -> Iterator[Shop]:
    """Return the shop of this folder, which takes a while to open. The browser comes first: without it, no shop."""
    given = {
        "PAYOS_CLIENT_ID": simulator.CLIENT_ID,
        "PAYOS_API_KEY": simulator.API_KEY,
        "PAYOS_CHECKSUM_KEY": simulator.CHECKSUM_KEY,
        "PAYOS_API_URL": payos.url,
    }
    with open_shop(given) as shop:
        yield shop


@pytest.fixture(scope="module")
def shop(opened_shop: Shop) -> Shop:
    """Return the shop with nothing in it that the file before has left."""
    opened_shop.empty()
    return opened_shop


@pytest.fixture(params=[None], ids=["desk"])
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return how the browser shows pages; a test may ask for another screen or colour."""
    return request.param or {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture
def page(shop: Shop, browser: Browser, look: dict[str, Any]) -> Iterator[Page]:
    """Return an empty page of somebody logged in. A script error, or a request to anybody else, fails the test."""
    context = browser.new_context(**look)
    context.add_cookies([shop.session(shop.username)])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda sent: None if ours(sent.url, shop) else faults.append(f"asked {sent.url}"))
    yield page
    context.close()
    assert faults == []


def ours(url: str, shop: Shop) -> bool:
    return url.startswith((shop.base_url, "data:", "blob:"))


def expect_keys(page: Page) -> None:
    """Wait until the page hears its keys, as one does who reads it first."""
    expect(page.locator("html")).to_have_attribute("data-keys", "heard")
