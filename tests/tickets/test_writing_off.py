"""Giving up one line of a ticket's money and not the other: over the API, and by several people at once."""

from collections import Counter
from typing import Any

import pytest
from rest_framework.test import APIClient

from n2store.errors import DomainError
from n2store.models import AuditLog, Event
from tests.factories.tickets import ACCOUNTANT, OWNER, ticket
from tests.threads import at_once
from tickets.claiming import claim
from tickets.models import ClaimKind, Direction, Party, Ticket, WriteOff
from tickets.record import owed_on
from tickets.writing_off import write_off

pytestmark = pytest.mark.django_db

CARRIER_OWES, CUSTOMER_OWES = (Direction.OWED_BY, Party.CARRIER), (Direction.OWED_BY, Party.CUSTOMER)
OWED_TO_CARRIER, OWED_TO_CUSTOMER = (Direction.OWED_TO, Party.CARRIER), (Direction.OWED_TO, Party.CUSTOMER)
AMOUNTS = {OWED_TO_CARRIER: 350_000, CARRIER_OWES: 80_000, CUSTOMER_OWES: 20_000}


def owing_three_ways() -> Ticket:
    """Return a refused parcel on which the shop owes the carrier, and carrier and customer owe the shop."""
    made = ticket("BOOM", status="PENDING_FINANCE", refund_amount=350_000)
    claim(caller=OWNER, ticket_id=made.pk, kind=ClaimKind.LOST, amount_vnd=80_000)
    claim(caller=OWNER, ticket_id=made.pk, kind=ClaimKind.SPOILED, amount_vnd=20_000)
    return made


def still_open(made: Ticket) -> dict[Any, int]:
    return {(line.direction, line.party): line.open_vnd for line in owed_on(made) if line.open_vnd}


def post(api: APIClient, made: Ticket, **body: Any) -> Any:
    return api.post(f"/api/v2/tickets/{made.code}/write-off", {"reason": "Bỏ qua"} | body, format="json")


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ({}, [OWED_TO_CARRIER, CARRIER_OWES, CUSTOMER_OWES]),
        ({"party": "carrier"}, [OWED_TO_CARRIER, CARRIER_OWES]),
        ({"party": "customer"}, [CUSTOMER_OWES]),
        ({"direction": "owed_by"}, [CARRIER_OWES, CUSTOMER_OWES]),
        ({"direction": "owed_to"}, [OWED_TO_CARRIER]),
        ({"party": "carrier", "direction": "owed_by"}, [CARRIER_OWES]),
    ],
)
def test_what_is_named_is_given_up_and_the_rest_stays_open(
    api: APIClient, named: dict[str, str], meant: list[Any]
) -> None:
    made = owing_three_ways()

    answer = post(api, made, **named)

    assert (answer.status_code, answer.json()["written_off"]) == (200, sum(AMOUNTS[which] for which in meant))
    assert still_open(made) == {which: amount for which, amount in AMOUNTS.items() if which not in meant}
    assert {(row.direction, row.party): row.amount_vnd for row in WriteOff.objects.all()} == {
        which: AMOUNTS[which] for which in meant
    }
    made.refresh_from_db()
    told = {f"{way.value} {party.value}": AMOUNTS[way, party] for way, party in meant}
    assert made.history[-1]["amounts"] == AuditLog.objects.get(action="ticket.write_off").after == told


def test_lines_are_given_up_one_after_the_other_each_with_its_own_reason(api: APIClient) -> None:
    made = owing_three_ways()

    for which, reason in [({"party": "customer"}, "Khách quen"), ({"direction": "owed_by"}, "ĐVVC không nhận")]:
        post(api, made, **which, reason=reason)

    assert {(row.party, row.reason) for row in WriteOff.objects.all()} == {
        ("customer", "Khách quen"), ("carrier", "ĐVVC không nhận"),
    }  # fmt: skip
    assert still_open(made) == {OWED_TO_CARRIER: 350_000}


@pytest.mark.parametrize(
    "body",
    [
        {"party": "customer", "direction": "owed_to"},
        {"party": "customer"},
    ],
)
def test_where_nothing_is_open_nothing_is_given_up(api: APIClient, body: dict[str, str]) -> None:
    made = ticket("BOOM", status="PENDING_FINANCE", refund_amount=350_000)
    events = Event.objects.count()

    answer = post(api, made, **body)

    assert (answer.status_code, answer.json()["code"]) == (409, "NOTHING_TO_WRITE_OFF")
    assert "không còn nợ" in answer.json()["message"]
    made.refresh_from_db()
    assert (WriteOff.objects.count(), len(made.history), Event.objects.count()) == (0, 1, events)


def test_whatever_is_open_may_be_nothing(api: APIClient) -> None:
    made = owing_three_ways()

    answers = [post(api, made) for _ in range(2)]

    assert [(one.status_code, one.json()["written_off"]) for one in answers] == [(200, 450_000), (200, 0)]


@pytest.mark.parametrize(
    "odd",
    [
        {"party": "shop"}, {"party": ""}, {"party": None}, {"party": ["carrier"]}, {"party": 5}, {"party": "CARRIER"},
        {"direction": "both"}, {"direction": ""}, {"direction": {}}, {"party": "carrier", "direction": "owed"},
    ],
)  # fmt: skip
def test_a_line_that_there_is_not_is_refused_and_nothing_is_given_up(api: APIClient, odd: dict[str, Any]) -> None:
    made = owing_three_ways()

    answer = post(api, made, **odd)

    assert (answer.status_code, answer.json()["code"], WriteOff.objects.count()) == (400, "INVALID", 0)


@pytest.mark.parametrize("party", ["carrier", "customer"])
def test_without_a_reason_no_line_is_given_up(api: APIClient, party: str) -> None:
    made = owing_three_ways()

    answer = post(api, made, party=party, reason=" ")

    assert (answer.status_code, answer.json()["code"], WriteOff.objects.count()) == (400, "REASON_REQUIRED", 0)


@pytest.mark.django_db(transaction=True)
def test_a_line_that_eight_give_up_at_once_is_given_up_once() -> None:
    made = owing_three_ways()

    def give_up(_: int) -> str:
        try:
            write_off(caller=ACCOUNTANT, ticket_id=made.pk, reason="Bỏ qua", lines=[CARRIER_OWES])
        except DomainError as error:
            return error.code
        return "done"

    answers = at_once(give_up, range(8))

    row = WriteOff.objects.get()
    assert Counter(answers) == {"done": 1, "NOTHING_TO_WRITE_OFF": 7}
    assert (row.direction, row.party, row.amount_vnd, row.reason) == ("owed_by", "carrier", 80_000, "Bỏ qua")
    assert AuditLog.objects.filter(action="ticket.write_off").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_one_line_and_all_of_them_at_once_give_up_each_amount_once(round: int) -> None:
    made = owing_three_ways()
    chosen = [[CARRIER_OWES], None, [CUSTOMER_OWES, CARRIER_OWES], None]

    def give_up(lines: Any) -> int:
        try:
            return write_off(caller=ACCOUNTANT, ticket_id=made.pk, reason="Bỏ qua", lines=lines)
        except DomainError:
            return 0

    assert sum(at_once(give_up, chosen)) == sum(AMOUNTS.values())
    assert {(row.direction, row.party): row.amount_vnd for row in WriteOff.objects.all()} == AMOUNTS
