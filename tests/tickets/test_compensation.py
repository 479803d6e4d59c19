"""What a ticket earns: once, whichever door, never more than it is worth."""

import contextlib
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation
from rest_framework.test import APIClient

from customers.models import Activity, Customer
from n2store.errors import DomainError
from n2store.models import AuditLog, Event
from n2store.roles import Role
from tests.factories.tickets import ACCOUNTANT, CARE, OWNER, PHONE, WAREHOUSE, ticket
from tests.threads import at_once, behind
from tickets import changing, queries, resolving
from tickets.changing import change
from tickets.completing import Award
from tickets.models import Compensation, CompensationKind, Ticket, WriteOff
from tickets.record import held
from tickets.resolving import give_credit, resolve
from tickets.writing_off import write_off
from wallets import commands, operations
from wallets.commands import Owner
from wallets.models import Command, Source, Transaction, VirtualCredit, Wallet
from wallets.queries import verify_ledger

CREDIT, DEPOSIT = CompensationKind.CREDIT, CompensationKind.DEPOSIT


def post(api: APIClient, made: Ticket, what: str, **body: Any) -> Any:
    return api.post(f"/api/v2/tickets/{made.code}/{what}", body, format="json")


def test_an_approved_boom_earns_virtual_credit_for_fifteen_days(api: APIClient) -> None:
    made = ticket("BOOM", refund_amount=350_000)

    row = post(api, made, "resolve", compensation_amount=50_000, note="Duyệt").json()["data"]

    lot = VirtualCredit.objects.get()
    assert (row["status"], row["wallet_credited"], row["virtual_credit_id"], row["virtual_credit_amount"]) == (
        "COMPLETED", True, lot.pk, 50_000,
    )  # fmt: skip
    assert (lot.original_vnd, lot.source_id, lot.source_type) == (50_000, made.code, "COMPENSATION")
    assert lot.expires_at - lot.issued_at == timedelta(days=15)
    assert Wallet.objects.get().virtual_vnd == 50_000  # W18: the wallet has what the lot says.
    assert row["wallet_transaction_id"] == lot.issue_id
    assert Transaction.objects.get().actor == "user-owner"
    titles = dict(Activity.objects.filter(reference_id=made.code).values_list("type", "description"))
    assert titles["TICKET_COMPLETED"] == "Bồi thường: 50,000đ"
    assert AuditLog.objects.filter(subject=f"ticket:{made.code}", action="ticket.resolve").count() == 1
    assert verify_ledger() == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_is_kept_is_spelled_alike_whatever_language_the_reader_has(db: None, language: str) -> None:  # W41
    made = ticket("BOOM", refund_amount=1_350_000)

    with translation.override(language):
        resolve(caller=OWNER, ticket_id=made.pk, award=Award(kind=CREDIT, amount_vnd=1_050_000))

    assert Activity.objects.get(type="TICKET_COMPLETED").description == "Bồi thường: 1,050,000đ"
    assert VirtualCredit.objects.get().note == f"Công nợ ảo - Phiếu {made.code}"


def test_completing_counts_once_and_leaves_the_customers_standing_alone(api: APIClient) -> None:  # W7, W36
    made = ticket("RETURN_SHIPPER", refund_amount=150_000)
    Customer.objects.update(tier="blacklist", status="VIP")

    for _ in range(2):
        post(api, made, "resolve", compensation_amount=150_000, compensation_type="deposit")
    for status in ("CANCELLED", "PENDING", "COMPLETED"):
        api.patch(f"/api/v2/tickets/{made.code}", {"status": status}, format="json")

    customer = Customer.objects.get()
    assert (customer.tier, customer.status) == ("blacklist", "VIP")
    assert json.loads(queries.card(customer.pk))["ticketStats"]["returned"] == 1


@pytest.mark.parametrize(("type", "refund"), [("BOOM", None), ("COMPLAINT", 40_000)])
def test_real_money_is_what_a_ticket_without_an_amount_was_about(api: APIClient, type: str, refund: int | None) -> None:
    made = ticket(type)

    row = post(api, made, "resolve", compensation_amount=40_000, compensation_type="deposit").json()["data"]

    assert (row["refund_amount"], row["wallet_credited"], Wallet.objects.get().real_vnd) == (refund, True, 40_000)


def test_a_boom_earns_nothing_by_itself(api: APIClient) -> None:
    made = ticket("BOOM", status="PENDING_FINANCE", refund_amount=350_000)

    row = api.patch(f"/api/v2/tickets/{made.code}", {"status": "COMPLETED"}, format="json").json()["data"]

    assert (row["status"], row["wallet_credited"], bool(row["settled_at"])) == ("COMPLETED", False, True)
    assert Transaction.objects.count() == 0


