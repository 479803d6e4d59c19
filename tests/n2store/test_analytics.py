"""`/api/v2/analytics/…`: every figure equals a recount row by row, and is counted at most every few seconds."""

import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.models import Activity, Customer, OrderStats, RfmScore
from n2store import figures as registry
from n2store.analytics import snapshots
from n2store.clock import vietnam_day
from n2store.models import Snapshot
from tests.factories.banking import delivery, post
from tests.factories.orders import order, taken
from tests.threads import at_once
from wallets.models import CreditSource, Transaction, VirtualCredit, Wallet
from wallets.operations import issue_credit

AT = "/api/v2/analytics"


@pytest.fixture
def shop(db: None, client: Client) -> None:
    """Money in, credit alive, soon ending and gone, orders of all kinds."""
    post(client, delivery(id=1))
    post(client, delivery(id=2, transferAmount=150_000, content="0387654321 chuyen tien"))
    taken(
        order("A", total=12_000_000), order("B", status="returned"), order("C", status="cancelled"),
        order("D", phone="0387654321", total=400_000), order("E", phone="0912000001", name="VIP"),
    )  # fmt: skip
    Customer.objects.filter(phone="0912000001").update(status="VIP")
    Customer.objects.filter(phone="0387654321").update(tier="blacklist", created_at=timezone.now() - timedelta(days=50))
    for key, days in (("soon", 3.0), ("later", 12.0), ("gone", -0.1)):
        issue_credit(
            customer=Customer.objects.get(phone="0909318264"), amount_vnd=50_000, key=key, at=timezone.now(),
            source_type=CreditSource.COMPENSATION, by="lan", lifetime=timedelta(days=days),
        )  # fmt: skip


def get(api: APIClient, path: str) -> Any:
    snapshots.forget()
    answer = api.get(f"{AT}/{path}")
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]


def live(credit: VirtualCredit) -> bool:
    return credit.status == "ACTIVE" and credit.expires_at > timezone.now()


def wallets_recounted() -> dict[str, int]:
    wallets = list(Wallet.objects.all())
    virtual = {wallet.pk: sum(lot.remaining_vnd for lot in wallet.credits.all() if live(lot)) for wallet in wallets}
    return {
        "total_wallets": len(wallets),
        "wallets_with_balance": sum(wallet.real_vnd > 0 for wallet in wallets),
        "wallets_with_virtual": sum(vnd > 0 for vnd in virtual.values()),
        "total_real_balance": sum(wallet.real_vnd for wallet in wallets),
        "total_virtual_balance": sum(virtual.values()),
        "total_available": sum(wallet.real_vnd for wallet in wallets) + sum(virtual.values()),
        "total_deposited": sum(wallet.total_deposited_vnd for wallet in wallets),
        "total_withdrawn": sum(wallet.total_withdrawn_vnd for wallet in wallets),
        "total_virtual_issued": sum(wallet.total_virtual_issued_vnd for wallet in wallets),
        "total_virtual_used": sum(wallet.total_virtual_used_vnd for wallet in wallets),
        "total_virtual_expired": sum(wallet.total_virtual_expired_vnd for wallet in wallets),
    }


def test_the_dashboard_equals_a_recount(api: APIClient, shop: None) -> None:
    data = get(api, "dashboard")

    now = timezone.now()
    stats = list(OrderStats.objects.all())
    customers = list(Customer.objects.all())
    assert data["customers"] == {
        "total_customers": 3,
        "vip_count": sum(c.status == "VIP" or c.tier == "platinum" for c in customers),
        "risky_count": sum(c.tier in ("danger", "blacklist") for c in customers),
        "active_30d": sum(s.last_order_at is not None and s.last_order_at > now - timedelta(days=30) for s in stats),
        "new_7d": sum(c.created_at > now - timedelta(days=7) for c in customers),
        "total_revenue": sum(s.total_spent_vnd for s in stats),
        "avg_orders_per_customer": round(sum(s.total_orders for s in stats) / 3, 2),
    }
    assert data["customers"]["vip_count"] == data["customers"]["risky_count"] == 1
    assert data["wallets"] == wallets_recounted()
    assert data["activity"] == {"last_24h": Activity.objects.count(), "last_7d": Activity.objects.count()}
    assert [(row["phone"], row["total_spent"]) for row in data["topCustomers"]] == [
        ("0909318264", 12_000_000), ("0387654321", 400_000), ("0912000001", 350_000),
    ]  # fmt: skip
    assert data["tickets"]["total_tickets"] == 0
    assert abs(datetime.fromisoformat(data["generatedAt"]) - now) < timedelta(minutes=1)


