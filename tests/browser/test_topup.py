"""A customer tops up: the page turns green by itself, with the stream, without it, and after the network was away."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from n2store.simulator.payos import Payos
from tests.browser.conftest import SOON_MS, Shop, wait_for

PHONE_DARK = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
LINK = """
from banking.payos.access import link_text
from customers.models import Customer
print(link_text(Customer.objects.get(phone="{phone}")))
"""


def link_for(shop: Shop, phone: str) -> str:
    """Return the link that staff send to a customer."""
    shop.pay(phone, 1_000)
    return f"{shop.base_url}/wallet/topup?link={shop.run(LINK.format(phone=phone)).strip()}"


def begin(page: Page, shop: Shop, phone: str, *, amount: str = "300000") -> None:
    """Open the link and ask for a QR code."""
    page.goto(link_for(shop, phone))
    assert "link=" not in page.url
    page.fill("#tu-amount", amount)
    page.click("[type=submit].tu-main")
    expect(page.locator(".tu-qr svg")).to_be_visible()


def pay(payos: Payos, shop: Shop) -> None:
    """Pay the newest link as a bank does."""
    newest = max(payos.links)
    assert payos.send(shop.base_url, payos.pay(newest)).status == 200


def expect_paid(page: Page) -> None:
    expect(page.locator("[data-topup]")).to_have_attribute("data-state", "paid", timeout=SOON_MS)
    expect(page.get_by_text("Tiền đã vào ví")).to_be_visible()
    expect(page.locator(".tu-qr")).to_be_hidden()


def asked_of(page: Page, part: str) -> list[str]:
    """Return a list that grows with each request to such an address."""
    found: list[str] = []
    page.on("request", lambda sent: found.append(sent.url) if part in sent.url else None)
    return found


def test_the_money_is_shown_as_it_arrives_by_one_stream_and_no_question(page: Page, shop: Shop, payos: Payos) -> None:
    streams, questions = asked_of(page, "/api/topup/stream"), asked_of(page, "/api/topup/status")
    begin(page, shop, "0909110001")
    card = page.locator("[data-topup]")
    expect(card).to_have_attribute("data-how", "live", timeout=SOON_MS)

    pay(payos, shop)

    expect_paid(page)
    assert (len(streams), questions) == (1, [])
    expect(page.locator("[data-when=paid] [data-paid]")).to_have_text("300.000 ₫")


def test_where_no_stream_comes_through_the_page_asks(page: Page, shop: Shop, payos: Payos) -> None:
    page.route("**/api/topup/stream*", lambda route: route.abort())
    questions = asked_of(page, "/api/topup/status")
    begin(page, shop, "0909110002")
    expect(page.locator("[data-topup]")).to_have_attribute("data-how", "polling", timeout=SOON_MS)

    pay(payos, shop)

    expect_paid(page)
    asked = len(questions)
    page.wait_for_timeout(6_000)
    assert 0 < asked == len(questions)


def test_after_the_network_was_away_the_page_catches_up(page: Page, shop: Shop, payos: Payos) -> None:
    begin(page, shop, "0909110003")
    card = page.locator("[data-topup]")
    expect(card).to_have_attribute("data-how", "live", timeout=SOON_MS)

    page.context.set_offline(True)
    expect(card).to_have_attribute("data-how", "offline", timeout=SOON_MS)
    pay(payos, shop)
    expect(card).to_have_attribute("data-state", "pending")
    page.context.set_offline(False)

    expect_paid(page)


def test_a_push_process_that_dies_is_come_back_to(page: Page, shop: Shop, payos: Payos) -> None:
    begin(page, shop, "0909110004")
    expect(page.locator("[data-topup]")).to_have_attribute("data-how", "live", timeout=SOON_MS)

    shop.kill("push")
    pay(payos, shop)

    expect(page.locator("[data-topup]")).to_have_attribute("data-state", "paid", timeout=40_000)


def test_leaving_the_page_closes_its_stream(page: Page, shop: Shop) -> None:
    def watched() -> Any:
        return page.evaluate("fetch('/api/topup/stats').then((answer) => answer.json())")["connectionCount"]

    page.goto(f"{shop.base_url}/admin/")
    before = watched()  # Of a push process that was killed some may still be counted.
    begin(page, shop, "0909110005")
    expect(page.locator("[data-topup]")).to_have_attribute("data-how", "live", timeout=SOON_MS)
    assert watched() == before + 1

    page.goto(f"{shop.base_url}/admin/")

    wait_for(lambda: watched() <= before, 60)


@pytest.mark.parametrize("look", [PHONE_DARK], indirect=True, ids=["phone"])
def test_the_page_fits_a_phone(page: Page, shop: Shop, payos: Payos) -> None:
    page.goto(link_for(shop, "0909110006"))
    widths = [page.evaluate("document.documentElement.scrollWidth")]
    begin(page, shop, "0909110006", amount="99999999")
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    pay(payos, shop)
    expect_paid(page)
    widths.append(page.evaluate("document.documentElement.scrollWidth"))

    assert widths == [390, 390, 390]


def test_the_page_speaks_english_too(page: Page, shop: Shop) -> None:
    page.goto(link_for(shop, "0909110007"))
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", name="Top up the wallet")).to_be_visible()


def test_an_amount_that_cannot_be_is_said_on_the_page(page: Page, shop: Shop) -> None:
    page.goto(link_for(shop, "0909110008"))
    page.fill("#tu-amount", "500")
    page.click("[type=submit].tu-main")

    expect(page.get_by_role("alert")).to_be_visible()


def begin_elsewhere(page: Page, shop: Shop, phone: str, amount: str) -> None:
    """Start a top-up as the customer does, in a window of their own."""
    assert page.context.browser is not None
    theirs = page.context.browser.new_context()
    begin(theirs.new_page(), shop, phone, amount=amount)
    theirs.close()


def open_list(page: Page, shop: Shop) -> None:
    """Open the desk's list of top-ups, once it is live."""
    page.goto(f"{shop.base_url}/admin/banking/topup/")
    expect(page.locator("[data-live]")).to_have_text("trực tiếp")