@pytest.mark.parametrize("action", ["settle", "complete"])
def test_completing_what_waits_for_settlement_says_it_was_paid(api: APIClient, action: str) -> None:
    made = ticket("FIX_COD", status="PENDING_FINANCE", refund_amount=50_000)

    row = api.post(f"/api/ticket/{made.code}/action", {"action": action}, format="json").json()["data"]

    assert (row["status"], bool(row["settled_at"]), bool(row["completed_at"])) == ("COMPLETED", True, True)


def test_a_return_by_post_is_refunded_when_its_goods_arrive(api: APIClient) -> None:
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", refund_amount=200_000)
    body = {"status": "COMPLETED", "received_at": "2026-01-16T05:00:00Z", "refund_order_id": 77, "refund_number": "R77"}

    row = api.patch(f"/api/v2/tickets/{made.code}", body, format="json").json()["data"]

    posted = Transaction.objects.get()
    assert (row["status"], row["wallet_credited"], row["wallet_transaction_id"]) == ("COMPLETED", True, posted.pk)
    assert (row["refund_order_id"], row["refund_number"], row["received_at"]) == (77, "R77", "2026-01-16T05:00:00.000Z")
    assert (posted.type, posted.amount_vnd, posted.source, posted.reference_id) == (
        "DEPOSIT", 200_000, "RETURN_GOODS", made.code,
    )  # fmt: skip
    assert posted.key == f"ticket:{made.code}:compensation"


def test_the_refund_that_an_old_page_orders_after_completing_was_given_already(api: APIClient) -> None:
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", refund_amount=200_000)
    api.patch(f"/api/v2/tickets/{made.code}", {"status": "COMPLETED"}, format="json")

    same = post(api, made, "resolve", compensation_amount=200_000, compensation_type="deposit")
    other = post(api, made, "resolve", compensation_amount=150_000, compensation_type="deposit")

    assert (same.status_code, same.headers["Idempotent-Replayed"]) == (200, "true")
    assert (other.status_code, other.json()["code"]) == (400, "TICKET_ALREADY_COMPLETED")
    assert Wallet.objects.get().real_vnd == 200_000


@pytest.mark.parametrize("door", ["put", "action", "patch"])
def test_a_collected_return_is_credited_once_by_whichever_door_completes_it(api: APIClient, door: str) -> None:
    made = ticket("RETURN_SHIPPER", status="PENDING_GOODS", refund_amount=150_000)

    answer = {
        "put": lambda: api.put(f"/api/ticket/{made.code}", {"status": "COMPLETED"}, format="json"),
        "action": lambda: api.post(f"/api/ticket/{made.code}/action", {"action": "complete"}, format="json"),
        "patch": lambda: api.patch(f"/api/v2/tickets/{made.code}", {"status": "COMPLETED"}, format="json"),
    }[door]()

    assert answer.json()["data"]["virtual_credit_amount"] == 150_000
    assert VirtualCredit.objects.get().source_type == "RETURN_SHIPPER"
    again = post(api, made, "resolve-credit", phone=PHONE, amount=150_000)
    assert (again.status_code, again.json()["error"]) == (400, "DUPLICATE_VIRTUAL_CREDIT")
    assert Wallet.objects.get().virtual_vnd == 150_000


@pytest.mark.parametrize("paid", [True, False])
@pytest.mark.parametrize("door", ["complete", "resolve"])
def test_who_pays_for_a_return_on_completing_it_says_that_its_goods_are_here(
    api: APIClient, door: str, paid: bool
) -> None:
    made = ticket("RETURN_SHIPPER", status="PENDING_GOODS", refund_amount=150_000)
    if not paid:
        write_off(caller=OWNER, ticket_id=made.pk, reason="Khách giữ hàng")

    if door == "complete":
        answer = api.post(f"/api/ticket/{made.code}/action", {"action": "complete"}, format="json")
    else:
        answer = post(api, made, "resolve", compensation_amount=150_000 * paid)

    row = answer.json()["data"]
    assert (row["status"], bool(row["received_at"])) == ("COMPLETED", paid)
    assert Wallet.objects.get().virtual_vnd == 150_000 * paid


def test_resolving_twice_gives_once(api: APIClient) -> None:
    made = ticket("COMPLAINT")
    first = post(api, made, "resolve", compensation_amount=30_000)
    second = post(api, made, "resolve", compensation_amount=30_000)

    assert (first.status_code, second.status_code, second.json()["code"]) == (200, 400, "TICKET_ALREADY_COMPLETED")
    assert second.json()["message"] == "Sự vụ này đã được hoàn tất trước đó."
    assert Wallet.objects.get().virtual_vnd == 30_000


