"""The queue by keyboard, with real transfers: on, back, accept, skip, take back; and what others do meanwhile."""

import json
import re
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SOON_MS, Shop, expect_keys
from tests.browser.test_live_screens import OUTAGE_MAX_MS, PHONE, expect_live

ASK = """
import json
from itertools import count
from banking.models import BankTransfer, PendingMatch
from tests.banking.console import rows
rows._numbers = count({first})
PendingMatch.objects.all().delete()
BankTransfer.objects.filter(wallet_transaction=None).update(verification="REJECTED")
hoa, mai = rows.person("0909318264", "Chị Hoa"), rows.person("0987318264", "Chị Mai")
made = rows.asked(hoa, mai), rows.asked(mai, hoa), rows.arrived("khong ro ai"), rows.linked(hoa)
print(json.dumps([row.pk for row in made]))
"""
_firsts = count(700_000, 100)


@pytest.fixture
def rows(shop: Shop) -> list[int]:
    """Return two questions, a transfer of nobody and one that waits for the accountant; nothing else waits."""
    said = shop.run(ASK.format(first=next(_firsts)))
    made: list[int] = json.loads(said.strip().splitlines()[-1])
    return made


def open_queue(page: Page, shop: Shop, why: str = "") -> None:
    page.goto(f"{shop.base_url}/admin/banking/banktransfer/queue/{f'?why={why}' if why else ''}")
    expect_keys(page)


def expect_focus(page: Page, transfer_id: int) -> None:
    expect(page.locator("[data-queue]")).to_have_attribute("data-queue", str(transfer_id))
    expect_keys(page)


def state(shop: Shop, transfer_id: int) -> Any:
    code = (
        "import json; from banking.models import BankTransfer;"
        f"t = BankTransfer.objects.select_related('customer').get(pk={transfer_id});"
        "print(json.dumps([t.verification, t.customer.phone if t.customer else None]))"
    )
    return json.loads(shop.run(code))


def test_one_goes_on_and_back_by_key(page: Page, shop: Shop, rows: list[int]) -> None:
    open_queue(page, shop)
    expect_focus(page, rows[0])
    for key, there in (("j", rows[1]), ("n", rows[2]), ("j", rows[2]), ("k", rows[1]), ("k", rows[0])):
        page.keyboard.press(key)
        expect_focus(page, there)


def test_the_first_is_accepted_and_taken_back(page: Page, shop: Shop, rows: list[int]) -> None:
    open_queue(page, shop)

    page.keyboard.press("Enter")
    expect_focus(page, rows[1])
    expect(page.locator("[data-done]")).to_contain_text("Đã cộng 350.000 ₫ vào ví của Chị Hoa.")
    page.keyboard.press("u")
    expect(page.locator("[data-effect=real] td").last).to_be_visible()
    page.fill("[name=reason]", "Chọn nhầm")
    page.click(".n2-form .is-main")

    expect_focus(page, rows[0])
    expect(page.locator("[data-candidate]")).to_have_count(2)
    assert state(shop, rows[0])[1] is None


def test_a_number_chooses_another(page: Page, shop: Shop, rows: list[int]) -> None:
    open_queue(page, shop)

    page.keyboard.press("2")
    expect_focus(page, rows[1])

    assert state(shop, rows[0]) == ["APPROVED", "0987318264"]


def test_a_question_is_skipped_and_asked_again(page: Page, shop: Shop, rows: list[int]) -> None:
    open_queue(page, shop)

    page.keyboard.press("s")
    expect(page.locator("#n2-skip")).to_be_focused()
    page.keyboard.type("Chờ khách báo lại")
    page.keyboard.press("Enter")
    expect_focus(page, rows[1])
    page.keyboard.press("u")

    expect_focus(page, rows[0])
    expect(page.locator("[data-candidate]")).to_have_count(2)


PRESSED_AT_ONCE = """
    addEventListener("DOMContentLoaded", () => {
        document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "1", bubbles: true}));
    });
"""
"""Pressed from within: a busy machine may take longer from a page's beginning to a key than the page waits."""


def test_no_key_is_heard_where_one_types_nor_before_one_can_read(page: Page, shop: Shop, rows: list[int]) -> None:
    open_queue(page, shop)

    page.keyboard.press("/")
    expect(page.locator("#n2-other")).to_be_focused()
    page.keyboard.type("1jus")
    expect(page.locator("#n2-other")).to_have_value("1jus")
    page.add_init_script(PRESSED_AT_ONCE)
    page.goto(f"{shop.base_url}/admin/banking/banktransfer/queue/")
    expect_keys(page)
    page.keyboard.press("Control+1")

    expect_focus(page, rows[0])
    assert state(shop, rows[0])[1] is None


def test_another_phone_is_looked_up_and_linked(page: Page, shop: Shop, rows: list[int]) -> None:
    open_queue(page, shop, "nobody")

    page.keyboard.press("/")
    page.keyboard.type("0909 318 264")
    page.keyboard.press("Enter")
    expect(page.locator(".n2-who")).to_contain_text("Chị Hoa")
    expect(page.locator("button[name=confirm]")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("[data-queue-empty]")).to_be_visible()
    assert state(shop, rows[2]) == ["APPROVED", "0909318264"]