def row_of(page: Page, phone: str) -> Any:
    return page.locator("#result_list tr:has(.field-begun_at)", has_text=phone)


def test_the_desks_list_shows_money_as_it_comes_and_offers_new_ones(page: Page, shop: Shop, payos: Payos) -> None:
    begin_elsewhere(page, shop, "0909220001", "300000")
    open_list(page, shop)
    expect(row_of(page, "0909220001")).to_contain_text("Chờ thanh toán")
    page.evaluate("window.stayed = true")

    pay(payos, shop)

    expect(row_of(page, "0909220001")).to_contain_text("Đã thanh toán", timeout=SOON_MS)
    begin_elsewhere(page, shop, "0909220002", "400000")
    expect(page.locator("[data-news]")).to_be_visible(timeout=SOON_MS)
    assert page.evaluate("window.stayed")
    page.click("[data-news]")
    expect(row_of(page, "0909220002")).to_contain_text("400.000 ₫")


def test_the_desk_asks_now_and_sees_what_payos_told(page: Page, shop: Shop, payos: Payos) -> None:
    begin_elsewhere(page, shop, "0909220003", "200000")
    open_list(page, shop)
    row_of(page, "0909220003").locator(".field-begun_at a").click()
    payos.pay(max(payos.links))
    page.get_by_role("button", name="Hỏi PayOS ngay").click()
    expect(page.locator("[data-part=paid]")).to_contain_text("+200.000 ₫")

    begin_elsewhere(page, shop, "0909220004", "250000")
    open_list(page, shop)
    row_of(page, "0909220004").locator(".field-begun_at a").click()
    expect(page.locator("[data-live]")).to_have_text("trực tiếp")
    pay(payos, shop)

    expect(page.locator("[data-part=paid]")).to_contain_text("+250.000 ₫", timeout=SOON_MS)
    page.locator("[data-part=told] a").click()
    expect(page.locator("body")).to_contain_text("orderCode")
