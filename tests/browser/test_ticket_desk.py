"""The ticket desk by hand: opening, acts with their effect, colleagues, keys, a pasted list."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SOON_MS, Shop, expect_keys
from tests.browser.test_live_screens import PHONE, expect_live

LIST = "/admin/tickets/ticket/"
OPENED = """
import json
from tests.factories.tickets import ticket
given = json.loads({given!r})
made = [ticket(one.pop("type"), **one) for one in given]
print(json.dumps([[row.pk, row.code] for row in made]))
"""
MAKE_LAN = """
from django.contrib.auth.models import Group, User
from n2store.roles import Role
lan, _ = User.objects.get_or_create(username="lan", defaults=dict(first_name="Lan", is_staff=True))
lan.set_password("lan-browser-secret"); lan.save()
lan.groups.add(Group.objects.get(name=Role.ACCOUNTANT.value))
"""
LATE_AND_URGENT = """
from datetime import timedelta
from django.utils import timezone
from tickets.models import Ticket
long_ago = timezone.now() - timedelta(days=60)
Ticket.objects.filter(pk__in={ids}).update(priority="urgent", created_at=long_ago, carrier_deadline_at=long_ago)
"""
_phones = count(909_400_000)


def phone() -> str:
    return f"0{next(_phones)}"


def opened(shop: Shop, *given: dict[str, Any]) -> list[list[Any]]:
    """Open tickets past the screens; return number and code of each."""
    said = shop.run(OPENED.format(given=json.dumps([{"phone": phone()} | one for one in given])))
    made: list[list[Any]] = json.loads(said.strip().splitlines()[-1])
    return made


def a_boom(**given: Any) -> dict[str, Any]:
    return {"type": "BOOM", "status": "PENDING_FINANCE", "refund_amount": 350_000} | given


def a_return(**given: Any) -> dict[str, Any]:
    goods = [{"name": "Áo thun", "price": 150_000, "quantity": 2, "returnQuantity": 2}]
    whole = {"type": "RETURN_CLIENT", "status": "PENDING_GOODS", "refund_amount": 300_000, "products": goods}
    return whole | given


def open_page(page: Page, shop: Shop, ticket_id: int) -> None:
    page.goto(f"{shop.base_url}{LIST}{ticket_id}/change/")
    expect_keys(page)


@pytest.fixture
def lan(page: Page, shop: Shop) -> Iterator[Page]:
    """Return a page of a colleague in a browser of her own."""
    shop.run(MAKE_LAN)
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context()
    hers = context.new_page()
    hers.goto(f"{shop.base_url}/admin/login/")
    hers.fill("[name=username]", "lan")
    hers.fill("[name=password]", "lan-browser-secret")
    hers.click("#login-form [type=submit]")
    hers.wait_for_url(f"{shop.base_url}/admin/")
    yield hers
    context.close()


def test_a_ticket_is_opened_after_the_customer_was_looked_up(page: Page, shop: Shop) -> None:
    number = phone()
    shop.pay(number, 120_000)
    page.goto(f"{shop.base_url}{LIST}add/")

    page.fill("[name=phone]", f"+84 {number[1:4]} {number[4:7]} {number[7:]}")
    page.fill("[name=order]", "NJD/77")
    page.keyboard.press("Enter")
    expect(page.locator(".n2-whose")).to_contain_text("120.000 ₫")
    page.check("[name=type][value=RETURN_SHIPPER]")
    expect(page.locator("[name=cod]")).to_be_hidden()
    page.fill("[name=good-0-name]", "Áo thun")
    page.fill("[name=good-0-price]", "150.000")
    page.fill("[name=good-0-quantity]", "2")
    page.click(".n2-form .is-main")

    expect(page.locator("#n2-ticket")).to_contain_text("TV-")
    expect(page.locator(".n2-sum").first).to_contain_text("300.000 ₫")
    expect(page.locator("[data-party=customer]")).to_contain_text("300.000 ₫")


def test_a_new_phone_says_that_a_customer_will_be_made(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.base_url}{LIST}add/?phone={phone()}")

    expect(page.locator(".n2-new-customer")).to_contain_text("Khách hàng mới sẽ được tạo")


def test_the_effect_is_read_and_then_done_by_one_press(page: Page, shop: Shop) -> None:
    [[ticket_id, _]] = opened(shop, a_return())
    open_page(page, shop, ticket_id)
    expect(page.locator(".n2-would").first).to_contain_text("300.000 ₫ tiền thật vào ví: 0 ₫ → 300.000 ₫.")

    page.dblclick(".n2-way .is-main")

    expect(page.locator(".n2-card-head [data-value=COMPLETED]")).to_be_visible()
    expect(page.locator("[data-party=customer] td").nth(2)).to_have_text("300.000 ₫")
    expect(page.locator(".n2-history li")).to_have_count(2)
    expect(page.locator("[data-changed]")).to_be_hidden()


def test_it_is_resolved_with_what_somebody_gives_and_the_words_are_heard_before(page: Page, shop: Shop) -> None:
    [[ticket_id, _]] = opened(shop, {"type": "COMPLAINT", "status": "IN_PROGRESS"})
    open_page(page, shop, ticket_id)

    page.keyboard.press("r")
    expect(page.locator("#resolve-amount")).to_be_focused()
    page.keyboard.type("50.000")
    expect(page.locator("[data-words]").first).to_have_text("50.000 ₫ = 50 nghìn đồng")
    page.keyboard.press("Enter")

    expect(page.locator(".n2-card-head [data-value=COMPLETED]")).to_be_visible()
    expect(page.locator("[data-party=customer]")).to_contain_text("50.000 ₫")


def test_a_colleagues_change_is_told_and_what_one_types_stays(page: Page, shop: Shop, lan: Page) -> None:
    [[ticket_id, _], [other_id, _]] = opened(shop, a_return(), a_return())
    open_page(page, shop, ticket_id)
    expect_live(page)
    page.fill("#n2-note", "đang gõ dở")

    for changed in (other_id, ticket_id):
        expect(page.locator("[data-changed]")).to_be_hidden()
        open_page(lan, shop, changed)
        lan.fill("#n2-note", "Đã gọi khách")
        lan.click(".n2-note-form >> nth=0 >> button")
        expect(lan.locator(".n2-history")).to_contain_text("Đã gọi khách")

    expect(page.locator("[data-changed]")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#n2-note")).to_have_value("đang gõ dở")
    page.click("[data-changed]")
    expect(page.locator(".n2-history")).to_contain_text("Đã gọi khách")


def test_what_one_did_oneself_is_no_news(page: Page, shop: Shop) -> None:
    [[ticket_id, _]] = opened(shop, a_return())
    open_page(page, shop, ticket_id)
    page.fill("#n2-note", "Của mình")
    page.click(".n2-note-form >> nth=0 >> button")
    expect(page.locator(".n2-history")).to_contain_text("Của mình")
    expect_live(page)

    page.evaluate(
        """code => document.dispatchEvent(new CustomEvent("n2:event", { detail: { name: "ticket.updated",
           data: { ticket_code: code, ticket: { action_history: [{}, {}] } } } }))""",
        page.locator("[data-changed]").get_attribute("data-changed"),
    )

    expect(page.locator("[data-changed]")).to_be_hidden()


def test_who_else_is_on_the_ticket_is_told_and_gone_when_the_page_is_closed(page: Page, shop: Shop, lan: Page) -> None:
    [[ticket_id, _], [other_id, _]] = opened(shop, a_return(), a_return())
    page.add_init_script("window.setInterval = () => 0")  # It asks by no clock of its own: it is told by the stream.
    open_page(page, shop, ticket_id)
    expect_live(page)
    others = page.locator("[data-others]")
    open_page(lan, shop, other_id)
    expect(others).to_be_hidden()

    open_page(lan, shop, ticket_id)
    expect(others).to_have_text("Lan đang xem phiếu này", timeout=SOON_MS)
    expect(lan.locator("[data-others]")).to_have_text("browser-owner đang xem phiếu này", timeout=SOON_MS)
    lan.close()

    expect(others).to_be_hidden(timeout=SOON_MS)


def test_the_list_and_its_tickets_are_gone_through_by_key(page: Page, shop: Shop) -> None:
    made = opened(shop, a_boom(), a_boom(), a_boom(carrier="J&T"))
    newest = [code for _, code in reversed(made)]
    page.goto(f"{shop.base_url}{LIST}?state=all")
    expect_keys(page)
    focused = page.locator("#result_list .field-ticket a:focus")

    for key, there in (("j", 0), ("j", 1), ("n", 2), ("k", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        expect(focused).to_contain_text(newest[there])
    page.keyboard.press("Enter")
    for key, there in (("", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key) if key else None
        expect(page.locator("#n2-ticket")).to_contain_text(newest[there])
        expect_keys(page)
    page.keyboard.press("l")

    page.wait_for_url("**state=all")


def test_keys_write_a_note_search_and_press_the_main_button(page: Page, shop: Shop) -> None:
    [[ticket_id, code], [_, other]] = opened(shop, a_boom(), a_boom())
    open_page(page, shop, ticket_id)

    page.keyboard.press("n")
    page.keyboard.type("1 chuyển khoản")
    expect(page.locator("#n2-note")).to_have_value("1 chuyển khoản")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator(".n2-card-head [data-value=COMPLETED]")).to_be_visible()
    expect_keys(page)
    page.keyboard.press("/")
    page.keyboard.type(other)
    page.keyboard.press("Enter")
    expect(page.locator("#result_list .field-ticket")).to_contain_text(other)
    expect_keys(page)
    page.keyboard.press("/")
    expect(page.locator("#searchbar")).to_be_focused()

    assert code not in page.locator("#result_list").inner_text()


def test_a_ticket_is_edited_and_taken_by_keyboard(page: Page, shop: Shop) -> None:
    [[ticket_id, code]] = opened(shop, a_return())
    open_page(page, shop, ticket_id)

    page.keyboard.press("e")
    expect(page.locator("#edit-amount")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("250.000")
    expect(page.locator("[data-words]").first).to_have_text("250.000 ₫ = 250 nghìn đồng")
    page.keyboard.press("Enter")
    expect(page.locator(".n2-sum").first).to_contain_text("250.000 ₫")
    page.click(".n2-edit >> text=Sửa hàng")
    expect(page.locator("[name=good-0-name]")).to_be_focused()
    page.check("[name=good-0-gone]")
    page.fill("[name=good-1-name]", "Váy")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-labelledby=n2-goods] tbody tr")).to_have_count(1)
    expect_keys(page)
    page.keyboard.press("t")
    expect(page.locator("#n2-assigned")).to_have_value(shop.username)

    page.goto(f"{shop.base_url}{LIST}?state=goods")
    expect_keys(page)
    page.keyboard.press("m")
    page.wait_for_url("**assignee=mine")
    expect(page.locator("#result_list .field-ticket")).to_contain_text(code)


def test_help_opens_and_closes_by_key_and_names_only_what_there_is(page: Page, shop: Shop) -> None:
    [[ticket_id, _]] = opened(shop, {"type": "BOOM", "status": "COMPLETED"})
    open_page(page, shop, ticket_id)
    dialog = page.locator("#n2-help")

    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    expect(dialog).not_to_contain_text("xử lý kèm bồi thường")
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.keyboard.press("?")
    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()


def test_a_carriers_list_is_pasted_read_and_settled_once(page: Page, shop: Shop) -> None:
    (_, first), (_, second), (_, wrong) = opened(shop, a_boom(), a_boom(), a_boom())
    page.goto(f"{shop.base_url}{LIST}settle/")

    lines = [f"{first}\t350.000", f"{second}, 350k", f"{wrong}\t1.000", "NJD/khong-co\t5.000", f"{first} 350000"]
    page.fill("#n2-text", "\n".join(["Mã\tTiền", *lines]))
    page.click(".n2-form .is-main")
    said = {2: "line-clean", 3: "line-clean", 4: "line-differs", 5: "line-unknown", 6: "line-repeated"}
    for line, state in said.items():
        expect(page.locator(f"tr[data-line='{line}']")).to_have_attribute("data-state", state)
    expect(page.locator("[data-settle-sum]")).to_contain_text("700.000 ₫")
    expect(page.locator("button[name=confirm]")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("tr[data-state=done]")).to_have_count(2)
    expect(page.locator("[data-settle-sum]")).to_contain_text("Đã đối soát 2 phiếu.")
    page.click(".n2-deed .is-main")
    expect(page.locator("tr[data-state=line-settled]")).to_have_count(3)
    expect(page.locator("button[name=confirm]")).to_have_count(0)


@pytest.mark.parametrize("look", [{"java_script_enabled": False}], indirect=True, ids=["no-script"])
def test_it_works_without_scripts(page: Page, shop: Shop) -> None:
    [[ticket_id, code], [_, other]] = opened(shop, a_boom(), a_boom())
    page.goto(f"{shop.base_url}{LIST}settle/")
    page.fill("#n2-text", f"{other} 350.000")
    page.click(".n2-form .is-main")
    page.click("button[name=confirm]")
    expect(page.locator("tr[data-state=done]")).to_contain_text(other)

    page.goto(f"{shop.base_url}{LIST}{ticket_id}/change/")
    page.click(".n2-way .is-main")

    expect(page.locator(".n2-card-head [data-value=COMPLETED]")).to_be_visible()
    expect(page.locator("#n2-ticket")).to_contain_text(code)


@pytest.mark.parametrize("look", [PHONE], indirect=True, ids=["phone"])
def test_no_page_of_tickets_is_wider_than_a_phone(page: Page, shop: Shop) -> None:
    long = "Áo" * 500
    goods = [{"name": long, "price": 10**9, "quantity": 1, "returnQuantity": 1}]
    [[ticket_id, code], [plain_id, _]] = opened(
        shop, a_boom(description=long, customer_name="x" * 200, order_id="N" * 80, products=goods), a_return()
    )
    widths = {}
    for address in (LIST, f"{LIST}?state=all", f"{LIST}{ticket_id}/change/", f"{LIST}{plain_id}/change/",
                    f"{LIST}{ticket_id}/edit/", f"{LIST}{plain_id}/edit/",
                    f"{LIST}add/", f"{LIST}add/?phone={phone()}", f"{LIST}settle/"):  # fmt: skip
        page.goto(f"{shop.base_url}{address}")
        widths[address] = page.evaluate("document.documentElement.scrollWidth")
    page.fill("#n2-text", f"{code} 350.000\n{'9' * 90}\t5.000.000\n{long}")
    page.click(".n2-form .is-main")
    expect(page.locator("tr[data-state=line-clean]")).to_be_visible()
    widths["list read"] = page.evaluate("document.documentElement.scrollWidth")

    assert set(widths.values()) == {390}, widths


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_list_of_tickets_is_never_wider_than_its_box(page: Page, shop: Shop, language: str) -> None:
    note = "Khách báo đi vắng, hẹn giao lại hai lần rồi từ chối nhận hàng vì đổi ý không mua nữa"
    goods = [{"name": "Áo croptop dệt kim trắng kem freesize", "quantity": 2}] * 4
    whole = {"description": note, "products": goods, "order_id": "NJD/2026/" + "4" * 60, "refund_amount": 999_000_000}
    other = whole | {"order_id": f"NJD/{phone()}", "customer_name": "Nguyễn Hoàng Thị Ngọc Bích Trâm Anh"}
    made = opened(shop, a_boom(**whole), a_return(**other))
    shop.run(LATE_AND_URGENT.format(ids=[id for id, _ in made]))
    page.context.add_cookies([{"name": "django_language", "value": language, "url": shop.base_url}])
    page.goto(f"{shop.base_url}{LIST}?state=late")
    expect(page.locator("#result_list tbody tr").first).to_be_visible()

    hidden = {}
    for width in (1440, 1366, 1280, 1024, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        box = page.locator(".simplebar-content-wrapper:has(#result_list)")
        hidden[width] = box.evaluate("box => Math.max(0, box.scrollWidth - box.clientWidth)")
        edge = page.locator("#result_list [data-value=late]").first.bounding_box()
        assert edge is not None
        assert edge["x"] + edge["width"] <= width

    assert set(hidden.values()) == {0}, hidden


def test_what_was_refused_stands_there_again_and_loading_the_page_sends_nothing(
    page: Page, shop: Shop, lan: Page
) -> None:
    [[ticket_id, _]] = opened(shop, a_return())
    address = f"{shop.base_url}{LIST}{ticket_id}/change/"
    open_page(page, shop, ticket_id)

    page.keyboard.press("r")
    page.fill("#resolve-note", "Đã hứa với khách")
    page.fill("#resolve-amount", "900.000")
    page.keyboard.press("Enter")
    expect(page.locator("#resolve-amount")).to_be_focused()
    expect(page.locator(".n2-field.is-wrong .n2-error")).to_contain_text("300.000 ₫")
    expect(page.locator("#resolve-note")).to_have_value("Đã hứa với khách")
    expect(page).to_have_url(address)
    expect_live(page)
    open_page(lan, shop, ticket_id)
    lan.fill("#n2-note", "Đã gọi khách")
    lan.click(".n2-note-form >> nth=0 >> button")
    expect(page.locator("[data-changed]")).to_be_visible(timeout=SOON_MS)
    with page.expect_request(lambda sent: sent.is_navigation_request()) as loaded:
        page.click("[data-changed]")

    expect(page.locator(".n2-history")).to_contain_text("Đã gọi khách")
    expect(page.locator("#resolve-note")).to_have_value("")
    assert (loaded.value.method, loaded.value.url) == ("GET", address)
