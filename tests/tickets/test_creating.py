"""Opening tickets: codes, customers, duplicates, and what is refused."""

import itertools
import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.models import Activity, Customer
from customers.operations import get_or_create_customer, update_profile
from n2store.models import Event
from n2store.roles import Role
from tests.factories.tickets import CARE, OWNER, PHONE, ticket
from tests.planner import is_planned_once
from tests.threads import at_once
from tickets.creating import DuplicateReturn, open_ticket
from tickets.deleting import delete
from tickets.models import Ticket, TicketType, YearCounter
from wallets.models import Wallet

NEW = {"phone": PHONE, "type": "BOOM", "order_id": "NJD/2026/12345", "refund_amount": 350_000}
DOORS = ["/api/ticket", "/api/v2/tickets"]


def post(api: APIClient, door: str = "/api/v2/tickets", **body: Any) -> Any:
    return api.post(door, {"phone": PHONE, "type": "OTHER"} | body, format="json")


@pytest.mark.parametrize("door", DOORS)
def test_a_ticket_for_a_new_phone_makes_the_customer_and_a_wallet(api: APIClient, door: str) -> None:
    answer = api.post(door, NEW | {"customer_name": "Chị Hoa", "created_by": "somebody else"}, format="json")

    row = answer.json()["data"]
    assert answer.status_code == 200, answer.content
    assert (row["phone"], row["customer_name"], row["status"], row["refund_amount"], row["created_by"]) == (
        PHONE, "Chị Hoa", "PENDING", 350_000, "user-owner",
    )  # fmt: skip
    assert re.fullmatch(r"TV-20\d\d-00001", row["ticket_code"])
    assert (Customer.objects.get().name, Wallet.objects.get().real_vnd) == ("Chị Hoa", 0)
    assert ("Deprecation" in answer.headers) == (door == "/api/ticket")
    [line] = Activity.objects.filter(type="TICKET_CREATED")
    assert (line.title, line.icon, line.color, line.actor) == (
        "Sự vụ BOOM - NJD/2026/12345", "clipboard-list", "blue", "user-owner",
    )  # fmt: skip
    event = Event.objects.get(name="ticket.created")
    assert event.topics == ["tickets", f"customer:{PHONE}"]
    assert event.payload["ticket"] == row
    assert event.payload["ticket_code"] == row["ticket_code"]


def test_a_ticket_for_a_known_phone_in_any_spelling_makes_nobody_and_changes_nobody(api: APIClient) -> None:  # W15
    customer, _ = get_or_create_customer(phone=PHONE, name="Chị Hoa", by="test")
    update_profile(customer_id=customer.pk, changes={"tier": "blacklist", "tags": ["vip"]}, by="test")

    for phone in ("+84909318264", "0909.318.264", 909318264):
        assert post(api, phone=phone, customer_name="Khác").json()["data"]["customer_id"] == customer.pk

    customer.refresh_from_db()
    assert (Customer.objects.count(), customer.name, customer.tier, customer.tags) == (
        1, "Chị Hoa", "blacklist", ["vip"],
    )  # fmt: skip


def test_an_address_fills_an_empty_one_only(api: APIClient) -> None:
    post(api, customer_address="12 Lê Lợi")
    post(api, customer_address="99 Trần Phú")

    assert Customer.objects.get().address == "12 Lê Lợi"


@pytest.mark.parametrize(
    ("alias", "type"), [("DOI", "RETURN_SHIPPER"), ("thieu", "FIX_COD"), ("HOAN", "RETURN_CLIENT"), ("COD", "FIX_COD")]
)
def test_the_names_of_the_seeds_are_taken(api: APIClient, alias: str, type: str) -> None:
    assert post(api, type=alias).json()["data"]["type"] == type
    assert len(api.get(f"/api/v2/tickets?type={alias}").json()["data"]) == 1


def test_goods_that_come_back_say_what_the_customer_is_owed(api: APIClient) -> None:
    goods = [{"code": "A", "quantity": 3, "price": "150000", "returnQuantity": 2}, {"code": "B", "quantity": 1}]

    rows = [
        post(api, type=type, products=goods, **more).json()["data"]
        for type, more in (("RETURN_CLIENT", {}), ("DOI", {"refund_amount": 90_000}), ("BOOM", {}))
    ]
    huge = post(api, type="HOAN", products=[{"quantity": 2, "price": 10**12, "returnQuantity": 2}])

    assert [row["refund_amount"] for row in rows] == [300_000, 90_000, None]
    assert (huge.status_code, huge.json()["code"]) == (400, "INVALID_PRODUCTS")


