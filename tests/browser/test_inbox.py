"""The inbox as customer care sees it: who waits appears by itself, and leaves when answered."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SOON_MS, Shop
from tests.factories.frames import conversation

WAIT_MS = 60_000
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}


def open_inbox(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.base_url}/admin/realtime/waitingcustomer/")
    expect_pill(page, "trực tiếp")


def expect_pill(page: Page, text: str) -> None:
    expect(page.locator("[data-live]")).to_have_text(text, timeout=WAIT_MS)


def row(page: Page, name: str) -> Any:
    return page.locator("[data-rows] > li", has_text=name)


def test_who_writes_appears_and_who_is_answered_leaves(page: Page, shop: Shop) -> None:
    open_inbox(page, shop)
    page.evaluate("window.stayed = true")

    shop.hear(conversation("b_1", "Còn size M không?", psid="9101", name="Lan Anh"))
    expect(row(page, "Lan Anh")).to_contain_text("Còn size M không?", timeout=SOON_MS)
    shop.hear(conversation("b_2", "Alo shop?", psid="9101", name="Lan Anh"))
    expect(row(page, "Lan Anh")).to_contain_text("Alo shop?", timeout=SOON_MS)
    expect(row(page, "Lan Anh").locator(".n2-count")).to_have_text("2")
    assert page.evaluate("window.stayed")
    shop.hear(conversation("b_3", "Dạ còn ạ", psid="9101", name="Lan Anh", from_page=True))

    expect(row(page, "Lan Anh")).to_have_count(0, timeout=WAIT_MS)
    assert page.evaluate("window.stayed")


def test_answered_is_pressed_and_the_next_message_waits_again(page: Page, shop: Shop) -> None:
    shop.hear(conversation("b_11", "Giá bao nhiêu?", psid="9102", name="Minh Hoàng"))
    open_inbox(page, shop)

    row(page, "Minh Hoàng").get_by_role("button", name="Đã trả lời").click()
    expect(page.get_by_text("Đã trả lời Minh Hoàng.")).to_be_visible()
    expect(row(page, "Minh Hoàng")).to_have_count(0)
    expect_pill(page, "trực tiếp")
    shop.hear(conversation("b_12", "Ship mấy ngày?", psid="9102", name="Minh Hoàng"))

    expect(row(page, "Minh Hoàng")).to_contain_text("Ship mấy ngày?", timeout=SOON_MS)
    row(page, "Minh Hoàng").locator(".n2-inbox-words").click()
    expect(page.locator(".n2-chat > li")).to_have_count(2)


def test_the_menu_and_the_title_count_who_waits(page: Page, shop: Shop) -> None:
    open_inbox(page, shop)
    badge = page.locator("#nav-sidebar-apps [data-waiting]").first
    expect(badge).to_be_attached(timeout=WAIT_MS)
    before = int(badge.get_attribute("data-waiting") or 0)

    shop.hear(conversation("b_51", "Shop ơi", psid="9107", name="Ngọc Ánh"))
    expect(page).to_have_title(re.compile(rf"^\({before + 1}\) "), timeout=WAIT_MS)
    expect(badge).to_have_text(str(before + 1))
    shop.hear(conversation("b_52", "Dạ", psid="9107", name="Ngọc Ánh", from_page=True))

    expect(badge).to_have_attribute("data-waiting", str(before), timeout=WAIT_MS)


def test_somebody_is_joined_with_their_customer_and_taken_apart(page: Page, shop: Shop) -> None:
    shop.pay("0909777001", 10_000)
    shop.hear(conversation("b_61", "Còn hàng không?", psid="9106", name="Bích Trâm"))
    open_inbox(page, shop)

    row(page, "Bích Trâm").get_by_role("link", name="Tìm khách hàng").click()
    page.get_by_role("searchbox", name="Số điện thoại hoặc tên").fill("0909777001")
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.get_by_role("button", name="Đúng là khách này").first.click()
    expect(page.get_by_text("theo số điện thoại").or_(page.get_by_text("ghép tay")).first).to_be_visible()
    page.get_by_role("button", name="Tách ra").click()

    expect(page.get_by_text("nay không thuộc về khách nào")).to_be_visible()


def test_where_no_stream_gets_through_the_screen_asks_and_says_so(page: Page, shop: Shop) -> None:
    page.route_web_socket(re.compile(".*"), lambda socket: socket.close())
    page.route("**/api/events*", lambda request: request.abort())
    page.goto(f"{shop.base_url}/admin/realtime/waitingcustomer/")
    expect_pill(page, "cập nhật vài giây một lần")

    shop.hear(conversation("b_21", "Có ai không?", psid="9103", name="Thu Hà"))

    expect(row(page, "Thu Hà")).to_contain_text("Có ai không?", timeout=WAIT_MS)


def test_without_sockets_a_stream_is_as_good(page: Page, shop: Shop) -> None:
    page.route_web_socket(re.compile(".*"), lambda socket: socket.close())
    open_inbox(page, shop)

    shop.hear(conversation("b_31", "Mới về chưa?", psid="9104", name="Quốc Bảo"))

    expect(row(page, "Quốc Bảo")).to_contain_text("Mới về chưa?", timeout=SOON_MS)


@pytest.mark.parametrize("look", [PHONE], indirect=True, ids=["phone"])
def test_the_inbox_is_no_wider_than_a_phone(page: Page, shop: Shop) -> None:
    shop.hear(conversation("b_41", "x" * 300, psid="9105", name="Tên" + "dài" * 40))
    open_inbox(page, shop)
    widths = [page.evaluate("document.documentElement.scrollWidth")]
    row(page, "Têndài").locator(".n2-inbox-words").click()
    expect(page.locator(".n2-chat > li")).to_have_count(1)
    widths.append(page.evaluate("document.documentElement.scrollWidth"))

    assert widths == [390, 390]
