"""Deleting tickets: the mark, the code that lives on, the credit that is taken back or stands in the way."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from customers.models import Activity, Customer
from n2store.errors import DomainError
from n2store.models import AuditLog, Event
from n2store.roles import Role
from tests.factories.staff import logged_in
from tests.factories.tickets import ACCOUNTANT, OWNER, PHONE, WAREHOUSE, ticket
from tests.threads import at_once
from tickets import changing
from tickets.claiming import claim
from tickets.deleting import delete
from tickets.models import ClaimKind, Compensation, Ticket, YearCounter
from tickets.resolving import give_credit, give_credit_before_ticket
from tickets.workflow import Move
from tickets.writing_off import write_off
from wallets import operations
from wallets.models import Transaction, VirtualCredit, Wallet
from wallets.queries import verify_ledger

SOFT = ["/api/ticket/{}", "/api/v2/tickets/{}"]


def credited(amount_vnd: int = 150_000) -> Ticket:
    """Return a collected return with credit."""
    made = ticket("RETURN_SHIPPER", refund_amount=amount_vnd)
    give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=amount_vnd, days=None)
    return made


def spend(amount_vnd: int) -> None:
    operations.withdraw(
        customer=Customer.objects.get(), amount_vnd=amount_vnd, key="order:1", at=timezone.now(), by="test", note="",
        reference=("order", "1"),
    )  # fmt: skip


def test_credit_of_somebody_else_with_the_same_order_or_code_is_not_taken_back(api: APIClient) -> None:  # W6
    made = ticket("RETURN_SHIPPER", refund_amount=150_000, order_id="NJD/1")
    give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=150_000, days=None)
    foreign = give_credit_before_ticket(
        caller=OWNER, phone="0909000009", amount_vnd=90_000, reference="NJD/1", days=None, key=None
    ).credit

    answer = api.delete(f"/api/v2/tickets/{made.code}").json()

    foreign.refresh_from_db()
    assert answer["virtualCreditCancelled"] == 150_000
    assert (foreign.status, foreign.remaining_vnd) == ("ACTIVE", 90_000)
    assert Wallet.objects.get(customer__phone="0909000009").virtual_vnd == 90_000


@pytest.mark.parametrize("way", ["delete", "cancel"])
def test_credit_given_before_its_ticket_is_taken_back_with_it(api: APIClient, way: str) -> None:  # W39
    given = give_credit_before_ticket(
        caller=OWNER, phone=PHONE, amount_vnd=90_000, reference="NJD/1", days=None, key=None
    ).credit
    made = ticket("RETURN_SHIPPER", refund_amount=90_000, order_id="NJD/1")

    told = api.get(f"/api/v2/tickets/{made.code}/can-delete").json()
    done = away(api, made, way)

    given.refresh_from_db()
    assert (told["canDelete"], told["virtualCreditId"]) == (True, given.pk)
    assert (done.status_code, given.status, Wallet.objects.get().virtual_vnd) == (200, "CANCELLED", 0)
    assert Compensation.objects.get().revoked_at is not None
    assert not verify_ledger()


@pytest.mark.parametrize("way", ["delete", "cancel"])
def test_credit_given_before_its_ticket_stands_in_the_way_once_touched(api: APIClient, way: str) -> None:  # W39
    give_credit_before_ticket(caller=OWNER, phone=PHONE, amount_vnd=90_000, reference="NJD/1", days=None, key=None)
    made = ticket("RETURN_SHIPPER", refund_amount=90_000, order_id="NJD/1")
    spend(30_000)

    told = api.get(f"/api/v2/tickets/{made.code}/can-delete").json()
    refused = away(api, made, way)

    assert (told["canDelete"], told["code"]) == (False, "CANNOT_DELETE_USED_CREDIT")
    assert (refused.status_code, refused.json()["error"]) == (400, "CANNOT_DELETE_USED_CREDIT")
    made.refresh_from_db()
    assert (made.deleted_at, made.status, Wallet.objects.get().virtual_vnd) == (None, "PENDING", 60_000)
    assert not Compensation.objects.exists()


def away(api: APIClient, made: Ticket, way: str) -> Any:
    """Delete or cancel a ticket over the API."""
    if way == "delete":
        return api.delete(f"/api/v2/tickets/{made.code}")
    return api.post(f"/api/ticket/{made.code}/action", {"action": "cancel"}, format="json")


@pytest.mark.parametrize("address", SOFT)
def test_deleting_is_a_mark_that_hides(api: APIClient, address: str) -> None:  # W5
    made, other = ticket(), ticket()

    answer = api.delete(address.format(made.code))

    assert (answer.status_code, answer.json()["success"], answer.json()["ticketCode"]) == (200, True, made.code)
    if address.startswith("/api/ticket"):
        assert answer.json()["message"] == "Ticket soft deleted"
    listed = api.get("/api/v2/tickets").json()
    assert [row["ticket_code"] for row in listed["data"]] == [other.code]
    assert listed["pagination"]["total"] == api.get("/api/ticket/stats").json()["data"]["total_tickets"] == 1
    again = api.delete(address.format(made.code))
    assert [api.get(address.format(made.code)).status_code, again.status_code] == [404, 404]
    made.refresh_from_db()
    assert (made.deleted_by, made.history[-1]["action"]) == ("user-owner", "deleted")
    assert Activity.objects.get(type="TICKET_DELETED").title == f"Xóa ticket {made.code}"
    assert Event.objects.get(name="ticket.deleted").payload["ticket_code"] == made.code


@pytest.mark.parametrize("address", SOFT)
def test_deleting_for_good_leaves_the_audit_log_and_the_number(api: APIClient, address: str) -> None:
    made = credited()

    answer = api.delete(address.format(made.code) + "?hard=true")

    assert answer.status_code == 200, answer.content
    assert (Ticket.objects.count(), Compensation.objects.count(), YearCounter.objects.get().last) == (0, 0, 1)
    assert AuditLog.objects.get(action="ticket.delete").before["ticket_code"] == made.code
    assert Wallet.objects.get().virtual_vnd == 0
    assert verify_ledger() == []


@pytest.mark.parametrize("hard", ["", "?hard=true"])
def test_untouched_credit_is_taken_back(api: APIClient, hard: str) -> None:
    made = credited()
    ask = api.get(f"/api/v2/tickets/{made.code}/can-delete").json()

    answer = api.delete(f"/api/v2/tickets/{made.code}{hard}").json()

    lot = VirtualCredit.objects.get()
    assert (ask["canDelete"], ask["virtualCreditId"], ask["message"]) == (
        True, lot.pk, "Công nợ ảo chưa sử dụng sẽ được hủy khi xóa ticket",
    )  # fmt: skip
    assert {name: ask["virtualCredit"][name] for name in ("id", "originalAmount", "remainingAmount")} == {
        "id": lot.pk, "originalAmount": 150_000, "remainingAmount": 150_000,
    }  # fmt: skip
    assert answer["virtualCreditCancelled"] == 150_000
    assert (lot.status, Wallet.objects.get().virtual_vnd) == ("CANCELLED", 0)
    assert Activity.objects.get(type="TICKET_DELETED").title == f"Xóa ticket {made.code} + Hủy công nợ ảo"
    assert Transaction.objects.latest("pk").note == f"Thu hồi công nợ ảo - Xóa phiếu {made.code}"
    assert verify_ledger() == []


@pytest.mark.parametrize(("fate", "used"), [("partly", "1,000"), ("used", "150,000"), ("expired", "0")])
@pytest.mark.parametrize("hard", ["", "?hard=true"])
def test_touched_credit_stands_in_the_way(api: APIClient, fate: str, used: str, hard: str) -> None:  # W39
    made = credited()
    if fate == "expired":
        operations.expire_credits(at=timezone.now() + timedelta(days=16), wallets_max=10)
    else:
        spend(1_000 if fate == "partly" else 150_000)

    asked = api.get(f"/api/v2/tickets/{made.code}/can-delete").json()
    refused = [api.delete(f"{path}{hard}") for path in (f"/api/v2/tickets/{made.code}", f"/api/ticket/{made.code}")]

    text = f"Không thể xóa: Công nợ ảo đã được sử dụng (đã dùng: {used}đ)"
    for answer in refused:
        body = answer.json()
        assert (answer.status_code, body["error"], body["message"]) == (400, "CANNOT_DELETE_USED_CREDIT", text)
    assert (asked["canDelete"], asked["reason"], asked["virtualCredit"]["usedOrdersCount"]) == (
        False, text, 0 if fate == "expired" else 1,
    )  # fmt: skip
    made.refresh_from_db()
    assert made.deleted_at is None


def test_money_that_was_paid_stands_in_the_way_until_it_is_reversed(api: APIClient) -> None:
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", refund_amount=200_000)
    api.patch(f"/api/v2/tickets/{made.code}", {"status": "COMPLETED"}, format="json")

    refused = api.delete(f"/api/v2/tickets/{made.code}")
    operations.reverse(posted=Transaction.objects.get(), reason="Nhầm", at=timezone.now(), by="test")
    done = api.delete(f"/api/v2/tickets/{made.code}")

    assert (refused.status_code, refused.json()["code"], done.status_code) == (409, "TICKET_HAS_DEPOSIT", 200)


def test_credit_that_was_taken_back_before_does_not(api: APIClient) -> None:
    made = credited()
    operations.cancel_credit(credit=VirtualCredit.objects.get(), reason="Nhầm", at=timezone.now(), by="test")

    answer = api.delete(f"/api/v2/tickets/{made.code}")

    assert (answer.status_code, "virtualCreditCancelled" in answer.json()) == (200, False)


def test_a_ticket_without_credit_can_go(api: APIClient) -> None:
    made = ticket()

    assert api.get(f"/api/v2/tickets/{made.code}/can-delete").json() == {"success": True, "canDelete": True}


def received(**given: Any) -> Ticket:
    """Return a return whose goods are here and wait to be paid."""
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", **given)
    changing.move(caller=WAREHOUSE, ticket_id=made.pk, move=Move.RECEIVE)
    return made


@pytest.mark.parametrize("way", ["delete", "cancel"])
@pytest.mark.parametrize("credited", [False, True])
def test_what_a_customer_is_owed_for_goods_that_came_outlives_the_ticket(
    api: APIClient, way: str, credited: bool
) -> None:
    made = received(refund_amount=100_000)
    if credited:  # It would be taken back, and the goods would be paid with nothing.
        give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=100_000, days=None)

    told = api.get(f"/api/v2/tickets/{made.code}/can-delete").json()
    page = logged_in(Role.OWNER).get(f"/admin/tickets/ticket/{made.pk}/change/").content.decode()
    refused = away(api, made, way)

    sentence = "Phiếu còn 100.000 ₫ chưa thanh toán."
    assert (refused.status_code, refused.json()["code"]) == (409, "TICKET_UNSETTLED")
    assert refused.json()["message"].startswith(sentence)
    assert (told["canDelete"], told["code"], told["reason"]) == (False, "TICKET_UNSETTLED", refused.json()["message"])
    assert (sentence in page, f"/admin/tickets/ticket/{made.pk}/delete/" in page) == (True, False)
    made.refresh_from_db()
    assert (made.deleted_at, made.status, Wallet.objects.get().virtual_vnd) == (
        None, "PENDING_FINANCE", 100_000 if credited else 0,
    )  # fmt: skip
    assert verify_ledger() == []


@pytest.mark.parametrize("way", ["delete", "delete for good", "console", "cancel"])
@pytest.mark.parametrize("kind", [ClaimKind.LOST, ClaimKind.SPOILED])
def test_what_somebody_owes_the_shop_outlives_the_ticket_until_it_is_written_off(
    api: APIClient, way: str, kind: ClaimKind
) -> None:
    made, desk = ticket("BOOM", status="PENDING_GOODS", refund_amount=350_000), logged_in(Role.OWNER)
    claim(caller=OWNER, ticket_id=made.pk, kind=kind, amount_vnd=80_000)
    ways = {
        "delete": lambda: api.delete(f"/api/ticket/{made.code}"),
        "delete for good": lambda: api.delete(f"/api/v2/tickets/{made.code}?hard=true"),
        "console": lambda: desk.post(f"/admin/tickets/ticket/{made.pk}/delete/"),
        "cancel": lambda: away(api, made, "cancel"),
    }

    ways[way]()
    kept = list(Ticket.objects.kept().values_list("status", flat=True))
    write_off(caller=OWNER, ticket_id=made.pk, reason="Không đòi được")
    told = api.get(f"/api/v2/tickets/{made.code}/can-delete").json()
    ways[way]()

    assert (kept, told["canDelete"]) == (["PENDING_GOODS"], True)
    assert list(Ticket.objects.kept().values_list("status", flat=True)) == (["CANCELLED"] if way == "cancel" else [])


def test_goods_that_came_and_have_no_price_outlive_the_ticket(api: APIClient) -> None:
    made = received(products=[{"name": "Áo", "quantity": 1, "returnQuantity": 1}])
    give_credit(caller=OWNER, ticket_id=made.pk, phone=PHONE, amount_vnd=100_000, days=None)

    told = api.get(f"/api/v2/tickets/{made.code}/can-delete").json()
    refused = [away(api, made, way) for way in ("delete", "cancel")]

    assert (told["canDelete"], told["code"]) == (False, "TICKET_UNSETTLED")
    assert [(one.status_code, one.json()["message"]) for one in refused] == [(409, told["reason"])] * 2
    assert Wallet.objects.get().virtual_vnd == 100_000


@pytest.mark.parametrize("type", ["RETURN_CLIENT", "RETURN_SHIPPER", "BOOM"])
def test_what_never_came_is_forgotten_with_the_ticket(api: APIClient, type: str) -> None:
    made = ticket(type, status="PENDING_GOODS", refund_amount=100_000)

    told = api.get(f"/api/v2/tickets/{made.code}/can-delete").json()

    assert (told["canDelete"], away(api, made, "delete").status_code) == (True, 200)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_the_owner_deletes(as_role: Any, role: Role) -> None:
    made = ticket()
    client = as_role(role)

    for path in (f"/api/ticket/{made.code}", f"/api/v2/tickets/{made.code}?hard=true"):
        assert (client.delete(path).status_code, Ticket.objects.kept().count()) == (403, 1)


def test_for_good_is_for_the_owner_even_where_others_may_mark(db: None, settings: Any) -> None:
    settings.TICKET_RIGHTS = {"accountant": ["delete"]}
    made = ticket_of_settings()

    with pytest.raises(DomainError) as refusal:
        delete(caller=ACCOUNTANT, ticket_id=made.pk, for_good=True)
    delete(caller=ACCOUNTANT, ticket_id=made.pk)

    assert refusal.value.status == 403


def ticket_of_settings() -> Ticket:
    """Return a ticket, also where the settings let nobody open one."""
    from django.test import override_settings

    with override_settings(TICKET_RIGHTS={"owner": ["create"]}):
        return ticket()


def test_cancelling_takes_untouched_credit_back_too(api: APIClient) -> None:
    made = credited()
    row = api.post(f"/api/ticket/{made.code}/action", {"action": "cancel"}, format="json").json()["data"]

    assert (row["status"], row["wallet_credited"], Wallet.objects.get().virtual_vnd) == ("CANCELLED", False, 0)


def test_care_cancels_tickets_but_takes_no_credit_back(as_role: Any) -> None:
    care, made, plain = as_role(Role.CUSTOMER_CARE), credited(), ticket()

    answers = [
        care.post(f"/api/ticket/{row.code}/action", {"action": "cancel"}, format="json").status_code
        for row in (made, plain)
    ]

    assert answers == [403, 200]
    assert Wallet.objects.get().virtual_vnd == 150_000


def test_cancelling_is_refused_when_the_credit_was_touched(api: APIClient) -> None:
    made = credited()
    spend(1_000)

    answer = api.post(f"/api/ticket/{made.code}/action", {"action": "cancel"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "CANNOT_DELETE_USED_CREDIT")


def test_hard_is_true_or_false(api: APIClient) -> None:
    assert api.delete(f"/api/v2/tickets/{ticket().code}?hard=perhaps").status_code == 400


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_spending_and_deleting_at_once_are_one_or_the_other(round: int) -> None:
    made = credited()

    def act(number: int) -> str:
        try:
            if number % 2:
                delete(caller=OWNER, ticket_id=made.pk)
            else:
                spend(150_000)
        except DomainError as error:
            return error.code
        return "done"

    answers = at_once(act, range(2))

    made.refresh_from_db()
    spent = made.deleted_at is None
    assert answers == (["done", "CANNOT_DELETE_USED_CREDIT"] if spent else ["INSUFFICIENT_BALANCE", "done"])
    assert verify_ledger() == []


@pytest.mark.django_db(transaction=True)
def test_a_ticket_is_deleted_once_by_eight_at_once() -> None:
    made = credited()

    def act(_: int) -> str:
        try:
            delete(caller=OWNER, ticket_id=made.pk)
        except DomainError as error:
            return error.code
        return "done"

    assert sorted(at_once(act, range(8))) == ["TICKET_NOT_FOUND"] * 7 + ["done"]
    assert Transaction.objects.filter(type="VIRTUAL_CANCEL").count() == 1