def test_lowering_a_cod_says_by_how_much(api: APIClient) -> None:
    row = post(api, type="FIX_COD", original_cod="350000.00", new_cod=300_000, fix_cod_reason="RETURN_OLD_ORDER").json()

    assert (row["data"]["refund_amount"], row["data"]["fix_cod_reason"]) == (50_000, "RETURN_OLD_ORDER")  # W37


BAD: list[tuple[dict[str, Any], str]] = [
    ({"phone": None}, "INVALID"),
    ({"type": None}, "INVALID"),
    ({"phone": "abc"}, "INVALID_PHONE"),
    ({"phone": "+1 202 555 0100"}, "INVALID_PHONE"),
    ({"phone": ["0909318264"]}, "INVALID"),
    ({"type": "GIFT"}, "INVALID_TICKET_TYPE"),
    ({"type": "'; DROP TABLE tickets_ticket; --"}, "INVALID_TICKET_TYPE"),
    ({"type": ["BOOM"]}, "INVALID"),
    ({"status": "DELETED"}, "INVALID_TICKET"),
    ({"status": 5}, "INVALID_TICKET"),
    ({"priority": "huge"}, "INVALID_TICKET"),
    ({"fix_cod_reason": "MOOD"}, "INVALID_TICKET"),
    ({"refund_amount": -1}, "INVALID_TICKET"),
    ({"refund_amount": 1.5}, "INVALID_TICKET"),
    ({"refund_amount": "150.000"}, "INVALID_TICKET"),
    ({"refund_amount": 10**13}, "INVALID_TICKET"),
    ({"original_cod": True}, "INVALID_TICKET"),
    ({"type": "FIX_COD", "original_cod": 100, "new_cod": 100}, "INVALID_COD"),
    ({"type": "FIX_COD", "original_cod": 100, "new_cod": 200}, "INVALID_COD"),
    ({"type": "FIX_COD", "original_cod": 100, "refund_amount": 101}, "INVALID_COD"),
    ({"type": "BOOM", "original_cod": 100, "refund_amount": 101}, "INVALID_COD"),
    ({"type": "RETURN_CLIENT", "original_cod": 100, "refund_amount": 101}, "INVALID_COD"),
    (
        {
            "type": "RETURN_SHIPPER",
            "products": [{"price": 10, "quantity": 3, "returnQuantity": 2}],
            "refund_amount": 21,
        },
        "INVALID_COD",
    ),
    ({"products": [{"quantity": 1, "returnQuantity": 2}]}, "INVALID_PRODUCTS"),
    ({"products": [{"quantity": 1, "returnQuantity": -1}]}, "INVALID_PRODUCTS"),
    ({"products": [{"quantity": 1.5}]}, "INVALID_PRODUCTS"),
    ({"products": [{"price": "free"}]}, "INVALID_PRODUCTS"),
    ({"type": "RETURN_CLIENT", "products": [{"quantity": 2, "returnQuantity": 0}]}, "INVALID_PRODUCTS"),
    (
        {
            "type": "FIX_COD",
            "fix_cod_reason": "REJECT_PARTIAL",
            "products": [{"quantity": 1, "returnQuantity": 0}, {"quantity": 2, "returnQuantity": 0}],
        },
        "INVALID_PRODUCTS",
    ),
    ({"products": "all"}, "INVALID_PRODUCTS"),
    ({"products": [1]}, "INVALID_PRODUCTS"),
    ({"products": [{"name": "a\0b"}]}, "INVALID_PRODUCTS"),
    ({"products": [{}] * 201}, "INVALID_PRODUCTS"),
    ({"order_id": "x" * 81}, "INVALID_TICKET"),
    ({"internal_note": "a\0b"}, "INVALID_TICKET"),
    ({"tpos_order_id": "many"}, "INVALID_TICKET"),
    ({"tpos_order_id": 2**63}, "INVALID_TICKET"),
    ({"customer_name": {"a": 1}}, "INVALID_TICKET"),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("body", "code"), BAD)