def test_what_somebody_else_settled_is_told_and_nothing_jumps(page: Page, shop: Shop, rows: list[int]) -> None:
    open_queue(page, shop)
    expect_live(page)
    page.evaluate("window.stayed = true")
    code = (
        "from banking.desk import asking; from n2store.roles import Caller, EVERYONE;"
        f"asking.resolve(caller=Caller(name='lan', roles=EVERYONE), transfer_id={rows[0]}, phone='0987318264')"
    )

    shop.run(code)

    expect(page.locator(".n2-meanwhile")).to_contain_text("lan", timeout=OUTAGE_MAX_MS)
    page.keyboard.press("1")
    expect(page.locator("[data-queue]")).to_have_attribute("data-queue", str(rows[0]))
    assert page.evaluate("window.stayed")
    page.keyboard.press("j")
    expect_focus(page, rows[1])


def test_a_new_transfer_is_told_and_does_not_come_under_the_hand(page: Page, shop: Shop, rows: list[int]) -> None:
    open_queue(page, shop)
    expect_live(page)
    before = page.locator(".n2-following li").all_inner_texts()

    shop.pay("khong biet", 77_000)

    expect(page.locator("[data-arrived]")).to_have_text(re.compile("1 giao dịch mới"), timeout=SOON_MS)
    assert page.locator(".n2-following li").all_inner_texts() == before
    page.click("[data-arrived]")
    expect(page.locator(".n2-came")).to_contain_text("77.000 ₫")


def test_ticked_ones_are_summed_and_approved(page: Page, shop: Shop, rows: list[int]) -> None:
    page.goto(f"{shop.base_url}/admin/banking/banktransfer/review/")

    page.check("[data-tick-all]")
    expect(page.locator("[data-bulk-sum]")).to_have_text("Đã đánh dấu 1, tổng 350.000 ₫")
    page.click("[data-bulk] button")
    expect(page.locator("button[name=confirm]")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("body")).to_contain_text("Đã duyệt 1 giao dịch: 350.000 ₫.")
    assert state(shop, rows[3])[0] == "APPROVED"


@pytest.mark.parametrize("look", [{"java_script_enabled": False}], indirect=True, ids=["no-script"])
def test_it_works_without_scripts(page: Page, shop: Shop, rows: list[int]) -> None:
    page.goto(f"{shop.base_url}/admin/banking/banktransfer/queue/")
    page.click("[data-candidate] button >> nth=0")
    expect(page.locator("[data-done]")).to_contain_text("Chị Hoa")
    page.click("text=Giao dịch sau")
    page.fill("#n2-other", "0909318264")
    page.click("text=Tra khách")
    page.click("button[name=confirm]")

    assert [state(shop, row)[0] for row in (rows[0], rows[2])] == ["APPROVED", "APPROVED"]


@pytest.mark.parametrize("look", [PHONE], indirect=True, ids=["phone"])
def test_no_page_of_transfers_is_wider_than_a_phone(page: Page, shop: Shop, rows: list[int]) -> None:
    shop.run(f"from banking.models import *; BankTransfer.objects.filter(pk={rows[2]}).update(content='9' * 3000)")
    base = "/admin/banking/banktransfer"
    addresses = [
        f"{base}/queue/{rows[0]}/", f"{base}/queue/{rows[2]}/", f"{base}/review/", f"{base}/review/decided/",
        f"{base}/undo/", f"{base}/closing/?from=2026-01-16&to=2026-01-16", f"{base}/{rows[0]}/change/",
        f"{base}/{rows[2]}/link/?phone=0909318264", "/admin/banking/incident/", "/admin/banking/faileddelivery/",
        f"{base}/",
    ]  # fmt: skip

    widths = {}
    for address in addresses:
        page.goto(f"{shop.base_url}{address}")
        widths[address] = page.evaluate("document.documentElement.scrollWidth")

    assert set(widths.values()) == {390}, widths


def test_no_day_of_the_closing_sheet_scrolls_sideways(page: Page, shop: Shop, rows: list[int]) -> None:
    account = "gateway='Techcombank', account_number='19037128846015', amount_vnd=110_011_000"
    shop.run(f"from banking.models import *; BankTransfer.objects.update({account}, accumulated_vnd=256_360_000)")

    hidden = {}
    for width in (390, 768, 1024, 1280, 1366, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{shop.base_url}/admin/banking/banktransfer/closing/?from=2026-01-16&to=2026-01-16")
        expect(page.locator(".n2-scroll")).to_be_visible()
        hidden[width] = page.evaluate(
            "(({scrollWidth, clientWidth}) => scrollWidth - clientWidth)(document.querySelector('.n2-scroll'))"
        )

    assert set(hidden.values()) == {0}, hidden
