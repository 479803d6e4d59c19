"""Withdrawals for orders that are not final: taken once, whoever repeats, cancels or dies in between."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TransactionTestCase
from pytest_django import DjangoAssertNumQueries

from customers.models import Activity, Customer, Tier
from customers.operations import get_or_create_customer
from customers.queries import CustomerNotFound
from n2store.errors import DomainError
from n2store.models import AuditLog, Event, JobRun
from n2store.roles import Caller, Role
from tests.threads import at_once
from wallets import commands, pending
from wallets.authority import AboveOwnLimit, Blacklisted, MayNot, OrderCancelled
from wallets.commands import InvalidText, Owner
from wallets.models import CancelledOrder, PendingWithdrawal, Transaction, VirtualCredit, Wallet
from wallets.pending import AlreadyTaken, AmountDiffers, OrderRequired
from wallets.queries import verify_ledger
from wallets.rehearsals import withdrawals_to_try
from wallets.tasks import process_pending_withdrawals

OWNER = Caller(name="chu", roles=frozenset({Role.OWNER}))
CARE = Caller(name="ha", roles=frozenset({Role.CUSTOMER_CARE}))
HOA = Owner(phone="0909318264")
ORDER = "NJD/2026/12345"


def give(amount_vnd: int = 100_000, **more: Any) -> None:
    commands.deposit(**{"caller": OWNER, "owner": HOA, "amount_vnd": amount_vnd} | more)


def hold(**more: Any) -> pending.Held:
    return pending.hold(**{"caller": CARE, "owner": HOA, "order_id": ORDER, "amount_vnd": 70_000} | more)


def cancel_order(order_id: str = ORDER) -> list[dict[str, Any]]:
    return pending.cancel_order(caller=CARE, order_id=order_id, reason="Khách đổi ý")


def balances() -> tuple[int, int]:
    wallet = Wallet.objects.get(customer__phone="0909318264")
    return wallet.real_vnd, wallet.virtual_vnd


def row() -> PendingWithdrawal:
    return PendingWithdrawal.objects.get()


def later(minutes: float) -> Any:
    return timezone.now() + timedelta(minutes=minutes)


class TestHold:
    def test_money_that_is_there_is_taken_at_once_credit_first(self, customer: Customer) -> None:
        give()
        commands.issue_credit(caller=OWNER, owner=HOA, amount_vnd=30_000)

        held = hold(order_number="12345", source="FAST_SALE")

        assert (held.known, held.data["status"]) == (False, "COMPLETED")
        assert (held.data["virtual_used"], held.data["real_used"], held.data["amount"]) == (30_000, 40_000, 70_000)
        assert balances() == (60_000, 0)
        spent = Transaction.objects.filter(type__in=["WITHDRAW", "VIRTUAL_DEBIT"])
        assert {(t.key, t.actor, t.reference_type, t.reference_id) for t in spent} == {
            (f"order:{ORDER}:{customer.pk}", "ha", "order", ORDER)
        }
        assert held.data["note"] == "Thanh toán công nợ đơn hàng #12345"
        assert verify_ledger() == []

    def test_money_that_is_not_there_is_waited_for(self, customer: Customer) -> None:
        give(69_999)

        held = hold()

        assert (held.data["status"], held.data["retry_count"]) == ("PENDING", 1)
        assert held.data["last_error"] == "Insufficient balance. Available: 69999, Required: 70000"
        assert timedelta(seconds=50) < row().next_attempt_at - timezone.now() <= pending.FIRST_WAIT
        assert balances() == (69_999, 0)

    def test_a_repeat_of_one_taken_answers_what_was_used(self, customer: Customer) -> None:
        give()
        first, again = hold(), hold(caller=OWNER)

        assert (first.known, again.known) == (False, True)
        assert again.data == first.data
        assert balances() == (30_000, 0)

    def test_a_repeat_of_one_that_waits_takes_the_money_once_it_is_there(self, customer: Customer) -> None:
        hold()
        give()

        assert hold().data["status"] == "COMPLETED"
        assert (balances(), PendingWithdrawal.objects.count()) == ((30_000, 0), 1)

    def test_repeats_before_the_time_do_not_use_attempts_up(self, customer: Customer) -> None:
        due_at = hold() and row().next_attempt_at
        for _ in range(10):
            assert hold().data["status"] == "PENDING"

        assert (row().attempts, row().next_attempt_at) == (1, due_at)

    def test_a_repeat_with_another_amount_is_refused(self, customer: Customer) -> None:
        hold()
        give()
        with pytest.raises(AmountDiffers) as refused:
            hold(amount_vnd=70_001)

        assert (refused.value.status, refused.value.code) == (409, "PENDING_AMOUNT_DIFFERS")
        assert (row().status, row().amount_vnd, balances()) == ("PENDING", 70_000, (100_000, 0))

    def test_customers_may_share_an_order(self, customer: Customer) -> None:
        get_or_create_customer(phone="0387654321", by="test")
        other = Owner(phone="0387654321")
        give()
        give(owner=other)

        assert [hold().data["status"], hold(owner=other).data["status"]] == ["COMPLETED"] * 2

    def test_both_doors_together_take_an_orders_money_once(self, customer: Customer) -> None:
        give()
        commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=70_000, order_id=ORDER)
        held = hold()
        again = commands.withdraw(caller=CARE, owner=HOA, amount_vnd=70_000, order_id=ORDER)

        assert (held.data["status"], held.data["real_used"], again.replayed) == ("COMPLETED", 70_000, True)
        assert balances() == (30_000, 0)

    def test_an_order_paid_at_the_other_door_takes_no_other_amount(self, customer: Customer) -> None:
        give()
        paid = commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=10_000, order_id=ORDER)
        with pytest.raises(AmountDiffers):
            hold()
        commands.reverse(caller=OWNER, transaction_id=paid.data["transaction_id"], reason="Hủy đơn")
        with pytest.raises(OrderCancelled):
            hold(amount_vnd=10_000)

        assert (PendingWithdrawal.objects.count(), balances()) == (0, (100_000, 0))

    @pytest.mark.parametrize("order_id", ["", "  ", "MANUAL"])
    def test_an_order_must_be_named(self, customer: Customer, order_id: str) -> None:
        with pytest.raises(OrderRequired):
            hold(order_id=order_id)

    @pytest.mark.parametrize(
        "bad",
        [
            {"amount_vnd": 0}, {"amount_vnd": -1}, {"amount_vnd": 1.5}, {"amount_vnd": True}, {"order_id": "x" * 81},
            {"order_id": "a\x00"}, {"note": "x" * 2_001}, {"order_number": "x" * 101}, {"source": "a b"},
            {"source": ""}, {"owner": Owner(phone="0900000009")}, {"owner": Owner(customer_id=999_999)},
        ],
        ids=str,
    )  # fmt: skip
    def test_what_is_not_valid_leaves_nothing(self, customer: Customer, bad: dict[str, Any]) -> None:
        with pytest.raises(DomainError) as refused:
            hold(**bad)

        assert refused.value.status in (400, 404)
        assert PendingWithdrawal.objects.count() == 0

    def test_nothing_is_sold_to_a_blacklisted_customer(self, customer: Customer) -> None:
        give()
        Customer.objects.update(tier=Tier.BLACKLIST)
        with pytest.raises(Blacklisted):
            hold()

        assert (PendingWithdrawal.objects.count(), balances()) == (0, (100_000, 0))


class TestRights:
    def test_who_pays_no_orders_holds_retries_and_cancels_none(self, customer: Customer) -> None:
        held = hold()
        for role in (Role.WAREHOUSE, Role.VIEWER):
            caller = Caller(name="ai", roles=frozenset({role}))
            attempts: list[Callable[[], object]] = [
                lambda caller=caller: hold(caller=caller, order_id="X"),
                lambda caller=caller: pending.retry(caller=caller, pending_id=held.data["id"]),
                lambda caller=caller: pending.cancel(caller=caller, pending_id=held.data["id"], reason=""),
                lambda caller=caller: pending.cancel_order(caller=caller, order_id=ORDER, reason=""),
                lambda caller=caller: pending.release(caller=caller, pending_id=held.data["id"], reason=""),
            ]
            for attempt in attempts:
                with pytest.raises(MayNot):
                    attempt()

        assert (PendingWithdrawal.objects.count(), row().status) == (1, "PENDING")

    def test_the_limit_of_the_role_holds(self, customer: Customer) -> None:
        with pytest.raises(AboveOwnLimit):
            hold(amount_vnd=20_000_001)
        held = hold(caller=OWNER, amount_vnd=20_000_001)
        with pytest.raises(AboveOwnLimit):
            pending.retry(caller=CARE, pending_id=held.data["id"])

    def test_giving_back_is_not_for_customer_care(self, customer: Customer) -> None:
        give()
        held = hold()
        with pytest.raises(MayNot):
            pending.release(caller=CARE, pending_id=held.data["id"], reason="Hủy")


class TestJob:
    def test_a_dry_run_counts_what_is_not_due_but_covered_too(self, customer: Customer) -> None:
        hold()
        PendingWithdrawal.objects.update(next_attempt_at=timezone.now() + timedelta(hours=1))
        before = withdrawals_to_try(timezone.now())
        give()

        assert (before["withdrawals"], withdrawals_to_try(timezone.now())["withdrawals"]) == (0, 1)
        assert row().status == "PENDING"

    def test_it_takes_what_waits_as_soon_as_the_money_is_there(self, customer: Customer) -> None:
        hold()
        give()
        PendingWithdrawal.objects.update(next_attempt_at=timezone.now())
        would = withdrawals_to_try(timezone.now())

        assert process_pending_withdrawals() == 1
        assert process_pending_withdrawals() == 0

        assert (would, withdrawals_to_try(timezone.now())) == (
            {"withdrawals": 1, "vnd": row().amount_vnd}, {"withdrawals": 0, "vnd": 0},
        )  # fmt: skip

        assert (row().status, row().attempts, balances()) == ("COMPLETED", 2, (30_000, 0))
        assert list(JobRun.objects.order_by("id").values_list("job", "examined", "changed", "error")) == [
            ("process-pending-withdrawals", 1, 1, ""), ("process-pending-withdrawals", 0, 0, ""),
        ]  # fmt: skip

    def test_it_leaves_what_is_neither_due_nor_covered(self, customer: Customer) -> None:
        hold()
        give(69_999)

        assert pending.process_due(at=timezone.now()).total == 0
        assert pending.process_due(at=later(2)).retry_later == 1

    def test_money_that_comes_during_a_long_pause_is_taken_at_the_next_run(self, customer: Customer) -> None:
        hold()
        PendingWithdrawal.objects.update(next_attempt_at=later(64))
        give()

        assert pending.process_due(at=timezone.now()).success == 1
        assert balances() == (30_000, 0)

    def test_credit_that_has_run_out_covers_nothing_and_uses_no_attempt_up(self, customer: Customer) -> None:
        hold()
        PendingWithdrawal.objects.update(next_attempt_at=later(64))
        commands.issue_credit(caller=OWNER, owner=HOA, amount_vnd=90_000)
        VirtualCredit.objects.update(expires_at=timezone.now())

        assert pending.process_due(at=timezone.now()).retry_later == 1
        assert (row().status, row().attempts) == ("PENDING", 1)

    def test_it_waits_four_times_longer_each_time_and_then_tells_staff(self, customer: Customer) -> None:
        hold()
        waits = []
        for _ in range(4):
            at = row().next_attempt_at
            pending.process_due(at=at)
            waits.append(row().next_attempt_at - at)

        assert waits[:3] == [timedelta(minutes=4), timedelta(minutes=16), timedelta(minutes=64)]
        failed = row()
        assert (failed.status, failed.attempts) == ("FAILED", pending.ATTEMPTS_MAX)
        activity = Activity.objects.get(reference_type="pending_withdrawal")
        assert (activity.customer, activity.reference_id) == (customer, str(failed.pk))
        assert activity.title == f"Không trừ được ví: 70,000đ cho đơn {ORDER}"
        event = Event.objects.get(name="wallet.withdrawal_failed")
        assert event.topics == ["wallets", "wallet:0909318264"]
        assert (event.payload["phone"], event.payload["pending"]["id"]) == ("0909318264", failed.pk)
        give()
        assert pending.process_due(at=later(10_000)).total == 0

    def test_what_failed_is_begun_anew_by_a_repeat_or_by_hand(self, customer: Customer) -> None:
        held = hold()
        PendingWithdrawal.objects.update(status="FAILED", attempts=5)
        assert (hold().data["status"], row().attempts) == ("PENDING", 1)

        PendingWithdrawal.objects.update(status="FAILED", attempts=5)
        give()
        assert pending.retry(caller=CARE, pending_id=held.data["id"]).data["status"] == "COMPLETED"
        assert pending.retry(caller=CARE, pending_id=held.data["id"]).known
        assert balances() == (30_000, 0)

    def test_a_customer_blacklisted_meanwhile_fails_at_once(self, customer: Customer) -> None:
        hold()
        give()
        Customer.objects.update(tier=Tier.BLACKLIST)

        assert pending.process_due(at=later(2)).failed == 1
        assert (row().last_error, balances()) == ("The customer is blacklisted", (100_000, 0))

    def test_an_order_paid_elsewhere_with_another_amount_meanwhile_fails_at_once(self, customer: Customer) -> None:
        hold()
        give()
        commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=10_000, order_id=ORDER)

        assert pending.process_due(at=later(2)).failed == 1
        assert balances() == (90_000, 0)

    def test_after_an_outage_everything_is_worked_off_in_batches_longest_waiting_first(
        self, customer: Customer
    ) -> None:
        for number in range(7):
            hold(order_id=f"D-{number}", amount_vnd=10_000)
        PendingWithdrawal.objects.update(next_attempt_at=timezone.now() - timedelta(days=3))
        PendingWithdrawal.objects.filter(order_id="D-6").update(next_attempt_at=timezone.now() - timedelta(days=4))
        give(30_000)

        assert process_pending_withdrawals(rows_max=2) == 3
        taken = PendingWithdrawal.objects.filter(status="COMPLETED").order_by("order_id")
        assert [p.order_id for p in taken] == ["D-0", "D-1", "D-6"]

    def test_what_the_old_server_left_halfway_is_picked_up(self, customer: Customer) -> None:
        hold()
        give()
        PendingWithdrawal.objects.update(status="PROCESSING")

        assert pending.process_due(at=later(2)).success == 1

    def test_one_that_cannot_be_taken_does_not_keep_the_others_waiting(self, customer: Customer) -> None:
        other, _ = get_or_create_customer(phone="0387654321", by="test")
        hold()
        hold(owner=Owner(phone="0387654321"))
        give()
        give(owner=Owner(phone="0387654321"))
        # A wallet that says it has credit, of which there is no lot: the spend breaks a constraint.
        Wallet.objects.filter(customer=other).update(real_vnd=0, virtual_vnd=100_000)

        done = pending.process_due(at=later(2))

        assert (done.success, done.retry_later) == (1, 1)
        assert "violates check constraint" in PendingWithdrawal.objects.get(customer=other).last_error


class TestCancel:
    def test_what_waits_is_ended_and_takes_no_money_any_more(self, customer: Customer) -> None:
        held = hold()
        for _ in range(2):
            ended = pending.cancel(caller=CARE, pending_id=held.data["id"], reason="Khách đổi ý")
            assert (ended["status"], ended["last_error"]) == ("CANCELLED", "Khách đổi ý")
        give()
        with pytest.raises(OrderCancelled) as refused:
            hold()
        with pytest.raises(OrderCancelled):
            pending.retry(caller=CARE, pending_id=held.data["id"])

        assert (refused.value.status, refused.value.code) == (409, "ORDER_WITHDRAWAL_CANCELLED")
        assert pending.process_due(at=later(10_000)).total == 0
        assert balances() == (100_000, 0)
        assert set(AuditLog.objects.values_list("actor", "action", "subject")) == {
            ("ha", "pending_withdrawal.cancel", f"pending:{held.data['id']}")
        }

    def test_a_cancelled_order_ends_all_of_its_withdrawals(self, customer: Customer) -> None:
        get_or_create_customer(phone="0387654321", by="test")
        first, second = hold(), hold(owner=Owner(phone="0387654321"))
        other = hold(order_id="KHÁC")

        ended = cancel_order()

        assert [(p["id"], p["phone"], p["amount"]) for p in ended] == [
            (first.data["id"], "0909318264", 70_000), (second.data["id"], "0387654321", 70_000),
        ]  # fmt: skip
        assert cancel_order() == []
        assert PendingWithdrawal.objects.get(pk=other.data["id"]).status == "PENDING"

    def test_a_cancellation_that_comes_first_is_remembered(self, customer: Customer) -> None:
        give()
        assert cancel_order() == []
        assert CancelledOrder.objects.values_list("order_id", "actor").get() == (ORDER, "ha")
        get_or_create_customer(phone="0387654321", by="test")
        for owner in (HOA, Owner(phone="0387654321")):
            with pytest.raises(OrderCancelled):
                hold(owner=owner)

        assert (balances(), PendingWithdrawal.objects.count()) == ((100_000, 0), 0)

    def test_what_was_taken_is_not_cancelled_but_given_back(self, customer: Customer) -> None:
        give(40_000)
        commands.issue_credit(caller=OWNER, owner=HOA, amount_vnd=30_000)
        held = hold()
        with pytest.raises(AlreadyTaken) as refused:
            pending.cancel(caller=CARE, pending_id=held.data["id"], reason="")
        with pytest.raises(AlreadyTaken):
            cancel_order()
        assert (refused.value.status, CancelledOrder.objects.count()) == (409, 0)

        for _ in range(2):
            back = pending.release(caller=OWNER, pending_id=held.data["id"], reason="Hủy đơn")
            assert (back["status"], back["last_error"], back["released_at"] is None) == ("CANCELLED", "Hủy đơn", False)

        assert balances() == (40_000, 30_000)
        assert Transaction.objects.filter(type="REVERSAL").count() == 2
        with pytest.raises(OrderCancelled):
            hold()
        cancel_order()
        assert verify_ledger() == []

    def test_an_order_paid_at_the_other_door_is_not_cancelled(self, customer: Customer) -> None:
        give()
        paid = commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=70_000, order_id=ORDER)
        with pytest.raises(AlreadyTaken):
            cancel_order()
        commands.reverse(caller=OWNER, transaction_id=paid.data["transaction_id"], reason="Hủy đơn")

        assert cancel_order() == []

    def test_an_order_partly_taken_is_left_whole(self, customer: Customer) -> None:
        get_or_create_customer(phone="0387654321", by="test")
        give()
        hold(owner=Owner(phone="0387654321"))
        hold()
        with pytest.raises(AlreadyTaken):
            cancel_order()

        assert list(PendingWithdrawal.objects.order_by("id").values_list("status", flat=True)) == [
            "PENDING", "COMPLETED",
        ]  # fmt: skip

    def test_what_the_other_door_took_meanwhile_is_given_back_as_well(self, customer: Customer) -> None:
        held = hold()
        give()
        commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=70_000, order_id=ORDER)
        for attempt in (
            cancel_order, lambda: pending.cancel(caller=CARE, pending_id=held.data["id"], reason=""),
        ):  # fmt: skip
            with pytest.raises(AlreadyTaken):
                attempt()

        pending.release(caller=OWNER, pending_id=held.data["id"], reason="Hủy đơn")
        assert (row().status, balances()) == ("CANCELLED", (100_000, 0))

    @pytest.mark.parametrize("whole_order", [True, False])
    def test_what_was_given_back_by_hand_may_be_cancelled_and_is_not_taken_again(
        self, customer: Customer, whole_order: bool
    ) -> None:
        give()
        taken, waiting = hold(), hold(order_id="X", amount_vnd=50_000)
        commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=20_000, order_id="Y")
        for spent in Transaction.objects.filter(type="WITHDRAW"):
            commands.reverse(caller=OWNER, transaction_id=spent.pk, reason="Hủy đơn")
        PendingWithdrawal.objects.filter(order_id="X").update(order_id="Y", amount_vnd=20_000)

        assert pending.process_due(at=later(2)).failed == 1
        assert (
            PendingWithdrawal.objects.get(pk=waiting.data["id"]).last_error
            == "The payment of this order was given back"
        )
        if whole_order:
            cancel_order()
        else:
            pending.cancel(caller=CARE, pending_id=taken.data["id"], reason="Hủy")
        assert PendingWithdrawal.objects.get(pk=taken.data["id"]).status == "CANCELLED"
        assert balances() == (100_000, 0)

    def test_nothing_is_given_back_where_nothing_was_taken(self, customer: Customer) -> None:
        held = hold()
        with pytest.raises(pending.NothingTaken):
            pending.release(caller=OWNER, pending_id=held.data["id"], reason="x")
        pending.cancel(caller=OWNER, pending_id=held.data["id"], reason="x")
        with pytest.raises(pending.NothingTaken):
            pending.release(caller=OWNER, pending_id=held.data["id"], reason="x")

    def test_what_is_not_there_is_not_found(self, customer: Customer) -> None:
        for attempt in (
            lambda: pending.cancel(caller=OWNER, pending_id=999_999, reason=""),
            lambda: pending.retry(caller=OWNER, pending_id=999_999),
            lambda: pending.release(caller=OWNER, pending_id=999_999, reason=""),
        ):
            with pytest.raises(pending.PendingNotFound):
                attempt()
        with pytest.raises(CustomerNotFound):
            hold(owner=Owner(customer_id=999_999))
        with pytest.raises(InvalidText):
            pending.cancel_order(caller=OWNER, order_id=ORDER, reason="x" * 2_001)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_vnd": 0}, {"status": "GONE"}, {"attempts": 6}, {"status": "COMPLETED"}, {"virtual_used_vnd": 1},
        {"status": "CANCELLED", "completed_at": "now", "real_used_vnd": 70_000},
        {"status": "COMPLETED", "completed_at": "now", "real_used_vnd": 69_999},
    ],
    ids=str,
)  # fmt: skip
def test_the_table_refuses_what_must_not_be(customer: Customer, wrong: dict[str, Any]) -> None:
    hold()
    with pytest.raises(IntegrityError), transaction.atomic():
        PendingWithdrawal.objects.update(**{k: timezone.now() if v == "now" else v for k, v in wrong.items()})


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture(autouse=True)
    def _customer(self) -> None:
        get_or_create_customer(phone="0909318264", by="test")

    def test_a_hold_is_one_statement(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        give()
        with django_assert_num_queries(1):
            hold()
        with django_assert_num_queries(1):
            hold(order_id="X", amount_vnd=90_000)

    def test_sixteen_holds_of_an_order_take_its_money_once(self) -> None:
        give(1_000_000)

        answers = at_once(lambda _: hold(), range(16))

        assert [answer.known for answer in answers].count(False) == 1
        assert len({answer.data["id"] for answer in answers}) == 1
        assert balances() == (930_000, 0)
        assert verify_ledger() == []

    def test_both_doors_at_once_take_the_money_once(self) -> None:
        give(1_000_000)

        def pay(number: int) -> None:
            if number % 2:
                hold()
            else:
                commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=70_000, order_id=ORDER, key=f"k{number}")

        at_once(pay, range(16))

        assert balances() == (930_000, 0)
        assert row().status == "COMPLETED"

    @pytest.mark.parametrize("round_", range(4))
    def test_holding_and_cancelling_an_order_at_once_never_takes_money_for_a_cancelled_one(self, round_: int) -> None:
        give(1_000_000)

        def act(number: int) -> str:
            try:
                if number % 2 == round_ % 2:
                    return str(hold().data["status"])
                cancel_order()
            except (OrderCancelled, AlreadyTaken) as refused:
                return refused.code
            return "cancelled"

        outcomes = set(at_once(act, range(12)))

        taken = {"COMPLETED", AlreadyTaken.code}
        assert outcomes <= taken or outcomes <= {"cancelled", OrderCancelled.code}
        assert balances() == ((930_000 if outcomes <= taken else 1_000_000), 0)

    def test_cancelling_and_the_job_at_once_never_takes_money_for_a_cancelled_one(self) -> None:
        for number in range(8):
            hold(order_id=f"D-{number}")
        give(1_000_000)
        at = later(2)

        def act(number: int) -> None:
            if number % 2:
                pending.process_due(at=at)
                return
            with suppress(AlreadyTaken):
                cancel_order(f"D-{number}")

        at_once(act, range(16))

        taken = PendingWithdrawal.objects.filter(status="COMPLETED").count()
        assert PendingWithdrawal.objects.filter(status="CANCELLED").count() == 8 - taken
        assert balances() == (1_000_000 - 70_000 * taken, 0)
        assert verify_ledger() == []

    def test_eight_jobs_at_once_take_each_withdrawal_once(self) -> None:
        for number in range(20):
            hold(order_id=f"D-{number}", amount_vnd=10_000)
        give(150_000)
        at = later(2)

        done = at_once(lambda _: pending.process_due(at=at), range(8))

        assert (sum(d.success for d in done), sum(d.retry_later for d in done)) == (15, 5)
        assert balances() == (0, 0)
        assert verify_ledger() == []

    def test_releases_of_one_withdrawal_at_once_give_back_once(self) -> None:
        give()
        held = hold()

        at_once(lambda _: pending.release(caller=OWNER, pending_id=held.data["id"], reason="Hủy"), range(8))

        assert balances() == (100_000, 0)
        assert Transaction.objects.filter(type="REVERSAL").count() == 1

    def test_one_whose_connection_is_killed_before_the_commit_leaves_no_trace(self) -> None:
        give()

        def terminate(pid: int) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

        with pytest.raises(OperationalError), transaction.atomic():
            hold()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                at_once(terminate, [cursor.fetchone()[0]])
        connection.close()
        assert (balances(), PendingWithdrawal.objects.count()) == ((100_000, 0), 0)

        assert hold().data["status"] == "COMPLETED"
        assert balances() == (30_000, 0)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["give", "credit", "hold", "pay", "job", "cancel", "cancel_order", "release", "retry"]),
        st.integers(0, 2),
        st.integers(1, 5),
    ),
    max_size=14,
)


class TestAnyOrderOfSteps(TransactionTestCase):
    """Whatever is done in whatever order: an order's money is out exactly when it is taken and not given back."""

    @given(STEPS)
    @hypothesis_settings(max_examples=25)
    def test_the_ledger_and_the_withdrawals_agree(self, steps: list[tuple[str, int, int]]) -> None:
        get_or_create_customer(phone="0909318264", by="test")
        at = timezone.now()
        for number, (step, which, size) in enumerate(steps):
            at += timedelta(minutes=7)
            self._do(step, f"D-{which}", size * 10_000, number, at)

        for held in PendingWithdrawal.objects.all():
            spent = Transaction.objects.filter(key=f"order:{held.order_id}:{held.customer_id}")
            out = -sum(t.amount_vnd for t in spent.filter(reversed_by=None))
            if held.status in ("COMPLETED", "CANCELLED"):
                assert out == (held.amount_vnd if held.status == "COMPLETED" else 0)
        assert verify_ledger() == []

    def _do(self, step: str, order_id: str, amount_vnd: int, number: int, at: Any) -> None:
        held = PendingWithdrawal.objects.filter(order_id=order_id).first()
        pending_id = held.pk if held else 0
        actions: dict[str, Callable[[], object]] = {
            "give": lambda: give(amount_vnd, key=f"g{number}"),
            "credit": lambda: commands.issue_credit(caller=OWNER, owner=HOA, amount_vnd=amount_vnd, key=f"c{number}"),
            "hold": lambda: hold(order_id=order_id, amount_vnd=amount_vnd),
            "pay": lambda: commands.withdraw(caller=OWNER, owner=HOA, amount_vnd=amount_vnd, order_id=order_id),
            "job": lambda: pending.process_due(at=at),
            "cancel": lambda: pending.cancel(caller=OWNER, pending_id=pending_id, reason="x"),
            "cancel_order": lambda: cancel_order(order_id),
            "release": lambda: pending.release(caller=OWNER, pending_id=pending_id, reason="x"),
            "retry": lambda: pending.retry(caller=OWNER, pending_id=pending_id),
        }
        with suppress(DomainError):
            actions[step]()
