"""Putting the money of a credited transfer right, once."""

from typing import Any

import pytest
from django.utils import timezone

from banking.authority import MayNotHandle
from banking.desk.adjusting import adjust, can_adjust
from banking.desk.errors import (
    AlreadyAdjusted,
    InvalidAdjustment,
    NotCredited,
    SpentSince,
    TransferNotFound,
    UndoWaiting,
)
from banking.desk.undo import undo
from banking.models import BankTransfer, Decision, TransferAdjustment, Verification
from customers.phones import InvalidPhone
from tests.banking.acting import ACCOUNTANT, CARE, HOA, NAM, arrived, as_it_is, in_state, known, real_vnd
from wallets.ledger import InsufficientFunds
from wallets.models import Transaction
from wallets.operations import adjust as correct
from wallets.operations import reverse, withdraw
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db
REASON = "chuyển nhầm khách hàng"


@pytest.fixture
def transfer() -> BankTransfer:
    return arrived(f"{HOA} ck", transferAmount=350_000)


def act(transfer: BankTransfer, **changes: Any) -> TransferAdjustment:
    given: dict[str, Any] = {"kind": "debit_only", "reason": REASON} | changes
    return adjust(caller=ACCOUNTANT, transfer_id=transfer.pk, **given)


def test_money_is_given_to_the_right_customer_in_two_rows(transfer: BankTransfer) -> None:
    """W20: the old server's rows broke its own index."""
    done = act(transfer, kind="transfer_to_correct", correct_phone="+84 912 345 678")

    assert (real_vnd(HOA), real_vnd(NAM)) == (0, 350_000)
    assert (done.debit.amount_vnd, done.debit.reference_type, done.debit.reference_id) == (
        -350_000, "balance_history_adjust", f"{transfer.pk}:debit",
    )  # fmt: skip
    assert (done.credit.amount_vnd, done.credit.reference_id) == (350_000, f"{transfer.pk}:credit")
    assert (done.wrong_customer.phone, done.right_customer.phone, done.actor) == (HOA, NAM, "ketoan")
    transfer.refresh_from_db()
    assert "[Đã điều chỉnh:" in transfer.verification_note
    assert as_it_is(transfer) == ("AUTO_APPROVED", HOA, "exact_phone", True)
    assert Decision.objects.latest("id").verdict == "adjusted"
    assert verify_ledger() == []


@pytest.mark.parametrize("kind", ["debit_only", "amount_correction"])
def test_money_is_taken_back_in_part(transfer: BankTransfer, kind: str) -> None:
    act(transfer, kind=kind, amount_vnd=100_001)

    assert real_vnd(HOA) == 249_999
    assert Transaction.objects.filter(type="ADJUSTMENT").count() == 1


@pytest.mark.parametrize("amount", [0, -5_000, 350_001, 0.1, "100", True, 2**70])
def test_an_amount_beyond_the_transfer_or_below_one_dong_is_refused(transfer: BankTransfer, amount: Any) -> None:
    """W26, W40: a negative amount once gave money away."""
    with pytest.raises(InvalidAdjustment) as refusal:
        act(transfer, amount_vnd=amount)

    assert refusal.value.fault == "amount"
    assert real_vnd(HOA) == 350_000


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reason": "ngắn"}, "reason"), ({"reason": " " * 20}, "reason"), ({"reason": "x" * 2_001}, "reason"),
        ({"reason": "x\x00" * 9}, "reason"), ({"kind": "gift"}, "kind"), ({"kind": "transfer_to_correct"}, "phone"),
        ({"kind": "transfer_to_correct", "correct_phone": HOA}, "phone"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_refused(transfer: BankTransfer, changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(InvalidAdjustment) as refusal:
        act(transfer, **changes)

    assert refusal.value.fault == fault
    assert (real_vnd(HOA), TransferAdjustment.objects.count()) == (350_000, 0)


def test_a_wrong_phone_is_refused(transfer: BankTransfer) -> None:
    with pytest.raises(InvalidPhone):
        act(transfer, kind="transfer_to_correct", correct_phone="abc")


def test_a_transfer_is_adjusted_once(transfer: BankTransfer) -> None:
    act(transfer, amount_vnd=1)

    with pytest.raises(AlreadyAdjusted):
        act(transfer, amount_vnd=1)
    looked = can_adjust(transfer.pk)
    assert (looked.can, looked.obstacle, looked.has_adjustment) == (False, "ADJUSTED", True)


def spend(amount_vnd: int) -> None:
    withdraw(
        customer=known(HOA), amount_vnd=amount_vnd, key="o", at=timezone.now(), by="x", note="", reference=("", "")
    )


@pytest.mark.parametrize("verified", [True, False])
def test_what_was_spent_since_is_not_adjusted_whatever_the_clocks_say(transfer: BankTransfer, verified: bool) -> None:
    """W34, W40: seen by the ledger's numbers, also where nobody noted when it was decided."""
    if not verified:
        BankTransfer.objects.update(verified_at=None)
    spend(1_000)

    with pytest.raises(SpentSince):
        act(transfer)
    looked = can_adjust(transfer.pk)
    assert (looked.obstacle, looked.has_withdrawals, looked.real_vnd, looked.used_vnd) == (
        "WITHDRAWN_SINCE", True, 349_000, 1_000,
    )  # fmt: skip


def test_what_was_spent_before_or_given_back_does_not_matter() -> None:
    arrived(f"{HOA} ck", transferAmount=5_000)
    spend(5_000)
    transfer = arrived(f"{HOA} ck")
    withdraw(customer=known(HOA), amount_vnd=7, key="p", at=timezone.now(), by="x", note="", reference=("", ""))
    reverse(posted=Transaction.objects.get(key="p"), reason="hủy", at=timezone.now(), by="x")

    assert can_adjust(transfer.pk).can
    act(transfer)
    assert real_vnd(HOA) == 0


def test_money_that_is_gone_otherwise_is_not_taken(transfer: BankTransfer) -> None:
    correct(customer=known(HOA), amount_vnd=-50_000, key="c", reason="x", at=timezone.now(), by="x")

    with pytest.raises(InsufficientFunds):
        act(transfer)
    assert (can_adjust(transfer.pk).obstacle, can_adjust(transfer.pk).used_vnd) == ("SPENT", 50_000)
    act(transfer, amount_vnd=300_000)
    assert real_vnd(HOA) == 0


def test_only_credited_transfers_are_adjusted() -> None:
    linked = in_state(Verification.PENDING_VERIFICATION, phone=HOA)

    for transfer in (linked, arrived()):
        with pytest.raises(NotCredited):
            act(transfer)
    assert can_adjust(linked.pk).obstacle == "NOT_CREDITED"
    with pytest.raises(TransferNotFound):
        can_adjust(0)


def test_not_while_an_undo_waits(transfer: BankTransfer) -> None:
    spend(1_000)
    undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")

    with pytest.raises(UndoWaiting):
        act(transfer)
    assert can_adjust(transfer.pk).obstacle == "UNDO_WAITING"


def test_who_may_adjust(transfer: BankTransfer) -> None:
    with pytest.raises(MayNotHandle):
        adjust(caller=CARE, transfer_id=transfer.pk, kind="debit_only", reason=REASON)
