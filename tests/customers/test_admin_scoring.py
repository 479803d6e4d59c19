"""A customer's page of scores: each with the number and the band behind it, the moves between tiers, and the cases."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.fraud.told import reason_told
from customers.models import Customer, TierChange
from customers.operations import get_or_create_customer
from customers.rfm.scoring import recalculate
from n2store.roles import Role
from tests.customers.fraud.test_cases import night, suspect
from tests.factories.orders import order, taken
from tests.factories.staff import logged_in

PHONE = "0909318264"
QUERIES = 14

pytestmark = pytest.mark.django_db


def page_of(customer: Customer) -> str:
    return f"/admin/customers/customer/{customer.pk}/scoring/"


def test_each_score_stands_beside_its_number_and_its_band():
    taken(order("A", total=3_000_000), order("B", total=100_000))
    customer = Customer.objects.get(phone=PHONE)
    Customer.objects.update(created_at=timezone.now() - timedelta(days=90))
    recalculate(by="test")

    page = logged_in(Role.VIEWER).get(page_of(customer))

    told = [(metric["score"], metric["number"], metric["band"]) for metric in page.context["metrics"]]
    assert told[1:] == [(2, "2 đơn trong 90 ngày", "2 – 2"), (3, "3.100.000 ₫", "2.000.000 – 4.999.999")]
    assert (told[0][0], told[0][2]) == (5, "0 – 7")
    assert [change.after for change, _reason in page.context["changes"]] == ["silver"]


def test_what_a_rule_did_is_told_by_its_title_and_from_which_tier_to_which():
    customer = suspect("gold")
    night()
    client, told = logged_in(Role.OWNER), "Hoàn hàng quá nhiều, v1"

    pages = {
        address: client.get(f"/admin/customers/customer/{customer.pk}/{address}/").content.decode()
        for address in ("scoring", "activity", "changes", "change")
    }

    assert {address for address, page in pages.items() if told in page} == set(pages)
    assert {address for address, page in pages.items() if "return_rate" in page} == set()
    assert "Sửa hồ sơ: hạng vàng → danh sách đen" in pages["activity"]
    assert TierChange.objects.get(after="blacklist").reason == "return_rate v1"


@pytest.mark.parametrize("reason", ["", "Bùng 3 đơn", "return_rate of 70 %", "wallet v1"])
def test_what_people_wrote_stays_as_it_is(reason: str):
    assert reason_told(reason) == reason


def test_a_customer_without_orders_has_a_page_too():
    customer, _ = get_or_create_customer(phone=PHONE, name="Chị Hoa", by="test")

    content = logged_in(Role.WAREHOUSE).get(page_of(customer)).content.decode()

    assert "chưa có đơn" in content


def test_cases_lead_to_their_page():
    customer = suspect()
    [case] = night()

    content = logged_in(Role.VIEWER).get(page_of(customer)).content.decode()

    assert f"/admin/customers/fraudcase/{case.pk}/change/" in content


@pytest.mark.parametrize("count", [1, 3, 15])
def test_it_costs_the_same_for_any_number_of_moves(django_assert_num_queries, count):
    customer, _ = get_or_create_customer(phone=PHONE, name="Chị Hoa", by="test")
    TierChange.objects.bulk_create(
        TierChange(customer=customer, before="new", after="gold", cause="person", actor="chu") for _ in range(count)
    )
    viewer = logged_in(Role.VIEWER)

    with django_assert_num_queries(QUERIES):
        page = viewer.get(page_of(customer))

    assert len(page.context["changes"]) == count


def test_who_may_not_see_customers_sees_no_scores():
    customer, _ = get_or_create_customer(phone=PHONE, name="Chị Hoa", by="test")

    assert logged_in(None).get(page_of(customer)).status_code == 403
    assert logged_in(Role.VIEWER).get("/admin/customers/customer/999999/scoring/").status_code == 404


def test_the_bands_words_are_in_the_readers_language(settings):
    customer, client = get_or_create_customer(phone=PHONE, by="test")[0], logged_in(Role.VIEWER)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    page = client.get(page_of(customer))

    assert page.context["metrics"][1]["said"] == "1 order, or none yet"
