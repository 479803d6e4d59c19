"""The old system's views: each is there with its columns, and tells what our own figures tell."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from customers.models import Customer, RfmScore
from customers.rfm.scoring import recalculate
from n2store.analytics import figures
from tests.factories.banking import delivery, post
from tests.factories.orders import order, taken
from tests.factories.tickets import ticket
from wallets.models import CreditSource
from wallets.operations import issue_credit

PHONE = "0909318264"
COLUMNS = {
    "customers": "id phone name address created_at",
    "sepay_logs": "id transaction_code amount customer_phone created_at",
    "customer_360_summary": "id phone name email status tier tags total_orders total_spent return_rate rfm_segment"
    " wallet_balance wallet_virtual_balance wallet_total pending_tickets last_order_date"
    " last_interaction_date created_at",
    "ticket_statistics": "total_tickets pending_count in_progress_count pending_goods_count pending_finance_count"
    " completed_count cancelled_count boom_count fix_cod_count return_client_count return_shipper_count total_refunded"
    " total_virtual_issued",
    "wallet_statistics": "total_wallets wallets_with_balance wallets_with_virtual total_real_balance"
    " total_virtual_balance total_available total_deposited total_withdrawn total_virtual_issued total_virtual_used"
    " total_virtual_expired",
    "customer_activity_summary": "customer_id name phone tier wallet_balance virtual_balance pending_virtual_credits"
    " active_credits_count open_tickets total_tickets total_bank_deposits bank_deposit_count rfm_recency_score"
    " rfm_frequency_score rfm_monetary_score rfm_segment last_order_date total_orders total_spent return_rate"
    " days_since_last_order",
    "rfm_segment_mapping": "customer_id phone name r f m total_score segment total_orders total_spent last_order_date",
    "daily_wallet_summary": "date type transaction_count total_amount unique_customers",
    "rfm_segment_distribution": "segment tier customer_count avg_orders avg_spent avg_days_since_order",
    "ticket_resolution_metrics": "type status ticket_count avg_resolution_hours credited_count"
    " total_virtual_credits_issued",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> None:
    """Two customers with money, one of them with orders, credit alive and gone, and an open ticket."""
    post(Client(), delivery(id=1))
    post(Client(), delivery(id=2, transferAmount=150_000, content="0387654321 chuyen tien"))
    taken(order("A", total=12_000_000), order("B", status="returned"))
    for key, days in (("alive", 3.0), ("gone", -0.1)):
        issue_credit(
            customer=Customer.objects.get(phone=PHONE), amount_vnd=50_000, key=key, at=timezone.now(),
            source_type=CreditSource.COMPENSATION, by="lan", lifetime=timedelta(days=days),
        )  # fmt: skip
    ticket("OTHER")
    recalculate(by="test")


def read(view: str, **where: Any) -> list[dict[str, Any]]:
    conditions = " AND ".join(f"{name} = %s" for name in where) or "true"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {view} WHERE {conditions}", list(where.values()))
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.parametrize("view", COLUMNS)
def test_a_view_has_the_old_columns_and_answers_in_an_empty_shop(view):
    read(view)
    with connection.cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [view])
        names = {name for (name,) in cursor.fetchall()}

    assert set(COLUMNS[view].split()) <= names


def test_a_customer_in_one_row(shop):
    [row] = read("customer_360_summary", phone=PHONE)

    told = {name: row[name] for name in ("wallet_balance", "wallet_virtual_balance", "wallet_total", "pending_tickets")}
    assert told == {
        "wallet_balance": 350_000, "wallet_virtual_balance": 50_000, "wallet_total": 400_000, "pending_tickets": 1,
    }  # fmt: skip
    assert (row["total_orders"], row["total_spent"], float(row["return_rate"])) == (2, 12_000_000, 50.0)
    assert row["rfm_segment"] == RfmScore.objects.get(customer__phone=PHONE).segment


def test_wallets_and_tickets_are_those_of_the_dashboard(shop):
    dashboard = figures.dashboard(timezone.now())

    assert read("wallet_statistics") == [dashboard["wallets"]]
    [tickets] = read("ticket_statistics")
    assert tickets.items() <= dashboard["tickets"].items()


def test_what_a_customer_did(shop):
    [row] = read("customer_activity_summary", phone=PHONE)

    told = (
        "active_credits_count",
        "pending_virtual_credits",
        "open_tickets",
        "total_bank_deposits",
        "bank_deposit_count",
    )
    assert [row[name] for name in told] == [1, 50_000, 1, 350_000, 1]
    assert row["days_since_last_order"] >= 3


def test_segments_are_those_that_count(shop):
    scored = {(score.customer_id, score.segment, score.total) for score in RfmScore.objects.all()}

    assert {(row["customer_id"], row["segment"], row["total_score"]) for row in read("rfm_segment_mapping")} == scored
    assert sum(row["customer_count"] for row in read("rfm_segment_distribution")) == len(scored)


def test_days_and_tickets_add_up(shop):
    deposits = read("daily_wallet_summary", type="DEPOSIT")
    metrics = read("ticket_resolution_metrics")

    assert [(row["transaction_count"], row["total_amount"], row["unique_customers"]) for row in deposits] == [
        (2, 500_000, 2)
    ]
    assert [(row["type"], row["status"], row["ticket_count"]) for row in metrics] == [("OTHER", "PENDING", 1)]


def test_the_oldest_names_still_read(shop):
    [customer], [log] = read("customers", phone=PHONE), read("sepay_logs", customer_phone=PHONE)

    assert (customer["phone"], customer["active"], log["amount"]) == (PHONE, True, 350_000)
