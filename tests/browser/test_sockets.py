"""The page of sockets in a real shop: what its worker sees appears by itself, and a stop is asked for first."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Shop

WAIT_MS = 60_000
SOCKETS = "/admin/realtime/account/"
ADD = """
from django.db import transaction
from realtime.models import Account
from realtime.upstream.announcing import announce
with transaction.atomic():
    made = Account.objects.create(provider="pancake", owner="u-browser", page_ids=["101"], sealed="opened by no key")
    announce([made.pk])
"""


def test_what_the_worker_sees_appears_by_itself_and_a_stop_is_confirmed(page: Page, shop: Shop) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{shop.base_url}{SOCKETS}")
    expect(page.locator("[data-live]")).to_have_text("trực tiếp", timeout=WAIT_MS)
    page.evaluate("window.stayed = true")
    account = page.locator("[data-account]", has_text="u-browser")

    shop.run(ADD)

    expect(account).to_have_attribute("data-phase", "broken", timeout=WAIT_MS)
    expect(account).to_contain_text("Không mở được")
    expect(page.locator("[data-alarms]")).to_have_attribute("data-alarms", "1")
    assert page.evaluate("window.stayed")
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    account.locator("a[href$='/stop/']").click()
    page.click("form[data-once] [type=submit]")

    expect(page.get_by_text("Đã đóng kết nối.")).to_be_visible(timeout=WAIT_MS)
    expect(account).to_have_attribute("data-phase", "off", timeout=WAIT_MS)
    expect(account.locator("a[href$='/start/']")).to_be_visible()
