"""What is owed to the shop: said by a person or by an advance, shown everywhere, in the way of completing."""

import json
from collections import Counter
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from n2store.errors import DomainError
from n2store.models import AuditLog, Event
from n2store.roles import Role
from tests.factories.staff import logged_in
from tests.factories.tickets import ACCOUNTANT, CARE, OWNER, PHONE, VIEWER, WAREHOUSE, ticket
from tests.threads import at_once
from tickets import changing, queries
from tickets.claiming import ClaimAboveCod, claim
from tickets.completing import Award
from tickets.models import Claim, ClaimKind, CompensationKind, Owed, Party, Ticket, WriteOff
from tickets.money import Unsettled
from tickets.record import owed_on
from tickets.resolving import give_credit, resolve
from tickets.workflow import Move
from tickets.writing_off import write_off
from wallets.models import Wallet
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db


def post(api: APIClient, made: Ticket, **body: Any) -> Any:
    return api.post(f"/api/v2/tickets/{made.code}/claims", body, format="json")


def status_of(made: Ticket) -> str:
    return Ticket.objects.get(pk=made.pk).status


def by_database(made: Ticket) -> list[tuple[Any, ...]]:
    fields = ("party", "direction", "amount_vnd", "given_vnd", "written_off_vnd", "open_vnd")
    return sorted(Owed.objects.filter(ticket=made).order_by("key").values_list(*fields))


def by_hand(made: Ticket) -> list[tuple[Any, ...]]:
    made.refresh_from_db()
    return sorted(
        (line.party.value, line.direction.value, line.amount_vnd, line.given_vnd, line.written_off_vnd, line.open_vnd)
        for line in owed_on(made)
    )


def test_goods_credited_in_advance_are_owed_until_they_are_here(api: APIClient) -> None:
    made = ticket("RETURN_SHIPPER", status="PENDING_GOODS", refund_amount=150_000)
    give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=150_000, days=None)

    told = api.get(f"/api/v2/tickets/{made.code}/money").json()["data"]["lines"]
    row = api.get(f"/api/v2/tickets/{made.code}").json()["data"]
    refused = api.post(f"/api/ticket/{made.code}/action", {"action": "complete"}, format="json")
    card = json.loads(queries.card(made.customer_id))["ticketMoney"]
    before = status_of(made)
    done = api.patch(f"/api/v2/tickets/{made.code}", {"status": "COMPLETED"}, format="json")

    assert told[1] == {
        "party": "customer", "direction": "owed_by", "amount": 150_000, "given": 0, "written_off": 0, "open": 150_000,
        "reasons": ["advance"],
    }  # fmt: skip
    assert row["money"] == {"owed_to": 0, "owed_by": 150_000}
    assert card == {"owed_to_customer": 0, "owed_by_customer": 150_000, "owed_to_carrier": 0, "owed_by_carrier": 0}
    assert (refused.status_code, refused.json()["code"], before) == (409, "TICKET_UNSETTLED", "PENDING_GOODS")
    assert (done.status_code, bool(done.json()["data"]["received_at"])) == (200, True)
    assert Owed.objects.filter(ticket=made, open_vnd__gt=0).count() == 0
    assert Wallet.objects.get().virtual_vnd == 150_000


def test_goods_that_never_came_are_written_off_by_name_before_the_ticket_is_over(api: APIClient) -> None:
    made = ticket("RETURN_SHIPPER", status="PENDING_GOODS", refund_amount=150_000)
    give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=150_000, days=None)

    with pytest.raises(Unsettled):
        resolve(caller=ACCOUNTANT, ticket_id=made.pk, award=None)
    resolve(caller=ACCOUNTANT, ticket_id=made.pk, award=None, write_off_reason="Khách không gửi lại")

    rest = WriteOff.objects.get()
    assert (rest.party, rest.direction, rest.amount_vnd, rest.actor) == ("customer", "owed_by", 150_000, "ketoan")
    assert status_of(made) == "COMPLETED"


def test_what_is_given_when_a_return_is_completed_is_no_advance() -> None:
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", refund_amount=150_000)

    resolve(caller=OWNER, ticket_id=made.pk, award=Award(kind=CompensationKind.DEPOSIT, amount_vnd=150_000))

    assert [line for line in by_hand(made) if line[1] == "owed_by"] == []


