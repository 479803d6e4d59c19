"""Opening a ticket by hand: who it is comes first, then the ticket, once."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer, Order
from customers.operations import get_or_create_customer
from n2store.roles import Role
from tests.factories.staff import logged_in
from tests.factories.tickets import PHONE, ticket
from tests.tickets.test_admin import HOSTILE
from tickets.carrier_lines import read
from tickets.models import Ticket
from tickets.reconciling import judge

pytestmark = pytest.mark.django_db

ADD = "/admin/tickets/ticket/add/"
FORM = {"phone": PHONE, "order": "NJD/9", "key": "k1", "name": "", "reason": "", "cod": "", "amount": "", "note": ""}
AO = {"good-0-name": "Áo thun", "good-0-price": "150.000", "good-0-quantity": "2", "good-0-back": "1"}
TWO = {
    "good-0-name": "Áo thun", "good-0-price": "150.000", "good-0-quantity": "1", "good-0-back": "0",
    "good-1-name": "Váy", "good-1-price": "200.000", "good-1-quantity": "1",
}  # fmt: skip
"""The customer keeps one, the other comes back."""
QUERIES = 13


@pytest.fixture
def care() -> Client:
    return logged_in(Role.CUSTOMER_CARE)


@pytest.fixture
def hoa() -> Customer:
    return get_or_create_customer(phone=PHONE, name="Chị Hoa", by="test")[0]


def order(customer: Customer, code: str = "NJD/9", total_vnd: int = 350_000) -> Order:
    now = timezone.now()
    return Order.objects.create(
        customer=customer, source="tpos", external_code=code, total_vnd=total_vnd, status="confirmed",
        ordered_at=now, told_at=now,
    )  # fmt: skip


def post(client: Client, type: str, **given: Any) -> Any:
    return client.post(ADD, FORM | {"type": type} | given)


def test_first_one_says_whose_it_is(care):
    page = care.get(ADD)

    assert "lookup" in page.context
    assert care.get(ADD, {"phone": "12"}).status_code == 400


def test_a_known_customer_is_shown_with_tier_balance_orders_and_tickets(care, hoa):
    order(hoa)
    earlier = ticket("BOOM", order_id="NJD/9")

    page = care.get(ADD, {"phone": "+84 909 318 264", "order": "NJD/9"})
    text = page.content.decode()

    assert all(said in text for said in ("Chị Hoa", hoa.get_tier_display(), "0 ₫", "NJD/9 · 350.000 ₫", earlier.code))
    assert page.context["form"].initial["cod"] == 350_000
    assert page.context["of_order"] == earlier


def test_the_code_of_a_known_order_is_enough(care, hoa):
    order(hoa)

    page = care.get(ADD, {"phone": "", "order": "njd/9"})

    assert page.status_code == 200
    assert page.context["customer"] == hoa
    assert page.context["form"].initial | {"key": ""} == {"phone": PHONE, "order": "NJD/9", "cod": 350_000, "key": ""}
    assert "NJD/9: 350.000 ₫" in page.content.decode()
    assert care.get(ADD, {"order": "NJD/9"}).context["customer"] == hoa
    for nothing in ({"order": "NJD/10"}, {"order": ""}, {"phone": "", "order": " "}):
        assert care.get(ADD, nothing).status_code == 400


def test_an_order_of_somebody_else_or_a_cancelled_one_is_warned_of_and_not_refused(care, hoa):
    lan, _ = get_or_create_customer(phone="0987654321", name="Chị Lan", by="test")
    Order.objects.filter(pk=order(lan).pk).update(status="cancelled", cancelled_at=timezone.now())
    order(hoa, "NJD/1")

    wrong = care.get(ADD, {"phone": PHONE, "order": "NJD/9"})
    right = care.get(ADD, {"phone": PHONE, "order": "NJD/1"}).content.decode()

    text = wrong.content.decode()
    assert wrong.status_code == 200
    assert "Đơn này là của khách khác: Chị Lan, 0987654321." in text
    assert "Đơn này đã bị hủy." in text
    assert (wrong.context["phone"], wrong.context["form"].initial["cod"]) == (PHONE, "")
    assert "data-anothers" not in right
    assert "data-cancelled" not in right


def test_a_new_phone_says_that_a_customer_will_be_made_and_makes_nobody_yet(care):
    page = care.get(ADD, {"phone": PHONE}).content.decode()

    assert "Khách hàng mới sẽ được tạo tự động" in page
    assert not Customer.objects.exists()


@pytest.mark.parametrize("count", [1, 3, 20])
def test_looking_up_costs_the_same_however_much_is_known(care, hoa, django_assert_num_queries, count):
    for number in range(count):
        order(hoa, f"NJD/{number}")
        ticket("OTHER", order_id=f"NJD/{number}")

    with django_assert_num_queries(QUERIES):
        care.get(ADD, {"phone": PHONE, "order": "NJD/0"})


@pytest.mark.parametrize(
    ("type", "given", "status", "amount_vnd"),
    [
        ("BOOM", {"cod": "350.000"}, "PENDING_GOODS", 350_000),
        ("FIX_COD", {"amount": "20000", "reason": "DISCOUNT"}, "PENDING_FINANCE", 20_000),
        ("FIX_COD", {"reason": "REJECT_PARTIAL"} | AO, "PENDING_GOODS", 150_000),
        ("FIX_COD", {"reason": "REJECT_PARTIAL"} | TWO, "PENDING_GOODS", 200_000),
        ("FIX_COD", {"reason": "RETURN_OLD_ORDER"} | AO | {"good-0-back": "2"}, "PENDING_GOODS", 300_000),
        ("RETURN_CLIENT", AO, "PENDING_GOODS", 150_000),
        ("RETURN_SHIPPER", AO | {"good-0-back": ""}, "PENDING_GOODS", 300_000),
        ("OTHER", {"note": "Hỏi size"}, "COMPLETED", None),
        ("COMPLAINT", {"note": "Hàng lỗi"}, "PENDING", None),
    ],
)
def test_each_type_begins_where_it_should_with_the_amount_that_was_meant(care, type, given, status, amount_vnd):
    answer = post(care, type, name="Chị Hoa", **given)

    made = Ticket.objects.select_related("customer").get()
    assert answer.headers["Location"] == f"/admin/tickets/ticket/{made.pk}/change/"
    assert (made.status, made.refund_vnd, made.order_id, made.actor) == (
        status, amount_vnd, "NJD/9", "staff-customer_care",
    )  # fmt: skip
    assert (made.customer.phone, made.customer.name) == (PHONE, "Chị Hoa")


@pytest.mark.parametrize("typed", ["SPX001VN", " spx 001vn ", "S1.SG01.K4-9/2_b"])
def test_its_parcel_is_found_by_the_line_of_the_carriers_list(care, typed):
    post(care, "FIX_COD", amount="20000", reason="DISCOUNT", parcel=typed, carrier=" GHN Express ")

    made = Ticket.objects.get()
    [judged] = judge(read(f"{made.tracking_code}\t20.000"))
    assert (made.tracking_code, made.carrier) == ("".join(typed.split()).upper(), "GHN Express")
    assert (judged.ticket, judged.clean) == (made, True)


def test_pressed_twice_it_is_opened_once(care):
    first, again = (post(care, "BOOM", cod="350000") for _time in range(2))

    assert first.headers["Location"] == again.headers["Location"]
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("type", "given", "field"),
    [
        ("RETURN_CLIENT", {"amount": "100.000"}, "type"),
        ("FIX_COD", {"amount": "100.000"}, "reason"),
        ("FIX_COD", {"reason": "DISCOUNT"}, "amount"),
        ("FIX_COD", {"reason": "REJECT_PARTIAL", "amount": "1.000"}, "reason"),
        ("FIX_COD", {"reason": "REJECT_PARTIAL"} | AO | {"good-0-back": "2"}, "reason"),
        ("FIX_COD", {"reason": "REJECT_PARTIAL"} | AO | {"good-0-back": "0", "amount": "1.000"}, "reason"),
        ("FIX_COD", {"reason": "REJECT_PARTIAL"} | AO | {"good-0-quantity": "1"}, "reason"),
        ("FIX_COD", {"reason": "RETURN_OLD_ORDER", "amount": "1.000"}, "reason"),
        ("RETURN_SHIPPER", AO | {"good-0-back": "0"}, "type"),
        ("BOOM", {"amount": "-5"}, "amount"),
        ("FLY", {}, "type"),
        ("BOOM", {"phone": "12"}, "phone"),
        ("BOOM", {"parcel": "mã đơn"}, "parcel"),
        ("BOOM", {"parcel": "x" * 101}, "parcel"),
        ("BOOM", {"carrier": "x" * 51}, "carrier"),
        ("BOOM", {"key": ""}, "key"),
    ],
)
def test_what_a_type_cannot_do_without_is_said_beside_its_field(care, type, given, field):
    answer = post(care, type, **given)

    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"good-0-back": "3"}, {"good-0-quantity": "x"}, {"good-0-price": "1,5"}, {"good-0-name": ""}]
)
def test_goods_that_cannot_be_open_nothing(care, wrong):
    answer = post(care, "RETURN_CLIENT", **(AO | wrong))

    assert answer.status_code == 400
    assert not Ticket.objects.exists()


def test_a_second_return_of_an_order_is_refused_and_leads_to_the_first(care):
    first = ticket("RETURN_SHIPPER", order_id="NJD/9")

    answer = post(care, "RETURN_CLIENT", **AO)

    assert answer.status_code == 400
    assert f"/admin/tickets/ticket/{first.pk}/change/" in answer.content.decode()
    assert Ticket.objects.count() == 1


def test_any_other_second_ticket_is_opened_with_a_warning(care):
    first = ticket("FIX_COD", order_id="NJD/9")

    page = care.post(ADD, FORM | {"type": "BOOM", "cod": "350000"}, follow=True)

    assert any(first.code in str(message) for message in page.context["messages"])
    assert Ticket.objects.count() == 2


def test_what_strangers_wrote_is_shown_harmless(care):
    wrong = {"name": HOSTILE, "order": HOSTILE, "note": HOSTILE, "good-0-name": HOSTILE, "good-0-price": HOSTILE}

    pages = [post(care, "BOOM", **wrong), care.get(ADD, {"phone": PHONE, "order": HOSTILE})]

    assert not [page for page in pages if re.search("<script>alert|<img src=x", page.content.decode())]


def test_who_only_looks_opens_nothing():
    viewer = logged_in(Role.VIEWER)

    assert (viewer.get(ADD).status_code, post(viewer, "OTHER").status_code) == (403, 403)
    assert not Ticket.objects.exists()
