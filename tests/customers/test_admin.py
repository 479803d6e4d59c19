"""The customers' screens: found, shown at a constant cost, changed only by those who may, and never as raw HTML."""

import re
from typing import Any

import pytest
from django.test import Client

from customers.models import Activity, Customer, Status
from customers.operations import get_or_create_customer
from n2store.models import Event
from n2store.roles import Role
from tests.factories.banking import delivery, post
from tests.factories.staff import logged_in

LIST = "/admin/customers/customer/"
LIST_QUERIES = (
    8  # session, user, the user's and the groups' permissions, the menu, who was found, their rows, their money
)
SCREEN_QUERIES = 19
"""The four of every request, the menu's number, the reader's roles, the place in the event log, customer, wallet,
lots, orders that wait, statement, two behind the receipts of deposits, tickets, transfers, notes, messages,
activities."""
EMPTY_SCREEN_QUERIES = SCREEN_QUERIES - 2  # no row, no receipt

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Client:
    return logged_in(Role.VIEWER)


def someone(number: int = 0, name: str = "Chị Hoa") -> Customer:
    return get_or_create_customer(phone=f"09{number:08}", name=name, by="test")[0]


def pay(customer: Customer, times: int, **changes: Any) -> None:
    for number in range(times):
        payload = delivery(id=customer.pk * 1000 + number, content=f"{customer.phone} chuyen tien", **changes)
        assert post(Client(), payload).json()["success"]


def names_found(client: Client, text: str) -> list[str]:
    return names_on(client.get(LIST, {"q": text}))


def names_on(page: Any) -> list[str]:
    return re.findall(r'<th [^>]*class="field-name.*?<a [^>]*>(.*?)</a>', page.content.decode())


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_list_costs_the_same_for_any_number_of_customers(viewer, django_assert_num_queries, count):
    for number in range(count):
        someone(number)

    with django_assert_num_queries(LIST_QUERIES):
        viewer.get(LIST)


@pytest.mark.parametrize("text", ["Nguyễn Thị Ngọc Ánh", "nguyen thi ngoc anh", "NGỌC anh", "0912", "+84 912 345 678"])
def test_search_finds_by_name_with_or_without_diacritics_and_by_phone(viewer, text):
    get_or_create_customer(phone="0912345678", name="Nguyễn Thị Ngọc Ánh", by="test")
    get_or_create_customer(phone="0987654321", name="Trần Văn Đạt", by="test")

    assert names_found(viewer, text) == ["Nguyễn Thị Ngọc Ánh"]


@pytest.mark.parametrize("text", ["%", "_", "khongcoai", "0999"])
def test_search_finds_nobody_where_nobody_fits(viewer, text):
    someone()

    assert names_found(viewer, text) == []


def test_the_list_is_narrowed_by_status_and_tier(viewer):
    someone(1, "Chị Hoa")
    Customer.objects.filter(pk=someone(2, "Anh Ba").pk).update(status=Status.DANGEROUS, tier="gold")

    narrowed = viewer.get(LIST, {"status": Status.DANGEROUS.value, "tier": "gold"})

    assert names_on(narrowed) == ["Anh Ba"]


@pytest.mark.parametrize("count", [0, 1, 3, 20])
def test_the_360_screen_costs_the_same_whatever_it_shows(viewer, django_assert_num_queries, count):
    customer = someone()
    pay(customer, count)

    queries = SCREEN_QUERIES if count else EMPTY_SCREEN_QUERIES
    with django_assert_num_queries(queries):
        page = viewer.get(f"{LIST}{customer.pk}/change/").content.decode()
    with django_assert_num_queries(queries - 2):  # without the menu and the place in the event log
        fragment = viewer.get(f"{LIST}{customer.pk}/live/").content.decode()

    assert page.count('data-row="transaction-') == fragment.count('data-row="transaction-') == count


def test_the_360_screen_tells_who_and_how_much_in_either_language(viewer):
    customer = someone()
    pay(customer, 1, transferAmount=350_000)

    vietnamese = viewer.get(f"{LIST}{customer.pk}/change/").content.decode()
    viewer.cookies["django_language"] = "en"
    english = viewer.get(f"{LIST}{customer.pk}/change/").content.decode()

    assert all(text in vietnamese for text in ("Chị Hoa", customer.phone, "Tiền thật", "350.000 ₫", "+350.000 ₫"))
    assert all(text in vietnamese for text in ("0 ₫ → 350.000 ₫", "16/01/2026 14:02", "Tự cộng vào ví"))
    assert all(text in english for text in ("Real money", "350,000 ₫", "+350,000 ₫", "16/01/2026 14:02"))


