"""The pages of ticket policies: everybody reads them in words, the owner changes them, and tickets follow."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.staff import logged_in
from tests.factories.tickets import OWNER, ticket
from tickets import changing
from tickets.creating import open_ticket
from tickets.models import Policy, Ticket, TicketType
from tickets.policies import policy_of
from tickets.workflow import Move
from wallets.models import VirtualCredit, Wallet

LIST = "/admin/tickets/policy/"
LIST_QUERIES = 7
PAGE_QUERIES = 8

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Client:
    return logged_in(Role.OWNER)


def page_of(type: str) -> str:
    return f"{LIST}{type}/change/"


def fields(type: str, **changes: Any) -> dict[str, Any]:
    """Return the form as the browser sends it: what was shown, and what is typed."""
    policy = policy_of(type)
    shown = {
        "compensation": policy.compensation, "credit_days": policy.credit_days, "claim_days": policy.claim_days,
        "overdue_days": "" if policy.overdue_days is None else policy.overdue_days,
    }  # fmt: skip
    typed = shown | ({"automatic": "on"} if policy.automatic else {}) | changes
    before = {f"initial-{name}": value for name, value in (shown | {"automatic": policy.automatic}).items()}
    return before | {name: value for name, value in typed.items() if value is not None}


def change(client: Client, type: str, **changes: Any) -> Any:
    return client.post(page_of(type), fields(type, **changes), follow=True)


def test_every_type_is_told_in_words_at_a_constant_cost(django_assert_num_queries):
    viewer = logged_in(Role.VIEWER)

    with django_assert_num_queries(LIST_QUERIES):
        page = viewer.get(LIST)

    says = {row["policy"].type: row["says"] for row in page.context["rows"]}
    assert list(says) == TicketType.values
    assert says["RETURN_SHIPPER"] == [
        "Hoàn tất phiếu sẽ tự cộng một lần số còn nợ khách, bằng công nợ ảo.",
        "Công nợ ảo dùng được trong 15 ngày.",
        "Đơn vị vận chuyển có 10 ngày kể từ khi phiếu chờ họ.",
        "Mở 20 ngày chưa xong là quá hạn.",
    ]
    assert says["RETURN_CLIENT"][0] == "Hoàn tất phiếu sẽ tự cộng một lần số còn nợ khách, bằng tiền thật."
    assert says["FIX_COD"][0] == "Hoàn tất phiếu không cộng gì."
    assert [len(said) for said in says.values()] == [4, 4, 3, 4, 3, 3, 3]  # A carrier's days where it has the goods.


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_page_costs_the_same_however_many_tickets_are_open(owner, django_assert_num_queries, count):
    for number in range(count):
        ticket("BOOM", status="PENDING_GOODS", phone=f"09093182{number:02}")
    Ticket.objects.update(carrier_deadline_at=timezone.now())

    with django_assert_num_queries(PAGE_QUERIES):
        page = owner.get(page_of("BOOM"))

    assert (page.context["open"], page.context["running"]) == (count, count)


@pytest.mark.parametrize("role", Role)
def test_everybody_reads_and_the_owner_changes(role):
    client = logged_in(role)

    read = client.get(LIST), client.get(page_of("BOOM"))
    sent = change(client, "BOOM", claim_days=7)

    changed = policy_of("BOOM").claim_days == 7
    assert ([page.status_code for page in read], read[1].context["form"] is not None, sent.status_code, changed) == (
        [200, 200], role is Role.OWNER, 200 if role is Role.OWNER else 403, role is Role.OWNER,
    )  # fmt: skip
    assert AuditLog.objects.filter(outcome="refused", subject="ticket_policy:BOOM").exists() == (role is not Role.OWNER)


def test_the_menu_leads_there(owner):
    assert f'href="{LIST}"' in owner.get("/admin/").content.decode()


def test_who_has_no_role_sees_nothing_and_none_is_added_or_deleted(owner):
    stranger, superuser = logged_in(None), logged_in(None, superuser=True)

    assert [stranger.get(page).status_code for page in (LIST, page_of("BOOM"))] == [403, 403]
    assert [owner.get(page_of(type)).status_code for type in ("NOTHING", "boom", "1")] == [404, 404, 404]
    assert [superuser.post(f"{LIST}{page}").status_code for page in ("add/", "BOOM/delete/")] == [403, 403]
    assert Policy.objects.count() == len(TicketType)


def test_a_change_leaves_a_line_with_what_was_and_what_is(owner):
    change(owner, "RETURN_SHIPPER", compensation="deposit", overdue_days="")
    change(owner, "RETURN_SHIPPER")

    [line] = AuditLog.objects.all()
    assert (line.actor, line.action, line.subject, line.before, line.after) == (
        "staff-owner", "ticket.policy", "ticket_policy:RETURN_SHIPPER",
        {"compensation": "virtual_credit", "overdue_days": 20}, {"compensation": "deposit", "overdue_days": None},
    )  # fmt: skip


def test_two_who_change_different_fields_both_keep_theirs(owner):
    typed_before = fields("BOOM", claim_days=7)
    change(owner, "BOOM", credit_days=30)

    owner.post(page_of("BOOM"), typed_before)

    assert (policy_of("BOOM").claim_days, policy_of("BOOM").credit_days) == (7, 30)


@pytest.mark.parametrize(
    ("type", "wrong", "field"),
    [
        ("BOOM", {"credit_days": 0}, "credit_days"), ("BOOM", {"credit_days": 366}, "credit_days"),
        ("BOOM", {"claim_days": "mười"}, "claim_days"), ("BOOM", {"claim_days": None}, "claim_days"),
        ("OTHER", {"overdue_days": -1}, "overdue_days"), ("OTHER", {"overdue_days": 10**20}, "overdue_days"),
        ("OTHER", {"compensation": "gold"}, "compensation"),
        ("RETURN_CLIENT", {"compensation": "none"}, "compensation"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_refused_beside_its_field_and_changes_nothing(owner, type, wrong, field):
    before = Policy.objects.values().get(pk=type)

    page = change(owner, type, **wrong)

    assert (page.status_code, list(page.context["form"].errors)) == (400, [field])
    assert page.content.decode().count('class="n2-error"') == 1
    assert Policy.objects.values().get(pk=type) == before
    assert not AuditLog.objects.exists()


def test_only_returns_give_by_themselves_however_the_form_is_sent(owner):
    change(owner, "COMPLAINT", automatic="on", claim_days=99)

    policy = policy_of("COMPLAINT")
    assert (policy.automatic, policy.claim_days) == (False, 10)
    assert not AuditLog.objects.exists()


def test_completing_an_open_ticket_gives_what_the_policy_says_now(owner):
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", refund_amount=150_000)

    change(owner, "RETURN_CLIENT", compensation="virtual_credit", credit_days=30)
    changing.move(caller=OWNER, ticket_id=made.pk, move=Move.RECEIVE)

    lot, wallet = VirtualCredit.objects.get(), Wallet.objects.get()
    assert (wallet.real_vnd, wallet.virtual_vnd) == (0, 150_000)
    assert lot.expires_at - lot.issued_at == timedelta(days=30)


def test_what_is_no_longer_given_by_itself_waits_for_somebody(owner):
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", refund_amount=150_000)

    page = change(owner, "RETURN_CLIENT", automatic=None)
    changing.move(caller=OWNER, ticket_id=made.pk, move=Move.RECEIVE)

    made.refresh_from_db()
    assert (made.status, Wallet.objects.get().real_vnd) == ("PENDING_FINANCE", 0)
    assert page.context["says"][0] == "Không tự cộng: có người trả khách xong mới hoàn tất được phiếu."


def test_new_deadlines_follow_the_policy_and_running_ones_stay(owner):
    running, waiting = ticket("BOOM"), ticket("BOOM", phone="0909318265")
    changing.move(caller=OWNER, ticket_id=running.pk, move=Move.WAIT_GOODS)

    change(owner, "BOOM", claim_days=3)
    changing.move(caller=OWNER, ticket_id=waiting.pk, move=Move.WAIT_GOODS)
    open_ticket(caller=OWNER, phone="0909318266", type="BOOM", given={"status": "PENDING_GOODS"})

    rows = Ticket.objects.order_by("pk")
    days = [(row.carrier_deadline_at - row.waiting_since).days for row in rows if row.carrier_deadline_at]
    assert ([row.pk for row in rows[:2]], days) == ([running.pk, waiting.pk], [10, 3, 3])
