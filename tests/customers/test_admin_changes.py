"""The changes of a customer on screen: the audit log in words, each field before and after."""

import pytest
from django.test import Client

from customers.console import changes
from customers.models import Customer
from customers.operations import add_note, get_or_create_customer, update_profile
from n2store import audit
from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.staff import logged_in

QUERIES = 7  # session, user, the user's and the groups' permissions, the menu's failed ones, customer, lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return get_or_create_customer(phone="0909318264", name="Chị Hoa", by="test")[0]


def page_of(customer: Customer, page: str = "changes/") -> str:
    return f"/admin/customers/customer/{customer.pk}/{page}"


@pytest.mark.parametrize("role", [*Role, None])
def test_every_role_reads_them_and_nobody_else(customer, role):
    client = logged_in(role)

    assert client.get(page_of(customer)).status_code == (200 if role else 403)
    assert Client().get(page_of(customer)).headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    ("language", "expected"),
    [("vi", ("Hạng", "Vàng", "Danh sách đen")), ("en", ("Tier", "Gold", "Blacklist"))],
)
def test_a_change_names_its_field_and_values_before_and_after(customer, language, expected):
    update_profile(customer_id=customer.pk, changes={"tier": "gold"}, by="lan")
    update_profile(customer_id=customer.pk, changes={"tier": "blacklist"}, by="lan", reason="Bom hàng")
    client = logged_in(Role.VIEWER)
    client.cookies["django_language"] = language

    shown = client.get(page_of(customer)).context["changes"][0]

    assert (shown.fields, shown.line.actor, shown.line.detail) == ([expected], "lan", "Bom hàng")


def test_lists_flags_and_empty_values_are_readable(customer):
    fields = {"tags": ["sỉ", "live"], "email": "", "active": False, "debt_vnd": 50_000}
    audit.record(actor="a", action="customer.update", subject=f"customer:{customer.pk}", before={}, after=fields)

    shown = logged_in(Role.VIEWER).get(page_of(customer)).context["changes"][0]

    assert [after for _label, _before, after in shown.fields] == ["sỉ, live", "", "không", "50.000 ₫"]


def test_a_refusal_is_told_in_words_and_only_of_this_customer(customer):
    for subject in (f"customer:{customer.pk}", "customer:999"):
        audit.record(
            actor="kho", action="POST /x", subject=subject, outcome="refused", code="PERMISSION_DENIED", detail="x"
        )

    shown = [change for change in logged_in(Role.VIEWER).get(page_of(customer)).context["changes"] if change.refused]

    assert [(change.title, change.refused) for change in shown] == [
        ("Bị từ chối", "Bạn không có quyền thực hiện thao tác này. Liên hệ Admin nếu cần.")
    ]


@pytest.mark.parametrize("count", [1, 30])
def test_they_cost_the_same_whatever_their_number(customer, django_assert_num_queries, count):
    for number in range(count):
        add_note(customer=customer, content=f"<i>{number}", by="lan")
    client = logged_in(Role.VIEWER)

    with django_assert_num_queries(QUERIES):
        page = client.get(page_of(customer)).content.decode()

    assert "<i>" not in page
    assert page.count('data-row="change-') == AuditLog.objects.filter(subject=f"customer:{customer.pk}").count()


def test_older_ones_follow_page_by_page(customer, monkeypatch):
    monkeypatch.setattr(changes, "ROWS_PER_PAGE", 2)
    for number in range(5):
        add_note(customer=customer, content=str(number), by="lan")
    client = logged_in(Role.VIEWER)

    seen, more = [], ""
    while True:
        page = client.get(f"{page_of(customer)}?{more}")
        seen += [change.line.pk for change in page.context["changes"]]
        more = page.context["more"]
        if not more:
            break

    lines = AuditLog.objects.filter(subject=f"customer:{customer.pk}").order_by("-id")
    assert seen == [*lines.values_list("pk", flat=True)]
    assert client.get(page_of(customer), {"before": "x"}).status_code == 200


def test_djangos_own_history_leads_here(customer):
    client = logged_in(Role.VIEWER)

    assert client.get(page_of(customer, "history/")).headers["Location"] == page_of(customer)
    assert f'href="{page_of(customer)}"' in client.get(page_of(customer, "change/")).content.decode()