def test_the_360_screen_listens_to_this_customer_from_where_it_was_drawn(viewer):
    customer = someone()
    pay(customer, 1)
    Event.objects.filter(pk=Event.objects.latest("id").pk).update(position=41)

    page = viewer.get(f"{LIST}{customer.pk}/change/").content.decode()

    assert f'data-stream="/api/events?topics=wallet:{customer.phone},customer:{customer.phone}"' in page
    assert 'data-cursor="41"' in page


def test_what_a_customer_wrote_is_shown_and_never_run(viewer):
    customer = someone(name="<script>alert(1)</script>")
    content = f'{customer.phone} <script>alert(2)</script> "><img src=x onerror=alert(3)>'
    post(Client(), delivery(content=content))

    for page in ("change", "live"):
        shown = viewer.get(f"{LIST}{customer.pk}/{page}/").content.decode()
        assert "<script>alert" not in shown
        assert "<img" not in shown
        assert "&lt;script&gt;alert(2)&lt;/script&gt;" in shown


def test_a_customer_that_is_not_there_is_a_404(viewer):
    assert [viewer.get(f"{LIST}{name}/change/").status_code for name in ("999", "x")] == [404, 404]


@pytest.mark.parametrize("page", ["", "{}/change/", "{}/live/", "{}/profile/", "{}/activity/"])
def test_nobody_enters_without_a_role(page):
    path = LIST + page.format(someone().pk)

    assert logged_in(None).get(path).status_code == 403
    assert Client().get(path).headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("page", ["change", "profile"])
def test_a_viewer_sees_the_profile_and_cannot_change_it(viewer, page):
    customer = someone()

    assert viewer.get(f"{LIST}{customer.pk}/profile/").status_code == 200
    assert viewer.post(f"{LIST}{customer.pk}/{page}/", profile(name="Khác")).status_code == 403
    assert Customer.objects.get().name == "Chị Hoa"


def test_customer_care_changes_the_profile_and_everybody_hears_of_it():
    customer = someone()

    answer = logged_in(Role.CUSTOMER_CARE).post(f"{LIST}{customer.pk}/profile/", profile(status="VIP", address="Huế"))

    changed = Customer.objects.get()
    assert answer.headers["Location"] == f"{LIST}{customer.pk}/change/"
    assert (changed.status, changed.address, changed.name) == ("VIP", "Huế", "Chị Hoa")
    assert changed.updated_at > customer.updated_at
    assert Activity.objects.latest("id").title == "Sửa hồ sơ: trạng thái, địa chỉ"
    assert Event.objects.latest("id").name == "customer.updated"
    assert f"customer:{customer.phone}" in Event.objects.latest("id").topics


def test_a_form_that_changes_nothing_leaves_no_trace():
    customer = someone()
    before = Activity.objects.count()

    logged_in(Role.CUSTOMER_CARE).post(f"{LIST}{customer.pk}/profile/", profile())

    assert Activity.objects.count() == before
    assert Customer.objects.get().updated_at == customer.updated_at


def test_customers_are_not_deleted_by_hand():
    path = f"{LIST}{someone().pk}/delete/"

    assert logged_in(None, superuser=True).post(path, {"post": "yes"}).status_code == 403
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [{"name": "   "}, {"email": "không phải"}, {"address": "x" * 1_001}, {"status": "Lạ"}, {"name": "a\x01b"}],
)
def test_a_profile_that_cannot_stand_is_said_beside_its_field_and_changes_nothing(changes):
    customer = someone()

    answer = logged_in(Role.CUSTOMER_CARE).post(f"{LIST}{customer.pk}/profile/", profile(**changes))

    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == set(changes)
    assert Customer.objects.get().updated_at == customer.updated_at


def profile(**changes: str) -> dict[str, str]:
    return {
        "name": "Chị Hoa", "status": "Bình thường", "tier": "new", "email": "", "address": "", "internal_note": "",
    } | changes  # fmt: skip