def test_credit_given_by_its_button_is_all_that_completing_gives(api: APIClient) -> None:
    made = ticket("RETURN_SHIPPER", status="PENDING_GOODS", refund_amount=150_000)

    given = post(api, made, "resolve-credit", phone="+84 909 318 264", amount=150_000, note="Thu về").json()
    row = api.put(f"/api/ticket/{made.code}", {"status": "COMPLETED"}, format="json").json()["data"]

    lot = VirtualCredit.objects.get()
    assert given["message"] == "Đã cấp 150,000đ công nợ ảo cho 0909318264"
    data = given["data"]
    assert (data["success"], data["virtual_credit_id"], data["balance"], data["virtualBalance"], data["total"]) == (
        True, lot.pk, 0, 150_000, 150_000,
    )  # fmt: skip
    assert (data["virtualCredit"]["id"], data["virtualCredit"]["amount"], data["virtualCredit"]["ticketId"]) == (
        lot.pk, 150_000, made.code,
    )  # fmt: skip
    assert (row["status"], row["virtual_credit_id"]) == ("COMPLETED", lot.pk)
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize("fate", ["ACTIVE", "USED", "EXPIRED"])
def test_credit_that_was_spent_or_ran_out_was_given_all_the_same(api: APIClient, fate: str) -> None:  # W39
    made = ticket("RETURN_SHIPPER", refund_amount=150_000)
    post(api, made, "resolve-credit", phone=PHONE, amount=150_000)
    end_credit(fate, 150_000)

    again = post(api, made, "resolve-credit", phone=PHONE, amount=150_000).json()

    assert (again["success"], again["error"], again["code"]) == (False, *2 * ["DUPLICATE_VIRTUAL_CREDIT"])
    assert again["message"] == f"Ticket {made.code} đã được cấp công nợ ảo: 150,000đ"
    assert again["existing_credit"]["id"] == VirtualCredit.objects.get().pk
    assert again["existing_credit"]["amount"] == 150_000


def end_credit(fate: str, amount_vnd: int) -> None:
    """Let the only lot be spent or run out."""
    customer, at = Customer.objects.get(), timezone.now()
    if fate == "USED":
        operations.withdraw(
            customer=customer, amount_vnd=amount_vnd, key="order:1", at=at, by="test", note="", reference=("order", "1")
        )
    elif fate == "EXPIRED":
        operations.expire_credits(at=at + timedelta(days=16), wallets_max=10)


def test_credit_before_its_ticket_belongs_to_the_ticket_of_its_order(api: APIClient) -> None:
    body = {"phone": PHONE, "amount": 90_000, "ticket_code": "NJD/2026/1"}
    given = api.post("/api/v2/tickets/new/resolve-credit", body, format="json")
    twice = api.post("/api/v2/tickets/new/resolve-credit", body | {"amount": 80_000}, format="json")
    made = ticket("RETURN_SHIPPER", order_id="NJD/2026/1", refund_amount=90_000)
    thrice = post(api, made, "resolve-credit", phone=PHONE, amount=90_000)
    row = api.put(f"/api/ticket/{made.code}", {"status": "COMPLETED"}, format="json").json()["data"]

    assert given.status_code == 200, given.content
    assert [answer.json()["error"] for answer in (twice, thrice)] == ["DUPLICATE_VIRTUAL_CREDIT"] * 2
    assert row["virtual_credit_id"] == given.json()["data"]["virtual_credit_id"]
    assert Wallet.objects.get().virtual_vnd == 90_000


@pytest.mark.parametrize("known_by", ["content", "key", "key and reference"])
def test_credit_before_its_ticket_repeated_is_answered_as_the_first_time(api: APIClient, known_by: str) -> None:
    body = {"phone": PHONE, "amount": 90_000} | ({"ticket_code": "NJD/2026/1"} if "reference" in known_by else {})
    headers = {"Idempotency-Key": "một-lần".encode().hex()} if "key" in known_by else {}

    answers = [api.post("/api/v2/tickets/new/resolve-credit", body, format="json", headers=headers) for _ in range(3)]

    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert len({answer.json()["data"]["virtual_credit_id"] for answer in answers}) == 1
    assert Wallet.objects.get().virtual_vnd == 90_000


def test_credit_before_its_ticket_for_another_reason_or_much_later_is_another(api: APIClient) -> None:
    for body in ({"note": "Thu về 1"}, {"note": "Thu về 2"}, {"note": "Thu về 1"}):
        given = {"phone": PHONE, "amount": 90_000} | body
        assert api.post("/api/v2/tickets/new/resolve-credit", given, format="json").status_code == 200
    Command.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    api.post("/api/v2/tickets/new/resolve-credit", given, format="json")

    assert Wallet.objects.get().virtual_vnd == 270_000