def test_what_cannot_be_is_a_clear_400_and_changes_nothing(  # W35
    api: APIClient, door: str, body: dict[str, Any], code: str
) -> None:
    answer = post(api, door, **body)

    assert (answer.status_code, answer.json()["success"], answer.json()["code"]) == (400, False, code)
    assert (Customer.objects.count(), Ticket.objects.count(), YearCounter.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("body", [b"[]", b"5", b"{", b'"x"', b"null"])
def test_a_body_that_is_no_object_is_a_400(api: APIClient, body: bytes) -> None:
    assert api.post("/api/v2/tickets", body, content_type="application/json").status_code == 400


@pytest.mark.parametrize("door", DOORS)
def test_a_second_return_of_an_order_is_refused(api: APIClient, door: str) -> None:
    first = post(api, door, type="RETURN_SHIPPER", order_id="NJD/1").json()["data"]

    refused = post(api, door, type="RETURN_CLIENT", order_id="NJD/1", phone="0909318265")

    assert refused.status_code == 400
    body = refused.json()
    assert (body["success"], body["error"], body["code"]) == (False, *2 * ["DUPLICATE_RETURN_TICKET"])
    assert body["message"] == f"Đơn hàng NJD/1 đã có ticket hoàn hàng: {first['ticket_code']} (Thu về)"
    assert body["existing_ticket"] == {
        "id": first["id"], "ticket_code": first["ticket_code"], "type": "RETURN_SHIPPER",
    }  # fmt: skip
    assert (Ticket.objects.count(), Customer.objects.count(), YearCounter.objects.get().last) == (1, 1, 1)


def test_an_order_may_be_returned_after_its_ticket_was_cancelled_or_deleted(api: APIClient) -> None:
    first = ticket("RETURN_SHIPPER", order_id="NJD/1")
    api.post(f"/api/ticket/{first.code}/action", {"action": "cancel"}, format="json")
    second = ticket("RETURN_SHIPPER", order_id="NJD/1")
    delete(caller=OWNER, ticket_id=second.pk)

    assert post(api, type="RETURN_CLIENT", order_id="NJD/1").status_code == 200


def test_another_ticket_of_an_order_is_made_and_warns(api: APIClient) -> None:
    first = post(api, type="BOOM", order_id="NJD/1").json()
    second = post(api, type="RETURN_CLIENT", order_id="NJD/1").json()

    assert "warning" not in first
    assert (second["success"], second["warning"], second["existing_ticket"]["ticket_code"]) == (
        True, "DUPLICATE_TICKET", first["data"]["ticket_code"],
    )  # fmt: skip
    assert second["message"] == "Đã có sự vụ cho đơn hàng này. Bạn có muốn xem sự vụ hiện có?"


def test_a_key_opens_one_ticket(api: APIClient, as_role: Any) -> None:  # W34
    def keyed(client: APIClient = api, **body: Any) -> Any:
        said = {"phone": PHONE, "type": "BOOM", "order_id": "NJD/1"} | body
        return client.post("/api/ticket", said, format="json", headers={"Idempotency-Key": "form-1"})

    first, again = keyed(), keyed(phone="+84909318264")
    others = [
        keyed(type="FIX_COD"), keyed(phone="0909318265"), keyed(order_id="x"), keyed(as_role(Role.ACCOUNTANT)),
        keyed(refund_amount=5_000), keyed(internal_note="Gọi lại"),
    ]  # fmt: skip
    bad = api.post("/api/ticket", {"phone": PHONE, "type": "BOOM"}, format="json", headers={"Idempotency-Key": "a b"})

    assert (again.status_code, again.json()["data"], again.headers["Idempotent-Replayed"]) == (
        200, first.json()["data"], "true",
    )  # fmt: skip
    assert [(other.status_code, other.json()["code"]) for other in others] == [(409, "IDEMPOTENCY_KEY_REUSED")] * 6
    assert (bad.status_code, bad.json()["code"], Ticket.objects.count()) == (400, "INVALID_KEY", 1)


def test_a_key_is_answered_with_its_ticket_whatever_became_of_that(api: APIClient) -> None:
    def keyed() -> Any:
        said = {"phone": PHONE, "type": "BOOM", "refund_amount": 90_000}
        return api.post("/api/v2/tickets", said, format="json", headers={"Idempotency-Key": "form-1"})

    code = keyed().json()["data"]["ticket_code"]
    api.patch(f"/api/v2/tickets/{code}", {"refund_amount": 80_000, "priority": "high"}, format="json")
    again = keyed()

    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert (again.json()["data"]["ticket_code"], again.json()["data"]["refund_amount"]) == (code, 80_000)


@pytest.mark.django_db(transaction=True)
def test_a_key_sent_eight_times_at_once_opens_one_ticket() -> None:
    opened = at_once(lambda _: open_ticket(caller=OWNER, phone=PHONE, type="BOOM", given={}, key="form-1"), range(8))

    assert len({each.row for each in opened}) == 1
    assert sorted(each.replayed for each in opened) == [False] + [True] * 7
    assert (Ticket.objects.count(), YearCounter.objects.get().last) == (1, 1)


@pytest.mark.parametrize("role", Role)
def test_everybody_but_the_viewer_opens_tickets(as_role: Any, role: Role) -> None:
    assert post(as_role(role)).status_code == (403 if role is Role.VIEWER else 200)


@pytest.mark.django_db(transaction=True)
def test_opening_a_ticket_is_one_round_trip(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ticket()
    with django_assert_num_queries(1):
        open_ticket(caller=CARE, phone=PHONE, type="BOOM", given={"order_id": "NJD/9"})


def test_codes_count_up_through_the_vietnam_year_beyond_five_digits_and_never_come_back(db: None) -> None:  # W6
    with time_machine.travel(datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC), tick=False):
        first = ticket()
    with time_machine.travel(datetime(2026, 12, 31, 17, 0, tzinfo=UTC), tick=False):
        second = ticket()
        YearCounter.objects.filter(year=2027).update(last=99_998)
        later = [ticket().code for _ in range(2)]
    delete(caller=OWNER, ticket_id=Ticket.objects.get(code="TV-2027-100000").pk, for_good=True)
    with time_machine.travel(datetime(2027, 6, 1, tzinfo=UTC), tick=False):
        after = ticket()

    assert (first.code, second.code) == ("TV-2026-00001", "TV-2027-00001")
    assert later == ["TV-2027-99999", "TV-2027-100000"]
    assert after.code == "TV-2027-100001"


@pytest.mark.django_db(transaction=True)
def test_fifty_tickets_at_once_have_fifty_codes_in_a_row() -> None:
    types = TicketType.values

    def one(number: int) -> str:
        phone = f"09093182{number % 7:02}"
        opened = open_ticket(
            caller=OWNER, phone=phone, type=types[number % len(types)], given={"order_id": f"N{number}"}
        )
        return str(json.loads(opened.row)["ticket_code"])

    codes = at_once(one, range(50))

    year = YearCounter.objects.get().year
    assert sorted(codes) == [f"TV-{year}-{number:05}" for number in range(1, 51)]
    assert Customer.objects.count() == 7
    assert Event.objects.filter(name="ticket.created").count() == 50


@pytest.mark.django_db(transaction=True)
def test_returns_of_one_order_at_once_are_one() -> None:
    def one(number: int) -> str:
        try:
            open_ticket(
                caller=OWNER,
                phone=PHONE,
                type=("RETURN_CLIENT", "RETURN_SHIPPER")[number % 2],
                given={"order_id": "NJD/1"},
            )
        except DuplicateReturn as error:
            return error.code
        return "done"

    assert Counter(at_once(one, range(8))) == {"done": 1, "DUPLICATE_RETURN_TICKET": 7}
    assert (Ticket.objects.count(), YearCounter.objects.get().last) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_returns_of_one_order_in_capitals_or_not_are_one() -> None:
    def one(number: int) -> str:
        order = ("NJD/2026/Đ1", "njd/2026/đ1")[number % 2]
        try:
            open_ticket(caller=OWNER, phone=PHONE, type="RETURN_CLIENT", given={"order_id": order})
        except DuplicateReturn as error:
            return error.code
        return "done"

    assert [one(0), one(1)] == ["done", "DUPLICATE_RETURN_TICKET"]
    Ticket.objects.all().update(status="CANCELLED")
    assert Counter(at_once(one, range(8))) == {"done": 1, "DUPLICATE_RETURN_TICKET": 7}


def test_the_database_itself_refuses_a_second_return_of_an_order(db: None) -> None:
    ticket("RETURN_CLIENT", order_id="NJD/1")
    other = ticket("RETURN_CLIENT", order_id="NJD/2")

    with pytest.raises(IntegrityError, match="ticket_order_returned_once"):
        Ticket.objects.filter(pk=other.pk).update(order_id="NJD/1")


@pytest.mark.django_db
def test_a_ticket_is_planned_once() -> None:
    orders = itertools.count()

    assert is_planned_once(lambda: ticket("BOOM", order_id=f"NJD/2026/{next(orders)}"))
