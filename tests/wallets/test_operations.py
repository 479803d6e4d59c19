from datetime import UTC, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Activity, Customer
from customers.operations import get_or_create_customer
from n2store.models import Event
from tests.threads import at_once
from wallets.ledger import AMOUNT_MAX_VND, Balances, InvalidAmount, KeyReused, after_deposit
from wallets.models import Source, Transaction, Wallet
from wallets.operations import deposit
from wallets.queries import verify_ledger

NOON = datetime(2026, 1, 16, 5, 0, tzinfo=UTC)


def put_in(customer: Customer, amount_vnd: int = 350_000, key: str = "sepay:1") -> Transaction:
    return deposit(
        customer=customer, amount_vnd=amount_vnd, key=key, source=Source.BANK_TRANSFER, at=NOON, by="test",
        note="Nạp từ CK", reference=("balance_history", "41"),
    )  # fmt: skip


def test_a_deposit_is_a_numbered_row_with_the_balances_around_it(customer: Customer) -> None:
    put_in(customer, 100_000, "sepay:1")
    posted = put_in(customer, 350_000, "sepay:2")

    assert (posted.sequence, posted.type, posted.amount_vnd) == (2, "DEPOSIT", 350_000)
    assert (posted.real_before_vnd, posted.real_after_vnd) == (100_000, 450_000)
    assert (posted.virtual_before_vnd, posted.virtual_after_vnd) == (0, 0)
    assert (posted.occurred_at, posted.actor, posted.reference_id) == (NOON, "test", "41")
    assert posted.wallet.real_vnd == 450_000
    assert posted.wallet.total_deposited_vnd == 450_000


def test_a_deposit_is_written_into_the_history_and_announced_once(customer: Customer) -> None:
    Event.objects.all().delete()

    posted = put_in(customer)
    put_in(customer)

    assert Activity.objects.filter(type="WALLET_DEPOSIT").values_list("title", "color").get() == (
        "Nạp tiền: 350,000đ", "green",
    )  # fmt: skip
    event = Event.objects.get()
    assert (event.name, event.topics) == ("wallet.deposit", ["wallets", "wallet:0909318264"])
    assert event.payload["wallet"]["balance"] == 350_000
    assert event.payload["transaction"]["id"] == posted.pk


def test_the_same_key_and_content_is_the_same_deposit(customer: Customer) -> None:
    first = put_in(customer)

    assert put_in(customer).pk == first.pk
    assert Wallet.objects.get(customer=customer).real_vnd == 350_000


def test_the_same_key_with_another_amount_is_refused(customer: Customer) -> None:
    put_in(customer, 350_000)

    with pytest.raises(KeyReused):
        put_in(customer, 350_001)

    assert Wallet.objects.get(customer=customer).real_vnd == 350_000


def test_the_same_key_for_another_wallet_is_refused(customer: Customer) -> None:
    put_in(customer)
    other, _ = get_or_create_customer(phone="0387654321", by="test")

    with pytest.raises(KeyReused):
        put_in(other)

    assert Wallet.objects.get(customer=other).real_vnd == 0


@pytest.mark.parametrize("amount", [0, -1, 1.0, 350_000.5, True, "350000", None, AMOUNT_MAX_VND + 1])
def test_an_amount_that_is_no_whole_positive_dong_is_refused(customer: Customer, amount: object) -> None:
    with pytest.raises(InvalidAmount):
        put_in(customer, amount)  # type: ignore[arg-type]

    assert Transaction.objects.count() == 0


def test_a_deposit_that_is_rolled_back_leaves_nothing(customer: Customer) -> None:
    events = Event.objects.count()

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        put_in(customer)
        raise ZeroDivisionError

    assert (Transaction.objects.count(), Event.objects.count()) == (0, events)
    assert Wallet.objects.get(customer=customer).real_vnd == 0


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(amounts=st.lists(st.integers(min_value=1, max_value=10**12), min_size=1, max_size=8))
def test_the_database_function_does_the_arithmetic_of_the_pure_ledger(customer: Customer, amounts: list[int]) -> None:
    wallet = Wallet.objects.get(customer=customer)
    expected = Balances(real_vnd=wallet.real_vnd, virtual_vnd=wallet.virtual_vnd, sequence=wallet.last_sequence)

    for amount_vnd in amounts:
        expected = after_deposit(expected, amount_vnd=amount_vnd)
        posted = put_in(customer, amount_vnd, f"property:{wallet.pk}:{expected.sequence}")

        found = Balances(real_vnd=posted.real_after_vnd, virtual_vnd=posted.virtual_after_vnd, sequence=posted.sequence)
        assert found == expected

    assert verify_ledger() == []


@pytest.mark.django_db(transaction=True)
def test_a_hundred_deposits_at_once_are_all_there() -> None:
    customer, _ = get_or_create_customer(phone="0909318264", by="test")

    at_once(lambda n: put_in(customer, 1_000 + n, f"sepay:{n}"), range(100))

    wallet = Wallet.objects.get(customer=customer)
    assert wallet.real_vnd == sum(range(1_000, 1_100))
    assert sorted(Transaction.objects.values_list("sequence", flat=True)) == list(range(1, 101))
    assert verify_ledger() == []


@pytest.mark.django_db(transaction=True)
def test_one_deposit_repeated_at_once_counts_once() -> None:
    customer, _ = get_or_create_customer(phone="0909318264", by="test")

    posted = at_once(lambda _: put_in(customer).pk, range(30))

    assert len(set(posted)) == 1
    assert Wallet.objects.get(customer=customer).real_vnd == 350_000