def test_credit_before_its_ticket_may_be_named_by_the_page(api: APIClient) -> None:
    body = {"phone": PHONE, "amount": 90_000, "ticket_code": "NJD/2026/1"}
    credit_id = api.post("/api/v2/tickets/new/resolve-credit", body, format="json").json()["data"]["virtual_credit_id"]
    made = ticket("RETURN_SHIPPER", order_id="NJD/2026/1", refund_amount=90_000)

    wrong = api.patch(f"/api/v2/tickets/{made.code}", {"virtual_credit_id": credit_id + 1}, format="json")
    right = api.patch(f"/api/v2/tickets/{made.code}", {"virtual_credit_id": credit_id}, format="json")
    again = api.patch(f"/api/v2/tickets/{made.code}", {"virtual_credit_id": credit_id}, format="json")

    assert [wrong.status_code, right.status_code, again.status_code] == [400, 200, 200]
    assert Compensation.objects.get().credit_id == credit_id


BAD_CREDIT: list[tuple[dict[str, Any], int, str]] = [
    ({"phone": PHONE}, 400, "INVALID"),
    ({"phone": PHONE, "amount": 0}, 400, "INVALID"),
    ({"phone": PHONE, "amount": -5}, 400, "INVALID"),
    ({"phone": PHONE, "amount": 1.5}, 400, "INVALID"),
    ({"amount": 1_000}, 400, "INVALID"),
    ({"phone": "0909318265", "amount": 1_000}, 400, "TICKET_PHONE_DIFFERS"),
    ({"phone": "+1 202 555 0100", "amount": 1_000}, 400, "INVALID_PHONE"),
    ({"phone": PHONE, "amount": 1_000, "expires_in_days": 0}, 400, "INVALID_EXPIRY"),
    ({"phone": PHONE, "amount": 1_000, "expires_in_days": 366}, 400, "INVALID_EXPIRY"),
    ({"phone": PHONE, "amount": 100_000_001}, 400, "AMOUNT_EXCEED_LIMIT"),
    ({"phone": PHONE, "amount": 1_000, "ticket_code": "TV-2026-99999"}, 404, "TICKET_NOT_FOUND"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD_CREDIT)
def test_credit_that_cannot_be_changes_nothing(api: APIClient, body: dict[str, Any], status: int, code: str) -> None:
    made = ticket("COMPLAINT")

    answer = post(api, made, "resolve-credit", **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Transaction.objects.count() == 0


BAD_AWARDS: list[tuple[dict[str, Any], int, str]] = [
    ({"compensation_amount": -1}, 400, "INVALID"),
    ({"compensation_amount": "abc"}, 400, "INVALID"),
    ({"compensation_amount": 10, "compensation_type": "gold"}, 400, "INVALID"),
    ({"compensation_amount": 100_000_001}, 400, "AMOUNT_EXCEED_LIMIT"),
    ({"compensation_amount": 200_001}, 400, "COMPENSATION_ABOVE_VALUE"),
    ({"compensation_amount": 150_000}, 409, "TICKET_UNSETTLED"),
    ({"compensation_amount": 0}, 409, "TICKET_UNSETTLED"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD_AWARDS)
def test_an_award_that_cannot_be_changes_nothing(api: APIClient, body: dict[str, Any], status: int, code: str) -> None:
    made = ticket("RETURN_CLIENT", refund_amount=200_000)

    answer = post(api, made, "resolve", **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    made.refresh_from_db()
    assert (made.status, Transaction.objects.count(), len(made.history)) == ("PENDING", 0, 1)


def test_less_than_is_owed_is_given_when_somebody_writes_the_rest_off(api: APIClient) -> None:
    made = ticket("RETURN_CLIENT", refund_amount=200_000)

    row = post(
        api, made, "resolve", compensation_amount=150_000, compensation_type="deposit", write_off_reason="Khách đồng ý"
    ).json()["data"]

    rest = WriteOff.objects.get()
    assert (row["status"], Wallet.objects.get().real_vnd) == ("COMPLETED", 150_000)
    assert (rest.party, rest.amount_vnd, rest.reason, rest.actor) == ("customer", 50_000, "Khách đồng ý", "user-owner")


def test_what_is_owed_to_the_carrier_stops_completing_until_it_is_settled_or_written_off(api: APIClient) -> None:
    made = ticket("BOOM", status="PENDING_GOODS", refund_amount=350_000)
    path = f"/api/v2/tickets/{made.code}"

    refused = api.patch(path, {"status": "COMPLETED"}, format="json")
    told = api.get(f"{path}/money").json()["data"]
    unexplained = post(api, made, "write-off")
    written_off = post(api, made, "write-off", reason="ĐVVC không đòi").json()
    done = api.patch(path, {"status": "COMPLETED"}, format="json")

    assert (refused.status_code, refused.json()["code"]) == (409, "TICKET_UNSETTLED")
    assert told["lines"] == [
        {"party": "carrier", "direction": "owed_to", "amount": 350_000, "given": 0, "written_off": 0, "open": 350_000}
    ]
    assert (told["open"], "receive_goods" in told["moves"]) == (350_000, True)
    assert (unexplained.status_code, unexplained.json()["code"]) == (400, "REASON_REQUIRED")
    assert written_off["written_off"] == 350_000
    assert done.json()["data"]["status"] == "COMPLETED"


def test_what_was_written_off_is_not_given_by_policy(api: APIClient) -> None:
    made = ticket("RETURN_SHIPPER", refund_amount=150_000)
    post(api, made, "write-off", reason="Khách tặng lại")

    row = api.put(f"/api/ticket/{made.code}", {"status": "COMPLETED"}, format="json").json()["data"]

    assert (row["status"], row["wallet_credited"]) == ("COMPLETED", False)


def test_goods_bound_what_a_return_earns(api: APIClient) -> None:
    goods = [{"name": "Áo", "price": 100_000, "quantity": 2, "returnQuantity": 1}]
    made = ticket("RETURN_SHIPPER", products=goods, refund_amount=100_000)

    above = post(api, made, "resolve-credit", phone=PHONE, amount=100_001)

    assert (above.status_code, above.json()["code"]) == (400, "COMPENSATION_ABOVE_VALUE")


def test_a_blacklisted_customer_gets_no_credit_but_what_is_theirs(api: APIClient) -> None:
    made = ticket("RETURN_SHIPPER", refund_amount=150_000)
    Customer.objects.update(tier="blacklist")

    credit = post(api, made, "resolve", compensation_amount=150_000)
    by_policy = api.put(f"/api/ticket/{made.code}", {"status": "COMPLETED"}, format="json")
    money = post(api, made, "resolve", compensation_amount=150_000, compensation_type="deposit")

    assert [credit.json()["code"], by_policy.json()["code"]] == ["CUSTOMER_BLACKLISTED"] * 2
    assert (money.status_code, Wallet.objects.get().real_vnd) == (200, 150_000)


@pytest.mark.django_db(transaction=True)
def test_whoever_was_blacklisted_while_the_ticket_was_held_gets_no_credit() -> None:
    made = ticket("BOOM", refund_amount=350_000)

    def mark() -> None:
        held(made.pk)
        Customer.objects.update(tier="blacklist")

    def give() -> str | None:
        try:
            give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=50_000, days=None)
        except DomainError as refusal:
            return refusal.code
        return None

    assert behind(mark, give) == "CUSTOMER_BLACKLISTED"
    assert VirtualCredit.objects.count() == 0


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (Role.CUSTOMER_CARE, "PERMISSION_ACCOUNTANT"), (Role.WAREHOUSE, "PERMISSION_ACCOUNTANT"),
        (Role.VIEWER, "PERMISSION_ACCOUNTANT"), (Role.ACCOUNTANT, "AMOUNT_ABOVE_ROLE_LIMIT"),
    ],
)  # fmt: skip
def test_money_of_tickets_is_for_those_who_may_give_so_much(as_role: Any, role: Role, code: str) -> None:
    made = ticket("COMPLAINT")

    answer = post(as_role(role), made, "resolve", compensation_amount=60_000_000)

    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert Transaction.objects.count() == 0


def test_a_ticket_and_its_compensation_are_one_transaction(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    made = ticket("COMPLAINT")

    def fail(*_: object) -> None:
        raise RuntimeError("the process dies after the money moved")

    monkeypatch.setattr("tickets.completing.announce", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        resolve(caller=OWNER, ticket_id=made.pk, award=Award(kind=CREDIT, amount_vnd=10_000))

    made.refresh_from_db()
    assert (made.status, Compensation.objects.count(), Transaction.objects.count()) == ("PENDING", 0, 0)
    assert not Event.objects.filter(name__startswith="wallet").exists()


@pytest.mark.django_db(transaction=True)
def test_eight_resolves_at_once_give_once() -> None:  # W1, W2, W7
    made = ticket("COMPLAINT")

    def once(_: int) -> str:
        try:
            resolve(caller=OWNER, ticket_id=made.pk, award=Award(kind=CREDIT, amount_vnd=10_000))
        except DomainError as error:
            return error.code
        return "done"

    assert Counter(at_once(once, range(8))) == {"done": 1, "TICKET_ALREADY_COMPLETED": 7}
    assert Wallet.objects.get().virtual_vnd == 10_000
    assert Event.objects.filter(name="ticket.completed").count() == 1
    assert verify_ledger() == []


@pytest.mark.django_db(transaction=True)
def test_eight_credits_at_once_are_one() -> None:
    made = ticket("RETURN_SHIPPER", refund_amount=150_000)

    def once(_: int) -> str:
        try:
            give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=150_000, days=None)
        except DomainError as error:
            return error.code
        return "done"

    assert Counter(at_once(once, range(8))) == {"done": 1, "DUPLICATE_VIRTUAL_CREDIT": 7}
    assert Wallet.objects.get().virtual_vnd == 150_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("reference", ["NJD/2026/5", ""])
def test_eight_credits_at_once_before_the_ticket_are_one(reference: str) -> None:
    def once(_: int) -> str:
        try:
            resolving.give_credit_before_ticket(
                caller=OWNER, phone=PHONE, amount_vnd=150_000, reference=reference, days=None, key=None
            )
        except DomainError as error:
            return error.code
        return "done"

    answers = Counter(at_once(once, range(8)))

    assert answers == ({"done": 1, "DUPLICATE_VIRTUAL_CREDIT": 7} if reference else {"done": 8})
    assert Wallet.objects.get().virtual_vnd == 150_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_every_door_at_once_gives_once(round: int) -> None:
    made = ticket("RETURN_SHIPPER", status="PENDING_GOODS", refund_amount=150_000)
    doors = [
        lambda: resolve(caller=OWNER, ticket_id=made.pk, award=Award(kind=CREDIT, amount_vnd=150_000)),
        lambda: resolve(caller=OWNER, ticket_id=made.pk, award=Award(kind=DEPOSIT, amount_vnd=150_000)),
        lambda: give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=150_000, days=None),
        lambda: change(caller=OWNER, ticket_id=made.pk, given={"status": "COMPLETED"}),
        lambda: changing.move(caller=OWNER, ticket_id=made.pk, move=changing.Move.RECEIVE),
        lambda: changing.move(caller=ACCOUNTANT, ticket_id=made.pk, move=changing.Move.COMPLETE),
    ]

    def through(door: Any) -> str:
        try:
            door()
        except DomainError as error:
            return error.code
        return "done"

    at_once(through, [*doors, *doors])

    wallet = Wallet.objects.get()
    assert wallet.real_vnd + wallet.virtual_vnd == 150_000
    made.refresh_from_db()
    assert (made.status, Compensation.objects.count(), Transaction.objects.count()) == ("COMPLETED", 1, 1)
    assert verify_ledger() == []


@pytest.mark.django_db(transaction=True)
def test_the_database_itself_refuses_a_second_compensation() -> None:
    made = ticket("COMPLAINT")
    resolve(caller=OWNER, ticket_id=made.pk, award=Award(kind=CREDIT, amount_vnd=10_000))
    other = operations.deposit(
        customer=made.customer, amount_vnd=1, key="x", source=Source.MANUAL_ADJUSTMENT, at=timezone.now(), by="x"
    )

    with pytest.raises(IntegrityError, match="compensation_once_for_a_ticket"):
        Compensation.objects.create(ticket=made, kind=DEPOSIT, amount_vnd=1, transaction=other, actor="x")


def by_the_wallets_door(made: Ticket) -> str:
    """Give credit for the ticket as the wallet panel does; return what became of it."""
    try:
        commands.issue_credit(
            caller=OWNER, owner=Owner(customer_id=made.customer_id), amount_vnd=150_000, source_id=made.code
        )
    except DomainError as error:
        return error.code
    return "done"


def test_the_wallets_own_door_gives_no_second_credit(api: APIClient) -> None:
    after, before = ticket("RETURN_SHIPPER", refund_amount=150_000), ticket("RETURN_SHIPPER", refund_amount=150_000)
    post(api, after, "resolve-credit", phone=PHONE, amount=150_000)

    assert [by_the_wallets_door(made) for made in (after, before)] == ["ALREADY_COMPENSATED", "done"]
    again = post(api, before, "resolve-credit", phone=PHONE, amount=150_000)
    row = api.put(f"/api/ticket/{before.code}", {"status": "COMPLETED"}, format="json").json()["data"]

    assert again.json()["error"] == "DUPLICATE_VIRTUAL_CREDIT"
    assert row["virtual_credit_amount"] == 150_000
    assert Wallet.objects.get().virtual_vnd == 300_000


@pytest.mark.parametrize("path", ["/api/wallet/{}/virtual-credit", "/api/v2/wallets/{}/credit"])
def test_the_wallets_own_door_says_what_was_compensated(api: APIClient, path: str) -> None:
    made = ticket("RETURN_SHIPPER", refund_amount=150_000)
    post(api, made, "resolve-credit", phone=PHONE, amount=150_000)

    body = {"amount": 150_000, "source_type": "RETURN_SHIPPER", "source_id": made.code}
    refused = api.post(path.format(PHONE), body, format="json")

    assert (refused.status_code, refused.json()["code"]) == (409, "ALREADY_COMPENSATED")
    assert refused.json()["message"] == "Phiếu hoặc đơn này đã được bồi thường rồi, không cấp thêm công nợ ảo."
    assert Wallet.objects.get().virtual_vnd == 150_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_both_doors_at_once_give_once(round: int) -> None:
    made = ticket("RETURN_SHIPPER", refund_amount=150_000)

    def through(number: int) -> str:
        if number % 2:
            return by_the_wallets_door(made)
        try:
            give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=150_000, days=None)
        except DomainError as error:
            return error.code
        return "done"

    at_once(through, range(8))

    assert Wallet.objects.get().virtual_vnd == 150_000


