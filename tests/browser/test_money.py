"""Money at the counter, by hand: asked, shown, confirmed; another screen that is open sees it without a reload."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SOON_MS, Shop
from tests.browser.test_live_screens import PHONE, expect_live, open_customer, total


def balance(page: Page, name: str) -> Any:
    return page.locator(f"[data-effect={name}] td")


def test_a_deposit_is_shown_confirmed_and_seen_in_another_window(page: Page, shop: Shop) -> None:
    shop.pay("0909000101", 100_000)
    open_customer(page, shop, "0909000101")
    with page.expect_popup() as opened:
        page.evaluate("window.open(location.href)")
    other = opened.value
    expect_live(other)
    other.fill("#n2-note", "đang gõ dở")

    page.click("[data-deed=deposit]")
    expect(page.locator("[data-amount]")).to_be_focused()
    page.keyboard.type("150.000")
    expect(page.locator("[data-words]")).to_have_text("150.000 ₫ = 150 nghìn đồng")
    page.keyboard.press("Enter")
    expect(balance(page, "total")).to_have_text(["100.000 ₫", "250.000 ₫"])
    expect(total(other)).to_have_text("100.000 ₫")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(total(page)).to_have_text("250.000 ₫")
    expect(total(other)).to_have_text("250.000 ₫", timeout=SOON_MS)
    expect(other.locator("#n2-note")).to_have_value("đang gõ dở")


def test_a_confirmation_sent_twice_and_again_later_is_done_once(page: Page, shop: Shop) -> None:
    shop.pay("0909000102", 100_000)
    open_customer(page, shop, "0909000102")
    page.click("[data-deed=withdraw]")
    page.fill("[name=amount]", "40 000")
    page.click(".n2-form .is-main")
    form = page.evaluate("Object.fromEntries(new FormData(document.querySelector('[data-once]')))")
    address = page.url
    page.dblclick("button[name=confirm]")
    expect(total(page)).to_have_text("60.000 ₫")

    again = page.request.post(address, form=form | {"confirm": "1"}, headers={"Referer": address})

    assert "không có gì bị làm hai lần" in again.text()
    page.reload()
    expect(total(page)).to_have_text("60.000 ₫")


def test_a_row_is_taken_back_from_the_statement(page: Page, shop: Shop) -> None:
    shop.pay("0909000103", 100_000)
    open_customer(page, shop, "0909000103")

    page.click("text=Hoàn tác")
    page.fill("[name=reason]", "Chuyển nhầm")
    page.click(".n2-form .is-main")
    page.click("button[name=confirm]")

    expect(total(page)).to_have_text("0 ₫")
    expect(page.locator("tr.is-undone")).to_have_count(1)


def test_customers_are_found_as_one_types(page: Page, shop: Shop) -> None:
    for number in range(4):
        shop.pay(f"090900020{number}", 10_000)
    page.goto(f"{shop.base_url}/admin/customers/customer/")
    page.evaluate("window.stayed = true")
    rows = page.locator("[data-found] tbody tr")
    expect(page.locator("[data-finder] [type=search]")).to_be_focused()

    page.keyboard.type("900020")
    expect(rows).to_have_count(4)
    page.keyboard.type("3")
    expect(rows).to_have_count(1)
    assert page.evaluate("window.stayed")
    assert "q=9000203" in page.url
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator(".n2-phone").first).to_have_text("0909000203")


def test_the_blacklist_shuts_the_buttons_in_another_window_too(page: Page, shop: Shop) -> None:
    shop.pay("0909000106", 100_000)
    open_customer(page, shop, "0909000106")
    with page.expect_popup() as opened:
        page.evaluate("window.open(location.href)")
    other = opened.value
    expect_live(other)

    page.click("text=Đưa vào danh sách đen")
    page.fill("#n2-reason", "Bom 3 đơn")
    page.keyboard.press("Enter")

    expect(page.locator("#n2-blacklisted")).to_contain_text("Bom 3 đơn")
    expect(other.locator("#n2-blacklisted")).to_contain_text("Bom 3 đơn", timeout=SOON_MS)
    for deed, shut in (("withdraw", True), ("pay_order", True), ("issue_credit", True), ("deposit", False)):
        expect(other.locator(f"[data-deed={deed}][aria-disabled=true]")).to_have_count(int(shut))


@pytest.mark.parametrize("look", [{"java_script_enabled": False}], indirect=True, ids=["no-script"])
def test_money_moves_without_scripts(page: Page, shop: Shop) -> None:
    shop.pay("0909000104", 100_000)
    page.goto(f"{shop.base_url}/admin/customers/customer/?q=0909000104")
    page.click("#result_list .field-name a")
    page.click("[data-deed=withdraw]")
    page.fill("[name=amount]", "100000")
    page.click(".n2-form .is-main")
    page.click("button[name=confirm]")

    expect(total(page)).to_have_text("0 ₫")


@pytest.mark.parametrize("look", [PHONE], indirect=True, ids=["phone"])
def test_no_page_of_money_is_wider_than_a_phone(page: Page, shop: Shop) -> None:
    phone = "0909000105"
    shop.pay(phone, 1_234_567_000)
    open_customer(page, shop, phone)
    customer = re.search(r"customer/(\d+)/", page.url)
    assert customer
    home = f"{shop.base_url}/admin/wallets/wallet/of/{customer[1]}"

    widths = {}
    for name in ("statement", "lots", "deposit", "issue_credit", "adjust"):
        page.goto(f"{home}/{name}/")
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
    for name in ("changes", "profile", "activity"):
        page.goto(f"{shop.base_url}/admin/customers/customer/{customer[1]}/{name}/")
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
    for name in ("customers/customer/add", "wallets/pendingwithdrawal", "n2store/auditlog"):
        page.goto(f"{shop.base_url}/admin/{name}/")
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
    page.goto(f"{shop.base_url}/admin/customers/customer/{customer[1]}/change/")
    widths["360"] = page.evaluate("document.documentElement.scrollWidth")

    assert set(widths.values()) == {390}, widths