def test_an_empty_shop_is_zeros(api: APIClient, db: None) -> None:
    data = get(api, "dashboard")

    assert set(data["customers"].values()) | set(data["wallets"].values()) == {0}
    assert data["topCustomers"] == []


def test_segments_scores_and_tiers_equal_a_recount(api: APIClient, shop: None) -> None:
    data = get(api, "rfm-segments")

    scores = list(RfmScore.objects.all())
    assert sum(row["customer_count"] for row in data["segments"]) == len(scores) == 3
    for row in data["segments"]:
        of = [score for score in scores if score.segment == row["segment"]]
        assert (row["customer_count"], row["avg_spent"]) == (
            len(of), round(sum(score.spent_vnd for score in of) / len(of)),
        )  # fmt: skip
    assert {(r["recency"], r["frequency"], r["monetary"]): r["count"] for r in data["scoreDistribution"]} == {
        scores_of: sum((s.recency, s.frequency, s.monetary) == scores_of for s in scores)
        for scores_of in {(s.recency, s.frequency, s.monetary) for s in scores}
    }
    assert {row["tier"]: row["count"] for row in data["tierDistribution"]} == {"new": 2, "blacklist": 1}


def test_wallets_equal_a_recount(api: APIClient, shop: None) -> None:
    data = get(api, "wallet-summary")

    rows = list(Transaction.objects.all())
    today = vietnam_day(timezone.now()).isoformat()
    assert data["overall"] == wallets_recounted()
    assert data["dailySummary"] == [
        {
            "date": today, "type": type, "transaction_count": sum(row.type == type for row in rows),
            "total_amount": sum(abs(row.amount_vnd) for row in rows if row.type == type),
            "unique_customers": len({row.wallet_id for row in rows if row.type == type}),
        }
        for type in ("DEPOSIT", "VIRTUAL_CREDIT")
    ]  # fmt: skip
    assert [(row["phone"], row["total"]) for row in data["topWallets"]] == [
        ("0909318264", 450_000), ("0387654321", 150_000),
    ]  # fmt: skip
    assert data["expiringCredits"] == {"count": 1, "total_amount": 50_000}


def test_each_day_is_one_object_newest_first(api: APIClient, shop: None) -> None:
    today = vietnam_day(timezone.now())
    last_week = get(api, "daily-summary?days=7")
    ranged = get(api, f"daily-summary?start_date={today - timedelta(days=6)}&end_date={today}")

    assert last_week == ranged
    assert [day["date"] for day in ranged] == [(today - timedelta(days=back)).isoformat() for back in range(7)]
    assert ranged[0] == {
        "date": today.isoformat(), "DEPOSIT": {"count": 2, "amount": 500_000}, "WITHDRAW": {"count": 0, "amount": 0},
        "VIRTUAL_CREDIT": {"count": 3, "amount": 150_000}, "VIRTUAL_DEBIT": {"count": 0, "amount": 0},
        "VIRTUAL_EXPIRE": {"count": 0, "amount": 0},
    }  # fmt: skip
    assert ranged[1]["DEPOSIT"] == {"count": 0, "amount": 0}