UNPRICED = [{"name": "Áo", "quantity": 2, "returnQuantity": 2}]


@pytest.mark.parametrize("type", ["RETURN_CLIENT", "RETURN_SHIPPER"])
@pytest.mark.parametrize("said", ["amount", "none", "resolved", "resolved with none"])
def test_a_return_is_not_over_before_somebody_says_what_it_is_worth(api: APIClient, type: str, said: str) -> None:
    made = ticket(type, status="PENDING_GOODS", products=UNPRICED)
    path = f"/api/v2/tickets/{made.code}"
    amount = 0 if "none" in said else 120_000

    received = api.post(f"/api/ticket/{made.code}/action", {"action": "receive_goods"}, format="json").json()["data"]
    money = api.get(f"{path}/money").json()["data"]
    refused = [
        api.patch(path, {"status": "COMPLETED"}, format="json"), post(api, made, "resolve"),
        post(api, made, "resolve", write_off_reason="x"), api.patch(path, {"status": "CANCELLED"}, format="json"),
    ]  # fmt: skip
    if "resolved" in said:
        row = post(api, made, "resolve", compensation_amount=amount).json()["data"]
    else:
        api.patch(path, {"refund_amount": amount}, format="json")
        row = api.patch(path, {"status": "COMPLETED"}, format="json").json()["data"]

    assert (received["status"], bool(received["received_at"])) == ("PENDING_FINANCE", True)
    assert (money["lines"], money["amount_missing"]) == ([], True)
    assert {(one.status_code, one.json()["code"]) for one in refused} == {(409, "TICKET_UNSETTLED")}
    assert "số tiền chưa ai ghi" in refused[0].json()["message"]
    assert (row["status"], row["wallet_credited"]) == ("COMPLETED", amount > 0)
    wallet = Wallet.objects.get()
    assert wallet.real_vnd + wallet.virtual_vnd == amount


