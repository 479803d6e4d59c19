"""What a ticket's order says against it: told when the ticket is opened, and then nothing is given by itself."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.operations import get_or_create_customer
from tests.factories.orders import days_ago, order, taken
from tests.factories.tickets import ACCOUNTANT, CARE, OWNER, PHONE, ticket
from tests.planner import is_planned_once
from tickets.bought import AboveOrder, OrderDoubted
from tickets.changing import change, move
from tickets.completing import Award
from tickets.creating import open_ticket
from tickets.models import Compensation, CompensationKind, Ticket
from tickets.resolving import give_credit, resolve
from tickets.workflow import Move
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
CODE, TOTAL_VND = "NJD/2026/1", 350_000
OTHERS = "0909318265"
ANOTHERS, CANCELLED, ABOVE = "ORDER_OF_ANOTHER_CUSTOMER", "ORDER_WAS_CANCELLED", "AMOUNT_ABOVE_ORDER"
GONE = {"status": "cancelled", "cancelled_at": days_ago(1)}


def opened(api: APIClient, **body: Any) -> Any:
    said = {"phone": PHONE, "type": "RETURN_CLIENT", "order_id": CODE, "refund_amount": 200_000} | body
    return api.post("/api/v2/tickets", said, format="json")


def wallet_of(phone: str = PHONE) -> tuple[int, int]:
    wallet = Wallet.objects.get(customer__phone=phone)
    return wallet.real_vnd, wallet.virtual_vnd


@pytest.mark.parametrize("door", ["/api/ticket", "/api/v2/tickets"])
def test_a_ticket_that_its_order_agrees_with_warns_of_nothing(api: APIClient, door: str) -> None:
    taken(order(CODE))

    answers = [
        api.post(door, {"phone": PHONE, "type": type, "order_id": CODE.lower(), **more}, format="json").json()
        for type, more in (("BOOM", {"refund_amount": TOTAL_VND}), ("OTHER", {"refund_amount": 900_000}))
    ]
    unknown = opened(api, order_id="NJD/2026/9", refund_amount=50_000_000).json()

    assert answers[0]["success"]
    assert "warning" not in answers[0]
    assert [each["code"] for each in answers[1]["warnings"]] == ["DUPLICATE_TICKET"]
    assert "warning" not in unknown


@pytest.mark.parametrize(
    ("orders", "body", "codes"),
    [
        ([order(CODE, phone=OTHERS, name="Anh Bình")], {}, [ANOTHERS]),
        ([order(CODE, **GONE)], {}, [CANCELLED]),
        ([order(CODE, **GONE)], {"type": "BOOM"}, []),
        ([order(CODE)], {"refund_amount": TOTAL_VND + 1}, [ABOVE]),
        ([order(CODE)], {"type": "BOOM", "refund_amount": TOTAL_VND + 1}, [ABOVE]),
        ([order(CODE, total=0)], {"refund_amount": 200_000}, []),
        ([order(CODE, phone=OTHERS, **GONE)], {"refund_amount": 50_000_000}, [ANOTHERS, CANCELLED, ABOVE]),
        ([order(CODE, phone=OTHERS, source="tpos"), order(CODE, source="import")], {}, []),
    ],
)
def test_a_ticket_that_its_order_contradicts_is_opened_and_warns(
    api: APIClient, orders: list[dict[str, Any]], body: dict[str, Any], codes: list[str]
) -> None:
    taken(*orders)

    answer = opened(api, **body).json()

    assert answer["success"]
    assert Ticket.objects.count() == 1
    assert [each["code"] for each in answer.get("warnings", [])] == codes
    if codes:
        assert (answer["warning"], answer["message"]) == (codes[0], answer["warnings"][0]["message"])
    if codes == [ANOTHERS]:
        assert answer["message"] == f"Đơn {CODE} là của khách khác: Anh Bình, {OTHERS}."


@pytest.mark.parametrize("type", ["RETURN_CLIENT", "RETURN_SHIPPER"])
@pytest.mark.parametrize(
    ("changes", "refund_vnd"), [({"phone": OTHERS}, 200_000), (GONE, 200_000), ({}, TOTAL_VND + 1)]
)
def test_what_the_order_contradicts_is_given_by_nobody_but_a_person_with_an_amount(
    changes: dict[str, Any], refund_vnd: int, type: str
) -> None:
    taken(order(CODE, **changes))
    made = ticket(type, status="PENDING_GOODS", order_id=CODE, refund_amount=refund_vnd)

    move(caller=OWNER, ticket_id=made.pk, move=Move.RECEIVE)
    made.refresh_from_db()
    assert (made.status, wallet_of(), Compensation.objects.count()) == ("PENDING_FINANCE", (0, 0), 0)
    for again in (Move.SETTLE, Move.COMPLETE):
        with pytest.raises(OrderDoubted) as refused:
            move(caller=OWNER, ticket_id=made.pk, move=again)
        assert CODE in str(refused.value.params["why"])
    with pytest.raises(OrderDoubted):
        resolve(caller=OWNER, ticket_id=made.pk, award=None)

    change(caller=OWNER, ticket_id=made.pk, given={"refund_amount": 200_000})
    award = Award(kind=CompensationKind.DEPOSIT, amount_vnd=200_000)
    resolve(caller=ACCOUNTANT, ticket_id=made.pk, award=award)

    made.refresh_from_db()
    assert (made.status, wallet_of()) == ("COMPLETED", (200_000, 0))


@pytest.mark.parametrize(("type", "bounded"), [("RETURN_SHIPPER", True), ("BOOM", True), ("COMPLAINT", False)])
def test_nobody_gets_more_for_an_order_than_it_cost(type: str, bounded: bool) -> None:
    taken(order(CODE))
    made = ticket(type, order_id=CODE)
    above = TOTAL_VND + 1

    def credit(amount_vnd: int) -> None:
        give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=amount_vnd, days=None)

    if bounded:
        with pytest.raises(AboveOrder):
            credit(above)
        with pytest.raises(AboveOrder):
            resolve(caller=OWNER, ticket_id=made.pk, award=Award(kind=CompensationKind.DEPOSIT, amount_vnd=above))
        assert wallet_of() == (0, 0)
        credit(TOTAL_VND)
    else:
        credit(above)
    assert wallet_of() == (0, TOTAL_VND if bounded else above)


def test_the_refusal_is_told_with_the_order_and_its_total(api: APIClient) -> None:
    taken(order(CODE))
    made = ticket("RETURN_SHIPPER", order_id=CODE)

    answer = api.post(f"/api/v2/tickets/{made.code}/resolve", {"compensation_amount": 400_000}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "COMPENSATION_ABOVE_ORDER")
    assert answer.json()["message"] == f"Chỉ được trả tối đa 350.000 ₫: bằng tổng tiền đơn {CODE}."


def test_credit_before_its_ticket_is_bound_by_the_order_too(api: APIClient) -> None:
    taken(order(CODE))

    answers = [
        api.post(
            "/api/v2/tickets/new/resolve-credit", {"phone": PHONE, "amount": amount, "ticket_code": CODE}, format="json"
        )
        for amount in (TOTAL_VND + 1, TOTAL_VND)
    ]

    assert [answer.status_code for answer in answers] == [400, 200], answers[1].content
    assert (answers[0].json()["code"], wallet_of()) == ("COMPENSATION_ABOVE_ORDER", (0, TOTAL_VND))


def test_a_repeat_with_its_key_warns_of_nothing(api: APIClient) -> None:
    taken(order(CODE, phone=OTHERS))
    said = {"phone": PHONE, "type": "BOOM", "order_id": CODE}

    first, again = (
        api.post("/api/v2/tickets", said, format="json", headers={"Idempotency-Key": "form-1"}).json() for _ in range(2)
    )

    assert first["warning"] == ANOTHERS
    assert "warning" not in again


@pytest.mark.django_db(transaction=True)
def test_opening_a_ticket_of_a_known_order_is_one_round_trip(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    get_or_create_customer(phone=PHONE, by="test")
    taken(order(CODE))
    with django_assert_num_queries(1):
        opened = open_ticket(caller=CARE, phone=PHONE, type="BOOM", given={"order_id": CODE})
    assert opened.bought is not None
    assert opened.bought.total_vnd == TOTAL_VND


@pytest.mark.django_db(transaction=True)
def test_the_order_is_found_by_a_kept_plan() -> None:
    taken(*(order(f"NJD/{number}") for number in range(30)))
    numbers = iter(range(10_000))

    assert is_planned_once(
        lambda: open_ticket(caller=CARE, phone=PHONE, type="BOOM", given={"order_id": f"NJD/{next(numbers)}"})
    )
