"""The blacklist on screen: on and off with a reason, by owner and accountant; what it shuts says so."""

from typing import Any

import pytest
from django.test import Client

from customers import blacklist
from customers.models import Activity, Customer
from customers.operations import get_or_create_customer, update_profile
from n2store.models import AuditLog, Event
from n2store.roles import Role
from tests.factories.staff import logged_in

LIST = "/admin/customers/customer/"
MAY = {Role.OWNER, Role.ACCOUNTANT}
SHUT = {"withdraw", "pay_order", "issue_credit"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    customer, _ = get_or_create_customer(phone="0909318264", name="Chị Hoa", by="test")
    return update_profile(customer_id=customer.pk, changes={"tier": "gold"}, by="test")


def page_of(customer: Customer, page: str = "change/") -> str:
    return f"{LIST}{customer.pk}/{page}"


def tier(customer: Customer) -> str:
    customer.refresh_from_db()
    return customer.tier


def said(page: Any) -> list[str]:
    return [message.level_tag for message in page.context["messages"]]


def told(page: Any) -> str:
    return " ".join(str(message) for message in page.context["messages"])


@pytest.mark.parametrize("role", Role)
def test_only_owner_and_accountant_put_somebody_on_the_blacklist_and_take_them_off(customer, role):
    client = logged_in(role)

    offered = "blacklist/add/" in client.get(page_of(customer)).content.decode()
    client.post(page_of(customer, "blacklist/add/"), {"reason": "Bom 3 đơn"})
    marked = tier(customer) == "blacklist"
    blacklist.mark(customer_id=customer.pk, reason="Bom 3 đơn", by="test")
    client.post(page_of(customer, "blacklist/remove/"), {"reason": "Đã bồi thường"})

    assert (offered, marked, tier(customer) == "gold") == ((role in MAY),) * 3
    assert AuditLog.objects.filter(outcome="refused", code="PERMISSION_DENIED").exists() == (role not in MAY)


def test_the_reason_is_in_audit_log_history_and_on_the_screen(customer):
    client = logged_in(Role.ACCOUNTANT)

    client.post(page_of(customer, "blacklist/add/"), {"reason": " Bom <b>3</b> đơn "})
    shown = client.get(page_of(customer)).content.decode()

    line = AuditLog.objects.latest("id")
    assert (line.action, line.actor, line.detail) == ("customer.update", "staff-accountant", "Bom <b>3</b> đơn")
    assert (line.before, line.after) == ({"tier": "gold"}, {"tier": "blacklist"})
    assert Activity.objects.latest("id").description == "Bom <b>3</b> đơn"
    assert Event.objects.latest("id").name == "customer.tier_changed"
    assert "Bom &lt;b&gt;3&lt;/b&gt; đơn" in shown
    assert "Bom <b>3" not in shown


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "a\x00b"])
@pytest.mark.parametrize("page", ["blacklist/add/", "blacklist/remove/"])
def test_nothing_happens_without_a_reason(customer, page, reason):
    if page.endswith("remove/"):
        blacklist.mark(customer_id=customer.pk, reason="x", by="test")
    before = tier(customer)

    answer = logged_in(Role.OWNER).post(page_of(customer, page), {"reason": reason}, follow=True)

    assert (tier(customer), said(answer)) == (before, ["error"])


def test_a_second_time_changes_nothing_and_says_so(customer):
    client = logged_in(Role.OWNER)
    for reason in ("một", "hai"):
        answer = client.post(page_of(customer, "blacklist/add/"), {"reason": reason}, follow=True)
    first = blacklist.marked_by(Customer.objects.get())
    client.post(page_of(customer, "blacklist/remove/"), {"reason": "x"})
    lines = AuditLog.objects.count()
    again = client.post(page_of(customer, "blacklist/remove/"), {"reason": "x"}, follow=True)

    assert first is not None
    assert first.detail == "một"
    assert "đã ở trong danh sách đen" in told(answer)
    assert "không có trong danh sách đen" in told(again)
    assert AuditLog.objects.count() == lines


def test_one_whose_marking_nobody_wrote_down_becomes_new(customer):
    Customer.objects.filter(pk=customer.pk).update(tier="blacklist")

    logged_in(Role.OWNER).post(page_of(customer, "blacklist/remove/"), {"reason": "x"})

    assert tier(customer) == "new"


def test_what_the_blacklist_shuts_says_so_and_what_it_leaves_open_opens(customer):
    client = logged_in(Role.OWNER)
    blacklist.mark(customer_id=customer.pk, reason="x", by="test")

    buttons = client.get(page_of(customer)).context["panel"]["buttons"]
    opened = {
        button["name"]: client.get(f"/admin/wallets/wallet/of/{customer.pk}/{button['name']}/") for button in buttons
    }

    assert {button["name"] for button in buttons if button["refused"]} == SHUT
    assert {name for name, page in opened.items() if page.status_code == 403} == SHUT
    assert {name for name, page in opened.items() if page.status_code == 200} == {"deposit", "adjust"}
    assert "danh sách đen" in opened["withdraw"].content.decode()


@pytest.mark.parametrize(("before", "after"), [("gold", "blacklist"), ("blacklist", "gold")])
def test_the_profile_form_is_no_way_around_the_reason(customer, before, after):
    Customer.objects.filter(pk=customer.pk).update(tier=before)
    given = {"name": "Chị Hoa", "status": "Bình thường", "tier": after, "email": "", "address": "", "internal_note": ""}

    answer = logged_in(Role.CUSTOMER_CARE).post(page_of(customer, "profile/"), given)

    assert set(answer.context["adminform"].form.errors) == {"tier"}
    assert tier(customer) == before


def test_the_screen_costs_one_query_more_for_the_blacklisted(customer, django_assert_num_queries):
    from tests.customers.test_admin import EMPTY_SCREEN_QUERIES

    client = logged_in(Role.VIEWER)
    blacklist.mark(customer_id=customer.pk, reason="x", by="test")

    with django_assert_num_queries(EMPTY_SCREEN_QUERIES + 1):
        client.get(page_of(customer))


@pytest.mark.parametrize("page", ["blacklist/add/", "blacklist/remove/", "tpos/ask/", "tpos/choose/"])
def test_acts_are_posted_with_a_login_and_a_form_of_ours(customer, page):
    client = logged_in(Role.OWNER)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies

    assert client.get(page_of(customer, page)).status_code == 405
    assert strict.post(page_of(customer, page), {"reason": "x", "tpos_id": "1"}).status_code == 403
    assert Client().post(page_of(customer, page)).headers["Location"].startswith("/admin/login/")


def test_it_is_told_in_english_too(customer):
    client = logged_in(Role.OWNER)
    client.cookies["django_language"] = "en"
    blacklist.mark(customer_id=customer.pk, reason="x", by="test")

    assert "On the blacklist: no new order, withdrawal or credit." in client.get(page_of(customer)).content.decode()