def test_credit_given_by_its_button_says_what_a_return_is_worth(api: APIClient) -> None:
    made = ticket("RETURN_SHIPPER", status="PENDING_GOODS", products=UNPRICED)
    post(api, made, "resolve-credit", phone=PHONE, amount=120_000)

    row = api.patch(f"/api/v2/tickets/{made.code}", {"status": "COMPLETED"}, format="json").json()["data"]

    assert (row["status"], Wallet.objects.get().virtual_vnd) == ("COMPLETED", 120_000)


def by_the_order(order: str) -> str:
    """Give credit by an order's code before its ticket; return what became of it."""
    try:
        resolving.give_credit_before_ticket(
            caller=OWNER, phone=PHONE, amount_vnd=150_000, reference=order, days=None, key=None
        )
    except DomainError as error:
        return error.code
    return "done"


def by_the_wallet(made: Ticket, name: str) -> str:
    """Give credit by any name as the wallet panel does; return what became of it."""
    owner = Owner(customer_id=made.customer_id)
    try:
        commands.issue_credit(caller=OWNER, owner=owner, amount_vnd=150_000, source_id=name)
    except DomainError as error:
        return error.code
    return "done"


@pytest.mark.parametrize("type", ["RETURN_SHIPPER", "RETURN_CLIENT"])
@pytest.mark.parametrize("closed", [True, False])
def test_a_return_that_was_compensated_is_not_by_its_orders_code(api: APIClient, type: str, closed: bool) -> None:
    made = ticket(type, status="PENDING_GOODS", order_id="NJD/2026/7", refund_amount=150_000)
    if closed:
        api.post(f"/api/ticket/{made.code}/action", {"action": "receive_goods"}, format="json")
    else:
        post(api, made, "resolve-credit", phone=PHONE, amount=150_000)

    names = ["NJD/2026/7", "njd/2026/7"]
    body = {"phone": PHONE, "amount": 150_000}
    before = [api.post("/api/v2/tickets/new/resolve-credit", body | {"ticket_code": n}, format="json") for n in names]

    assert [(one.status_code, one.json()["error"]) for one in before] == [(400, "DUPLICATE_VIRTUAL_CREDIT")] * 2
    assert [by_the_wallet(made, name) for name in [*names, made.code.lower()]] == ["ALREADY_COMPENSATED"] * 3
    assert Wallet.objects.get().real_vnd + Wallet.objects.get().virtual_vnd == 150_000