@pytest.mark.parametrize(
    ("type", "kind", "party"),
    [("RETURN_SHIPPER", "dearer", "customer"), ("RETURN_CLIENT", "spoiled", "customer"), ("BOOM", "lost", "carrier"),
     ("BOOM", "cod", "carrier"), ("COMPLAINT", "lost", "carrier")],
)  # fmt: skip
def test_a_debt_stands_in_the_way_of_completing_until_all_has_come(
    api: APIClient, type: str, kind: str, party: str
) -> None:
    made = ticket(type, status="PENDING_FINANCE" if type == "BOOM" else "PENDING", original_cod=350_000)

    said = post(api, made, kind=kind, amount=80_000, received=30_000, note="Đã hẹn trả")
    refused = api.patch(f"/api/v2/tickets/{made.code}", {"status": "COMPLETED"}, format="json")
    cancelled = api.patch(f"/api/v2/tickets/{made.code}", {"status": "CANCELLED"}, format="json")
    post(api, made, kind=kind, amount=80_000, received=80_000)
    done = api.patch(f"/api/v2/tickets/{made.code}", {"status": "COMPLETED"}, format="json")

    [line] = [line for line in said.json()["data"]["lines"] if line["direction"] == "owed_by"]
    assert (line["party"], line["amount"], line["given"], line["open"], line["reasons"]) == (
        party, 80_000, 30_000, 50_000, [kind],
    )  # fmt: skip
    assert [answer.json()["code"] for answer in (refused, cancelled)] == ["TICKET_UNSETTLED"] * 2
    assert "50.000 ₫" in cancelled.json()["message"]
    assert (done.status_code, done.json()["data"]["status"]) == (200, "COMPLETED")
    assert [Claim.objects.get().note, AuditLog.objects.filter(action="ticket.claim").count()] == ["Đã hẹn trả", 2]


@pytest.mark.parametrize("credited", [False, True])
def test_what_a_customer_is_owed_for_goods_that_came_stands_in_the_way_of_cancelling(
    api: APIClient, as_role: Any, credited: bool
) -> None:
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", refund_amount=100_000)
    as_role(Role.WAREHOUSE).post(f"/api/ticket/{made.code}/action", {"action": "receive_goods"}, format="json")
    if credited:  # It would be taken back, and the goods would be paid with nothing.
        give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=100_000, days=None)

    address, body = f"/api/ticket/{made.code}/action", {"action": "cancel"}
    offer = next(one for one in offers_of(logged_in(Role.OWNER), made) if one.move is Move.CANCEL)
    refused = api.post(address, body, format="json")
    given = Wallet.objects.get().virtual_vnd
    if not credited:
        write_off(caller=ACCOUNTANT, ticket_id=made.pk, reason="Khách tặng lại")

    assert (refused.status_code, refused.json()["code"]) == (409, "TICKET_UNSETTLED")
    assert ("100.000 ₫" in offer.blocked, given) == (True, 100_000 if credited else 0)
    assert api.post(address, body, format="json").status_code == (409 if credited else 200)


def test_a_return_whose_goods_never_came_is_cancelled_with_all_it_owed(api: APIClient) -> None:
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", refund_amount=100_000)

    assert api.patch(f"/api/v2/tickets/{made.code}", {"status": "CANCELLED"}, format="json").status_code == 200


def offers_of(client: Any, made: Ticket) -> Any:
    return client.get(f"/admin/tickets/ticket/{made.pk}/change/").context["offers"]


def test_the_same_claim_again_changes_nothing_and_zero_takes_it_back(api: APIClient) -> None:
    made = ticket("BOOM", original_cod=350_000)

    answers = [post(api, made, kind="lost", amount=80_000) for _ in range(3)]
    made.refresh_from_db()
    history = len(made.history)
    post(api, made, kind="lost", amount=0)

    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert (history, Claim.objects.count()) == (2, 0)


