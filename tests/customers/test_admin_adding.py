"""A customer added by hand: a phone in any spelling is one customer, by those who write profiles."""

import pytest
from django.test import Client

from customers.models import Activity, Customer
from customers.operations import get_or_create_customer
from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.staff import logged_in
from wallets.models import Wallet

LIST = "/admin/customers/customer/"
ADD = f"{LIST}add/"
MAY = {Role.OWNER, Role.CUSTOMER_CARE, Role.ACCOUNTANT}
GIVEN = {
    "phone": "+84 909 318 264", "name": " Chị  Hoa ", "email": "hoa@example.com", "address": "12 Lê Lợi, Huế",
    "tags": "sỉ, live tối,, sỉ",
}  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role)
def test_those_who_write_profiles_add_customers(role):
    client = logged_in(role)

    offered = f'href="{ADD}"' in client.get(LIST).content.decode()
    opened = client.get(ADD).status_code == 200
    client.post(ADD, GIVEN)

    assert (offered, opened, Customer.objects.count() == 1) == ((role in MAY),) * 3
    assert AuditLog.objects.filter(outcome="refused", code="PERMISSION_DENIED").exists() == (role not in MAY)


def test_what_was_given_is_written_with_an_empty_wallet():
    answer = logged_in(Role.CUSTOMER_CARE).post(ADD, GIVEN)

    customer = Customer.objects.get()
    assert answer.headers["Location"] == f"{LIST}{customer.pk}/change/"
    assert (customer.phone, customer.name, customer.email) == ("0909318264", "Chị Hoa", "hoa@example.com")
    assert (customer.address, customer.tags) == ("12 Lê Lợi, Huế", ["sỉ", "live tối"])
    assert customer.field_sources["name"]["by"] == "staff-customer_care"
    assert (Wallet.objects.get().real_vnd, Wallet.objects.get().virtual_vnd) == (0, 0)
    assert AuditLog.objects.get(action="customer.create").actor == "staff-customer_care"


@pytest.mark.parametrize("phone", ["0909318264", "0909.318.264", "84909318264", "+84 (909) 318-264"])
def test_a_phone_of_somebody_leads_to_them_and_adds_nobody(phone):
    known, _ = get_or_create_customer(phone="0909318264", name="Chị Hoa", by="test")

    page = logged_in(Role.OWNER).post(ADD, GIVEN | {"phone": phone, "name": "Người khác"})

    shown = page.content.decode()
    assert page.status_code == 409
    assert "Số 0909318264 đã là của khách Chị Hoa. Không thêm khách mới." in shown
    assert f'data-known href="{LIST}{known.pk}/change/"' in shown
    assert 'value="Người khác"' in shown
    assert Customer.objects.get().name == "Chị Hoa"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"phone": ""}, "phone"), ({"phone": "12345"}, "phone"), ({"email": "x"}, "email"), ({"name": "a\x01b"}, "name")],
)
def test_what_cannot_stand_is_said_beside_its_field_in_vietnamese(changes, field):
    page = logged_in(Role.OWNER).post(ADD, GIVEN | changes)

    errors = page.context["form"].errors
    assert (page.status_code, set(errors)) == (400, {field})
    assert not any(word in str(errors) for word in ("must", "is no", "valid", "characters"))
    assert not Customer.objects.exists()
    assert not Activity.objects.exists()


def test_the_form_speaks_english_too():
    client = logged_in(Role.OWNER)
    get_or_create_customer(phone="0909318264", name="Hoa", by="test")
    client.cookies["django_language"] = "en"

    page = client.post(ADD, GIVEN).content.decode()

    assert "0909318264 is already the phone of Hoa. Nobody was added." in page


def test_a_search_for_an_unknown_phone_offers_to_add_it():
    client = logged_in(Role.OWNER)

    found = [client.get(LIST, {"q": text, "part": "rows"}).content.decode() for text in ("0909 318 264", "hoa")]

    assert [f'href="{ADD}?phone=0909318264"' in page for page in found] == [True, False]
    assert 'value="0909318264"' in client.get(ADD, {"phone": "0909318264"}).content.decode()


def test_a_form_from_elsewhere_adds_nobody():
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = logged_in(Role.OWNER).cookies

    assert strict.post(ADD, GIVEN).status_code == 403
    assert Client().post(ADD, GIVEN).headers["Location"].startswith("/admin/login/")
    assert not Customer.objects.exists()