@pytest.mark.parametrize("name", ["njd/2026/7", "code"])
def test_credit_given_before_by_a_name_in_small_letters_is_the_tickets(api: APIClient, name: str) -> None:
    made = ticket("RETURN_SHIPPER", order_id="NJD/2026/7", refund_amount=150_000)
    given = by_the_wallet(made, made.code.lower() if name == "code" else name)

    again = post(api, made, "resolve-credit", phone=PHONE, amount=150_000)
    row = api.put(f"/api/ticket/{made.code}", {"status": "COMPLETED"}, format="json").json()["data"]

    assert (given, again.json()["error"]) == ("done", "DUPLICATE_VIRTUAL_CREDIT")
    assert (row["virtual_credit_amount"], Wallet.objects.get().virtual_vnd) == (150_000, 150_000)


def test_an_orders_code_is_free_for_others_and_once_it_was_taken_back(api: APIClient) -> None:
    made = ticket("RETURN_SHIPPER", order_id="NJD/2026/7", refund_amount=150_000)
    parcel = ticket("BOOM", order_id="NJD/2026/8", refund_amount=150_000)
    for one in (made, parcel):
        post(api, one, "resolve-credit", phone=PHONE, amount=150_000)
    api.delete(f"/api/v2/tickets/{made.code}")

    assert [by_the_order(order) for order in ("NJD/2026/7", "NJD/2026/8")] == ["done", "done"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("type", ["RETURN_SHIPPER", "RETURN_CLIENT"])
@pytest.mark.parametrize("round", range(3))
def test_a_return_and_its_order_at_once_are_compensated_once(type: str, round: int) -> None:
    made = ticket(type, status="PENDING_GOODS", order_id="NJD/2026/7", refund_amount=150_000)
    doors = [
        lambda: by_the_order("NJD/2026/7"),
        lambda: by_the_wallet(made, "njd/2026/7"),
        lambda: by_the_wallet(made, made.code.lower()),
        lambda: changing.move(caller=OWNER, ticket_id=made.pk, move=changing.Move.RECEIVE),
        lambda: give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=150_000, days=None),
    ]

    def through(door: Any) -> None:
        with contextlib.suppress(DomainError):
            door()

    at_once(through, [*doors, *doors])

    wallet = Wallet.objects.get()
    assert wallet.real_vnd + wallet.virtual_vnd == 150_000
    assert verify_ledger() == []


