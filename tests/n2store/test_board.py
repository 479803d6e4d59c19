"""The charts of the first screen: what they tell equals a recount, and they cost one query."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from n2store.analytics.board import board
from n2store.analytics.snapshots import forget
from n2store.clock import vietnam_day
from n2store.models import JobPulse, JobRun
from n2store.roles import Role
from n2store.timetable import planned
from tests.factories.banking import delivery, post
from tests.factories.staff import logged_in
from tests.factories.tickets import ticket
from tickets.models import Ticket
from wallets.models import CreditSource
from wallets.operations import issue_credit, withdraw

PHONE = "0909318264"

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    post(Client(), delivery(id=1))
    return Customer.objects.get(phone=PHONE)


def test_money_of_each_day_in_and_out(customer):
    withdraw(
        customer=customer, amount_vnd=120_000, key="order:1", at=timezone.now(), by="lan", note="",
        reference=("order", "1"),
    )  # fmt: skip

    days = board(timezone.now())["days"]

    assert len(days) == 30
    assert (sum(day["in"] for day in days), sum(day["out"] for day in days)) == (350_000, 120_000)
    assert [day["date"] for day in days] == sorted(day["date"] for day in days)


def test_credit_by_the_day_on_which_it_runs_out(customer):
    now = timezone.now()
    for key, days in (("soon", 3.0), ("later", 20.0), ("gone", -0.5)):
        issue_credit(
            customer=customer, amount_vnd=50_000, key=key, at=now, source_type=CreditSource.COMPENSATION, by="lan",
            lifetime=timedelta(days=days),
        )  # fmt: skip

    credit = board(now)["credit"]

    assert (credit["lots"], credit["vnd"]) == (2, 100_000)
    assert [day for day in credit["days"] if day["vnd"]] == [
        {"date": vietnam_day(now + timedelta(days=3)).isoformat(), "lots": 1, "vnd": 50_000}
    ]


def test_open_tickets_by_type_and_age(customer):
    now = timezone.now()
    for days, type in ((0.5, "OTHER"), (2.0, "OTHER"), (30.0, "OTHER"), (5.0, "FIX_COD")):
        made = ticket(type, **({"original_cod": 200_000, "new_cod": 100_000, "fix_cod_reason": "CUSTOMER_DEBT"}
                               if type == "FIX_COD" else {}))  # fmt: skip
        Ticket.objects.filter(pk=made.pk).update(created_at=now - timedelta(days=days))
    ticket("OTHER", status="COMPLETED")

    assert board(now)["tickets"] == {
        "limits": [1, 3, 7, 14], "types": {"OTHER": [1, 1, 0, 0, 1], "FIX_COD": [0, 0, 1, 0, 0]},
    }  # fmt: skip


def test_transfers_that_wait_by_the_reason_with_the_oldest():
    post(Client(), delivery(id=5, content="khong ro ai", transactionDate="2026-01-16 10:00:00"))
    post(Client(), delivery(id=6, content="khong ro ai", transactionDate="2026-01-17 10:00:00"))

    waiting = {one["why"]: (one["count"], one["since"]) for one in board(timezone.now())["waiting"]}

    assert waiting["nobody"][0] == 2
    assert waiting["nobody"][1].startswith("2026-01-16T")
    assert waiting["review"] == (0, None)


def test_customers_by_tier_and_jobs_with_their_state(customer):
    now = timezone.now()
    JobPulse.objects.bulk_create(JobPulse(job=job, at=now) for job in planned())
    JobRun.objects.create(job="ask-sepay", started_at=now, ended_at=now, error="SEPAY_LIST_BUSY")

    told = board(now)

    assert told["customers"]["tiers"] == {"new": 1}
    assert {job for job, state in told["jobs"].items() if state != "ok"} == {"ask-sepay"}


def test_the_page_draws_it_with_numbers_that_can_be_read(customer):
    page = logged_in(Role.VIEWER).get("/admin/")

    drawn, content = page.context["board"], page.content.decode()
    assert drawn["money"]["sum_in"] == "350.000 ₫"
    assert [row for row in drawn["money"]["rows"] if row[1] != "0 ₫"] == [(drawn["money"]["last"], "350.000 ₫", "0 ₫")]
    assert content.count('<svg class="n2-columns-drawn"') == 1
    assert "Chưa từng chạy" in content


def test_an_empty_shop_has_a_first_screen():
    page = logged_in(Role.VIEWER).get("/admin/")

    assert page.status_code == 200
    assert "Không có tiền ra vào" in page.content.decode()


def test_charts_cost_one_query_when_they_were_counted_a_moment_ago(customer, django_assert_num_queries):
    viewer = logged_in(Role.VIEWER)
    viewer.get("/admin/")

    with django_assert_num_queries(12):
        kept = viewer.get("/admin/").context["board"]
    forget()

    assert kept["money"] == viewer.get("/admin/").context["board"]["money"]


def test_somebody_without_a_role_sees_no_charts(customer):
    assert "board" not in (logged_in(None).get("/admin/").context or {})


def test_what_is_kept_is_plain_json(customer):
    assert json.loads(json.dumps(board(timezone.now())))["days"]


@pytest.mark.django_db
def test_what_came_to_the_bank_and_what_came_into_wallets_have_two_names() -> None:
    page = logged_in(Role.OWNER).get("/admin/").content.decode()

    assert "Chuyển khoản vào ngân hàng hôm nay" in page
    assert "Tiền nạp vào ví và rút khỏi ví, 30 ngày" in page
    assert "Tiền vào" not in page