BAD: list[tuple[dict[str, Any], int, str]] = [
    ({"kind": "lost"}, 400, "INVALID_AMOUNT"),
    ({"kind": "lost", "amount": -1}, 400, "INVALID_CLAIM"),
    ({"kind": "lost", "amount": 1.5}, 400, "INVALID_AMOUNT"),
    ({"kind": "lost", "amount": 10**13}, 400, "INVALID_CLAIM"),
    ({"kind": "lost", "amount": 10, "received": 11}, 400, "INVALID_CLAIM"),
    ({"kind": "lost", "amount": 10, "received": -1}, 400, "INVALID_CLAIM"),
    ({"kind": "lost", "amount": 10, "received": "x"}, 400, "INVALID"),
    ({"kind": "lost", "amount": 10, "note": "x" * 5_001}, 400, "INVALID_NOTE"),
    ({"kind": "mood", "amount": 10}, 400, "INVALID"),
    ({"amount": 10}, 400, "INVALID"),
    ({"kind": "cod", "amount": 350_001}, 400, "CLAIM_ABOVE_COD"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD)
def test_a_claim_that_cannot_be_changes_nothing(api: APIClient, body: dict[str, Any], status: int, code: str) -> None:
    made = ticket("BOOM", original_cod=350_000)

    answer = post(api, made, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    made.refresh_from_db()
    assert (Claim.objects.count(), len(made.history)) == (0, 1)


def test_a_lowered_cod_bounds_what_the_carrier_can_have_collected() -> None:
    made = ticket("FIX_COD", original_cod=350_000, new_cod=300_000)

    with pytest.raises(ClaimAboveCod):
        claim(caller=OWNER, ticket_id=made.pk, kind=ClaimKind.COD, amount_vnd=300_001)


def test_a_ticket_that_is_over_takes_no_claim(api: APIClient) -> None:
    made = ticket("OTHER", status="COMPLETED")

    assert post(api, made, kind="lost", amount=10).json()["code"] == "TICKET_ALREADY_COMPLETED"


@pytest.mark.parametrize("caller", [CARE, WAREHOUSE, VIEWER])
def test_what_is_owed_is_for_the_accountant_to_say(caller: Any) -> None:
    made = ticket("BOOM")

    with pytest.raises(DomainError) as refusal:
        claim(caller=caller, ticket_id=made.pk, kind=ClaimKind.LOST, amount_vnd=10)

    assert refusal.value.code == "PERMISSION_ACCOUNTANT"


def test_both_directions_are_written_off_each_for_itself(api: APIClient) -> None:
    made = ticket("BOOM", status="PENDING_FINANCE", refund_amount=350_000)
    claim(caller=OWNER, ticket_id=made.pk, kind=ClaimKind.LOST, amount_vnd=80_000)

    amount_vnd = write_off(caller=ACCOUNTANT, ticket_id=made.pk, reason="Bù trừ")
    again = post(api, made, kind="cod", amount=10_000)

    assert amount_vnd == 430_000
    assert set(WriteOff.objects.values_list("direction", "party", "amount_vnd")) == {
        ("owed_to", "carrier", 350_000), ("owed_by", "carrier", 80_000),
    }  # fmt: skip
    assert again.json()["code"] == "INVALID_CLAIM"
    changing.move(caller=OWNER, ticket_id=made.pk, move=Move.SETTLE)
    assert status_of(made) == "COMPLETED"


def test_the_database_counts_as_the_money_view_does() -> None:
    tickets = [
        ticket(type, refund_amount=refund, original_cod=400_000, order_id=f"NJD/{type}/{refund}")
        for type in ("BOOM", "FIX_COD", "RETURN_CLIENT", "RETURN_SHIPPER", "COMPLAINT", "OTHER")
        for refund in (None, 0, 150_000)
    ]
    for number, made in enumerate(tickets):
        if number % 2:
            claim(caller=OWNER, ticket_id=made.pk, kind=ClaimKind.LOST, amount_vnd=60_000, received_vnd=number * 1_000)
            claim(caller=OWNER, ticket_id=made.pk, kind=ClaimKind.DEARER, amount_vnd=5_000)
        if number % 3 == 2:
            give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=70_000, days=None)
        if number % 4 == 3:
            write_off(caller=OWNER, ticket_id=made.pk, reason="x")
        Ticket.objects.filter(pk=made.pk).update(
            settled_at=timezone.now() if number % 5 == 0 else None,
            received_at=timezone.now() if number % 7 == 5 else None,
        )

    assert [by_database(made) for made in tickets] == [by_hand(made) for made in tickets]
    assert {line[1] for made in tickets for line in by_hand(made)} == {"owed_to", "owed_by"}
    total = sum(line[5] for made in tickets for line in by_hand(made))
    assert sum(queries.money_of(tickets[0].customer_id).values()) == total > 0


@pytest.mark.django_db(transaction=True)
def test_eight_claims_at_once_are_one() -> None:
    made = ticket("BOOM")

    news = at_once(lambda _: claim(caller=OWNER, ticket_id=made.pk, kind=ClaimKind.LOST, amount_vnd=50_000), range(8))

    assert Counter(news) == {True: 1, False: 7}
    assert Claim.objects.get().amount_vnd == 50_000
    assert Event.objects.filter(name="ticket.updated").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_claim_and_completing_at_once_never_leave_a_debt_behind() -> None:
    for number in range(6):
        made = ticket("COMPLAINT", order_id=f"NJD/{number}")

        def through(door: int, made: Ticket = made) -> str:
            try:
                if door % 2:
                    claim(caller=OWNER, ticket_id=made.pk, kind=ClaimKind.SPOILED, amount_vnd=50_000)
                else:
                    changing.move(caller=OWNER, ticket_id=made.pk, move=Move.COMPLETE)
            except DomainError as error:
                return error.code
            return "done"

        at_once(through, range(4))

        is_open = Owed.objects.filter(ticket=made, open_vnd__gt=0).exists()
        assert is_open == (status_of(made) != "COMPLETED")
    assert verify_ledger() == []


def test_the_console_shows_takes_and_lists_what_is_owed() -> None:
    made, other = ticket("BOOM", status="PENDING_GOODS", refund_amount=350_000), ticket("BOOM", status="PENDING_GOODS")
    page, desk = f"/admin/tickets/ticket/{made.pk}/change/", logged_in(Role.ACCOUNTANT)
    body = {"kind": "lost", "amount": "80.000", "received": "30.000", "note": "Vỡ", "seen": "1"}

    desk.post(f"/admin/tickets/ticket/{made.pk}/claim/", body)
    shown = desk.get(page).content.decode()
    listed = desk.get("/admin/tickets/ticket/?state=goods&debt=carrier").content.decode()
    customers = desk.get("/admin/tickets/ticket/?state=goods&debt=customer").content.decode()
    card = desk.get(f"/admin/customers/customer/{made.customer_id}/change/").content.decode()

    assert 'data-party="carrier" data-direction="owed_by"' in shown
    assert "50.000 ₫ còn nợ shop: hãy ghi đã nhận, hoặc xoá nợ." in shown  # Before anybody cancels.
    assert "80.000 ₫" in shown
    assert "nợ shop 50.000 ₫" in listed
    assert (made.code in listed, other.code in listed, made.code in customers) == (True, False, False)
    assert 'data-owed="owed_by_carrier"' in card


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.CUSTOMER_CARE, Role.VIEWER])
def test_a_button_that_would_be_refused_is_not_drawn(role: Role) -> None:
    made = ticket("BOOM", status="PENDING_GOODS")
    desk = logged_in(role)

    page = desk.get(f"/admin/tickets/ticket/{made.pk}/change/").content.decode()
    answer = desk.post(f"/admin/tickets/ticket/{made.pk}/claim/", {"kind": "lost", "amount": "80.000"})

    assert f"/admin/tickets/ticket/{made.pk}/claim/" not in page
    assert (answer.status_code, Claim.objects.count()) == (403, 0)


def test_a_page_of_the_list_costs_no_more_for_debts(django_assert_max_num_queries: Any) -> None:
    for number in range(3):
        made = ticket("BOOM", status="PENDING_GOODS", order_id=f"NJD/{number}")
        claim(caller=OWNER, ticket_id=made.pk, kind=ClaimKind.LOST, amount_vnd=50_000)
    desk = logged_in(Role.ACCOUNTANT)
    desk.get("/admin/tickets/ticket/?state=goods")

    with django_assert_max_num_queries(14):
        assert desk.get("/admin/tickets/ticket/?state=goods").status_code == 200
    assert Party.CARRIER in Owed.objects.values_list("party", flat=True)