def test_a_return_that_is_open_takes_one_credit_by_its_code_or_its_order(db: None) -> None:
    made = ticket("RETURN_SHIPPER", order_id="NJD/2026/7", refund_amount=150_000)
    names = [made.code, "NJD/2026/7", made.code.lower(), "njd/2026/7"]

    assert [by_the_wallet(made, name) for name in names] == ["done", *["ALREADY_COMPENSATED"] * 3]


def test_an_order_is_found_by_an_index_in_capitals_or_not(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT FROM tickets_ticket WHERE upper(order_id) = 'NJD/2026/7' AND order_id <> ''")
        plan = " ".join(row[0] for row in cursor.fetchall())

    assert "ticket_of_order_in_capitals" in plan


def test_warehouse_and_care_give_no_money_by_any_door(db: None) -> None:
    made = ticket("RETURN_SHIPPER", refund_amount=150_000)
    for caller in (CARE, WAREHOUSE):
        for door in (
            lambda who: resolve(caller=who, ticket_id=made.pk, award=Award(kind=CREDIT, amount_vnd=1)),
            lambda who: give_credit(caller=who, ticket_id=made.pk, phone=PHONE, amount_vnd=1, days=None),
            lambda who: change(caller=who, ticket_id=made.pk, given={"status": "COMPLETED"}),
            lambda who: change(caller=who, ticket_id=made.pk, given={"refund_amount": 999_000}),
            lambda who: write_off(caller=who, ticket_id=made.pk, reason="x"),
        ):
            with pytest.raises(DomainError) as refusal:
                door(caller)
            assert refusal.value.status == 403
    assert Transaction.objects.count() == 0


def test_a_refused_parcel_earns_credit_that_pays_an_order_and_ends_after_fifteen_days(api: APIClient) -> None:
    made = ticket("BOOM", status="PENDING_FINANCE", refund_amount=350_000)
    post(api, made, "resolve", compensation_amount=50_000)
    lot, customer = VirtualCredit.objects.get(), Customer.objects.get()

    operations.withdraw(
        customer=customer, amount_vnd=30_000, key="order:NJD/8", at=lot.issued_at + timedelta(days=3), by="test",
        note="", reference=("order", "NJD/8"),
    )  # fmt: skip
    ended = [operations.expire_credits(at=lot.expires_at + timedelta(minutes=m), wallets_max=10) for m in (-1, 0, 1)]

    lot.refresh_from_db()
    assert lot.expires_at - lot.issued_at == timedelta(days=15)
    assert (sum(ended), ended[0], lot.status, lot.remaining_vnd) == (1, 0, "EXPIRED", 0)
    types = list(Transaction.objects.order_by("pk").values_list("type", "amount_vnd"))
    assert types == [("VIRTUAL_CREDIT", 50_000), ("VIRTUAL_DEBIT", -30_000), ("VIRTUAL_EXPIRE", -20_000)]
    assert (Wallet.objects.get().real_vnd, Wallet.objects.get().virtual_vnd) == (0, 0)
    assert verify_ledger() == []
