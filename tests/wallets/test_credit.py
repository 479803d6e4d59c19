"""Virtual credit in lots: issued, spent earliest expiry first, expired by the clock, taken back."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store.models import Event
from tests.threads import at_once
from tests.wallets.reference import ReferenceWallet
from wallets.ledger import InsufficientFunds, InvalidAmount, KeyReused, Lot, NotReversible
from wallets.models import CreditSource, CreditUse, Source, Transaction, VirtualCredit, Wallet
from wallets.operations import adjust, cancel_credit, deposit, expire_credits, issue_credit, reverse, withdraw
from wallets.queries import verify_ledger

NOON = datetime(2026, 1, 16, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def pay_in(customer: Customer, amount_vnd: int, key: str = "sepay:1", **more: Any) -> Transaction:
    return deposit(
        customer=customer,
        amount_vnd=amount_vnd,
        key=key,
        source=Source.BANK_TRANSFER,
        by="test",
        **({"at": NOON} | more),
    )


def issue(customer: Customer, amount_vnd: int, key: str = "ticket:1", days: int = 15, **more: Any) -> VirtualCredit:
    given = {"at": NOON, "source_type": CreditSource.RETURN_SHIPPER, "by": "test", "lifetime": days * DAY}
    return issue_credit(customer=customer, amount_vnd=amount_vnd, key=key, **(given | more))


def spend(customer: Customer, amount_vnd: int, key: str = "order:1", at: datetime = NOON) -> Any:
    return withdraw(
        customer=customer, amount_vnd=amount_vnd, key=key, at=at, by="test", note="Đơn NJD/2026/1",
        reference=("order", "NJD/2026/1"),
    )  # fmt: skip


def balances(customer: Customer) -> tuple[int, int]:
    wallet = Wallet.objects.get(customer=customer)
    return wallet.real_vnd, wallet.virtual_vnd


def remaining() -> list[int]:
    return list(VirtualCredit.objects.order_by("id").values_list("remaining_vnd", flat=True))


def test_a_credit_is_a_lot_that_lives_fifteen_days(customer: Customer) -> None:
    credit = issue(customer, 50_000, lifetime=None, ticket="TV-2026-00001", note="Bồi thường")

    assert (credit.original_vnd, credit.remaining_vnd, credit.status) == (50_000, 50_000, "ACTIVE")
    assert credit.expires_at == NOON + 15 * DAY
    assert (credit.issue.type, credit.issue.amount_vnd, credit.issue.reference_id) == (
        "VIRTUAL_CREDIT", 50_000, "TV-2026-00001",
    )  # fmt: skip
    assert balances(customer) == (0, 50_000)
    assert Event.objects.latest("id").name == "wallet.virtual_credit"
    assert verify_ledger() == []


def test_a_withdrawal_spends_the_credit_that_expires_first_and_then_real_money(customer: Customer) -> None:
    pay_in(customer, 100_000)
    issue(customer, 50_000, "later", days=9)
    issue(customer, 50_000, "sooner", days=2)

    taken = spend(customer, 130_000)

    assert (taken.virtual_used_vnd, taken.real_used_vnd) == (100_000, 30_000)
    assert (taken.virtual_after_vnd, taken.real_after_vnd) == (0, 70_000)
    assert balances(customer) == (70_000, 0)
    rows = Transaction.objects.filter(key="order:1").order_by("sequence")
    assert [(row.type, row.amount_vnd) for row in rows] == [("VIRTUAL_DEBIT", -100_000), ("WITHDRAW", -30_000)]
    assert list(CreditUse.objects.order_by("id").values_list("credit__issue__key", "amount_vnd")) == [
        ("sooner", 50_000), ("later", 50_000),
    ]  # fmt: skip
    assert verify_ledger() == []


def test_a_part_of_a_lot_stays(customer: Customer) -> None:
    issue(customer, 50_000, "later", days=9)
    issue(customer, 50_000, "sooner", days=2)

    spend(customer, 30_000)

    assert remaining() == [50_000, 20_000]
    assert list(VirtualCredit.objects.values_list("status", flat=True)) == ["ACTIVE", "ACTIVE"]


def test_what_is_spendable_is_decided_by_the_clock_and_not_by_the_job(customer: Customer) -> None:
    pay_in(customer, 10_000)
    issue(customer, 50_000, days=2)

    with pytest.raises(InsufficientFunds, match="Available: 10000, Required: 10001"):
        spend(customer, 10_001, at=NOON + 2 * DAY)
    assert balances(customer) == (10_000, 50_000)

    taken = spend(customer, 10_000, at=NOON + 2 * DAY)

    assert (taken.virtual_used_vnd, taken.real_used_vnd) == (0, 10_000)
    assert balances(customer) == (0, 0)
    assert VirtualCredit.objects.get().status == "EXPIRED"
    assert verify_ledger() == []


def test_a_withdrawal_beyond_everything_changes_nothing(customer: Customer) -> None:
    pay_in(customer, 10_000)
    issue(customer, 50_000)
    rows = Transaction.objects.count()

    with pytest.raises(InsufficientFunds, match="Available: 60000, Required: 60001"):
        spend(customer, 60_001)

    assert (balances(customer), remaining(), Transaction.objects.count()) == ((10_000, 50_000), [50_000], rows)


def test_the_same_withdrawal_again_is_the_same_and_another_is_refused(customer: Customer) -> None:
    pay_in(customer, 100_000)
    issue(customer, 50_000)
    first = spend(customer, 60_000)

    again = spend(customer, 60_000)

    assert (first.posted, again.posted) == (True, False)
    assert (again.virtual_used_vnd, again.real_used_vnd) == (50_000, 10_000)
    assert balances(customer) == (90_000, 0)
    with pytest.raises(KeyReused):
        spend(customer, 60_001)
    other, _ = get_or_create_customer(phone="0387654321", by="test")
    with pytest.raises(KeyReused):
        spend(other, 60_000)


@pytest.mark.parametrize("amount", [0, -1, 1.5, "1", None, True])
def test_amounts_that_are_none_are_refused(customer: Customer, amount: Any) -> None:
    for operation in (spend, issue):
        with pytest.raises(InvalidAmount):
            operation(customer, amount)
    with pytest.raises(InvalidAmount):
        adjust(customer=customer, amount_vnd=0, key="a", reason="r", at=NOON, by="test")


def test_the_job_ends_what_has_run_out_once(customer: Customer) -> None:
    issue(customer, 50_000, "a", days=1)
    issue(customer, 20_000, "b", days=2)
    issue(customer, 10_000, "c", days=5)

    assert expire_credits(at=NOON + 2 * DAY, wallets_max=10) == 2
    assert expire_credits(at=NOON + 2 * DAY, wallets_max=10) == 0

    assert balances(customer) == (0, 10_000)
    assert remaining() == [0, 0, 10_000]
    rows = Transaction.objects.filter(type="VIRTUAL_EXPIRE").order_by("sequence")
    assert [(row.amount_vnd, row.occurred_at) for row in rows] == [(-50_000, NOON + DAY), (-20_000, NOON + 2 * DAY)]
    assert verify_ledger() == []


def test_an_untouched_credit_is_taken_back_once(customer: Customer) -> None:
    credit = issue(customer, 50_000)

    first = cancel_credit(credit=credit, reason="Xóa phiếu", at=NOON, by="test")
    again = cancel_credit(credit=credit, reason="Xóa phiếu", at=NOON, by="test")

    assert first.pk == again.pk
    assert (balances(customer), remaining()) == ((0, 0), [0])
    assert verify_ledger() == []


def test_a_touched_or_ended_credit_is_not_taken_back(customer: Customer) -> None:
    touched = issue(customer, 50_000, "a")
    spend(customer, 1)
    ended = issue(customer, 50_000, "b", days=1)
    expire_credits(at=NOON + DAY, wallets_max=10)

    for credit in (touched, ended):
        with pytest.raises(NotReversible):
            cancel_credit(credit=credit, reason="Xóa phiếu", at=NOON, by="test")
    assert balances(customer) == (0, 49_999)


def test_a_spend_is_taken_back_into_the_same_lots(customer: Customer) -> None:
    pay_in(customer, 100_000)
    issue(customer, 50_000, "later", days=9)
    issue(customer, 50_000, "sooner", days=2)
    spend(customer, 130_000)

    for row in Transaction.objects.filter(key="order:1"):
        reversal = reverse(posted=row, reason="Hủy đơn", at=NOON + DAY, by="lan")
        assert (reversal.reverses_id, reversal.amount_vnd, reversal.note) == (row.pk, -row.amount_vnd, "Hủy đơn")

    assert (balances(customer), remaining()) == ((100_000, 100_000), [50_000, 50_000])
    assert verify_ledger() == []


def test_a_lot_that_ran_out_meanwhile_is_refilled_with_grace_and_says_so(customer: Customer) -> None:
    issue(customer, 50_000, days=2)
    spend(customer, 20_000)
    expire_credits(at=NOON + 3 * DAY, wallets_max=10)
    spent = Transaction.objects.get(key="order:1")

    reversal = reverse(posted=spent, reason="Hủy đơn", at=NOON + 4 * DAY, by="lan")

    credit = VirtualCredit.objects.get()
    assert (credit.remaining_vnd, credit.status, credit.expires_at) == (20_000, "ACTIVE", NOON + 7 * DAY)
    assert reversal.note == "Hủy đơn (1 khoản công nợ ảo đã hết hạn được gia hạn đến 23/01/2026 12:00)"
    assert balances(customer) == (0, 20_000)
    assert verify_ledger() == []
    assert expire_credits(at=NOON + 8 * DAY, wallets_max=10) == 1
    assert (balances(customer), verify_ledger()) == ((0, 0), [])


def test_a_row_is_taken_back_at_most_once(customer: Customer) -> None:
    posted = pay_in(customer, 100_000)

    first = reverse(posted=posted, reason="Nhầm khách", at=NOON, by="lan")
    again = reverse(posted=posted, reason="Nhầm khách", at=NOON, by="lan")

    assert (first.pk, balances(customer)) == (again.pk, (0, 0))
    with pytest.raises(NotReversible):
        reverse(posted=first, reason="x", at=NOON, by="lan")
    with pytest.raises(IntegrityError), transaction.atomic():
        Transaction.objects.create(
            wallet=posted.wallet, sequence=3, type="REVERSAL", amount_vnd=-1, real_before_vnd=1, real_after_vnd=0,
            virtual_before_vnd=0, virtual_after_vnd=0, source="BANK_TRANSFER", key="x", actor="x", occurred_at=NOON,
            reverses=posted,
        )  # fmt: skip


def test_a_deposit_that_was_spent_is_not_taken_back(customer: Customer) -> None:
    posted = pay_in(customer, 100_000)
    spend(customer, 1)

    with pytest.raises(InsufficientFunds, match="Available: 99999, Required: 100000"):
        reverse(posted=posted, reason="Nhầm khách", at=NOON, by="lan")

    assert balances(customer) == (99_999, 0)


def test_an_adjustment_moves_real_money_both_ways_with_its_reason(customer: Customer) -> None:
    adjust(customer=customer, amount_vnd=50_000, key="a", reason="Kiểm kê", at=NOON, by="ketoan")
    adjust(customer=customer, amount_vnd=-20_000, key="b", reason="Kiểm kê", at=NOON, by="ketoan")
    adjust(customer=customer, amount_vnd=-20_000, key="b", reason="Kiểm kê", at=NOON, by="ketoan")

    assert balances(customer) == (30_000, 0)
    with pytest.raises(InsufficientFunds):
        adjust(customer=customer, amount_vnd=-30_001, key="c", reason="Kiểm kê", at=NOON, by="ketoan")
    with pytest.raises(KeyReused):
        adjust(customer=customer, amount_vnd=-1, key="b", reason="Kiểm kê", at=NOON, by="ketoan")
    assert verify_ledger() == []


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_operations_agrees_with_a_slow_plain_wallet(  # noqa: PLR0912, PLR0915 -- one case an operation
    customer: Customer, seed: int
) -> None:
    chance = random.Random(seed)
    model, now = ReferenceWallet(), NOON
    issued: dict[int, VirtualCredit] = {}
    open_spends: dict[str, set[str]] = {}
    grace = 3 * DAY

    for step in range(350):
        now += timedelta(hours=chance.randrange(0, 12))
        amount_vnd = chance.randrange(1, 80) * 1_000
        match chance.choice(
            ["deposit", "issue", "issue", "spend", "spend", "spend", "expire", "cancel", "reverse", "adjust"]
        ):
            case "deposit":
                pay_in(customer, amount_vnd, f"d{step}", at=now)
                model.real_vnd += amount_vnd
            case "issue":
                credit = issue(customer, amount_vnd, f"i{step}", days=chance.randrange(1, 6), at=now)
                issued[credit.pk] = credit
                model.lots[credit.pk] = Lot(id=credit.pk, remaining_vnd=amount_vnd, expires_at=credit.expires_at)
            case "spend":
                try:
                    model.withdraw(f"s{step}", amount_vnd, now)
                except InsufficientFunds as error:
                    with pytest.raises(InsufficientFunds, match=str(error)):
                        spend(customer, amount_vnd, f"s{step}", now)
                else:
                    spend(customer, amount_vnd, f"s{step}", now)
                    open_spends[f"s{step}"] = set(
                        Transaction.objects.filter(key=f"s{step}").values_list("type", flat=True)
                    )
            case "expire":
                model.expire(now)
                expire_credits(at=now, wallets_max=10)
            case "cancel" if issued:
                credit = issued.pop(chance.choice(sorted(issued)))
                try:
                    model.cancel(credit.pk, credit.original_vnd)
                except NotReversible:
                    with pytest.raises(NotReversible):
                        cancel_credit(credit=credit, reason="x", at=now, by="test")
                else:
                    cancel_credit(credit=credit, reason="x", at=now, by="test")
            case "reverse" if open_spends:
                key = chance.choice(sorted(open_spends))
                for kind in sorted(open_spends.pop(key)):
                    reverse(posted=Transaction.objects.get(key=key, type=kind), reason="x", at=now, by="test")
                    if kind == "WITHDRAW":
                        model.take_back_real(key)
                    else:
                        model.take_back_virtual(key, now, grace)
            case "adjust":
                change_vnd = chance.choice([-1, 1]) * amount_vnd
                try:
                    model.adjust(change_vnd)
                except InsufficientFunds:
                    continue
                adjust(customer=customer, amount_vnd=change_vnd, key=f"a{step}", reason="x", at=now, by="test")

        assert balances(customer) == (model.real_vnd, model.virtual_vnd), (seed, step)

    found = dict(VirtualCredit.objects.values_list("id", "remaining_vnd"))
    assert found == {number: lot.remaining_vnd for number, lot in model.lots.items()}
    assert verify_ledger() == []


@pytest.mark.django_db(transaction=True)
def test_eight_threads_on_one_wallet_neither_lose_nor_invent_a_dong() -> None:
    customer, _ = get_or_create_customer(phone="0909318264", by="test")
    pay_in(customer, 100_000)
    for number in range(5):
        issue(customer, 20_000, f"lot:{number}", days=number + 1)

    def try_to_spend(number: int) -> bool:
        try:
            return bool(spend(customer, 1_000, f"order:{number}").posted)
        except InsufficientFunds:
            return False

    results = at_once(try_to_spend, [n % 300 for n in range(350)])

    assert results.count(True) == 200
    assert balances(customer) == (0, 0)
    assert verify_ledger() == []