def test_tickets_are_counted_by_whoever_has_them(api: APIClient, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = get(api, "ticket-metrics?days=7")
    monkeypatch.setattr(registry, "_providers", {})
    registry.provide("tickets.metrics", lambda now, days: {"overall": [days]})
    registry.provide("tickets.statistics", lambda: {"total_tickets": 5})

    quiet = {"created": 0, "completed": 0, "cancelled": 0, "total_refunds": 0}
    assert [dict(row, date=None) for row in nobody.pop("daily")] == [quiet | {"date": None}] * 7
    assert nobody == {"overall": [], "resolutionTime": [], "pending": []}
    assert get(api, "ticket-metrics?days=7") == {"overall": [7]}
    assert get(api, "dashboard")["tickets"] == {"total_tickets": 5}


@pytest.mark.parametrize(
    "path",
    [
        "daily-summary?days=abc", "daily-summary?start_date=2026-01-01", "daily-summary?end_date=2026-01-01",
        "daily-summary?start_date=2026-01-02&end_date=2026-01-01",
        "daily-summary?start_date=2020-01-01&end_date=2026-01-01",
        "daily-summary?start_date=x&end_date=y", "daily-summary?start_date=0001-01-01&end_date=0001-01-02",
        "ticket-metrics?days=x", "ticket-metrics?days=1;drop",
    ],
)  # fmt: skip
def test_a_bad_question_is_a_400(api: APIClient, path: str) -> None:
    assert api.get(f"{AT}/{path}").status_code == 400


@pytest.mark.parametrize("path", ["ticket-metrics?days=0", "ticket-metrics?days=99999", "daily-summary?days=-5"])
def test_numbers_out_of_range_are_brought_into_it(api: APIClient, path: str) -> None:
    assert api.get(f"{AT}/{path}").status_code == 200


@pytest.mark.parametrize("path", ["dashboard", "rfm-segments", "wallet-summary", "ticket-metrics", "daily-summary"])
def test_what_was_counted_a_moment_ago_is_one_statement(
    api: APIClient, shop: None, django_assert_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    first = get(api, path)

    with django_assert_num_queries(1):
        again = api.get(f"{AT}/{path}").json()["data"]

    assert again == first


def test_figures_are_counted_afresh_when_they_are_too_old(api: APIClient, shop: None, settings: Any) -> None:
    get(api, "dashboard")
    taken(order("new", phone="0912000009"))
    young = api.get(f"{AT}/dashboard").json()["data"]["customers"]["total_customers"]
    Snapshot.objects.update(taken_at=timezone.now() - timedelta(seconds=settings.ANALYTICS_MAX_AGE_S + 1))
    old = api.get(f"{AT}/dashboard").json()["data"]["customers"]["total_customers"]

    assert (young, old) == (3, 4)


def test_a_clock_that_jumped_back_does_not_keep_figures_for_ever(api: APIClient, shop: None) -> None:
    get(api, "dashboard")
    Snapshot.objects.update(taken_at=timezone.now() + timedelta(days=1), body='"of tomorrow"')

    assert api.get(f"{AT}/dashboard").json()["data"] != "of tomorrow"


@pytest.mark.django_db(transaction=True)
def test_one_counts_and_the_others_do_not_wait_for_it() -> None:
    Snapshot.objects.create(name="x", body="1", taken_at=timezone.now() - timedelta(seconds=30))
    counting, over, counts, answered = threading.Event(), threading.Event(), [], []

    def count(now: datetime) -> int:
        counts.append(now)
        counting.set()
        assert over.wait(20)
        return 2

    def ask(n: int) -> str:
        if n == 0:
            return snapshots.kept("x", count)
        assert counting.wait(20)
        answer = snapshots.kept("x", count)
        answered.append(n)
        if len(answered) == 3:
            over.set()
        return answer

    answers = at_once(ask, range(4))

    assert (sorted(answers), len(counts)) == (["1", "1", "1", "2"], 1)


@pytest.mark.django_db(transaction=True)
def test_what_is_far_too_old_is_not_shown_and_counted_once() -> None:
    counts: list[datetime] = []

    def count(now: datetime) -> int:
        counts.append(now)
        time.sleep(0.2)
        return len(counts)

    assert at_once(lambda _: snapshots.kept("y", count), range(8)) == ["1"] * 8
