"""What somebody at the counter sees: money appears by itself, and the screen never claims to be live when it is not."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SOON_MS, Shop, wait_for

OUTAGE_MAX_MS = 40_000
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}


def open_customer(page: Page, shop: Shop, phone: str) -> None:
    """Open the 360 screen as staff do: through the search."""
    page.goto(f"{shop.base_url}/admin/customers/customer/?q={phone}")
    page.click("#result_list .field-name a")
    expect_live(page)


def expect_live(page: Page) -> None:
    expect(page.locator("[data-live]")).to_have_text("trực tiếp", timeout=OUTAGE_MAX_MS)


def total(page: Page) -> Any:
    return page.locator("[data-balance=total] dd")


def test_money_appears_by_itself_without_a_reload(page: Page, shop: Shop) -> None:
    phone = "0909000001"
    shop.pay(phone, 100_000)
    open_customer(page, shop, phone)
    expect(total(page)).to_have_text("100.000 ₫")
    page.evaluate("window.stayed = true")

    shop.pay(phone, 350_000)

    expect(total(page)).to_have_text("450.000 ₫", timeout=SOON_MS)
    expect(page.locator("[data-said]")).to_have_text("Vừa nhận +350.000 ₫")
    expect(page.locator("tr.is-new[data-row^=transaction]")).to_contain_text("+350.000 ₫")
    assert page.locator("tr[data-row^=transaction]").count() == 2
    assert page.evaluate("window.stayed")


def test_a_burst_is_fetched_a_few_times_and_ends_right(page: Page, shop: Shop) -> None:
    phone = "0909000002"
    shop.pay(phone, 1_000)
    open_customer(page, shop, phone)
    fetched: list[str] = []
    page.on("request", lambda sent: fetched.append(sent.url) if sent.url.endswith("/live/") else None)

    for _ in range(15):
        shop.pay(phone, 1_000)

    expect(total(page)).to_have_text("16.000 ₫")
    expect_live(page)
    assert len(fetched) < 15


def test_the_pill_tells_of_an_outage_and_the_screen_catches_up(page: Page, shop: Shop) -> None:
    phone = "0909000003"
    shop.pay(phone, 10_000)
    open_customer(page, shop, phone)
    pill = page.locator("[data-live]")

    def offline() -> bool:
        shop.kill("push")  # Again and again: its supervisor starts another at once.
        page.wait_for_timeout(200)
        return bool(re.match(r"mất kết nối từ \d\d:\d\d:\d\d", pill.text_content() or ""))

    wait_for(offline, OUTAGE_MAX_MS / 1000)
    shop.pay(phone, 20_000)

    expect_live(page)
    expect(total(page)).to_have_text("30.000 ₫")


def test_a_computer_without_network_says_so_at_once(page: Page, shop: Shop) -> None:
    shop.pay("0909000004", 10_000)
    open_customer(page, shop, "0909000004")

    page.context.set_offline(True)
    expect(page.locator("[data-live]")).to_contain_text("mất kết nối", timeout=SOON_MS)
    page.context.set_offline(False)

    expect_live(page)


def test_a_stream_that_fell_silent_is_not_called_live(page: Page, shop: Shop) -> None:
    shop.pay("0909000008", 10_000)
    page.clock.install()
    open_customer(page, shop, "0909000008")

    with shop.suspended("push"):  # The connection stands and says nothing: no error tells the browser.
        for silent_ms in (46_000, 11_000, 3_000):
            page.clock.fast_forward(silent_ms)
        expect(page.locator("[data-live]")).to_contain_text("mất kết nối")
    page.clock.fast_forward(10_000)

    expect_live(page)


def test_a_stream_with_nothing_to_tell_stays_live(page: Page, shop: Shop) -> None:
    shop.pay("0909000009", 10_000)
    page.clock.install()
    open_customer(page, shop, "0909000009")

    for _ in range(3):
        with page.expect_websocket():
            page.clock.fast_forward(46_000)
        expect_live(page)
    shop.pay("0909000009", 20_000)

    expect(page.locator("[data-said]")).to_have_text("Vừa nhận +20.000 ₫", timeout=SOON_MS)
    expect(total(page)).to_have_text("30.000 ₫")


def test_somebody_whose_login_ended_is_told(page: Page, shop: Shop) -> None:
    shop.pay("0909000005", 10_000)
    open_customer(page, shop, "0909000005")

    page.context.clear_cookies()
    shop.pay("0909000005", 10_000)

    expect(page.locator("[data-live]")).to_contain_text("hết phiên")


def test_the_list_of_transfers_stays_until_one_asks_for_the_new_ones(page: Page, shop: Shop) -> None:
    shop.pay("0909000006", 60_000)
    page.goto(f"{shop.base_url}/admin/banking/banktransfer/")
    expect_live(page)
    rows = page.locator("#result_list tr.data-row")
    before = rows.all_inner_texts()
    news = page.locator("[data-news]")

    shop.pay("0909000006", 70_000)
    expect(news).to_have_text("1 giao dịch mới – bấm để xem", timeout=SOON_MS)
    shop.pay("0909000006", 80_000)
    expect(news).to_have_text("2 giao dịch mới – bấm để xem", timeout=SOON_MS)
    assert rows.all_inner_texts() == before
    news.click()

    expect(rows.first).to_contain_text("+80.000 ₫")


@pytest.mark.parametrize("look", [PHONE], indirect=True, ids=["phone"])
def test_no_screen_is_wider_than_a_phone(page: Page, shop: Shop) -> None:
    phone = "0909000007"
    shop.pay(phone, 1_234_567_000)
    open_customer(page, shop, phone)
    screens = [
        page.url,
        *(f"{shop.base_url}/admin/{path}" for path in ("", "customers/customer/", "banking/banktransfer/")),
    ]

    widths = {}
    for screen in screens:
        page.goto(screen)
        widths[screen] = page.evaluate("document.documentElement.scrollWidth")

    assert set(widths.values()) == {390}, widths


def test_the_language_is_switched_from_the_menu(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.base_url}/admin/")
    page.get_by_text(shop.username).click()
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", name=re.compile("Today"))).to_be_visible()
    assert time.strftime("%Y") in page.locator(".n2-title").inner_text()


def test_the_theme_is_switched_from_the_menu_and_stays(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.base_url}/admin/")
    for theme in ("dark", "light"):
        page.get_by_text(shop.username).click()
        page.locator(f"""[x-on\\:click="switchTheme('{theme}')"]:visible""").first.click()
        for _ in range(2):
            expect(page.locator("html.dark")).to_have_count(1 if theme == "dark" else 0)
            page.reload()
