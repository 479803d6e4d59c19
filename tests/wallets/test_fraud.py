"""The rules over the ledger: when they hit, when they do not, and nothing of what came later."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from customers.fraud.config import active_thresholds, change_thresholds
from customers.fraud.engine import backtest, sweep
from customers.fraud.rules import Rule, rule_named
from customers.models import Customer
from wallets.fraud import SELF_DEALING, WALLET_ABUSE
from wallets.models import Source, Transaction, Wallet

pytestmark = pytest.mark.django_db
START = timezone.now() - timedelta(days=2)
LARGE = 5_000_001


class Ledger:
    """Writes movements of a wallet as the ledger would have them."""

    def __init__(self, customer: Customer) -> None:
        self.wallet = Wallet.objects.get(customer=customer)
        self.real = self.count = 0

    def move(self, amount: int, minutes: float, *, order: str = "", late: float = 0) -> datetime:
        at = START + timedelta(minutes=minutes)
        self.count += 1
        Transaction.objects.create(
            wallet=self.wallet, sequence=self.count, type="DEPOSIT" if amount > 0 else "WITHDRAW", amount_vnd=amount,
            real_before_vnd=self.real, real_after_vnd=self.real + amount, virtual_before_vnd=0, virtual_after_vnd=0,
            source=Source.ORDER_PAYMENT if order else Source.MANUAL_ADJUSTMENT, reference_type="order" if order else "",
            reference_id=order, key=f"{self.wallet.pk}:{self.count}", actor="test", occurred_at=at,
            created_at=at + timedelta(minutes=late),
        )  # fmt: skip
        self.real += amount
        return at + timedelta(minutes=late)


@pytest.fixture
def ledger(customer: Customer) -> Ledger:
    return Ledger(customer)


def hits(rule: Rule, until: datetime | None = None) -> list[Any]:
    return backtest(rule, active_thresholds(rule), since=START - timedelta(days=1), until=until or timezone.now())


def test_six_large_movements_within_an_hour_are_suspicious(ledger: Ledger) -> None:
    for n in range(5):
        ledger.move(LARGE, n * 12)
    five = hits(WALLET_ABUSE)
    at = ledger.move(LARGE, 60)

    [hit] = hits(WALLET_ABUSE)
    assert (five, hit.at) == ([], at)
    assert hit.evidence | {"ids": [], "since": "", "until": ""} == {
        "transactions": 6, "moved_vnd": 6 * LARGE, "above_vnd": 5_000_000, "minutes": 60, "ids": [],
        "since": "", "until": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    "movements",
    [
        [(5_000_000, n) for n in range(10)],
        [(LARGE, n * 12.1) for n in range(6)],
        [(LARGE, n) for n in range(5)] + [(LARGE, 200 + n) for n in range(5)],
    ],
)
def test_smaller_or_slower_ones_are_not(ledger: Ledger, movements: list[tuple[int, float]]) -> None:
    for amount, minutes in movements:
        ledger.move(amount, minutes)

    assert hits(WALLET_ABUSE) == []


def test_money_in_and_out_both_count(ledger: Ledger) -> None:
    for n in range(3):
        ledger.move(LARGE, n)
    for n in range(3):
        ledger.move(-LARGE, 10 + n)

    assert len(hits(WALLET_ABUSE)) == 1


def test_a_movement_that_is_booked_late_is_known_only_then(ledger: Ledger) -> None:
    for n in range(5):
        ledger.move(LARGE, n)
    known = ledger.move(LARGE, 6, late=600)

    assert hits(WALLET_ABUSE, until=known - timedelta(seconds=1)) == []
    assert [hit.at for hit in hits(WALLET_ABUSE)] == [known]


def test_three_deposits_taken_out_again_are_self_dealing(ledger: Ledger) -> None:
    for day in range(3):
        ledger.move(1_000_000, day * 600)
        ledger.move(-500_000, day * 600 + 10)
        at = ledger.move(-300_000, day * 600 + 60)

    [hit] = hits(SELF_DEALING)
    assert hit.at == at
    assert (hit.evidence["pairs"], hit.evidence["in_vnd"], hit.evidence["out_vnd"]) == (3, 3_000_000, 2_400_000)
    assert hits(SELF_DEALING, until=at - timedelta(seconds=1)) == []


@pytest.mark.parametrize(("out", "after", "order"), [(790_000, 10, ""), (800_000, 61, ""), (1_000_000, 10, "NJD/1")])
def test_less_later_or_for_an_order_is_shopping(ledger: Ledger, out: int, after: float, order: str) -> None:
    for day in range(3):
        ledger.move(1_000_000, day * 600)
        ledger.move(-out, day * 600 + after, order=order and f"{order}{day}")

    assert hits(SELF_DEALING) == []
    if order:
        change_thresholds(SELF_DEALING, given={"count_orders": 1}, by="lan")
        assert len(hits(SELF_DEALING)) == 1


def test_two_pairs_are_not_enough(ledger: Ledger) -> None:
    for day in range(2):
        ledger.move(1_000_000, day * 600)
        ledger.move(-1_000_000, day * 600 + 5)

    assert hits(SELF_DEALING) == []


def test_a_flag_is_a_case_and_no_blacklist(ledger: Ledger, customer: Customer) -> None:
    for n in range(6):
        ledger.move(LARGE, n)

    sweep(WALLET_ABUSE, now=START + timedelta(hours=5))
    [case] = customer.fraud_cases.all()

    assert (case.flag, case.severity, case.tier_before) == ("suspicious", "MEDIUM", "")
    customer.refresh_from_db()
    assert customer.tier == "new"


def test_the_rules_are_registered_with_the_seeds_numbers() -> None:
    assert [rule_named(name).flag for name in ("wallet_abuse", "self_dealing")] == ["suspicious", "self-dealing"]
    assert active_thresholds(WALLET_ABUSE).thresholds == {
        "transactions": 5, "amount_vnd": 5_000_000, "window_minutes": 60,
    }  # fmt: skip
