"""A ticket's own page: what it tells, what it offers to whom and with which effect, and each act."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.orders import order, taken
from tests.factories.staff import logged_in
from tests.factories.tickets import CARE, OWNER, PHONE, ticket
from tests.threads import at_once
from tickets import changing
from tickets.models import Compensation, Ticket, WriteOff
from tickets.resolving import give_credit_before_ticket
from wallets.models import VirtualCredit, Wallet

pytestmark = pytest.mark.django_db

BASE = "/admin/tickets/ticket"
QUERIES = 25
GOODS = [{"code": "AO1", "name": "Áo thun", "price": 150_000, "quantity": 2, "returnQuantity": 2}]


@pytest.fixture
def accountant() -> Client:
    return logged_in(Role.ACCOUNTANT)


def page_of(made: Ticket, act: str = "change") -> str:
    return f"{BASE}/{made.pk}/{act}/"


def goods_back(status: str = "PENDING_GOODS", type: str = "RETURN_CLIENT", **given: Any) -> Ticket:
    return ticket(type, status=status, products=GOODS, refund_amount=300_000, order_id="NJD/1", **given)


def seen(client: Client, made: Ticket) -> dict[str, str]:
    return {"seen": str(client.get(page_of(made)).context["seen"])}


def offered(client: Client, made: Ticket) -> dict[str, Any]:
    return {offer.move.value: offer for offer in client.get(page_of(made)).context["offers"]}


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def status_of(made: Ticket) -> str:
    made.refresh_from_db()
    return made.status


def wallet() -> tuple[int, int]:
    row = Wallet.objects.get(customer__phone=PHONE)
    return row.real_vnd, row.virtual_vnd


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_page_costs_the_same_however_much_happened(accountant, django_assert_num_queries, count):
    made = goods_back()
    for number in range(count):
        changing.add_note(caller=CARE, ticket_id=made.pk, note=f"Ghi chú {number}")

    with django_assert_num_queries(QUERIES):
        page = accountant.get(page_of(made))

    assert len(page.context["history"]) == count + 1


def test_it_tells_goods_money_and_what_happened(accountant):
    made = goods_back(description="Khách gửi lại hai áo")
    changing.add_note(caller=CARE, ticket_id=made.pk, note="Đã gọi khách")

    page = accountant.get(page_of(made)).content.decode()

    assert all(text in page for text in ("Khách gửi lại hai áo", "Áo thun", "300.000 ₫", "Đã gọi khách", "NJD/1"))
    assert re.search(r'data-party="customer".*?n2-missing">300.000 ₫', page, re.DOTALL)


def test_receiving_says_before_what_the_wallet_gets_and_then_does_it_once(accountant):
    made = goods_back()
    offer = offered(accountant, made)["receive_goods"]
    form = seen(accountant, made) | {"move": "receive_goods"}

    first = accountant.post(page_of(made, "move"), form, follow=True)
    again = accountant.post(page_of(made, "move"), form, follow=True)

    assert offer.says[0] == "300.000 ₫ tiền thật vào ví: 0 ₫ → 300.000 ₫."
    assert status_of(made) == "COMPLETED"
    assert wallet() == (300_000, 0)
    assert made.code in told(first)[0]
    assert "không có gì bị làm hai lần" in told(again)[0]


def test_the_warehouse_reads_that_the_accountant_gives_the_money(accountant):
    made, keeper = goods_back(), logged_in(Role.WAREHOUSE)
    offer = offered(keeper, made)["receive_goods"]

    keeper.post(page_of(made, "move"), seen(keeper, made) | {"move": "receive_goods"})

    assert "Kế toán" in offer.says[0]
    assert status_of(made) == "PENDING_FINANCE"
    assert wallet() == (0, 0)
    assert set(offered(keeper, made)) == {"cancel"}
    assert offered(accountant, made)["settle"].says[0] == "300.000 ₫ tiền thật vào ví: 0 ₫ → 300.000 ₫."


def test_paid_settles_with_the_carrier(accountant):
    made = ticket("BOOM", status="PENDING_FINANCE", refund_amount=450_000)
    offer = offered(accountant, made)["settle"]

    accountant.post(page_of(made, "move"), seen(accountant, made) | {"move": "settle"})

    assert "450.000 ₫" in offer.says[0]
    assert status_of(made) == "COMPLETED"
    assert made.settled_at is not None


def test_what_is_not_settled_cannot_be_completed_and_says_why(accountant):
    made = ticket("BOOM", status="PENDING_GOODS", refund_amount=450_000)
    offer = offered(accountant, made)["complete"]

    answer = accountant.post(page_of(made, "move"), seen(accountant, made) | {"move": "complete"}, follow=True)

    assert "450.000 ₫" in offer.blocked
    assert "450.000 ₫" in told(answer)[0]
    assert status_of(made) == "PENDING_GOODS"


def test_writing_off_needs_a_reason_and_frees_the_way(accountant):
    made = ticket("BOOM", status="PENDING_GOODS", refund_amount=450_000)

    silent = accountant.post(page_of(made, "write-off"), seen(accountant, made) | {"reason": " "}, follow=True)
    accountant.post(page_of(made, "write-off"), seen(accountant, made) | {"reason": "Mất liên lạc"})
    accountant.post(page_of(made, "move"), seen(accountant, made) | {"move": "complete"})

    assert len(told(silent)) == 1
    assert [(row.amount_vnd, row.actor) for row in WriteOff.objects.all()] == [(450_000, "staff-accountant")]
    assert status_of(made) == "COMPLETED"


def test_resolving_gives_what_was_written_however_many_zeros_have_dots(accountant):
    made = ticket("COMPLAINT", status="IN_PROGRESS")
    form = {"kind": "virtual_credit", "amount": "50.000", "note": "Xin lỗi khách"}

    accountant.post(page_of(made, "resolve"), seen(accountant, made) | form)
    accountant.post(page_of(made, "resolve"), seen(accountant, made) | form)

    assert status_of(made) == "COMPLETED"
    assert wallet() == (0, 50_000)
    assert Compensation.objects.count() == 1


@pytest.mark.parametrize("amount", ["-1", "1,5", "nhiều", "9" * 20, "400.000"])
def test_an_amount_that_cannot_be_gives_nothing(accountant, amount):
    made = goods_back()
    form = {"kind": "deposit", "amount": amount, "note": ""}

    answer = accountant.post(page_of(made, "resolve"), seen(accountant, made) | form, follow=True)

    assert told(answer)
    assert (status_of(made), wallet()) == ("PENDING_GOODS", (0, 0))


def test_credit_is_given_once_and_the_ticket_stays_open(accountant):
    made = goods_back(type="RETURN_SHIPPER")
    form = seen(accountant, made) | {"amount": "300000", "days": "15", "note": ""}

    for _time in range(2):
        accountant.post(page_of(made, "credit"), form)

    assert (status_of(made), wallet()) == ("PENDING_GOODS", (0, 300_000))
    page = accountant.get(page_of(made))
    assert "credit_form" not in page.context
    assert "300.000 ₫" in page.content.decode()


def test_notes_and_who_looks_after_it_are_kept(accountant):
    made = goods_back()
    form = seen(accountant, made) | {"note": "Đã gọi"}

    for _time in range(2):
        accountant.post(page_of(made, "note"), form)
    accountant.post(page_of(made, "assign"), seen(accountant, made) | {"assigned_to": "Lan", "priority": "urgent"})
    wrong = accountant.post(page_of(made, "assign"), seen(accountant, made) | {"priority": "now"}, follow=True)

    made.refresh_from_db()
    assert [line["action"] for line in made.history] == ["created", "note_added", "updated"]
    assert (made.assigned_to, made.priority) == ("Lan", "urgent")
    assert told(wrong)


def test_a_ticket_is_given_to_somebody_of_the_staff_or_taken(accountant):
    logged_in(Role.VIEWER), logged_in(Role.WAREHOUSE), logged_in(None)
    gone, robot = (User.objects.create_user(username=name, is_staff=name == "gone") for name in ("gone", "robot"))
    for user in (gone, robot):
        user.groups.add(Group.objects.get(name=Role.CUSTOMER_CARE.value))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    User.objects.filter(username="staff-warehouse").update(first_name="Kho", last_name="Minh")
    made = goods_back(assigned_to="Chị Ba")

    before = accountant.get(page_of(made))
    accountant.post(page_of(made, "assign"), seen(accountant, made) | {"assigned_to": before.context["me"]})
    after = accountant.get(page_of(made))

    assert before.context["assignees"] == [
        ("", "– chưa ai nhận –"), ("Chị Ba", "Chị Ba"), ("staff-warehouse", "Kho Minh"),
        ("staff-accountant", "staff-accountant"),
    ]  # fmt: skip
    assert '<option value="Chị Ba" selected>' in before.content.decode()
    assert (before.context["may_take"], after.context["may_take"], after.context["assignee"]) == (
        True, False, "staff-accountant",
    )  # fmt: skip
    assert (before.content.decode().count("Nhận việc"), after.content.decode().count("Nhận việc")) == (1, 0)
    assert after.context["ticket"].assigned_to == "staff-accountant"


def test_an_assignee_is_told_by_name_and_nobody_takes_what_is_over():
    made, keeper, viewer = goods_back(status="CANCELLED"), logged_in(Role.WAREHOUSE), logged_in(Role.VIEWER)
    User.objects.filter(username="staff-warehouse").update(first_name="Kho", last_name="Minh")
    Ticket.objects.filter(pk=made.pk).update(assigned_to="staff-warehouse")

    assert "Kho Minh" in viewer.get(page_of(made)).content.decode()
    assert not keeper.get(page_of(made)).context["may_take"]
    assert not viewer.get(page_of(goods_back(type="RETURN_SHIPPER"))).context["may_take"]


def test_cancelling_is_possible_while_it_is_open(accountant):
    made = goods_back()

    accountant.post(page_of(made, "move"), seen(accountant, made) | {"move": "cancel"})
    assert status_of(made) == "PENDING_GOODS"  # One press is not enough.
    page = accountant.post(page_of(made, "cancel"), seen(accountant, made) | {"note": "Khách đổi ý"}, follow=True)

    assert (status_of(made), told(page)) == ("CANCELLED", [f"Đã hủy {made.code}."])
    assert (made.history[-1]["action"], made.history[-1]["note"]) == ("cancel", "Khách đổi ý")
    assert offered(accountant, made) == {}


def test_what_cannot_be_cancelled_keeps_the_reason_that_was_typed(accountant):
    made = goods_back(status="PENDING_FINANCE")
    Ticket.objects.filter(pk=made.pk).update(received_at=timezone.now())

    page = accountant.post(page_of(made, "cancel"), seen(accountant, made) | {"note": "Khách đổi ý"})

    assert (page.status_code, status_of(made)) == (409, "PENDING_FINANCE")
    assert "Khách đổi ý" in page.content.decode()


def test_a_missing_amount_is_said_in_words_and_with_resolving(accountant):
    made = ticket(
        "RETURN_CLIENT", status="PENDING_GOODS", products=[{"name": "Áo", "quantity": 1, "returnQuantity": 1}]
    )
    before = accountant.get(page_of(made)).content.decode()
    accountant.post(page_of(made, "move"), seen(accountant, made) | {"move": "receive_goods"})
    waiting = status_of(made)
    blocked = {move: "Chưa có số tiền" in offer.blocked for move, offer in offered(accountant, made).items()}

    accountant.post(page_of(made, "resolve"), seen(accountant, made) | {"kind": "deposit", "amount": "0"})

    assert ("Chưa có số tiền" in before, waiting) == (True, "PENDING_FINANCE")
    assert blocked == {"settle": True, "cancel": True}
    assert (status_of(made), made.refund_vnd, wallet()) == ("COMPLETED", 0, (0, 0))


def test_credit_given_before_the_ticket_is_told_and_counts(accountant):
    give_credit_before_ticket(
        caller=OWNER, phone=PHONE, amount_vnd=300_000, reference="NJD/1", days=None, key=None
    )  # fmt: skip
    made = goods_back(type="RETURN_SHIPPER")

    ways = offered(accountant, made)
    accountant.post(page_of(made, "move"), seen(accountant, made) | {"move": "receive_goods"})

    assert (ways["receive_goods"].blocked, "300.000" in ways["receive_goods"].says[0]) == ("", True)
    assert "300.000" in ways["cancel"].says[0]
    assert (status_of(made), wallet()) == ("COMPLETED", (0, 300_000))


@pytest.mark.parametrize("word", ["", "receive_only", "fly", "<script>"])
def test_a_move_that_there_is_not_changes_nothing(accountant, word):
    made = goods_back()

    answer = accountant.post(page_of(made, "move"), {"move": word}, follow=True)

    assert (answer.status_code, status_of(made)) == (200, "PENDING_GOODS")


def test_the_owner_deletes_it_and_untouched_credit_is_taken_back(accountant):
    made, owner = goods_back(type="RETURN_SHIPPER"), logged_in(Role.OWNER)
    accountant.post(page_of(made, "credit"), seen(accountant, made) | {"amount": "300000", "days": "15"})

    answer = owner.post(page_of(made, "delete"), seen(owner, made), follow=True)

    made.refresh_from_db()
    assert made.deleted_by == "staff-owner"
    assert VirtualCredit.objects.get().status == "CANCELLED"
    assert answer.redirect_chain[-1][0] == f"{BASE}/"
    assert owner.get(page_of(made)).status_code == 404
    assert owner.post(page_of(made, "delete")).status_code == 404


@pytest.mark.parametrize(
    ("role", "acts"),
    [
        (Role.VIEWER, set()),
        (Role.CUSTOMER_CARE, {"cancel", "note", "assign"}),
        (Role.WAREHOUSE, {"move", "cancel", "note", "assign"}),
        (Role.ACCOUNTANT, {"move", "cancel", "note", "assign", "resolve", "credit", "claim", "write-off"}),
        (Role.OWNER, {"move", "cancel", "note", "assign", "resolve", "credit", "claim", "write-off", "delete"}),
    ],
)
def test_each_role_is_offered_what_it_may(role, acts):
    made = goods_back()

    page = logged_in(role).get(page_of(made)).content.decode()

    assert set(re.findall(rf'action="{BASE}/\d+/([a-z-]+)/', page)) == acts | {"presence"}


@pytest.mark.parametrize("act", ["move", "note", "assign", "resolve", "credit", "claim", "write-off", "delete"])
def test_who_only_looks_is_refused_and_that_is_kept(act):
    made, viewer = goods_back(), logged_in(Role.VIEWER)

    assert viewer.post(page_of(made, act), {"move": "cancel", "note": "x"}).status_code == 403
    assert viewer.get(page_of(made, act)).status_code == 405
    assert AuditLog.objects.filter(subject=f"ticket:{made.code}", outcome="refused", actor="staff-viewer").exists()
    assert status_of(made) == "PENDING_GOODS"


def test_care_cannot_give_credit_past_the_page():
    made, care = goods_back(), logged_in(Role.CUSTOMER_CARE)

    answer = care.post(page_of(made, "credit"), {"amount": "300000", "days": "15"}, follow=True)

    assert told(answer)
    assert wallet() == (0, 0)


@pytest.mark.parametrize(("role", "move"), [(Role.CUSTOMER_CARE, "receive_goods"), (Role.WAREHOUSE, "complete")])
def test_a_move_that_is_not_the_roles_is_refused_in_words_past_the_page(role, move):
    made, client = goods_back(), logged_in(role)

    answer = client.post(page_of(made, "move"), {"move": move}, follow=True)

    assert len(told(answer)) == 1
    assert (status_of(made), wallet()) == ("PENDING_GOODS", (0, 0))


def test_a_form_without_its_token_does_nothing():
    made, client = goods_back(), logged_in(Role.ACCOUNTANT)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies

    assert strict.post(page_of(made, "move"), {"move": "cancel"}).status_code == 403
    assert status_of(made) == "PENDING_GOODS"


def test_late_and_the_carriers_deadline_stand_out(accountant):
    made = ticket("BOOM", status="PENDING_GOODS", refund_amount=1)
    Ticket.objects.filter(pk=made.pk).update(carrier_deadline_at=timezone.now() - timedelta(days=1))

    assert 'data-value="late"' in accountant.get(page_of(made)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_receive_the_goods_once():
    made = goods_back()
    client = logged_in(Role.ACCOUNTANT)
    form = seen(client, made) | {"move": "receive_goods"}
    clients = [Client() for _ in range(8)]
    for other in clients:
        other.cookies = client.cookies

    answers = at_once(lambda other: other.post(page_of(made, "move"), form), clients)

    assert {answer.status_code for answer in answers} == {302}
    assert wallet() == (300_000, 0)


def test_the_number_of_the_refund_in_tpos_is_kept_for_returns_only():
    made, desk = goods_back(), logged_in(Role.CUSTOMER_CARE)
    other = ticket("BOOM", status="PENDING_GOODS", refund_amount=10_000)

    page = desk.get(page_of(made)).content.decode()
    desk.post(page_of(made, "assign"), seen(desk, made) | {"assigned_to": "lan", "refund_number": " RF/2026/7 "})

    made.refresh_from_db()
    assert (made.refund_number, made.assigned_to) == ("RF/2026/7", "lan")
    assert 'name="refund_number"' in page
    assert 'name="refund_number"' not in desk.get(page_of(other)).content.decode()
    assert "RF/2026/7" in desk.get(page_of(made)).content.decode()


def test_the_history_names_what_was_changed(accountant):
    made = ticket("BOOM")
    history = [{"action": "updated", "fields": ["assigned_to", "priority", "refund_vnd", "khong-co", 7]}]
    Ticket.objects.filter(pk=made.pk).update(history=history)

    page = accountant.get(f"/admin/tickets/ticket/{made.pk}/change/").content.decode()

    assert "người phụ trách, ưu tiên, số tiền" in page
    assert "khong-co" not in page


def test_attachments_are_shown_and_lead_only_where_a_page_may(accountant):
    made = ticket("BOOM")
    given = [
        "/media/uploads/a.jpg", {"url": "https://example.com/b.pdf", "name": "Biên bản"}, "javascript:alert(1)",
        {"url": "JavaScript:alert(2)", "name": "lạ"}, "//evil.example/x", {"weight": 3}, "/media/../admin/", "", None,
        5, "data:text/html,<b>x",
    ]  # fmt: skip
    Ticket.objects.filter(pk=made.pk).update(attachments=given)

    page = accountant.get(f"/admin/tickets/ticket/{made.pk}/change/").content.decode()

    shown = page.partition('aria-labelledby="n2-files"')[2].partition("</section>")[0]
    assert re.findall(r'href="(.*?)"', shown) == ["/media/uploads/a.jpg", "https://example.com/b.pdf"]
    assert re.findall(r'src="(.*?)"', shown) == ["/media/uploads/a.jpg"]
    assert "Biên bản" in shown
    assert "javascript:alert(1)" in shown
    assert "&lt;b&gt;x" in shown
    assert shown.count("<li>") == 9


def test_a_return_that_is_due_is_completed_by_its_goods_and_one_that_is_written_off_by_hand(accountant):
    made = goods_back()

    due = offered(accountant, made)
    accountant.post(page_of(made, "write-off"), seen(accountant, made) | {"reason": "Khách đổi ý"})
    nothing_due = offered(accountant, made)

    assert "receive_goods" in due
    assert "complete" not in due
    assert not nothing_due["complete"].blocked
    accountant.post(page_of(made, "move"), seen(accountant, made) | {"move": "complete"})
    assert (status_of(made), made.received_at, wallet()) == ("COMPLETED", None, (0, 0))


def test_what_the_order_says_against_a_ticket_stands_on_its_page(accountant):
    taken(order("NJD/1", phone="0909318265", name="Anh Bình"))
    made = goods_back()
    sentence = "Đơn NJD/1 là của khách khác: Anh Bình, 0909318265."

    page = accountant.get(page_of(made))
    assert sentence in page.content.decode()
    assert any("cần người xem lại đơn" in says for says in offered(accountant, made)["receive_goods"].says)
    accountant.post(page_of(made, "move"), seen(accountant, made) | {"move": "receive_goods"})
    blocked = offered(accountant, made)["settle"].blocked
    refused = accountant.post(page_of(made, "move"), seen(accountant, made) | {"move": "settle"}, follow=True)

    assert (status_of(made), wallet()) == ("PENDING_FINANCE", (0, 0))
    assert "xem lại đơn" in blocked
    assert any(sentence in text for text in told(refused))
