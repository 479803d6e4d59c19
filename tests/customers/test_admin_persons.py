"""TPOS on screen: several persons with one phone are shown and chosen from; a shop without TPOS is not offered it."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from customers.models import Customer
from customers.operations import get_or_create_customer, update_profile
from customers.tpos import fill
from n2store.models import AuditLog
from n2store.roles import Role
from n2store.simulator.tpos import Tpos, partner
from tests.factories.staff import logged_in
from tests.factories.tpos import playing_tpos

MAY = {Role.OWNER, Role.CUSTOMER_CARE, Role.ACCOUNTANT}
PHONE = "0909318264"

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Iterator[Tpos]:
    with playing_tpos() as book:
        yield book


@pytest.fixture
def customer() -> Customer:
    return get_or_create_customer(phone=PHONE, by="test")[0]


def page_of(customer: Customer, page: str = "change/") -> str:
    return f"/admin/customers/customer/{customer.pk}/{page}"


@pytest.mark.parametrize("role", Role)
def test_the_right_person_is_chosen_by_those_who_write_profiles(book, customer, role):
    book.partners = [partner(5011, PHONE, Name="Chị Hoa"), partner(5012, PHONE, Name="Anh Ba")]
    fill(customer.pk)
    client = logged_in(role)

    shown = client.get(page_of(customer)).content.decode()
    client.post(page_of(customer, "tpos/choose/"), {"tpos_id": "5012"})

    customer.refresh_from_db()
    assert all(text in shown for text in ("Chị Hoa", "Anh Ba", "TPOS 5011", "TPOS 5012"))
    assert ("Đúng người này" in shown) == (role in MAY)
    assert (customer.tpos_id, customer.name) == (("5012", "Anh Ba") if role in MAY else ("", "Khách hàng mới"))
    assert AuditLog.objects.filter(outcome="refused", code="PERMISSION_DENIED").exists() == (role not in MAY)
    if role in MAY:
        assert client.get(page_of(customer)).context["candidates"] == []


def test_somebody_with_another_phone_is_refused_in_vietnamese(book, customer):
    book.partners = [partner(5013, "0911111111")]

    page = logged_in(Role.OWNER).post(page_of(customer, "tpos/choose/"), {"tpos_id": "5013"}, follow=True)

    assert [str(message) for message in page.context["messages"]] == ["TPOS không có người này với số điện thoại này."]
    assert Customer.objects.get().tpos_id == ""


@pytest.mark.parametrize("role", Role)
def test_tpos_is_asked_again_by_those_who_write_profiles(book, customer, role):
    book.partners = [partner(5011, PHONE, Name="Chị Hoa")]
    client = logged_in(role)

    offered = "tpos/ask/" in client.get(page_of(customer)).content.decode()
    client.post(page_of(customer, "tpos/ask/"))

    assert offered == (role in MAY)
    assert Customer.objects.get().name == ("Chị Hoa" if role in MAY else "Khách hàng mới")


@override_settings(TPOS_USERNAME="", TPOS_PASSWORD="")
def test_a_shop_without_tpos_is_not_offered_it(customer):
    client = logged_in(Role.OWNER)

    shown = client.get(page_of(customer)).content.decode()
    page = client.post(page_of(customer, "tpos/ask/"), follow=True)

    assert "tpos/ask/" not in shown
    assert [str(message) for message in page.context["messages"]] == ["Cửa hàng chưa kết nối TPOS."]


@pytest.mark.parametrize("record", [{"candidates": "x"}, {"candidates": [1, {}]}, {"candidates": None}, {}, None])
def test_a_record_of_another_shape_breaks_nothing(customer, record):
    Customer.objects.filter(pk=customer.pk).update(tpos_data=record)

    answer = logged_in(Role.OWNER).get(page_of(customer))

    assert (answer.status_code, answer.context["candidates"]) == (200, [])


def test_the_profile_form_says_whose_word_each_field_is(customer):
    update_profile(customer_id=customer.pk, changes={"name": "Hoa"}, by="<b>lan</b>")
    update_profile(customer_id=customer.pk, changes={"email": "h@x.vn"}, by="TPOS", source="tpos")
    update_profile(customer_id=customer.pk, changes={"address": "Huế"}, by="sheet", source="import")

    page = logged_in(Role.CUSTOMER_CARE).get(page_of(customer, "profile/")).content.decode()

    assert all(text in page for text in ("&lt;b&gt;lan&lt;/b&gt; nhập, ", "Từ TPOS, ", "sheet nhập từ tệp, "))
    assert "<b>lan" not in page
