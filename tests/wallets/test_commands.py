"""The door through which people move money: known commands, limits, refusals, races."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from customers.models import Customer, Tier
from customers.operations import get_or_create_customer
from customers.queries import CustomerNotFound
from n2store.errors import DomainError, NotFound
from n2store.idempotency import InvalidKey
from n2store.models import Event
from n2store.roles import Caller, Role
from tests.threads import at_once
from wallets import commands, pending
from wallets.authority import (
    AboveOwnLimit,
    Action,
    AmountExceedsLimit,
    Blacklisted,
    MayNot,
    OrderCancelled,
    limit_of,
)
from wallets.commands import InvalidExpiry, InvalidText, Owner, ReasonRequired
from wallets.ledger import InsufficientFunds, KeyReused, NotReversible
from wallets.models import Command, Transaction, VirtualCredit, Wallet
from wallets.queries import verify_ledger

OWNER = Caller(name="chu", roles=frozenset({Role.OWNER}))
OTHER = Caller(name="lan", roles=frozenset({Role.OWNER}))
HOA = Owner(phone="0909318264")


def give(amount_vnd: int = 100_000, **more: Any) -> commands.Answer:
    return commands.deposit(**{"caller": OWNER, "owner": HOA, "amount_vnd": amount_vnd} | more)


def balances() -> tuple[int, int]:
    wallet = Wallet.objects.get()
    return wallet.real_vnd, wallet.virtual_vnd


def test_a_deposit_answers_with_the_row_and_the_balances_around_it(customer: Customer) -> None:
    answer = give(350_000, note="Tiền mặt")

    row = Transaction.objects.get()
    assert not answer.replayed
    assert answer.data | {"created_at": None} == {
        "customer_id": customer.pk, "phone": "0909318264", "transaction_id": row.pk, "sequence": 1, "type": "DEPOSIT",
        "amount": 350_000, "real_before": 0, "real_after": 350_000, "virtual_before": 0, "virtual_after": 0,
        "virtual_used": 0, "real_used": 0, "credit_id": None, "expires_at": None, "created_at": None,
    }  # fmt: skip
    assert (row.actor, row.note, row.source) == ("chu", "Tiền mặt", "MANUAL_ADJUSTMENT")


@pytest.mark.django_db(transaction=True)
def test_a_command_is_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    get_or_create_customer(phone="0909318264", by="test")

    with django_assert_num_queries(1):
        give()


def test_the_owner_is_found_by_phone_in_any_spelling_or_by_id(customer: Customer) -> None:
    assert Owner.of("+84 909 318 264") == HOA
    assert give(owner=Owner.of(str(customer.pk))).data["phone"] == "0909318264"
    for nobody in ("abc", "9" * 30, "999999", "0900000009"):
        with pytest.raises(CustomerNotFound):
            give(owner=Owner.of(nobody))


class TestKnownCommands:
    def test_a_key_answers_a_repeat_with_the_first_answer(self, customer: Customer) -> None:
        first = give(key="a-1")
        give(50_000, key="a-2")
        again = give(key="a-1")

        assert (again.replayed, again.data) == (True, first.data)
        assert balances() == (150_000, 0)

    @pytest.mark.parametrize(
        "other", [{"amount_vnd": 1}, {"note": "khác"}, {"caller": OTHER}, {"reference_id": "x"}], ids=str
    )
    def test_a_key_with_other_content_or_from_another_person_is_refused(
        self, customer: Customer, other: dict[str, Any]
    ) -> None:
        give(key="a-1")
        with pytest.raises(KeyReused):
            give(**{"key": "a-1"} | other)

        assert balances() == (100_000, 0)

    def test_a_key_belongs_to_one_kind_of_command_and_one_customer(self, customer: Customer) -> None:
        give(key="a-1")
        get_or_create_customer(phone="0909000001", by="test")
        with pytest.raises(KeyReused):
            commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=100_000, key="a-1")
        with pytest.raises(KeyReused):
            give(key="a-1", owner=Owner(phone="0909000001"))

    @pytest.mark.parametrize("key", ["", " ", "x" * 101, "a b", "khóa", "a\nb"])
    def test_a_key_that_no_header_carries_is_refused(self, customer: Customer, key: str) -> None:
        with pytest.raises(InvalidKey):
            give(key=key)

    def test_without_a_key_the_same_content_within_the_window_is_a_repeat(
        self, customer: Customer, settings: Settings
    ) -> None:
        first = give()
        assert (give().data, give().replayed) == (first.data, True)

        settings.IDEMPOTENCY_WINDOW_S = 0
        assert not give().replayed
        assert balances() == (200_000, 0)

    def test_without_a_key_other_content_or_another_person_is_another_command(self, customer: Customer) -> None:
        give()
        for other in ({"amount_vnd": 100_001}, {"note": "lần hai"}, {"caller": OTHER}):
            assert not give(**other).replayed

        assert balances() == (400_001, 0)

    def test_an_order_is_paid_once_whoever_asks_and_with_whatever_key(
        self, customer: Customer, settings: Settings
    ) -> None:
        settings.IDEMPOTENCY_WINDOW_S = 0
        give(500_000)
        pay: dict[str, Any] = {"owner": HOA, "amount_vnd": 200_000, "order_id": "NJD/2026/1"}
        first = commands.withdraw(caller=OWNER, **pay)
        others = [
            commands.withdraw(caller=OWNER, **pay),
            commands.withdraw(caller=OTHER, **pay),
            commands.withdraw(caller=OTHER, key="k", **pay),
        ]

        assert [(other.replayed, other.data["transaction_id"]) for other in others] == [
            (True, first.data["transaction_id"])
        ] * 3
        assert balances() == (300_000, 0)
        with pytest.raises(KeyReused):
            commands.withdraw(caller=OWNER, **pay | {"amount_vnd": 1})

    def test_an_order_whose_money_was_given_back_takes_none_again(self, customer: Customer) -> None:
        give()
        pay: dict[str, Any] = {"caller": OWNER, "owner": HOA, "amount_vnd": 10_000, "order_id": "NJD/2026/7"}
        first = commands.withdraw(key="k", **pay)
        commands.reverse(caller=OWNER, transaction_id=first.data["transaction_id"], reason="Khách hủy")

        for key in (None, "k2"):
            with pytest.raises(OrderCancelled):
                commands.withdraw(key=key, **pay)
        assert commands.withdraw(key="k", **pay).replayed  # The lost answer of then, not a new payment.
        assert balances() == (100_000, 0)

    def test_a_cancelled_order_takes_no_money_at_this_door_either(self, customer: Customer) -> None:
        give()
        pending.cancel_order(caller=OWNER, order_id="NJD/2026/8", reason="Khách hủy")

        with pytest.raises(OrderCancelled) as refused:
            commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=10_000, order_id="NJD/2026/8")
        assert (refused.value.status, refused.value.code) == (409, "ORDER_WITHDRAWAL_CANCELLED")

    def test_two_customers_may_share_an_order(self, customer: Customer) -> None:
        other = Owner(phone=get_or_create_customer(phone="0909000001", by="test")[0].phone)
        for owner in (HOA, other):
            give(owner=owner)
            assert not commands.withdraw(caller=OWNER, owner=owner, amount_vnd=1, order_id="X1").replayed

    def test_a_reference_of_a_deposit_or_a_ticket_of_a_credit_counts_once(
        self, customer: Customer, settings: Settings
    ) -> None:
        settings.IDEMPOTENCY_WINDOW_S = 0
        for _ in range(2):
            give(reference_id="PT-77")
            commands.issue_credit(caller=OWNER, owner=HOA, amount_vnd=30_000, source_id="TV-2026-00001")

        assert balances() == (100_000, 30_000)

    def test_a_refused_command_may_be_given_again_with_its_key(self, customer: Customer) -> None:
        with pytest.raises(InsufficientFunds):
            commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=40_000, key="w")
        give()

        assert not commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=40_000, key="w").replayed


class TestRights:
    @pytest.mark.parametrize("role", [Role.VIEWER, Role.WAREHOUSE, Role.CUSTOMER_CARE])
    def test_who_may_not_is_told_and_nothing_moves(self, customer: Customer, role: Role) -> None:
        caller = Caller(name="ai", roles=frozenset({role}))
        give()
        row, lot = Transaction.objects.get(), commands.issue_credit(caller=OWNER, owner=HOA, amount_vnd=1)
        attempts = [
            lambda: give(caller=caller),
            lambda: commands.withdraw(caller=caller, owner=HOA, amount_vnd=1),
            lambda: commands.issue_credit(caller=caller, owner=HOA, amount_vnd=1),
            lambda: commands.adjust(caller=caller, owner=HOA, amount_vnd=-1, reason="x"),
            lambda: commands.reverse(caller=caller, transaction_id=row.pk, reason="x"),
            lambda: commands.cancel_credit(caller=caller, credit_id=lot.data["credit_id"], reason="x"),
        ]
        for attempt in attempts:
            with pytest.raises(MayNot) as refused:
                attempt()
            assert (refused.value.status, refused.value.code) == (403, "PERMISSION_DENIED")

        assert balances() == (100_000, 1)

    def test_customer_care_pays_orders_but_takes_nothing_out_by_hand(self, customer: Customer) -> None:
        caller = Caller(name="ha", roles=frozenset({Role.CUSTOMER_CARE}))
        give()
        commands.withdraw(caller=caller, owner=HOA, amount_vnd=10_000, order_id="NJD/2026/2")
        for by_hand in ("", "MANUAL"):
            with pytest.raises(MayNot):
                commands.withdraw(caller=caller, owner=HOA, amount_vnd=10_000, order_id=by_hand)

    def test_the_limit_is_the_roles_own_and_nobody_is_above_the_general_one(
        self, customer: Customer, settings: Settings
    ) -> None:
        settings.MONEY_LIMITS_VND = {"owner": {"deposit": 900_000_000}, "accountant": {"deposit": 5_000}}
        accountant = Caller(name="kt", roles=frozenset({Role.ACCOUNTANT}))

        assert limit_of({Role.OWNER}, Action.DEPOSIT) == settings.AMOUNT_LIMIT_VND == 100_000_000
        assert limit_of({Role.ACCOUNTANT, Role.VIEWER}, Action.DEPOSIT) == 5_000
        assert limit_of({Role.OWNER}, Action.ADJUST) is None
        give(5_000, caller=accountant)
        with pytest.raises(AboveOwnLimit) as above:
            give(5_001, caller=accountant)
        assert "5.000 ₫" in str(above.value.params["limit"])
        with pytest.raises(AmountExceedsLimit):
            give(100_000_001)

    def test_a_blacklisted_customer_gets_no_credit_and_spends_nothing_but_may_be_refunded(
        self, customer: Customer
    ) -> None:
        give()
        Customer.objects.update(tier=Tier.BLACKLIST)
        give(5_000)
        for attempt in (
            lambda: commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=1),
            lambda: commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=1, order_id="X"),
            lambda: commands.issue_credit(caller=OWNER, owner=HOA, amount_vnd=1),
        ):
            with pytest.raises(Blacklisted) as refused:
                attempt()
            assert (refused.value.status, refused.value.code) == (403, "CUSTOMER_BLACKLISTED")


@pytest.mark.parametrize("amount", [0, -1, 1.5, 1.0, True, "1", None, 2**63, 10**30])
def test_what_is_no_amount_changes_nothing(customer: Customer, amount: Any) -> None:
    for attempt in (
        lambda: give(amount),
        lambda: commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=amount),
        lambda: commands.issue_credit(caller=OWNER, owner=HOA, amount_vnd=amount),
        lambda: commands.adjust(caller=OWNER, owner=HOA, amount_vnd=amount, reason="x"),
    ):
        with pytest.raises(DomainError) as refused:
            attempt()
        assert refused.value.status == 400

    assert (Transaction.objects.count(), Command.objects.count()) == (0, 0)


def test_texts_that_do_not_fit_are_refused(customer: Customer) -> None:
    for attempt in (
        lambda: give(note="x" * 2_001),
        lambda: give(note="a\x00b"),
        lambda: give(reference_id="x" * 81),
    ):
        with pytest.raises(InvalidText):
            attempt()
    for days in (0, 366, -1, 1.5, True):
        with pytest.raises(InvalidExpiry):
            commands.issue_credit(caller=OWNER, owner=HOA, amount_vnd=1, expiry_days=days)  # type: ignore[arg-type]


def test_credit_is_issued_spent_adjusted_and_taken_back(customer: Customer) -> None:
    lot = commands.issue_credit(caller=OWNER, owner=HOA, amount_vnd=30_000, expiry_days=3, note="Bù hàng lỗi")
    give()
    spent = commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=50_000)
    down = commands.adjust(caller=OWNER, owner=HOA, amount_vnd=-10_000, reason="Nhập nhầm")
    back = commands.reverse(caller=OWNER, transaction_id=down.data["transaction_id"], reason="Đúng rồi")

    credit = VirtualCredit.objects.get()
    assert (lot.data["credit_id"], lot.data["virtual_after"]) == (credit.pk, 30_000)
    assert timedelta(days=2, hours=23) < credit.expires_at - timezone.now() <= timedelta(days=3)
    assert (spent.data["virtual_used"], spent.data["real_used"]) == (30_000, 20_000)
    assert (spent.data["virtual_before"], spent.data["virtual_after"], spent.data["real_after"]) == (30_000, 0, 80_000)
    assert (down.data["real_before"], down.data["real_after"]) == (80_000, 70_000)
    assert (back.data["type"], back.data["real_after"]) == ("REVERSAL", 80_000)
    assert commands.reverse(caller=OTHER, transaction_id=down.data["transaction_id"], reason="nữa").replayed
    assert verify_ledger() == []


def test_corrections_need_a_reason_and_something_to_correct(customer: Customer) -> None:
    lot = commands.issue_credit(caller=OWNER, owner=HOA, amount_vnd=30_000)
    for attempt in (
        lambda: commands.adjust(caller=OWNER, owner=HOA, amount_vnd=1, reason=" "),
        lambda: commands.cancel_credit(caller=OWNER, credit_id=lot.data["credit_id"], reason=""),
        lambda: commands.reverse(caller=OWNER, transaction_id=lot.data["transaction_id"], reason="\n"),
    ):
        with pytest.raises(ReasonRequired):
            attempt()
    with pytest.raises(NotReversible):
        commands.reverse(caller=OWNER, transaction_id=lot.data["transaction_id"], reason="x")
    with pytest.raises(NotFound):
        commands.reverse(caller=OWNER, transaction_id=999_999, reason="x")
    with pytest.raises(NotFound):
        commands.cancel_credit(caller=OWNER, credit_id=999_999, reason="x")

    gone = commands.cancel_credit(caller=OWNER, credit_id=lot.data["credit_id"], reason="Cấp nhầm")
    assert (gone.data["type"], gone.data["virtual_after"]) == ("VIRTUAL_CANCEL", 0)


def test_a_refusal_names_what_there_is_and_what_was_asked(customer: Customer) -> None:
    give()
    with pytest.raises(InsufficientFunds) as refused:
        commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=150_000)

    assert str(refused.value) == "Insufficient balance. Available: 100000, Required: 150000"
    assert refused.value.params == {"current_balance": "100.000 ₫", "required_amount": "150.000 ₫"}
    assert Event.objects.filter(name="wallet.withdraw").count() == 0


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("key", ["same", None])
    def test_a_repeat_at_the_same_moment_counts_once(self, key: str | None) -> None:
        get_or_create_customer(phone="0909318264", by="test")

        answers = at_once(lambda _: give(key=key), range(12))

        assert [answer.replayed for answer in answers].count(False) == 1
        assert len({answer.data["transaction_id"] for answer in answers}) == 1
        assert balances() == (100_000, 0)

    def test_one_key_for_two_customers_at_once_moves_money_once(self) -> None:
        phones = [f"09093182{n:02}" for n in range(8)]
        for phone in phones:
            get_or_create_customer(phone=phone, by="test")

        def attempt(phone: str) -> bool:
            try:
                return not give(key="shared", owner=Owner(phone=phone)).replayed
            except KeyReused:
                return False

        assert at_once(attempt, phones).count(True) == 1
        assert Transaction.objects.count() == 1

    def test_forty_deposits_at_once_are_forty(self) -> None:
        get_or_create_customer(phone="0909318264", by="test")

        at_once(lambda n: give(1_000, key=f"k{n}"), range(40))

        assert balances() == (40_000, 0)
        assert verify_ledger() == []
