"""Many hands on one transfer at once: exactly one wins, and money moves at most once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from banking.desk.adjusting import adjust
from banking.desk.again import match_again
from banking.desk.asking import resolve
from banking.desk.codes import map_code
from banking.desk.errors import AlreadyLinked, LinkedMeanwhile, Refused
from banking.desk.labels import mark_all_checked
from banking.desk.linking import link, unlink
from banking.desk.review import approve, bulk_approve, reject
from banking.desk.undo import confirm_undo, undo
from banking.models import BankTransfer, Decision, KnownPayer, PendingMatch, QrCode, Undo, UndoStatus, Verification
from banking.operations import credit_approved
from customers.models import Customer
from n2store.errors import DomainError
from n2store.models import AuditLog, Event
from tests.banking.acting import (
    ACCOUNTANT,
    CARE,
    HOA,
    NAM,
    OWNER,
    PAYER,
    arrived,
    as_it_is,
    asked,
    in_state,
    known,
    real_vnd,
)
from tests.threads import at_once, behind
from wallets.ledger import InsufficientFunds
from wallets.models import Transaction, Wallet
from wallets.operations import withdraw
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db(transaction=True)
QR = "N2M5K8H2P9Q3R7T1AB"


def tried(verb: Callable[[], Any]) -> Any:
    """Return what the verb returns, or its refusal."""
    try:
        return verb()
    except DomainError as refusal:
        return refusal


def test_ten_approvals_at_once_credit_once() -> None:
    transfer = in_state(Verification.PENDING_VERIFICATION, phone=HOA)

    approved = at_once(lambda _: approve(caller=ACCOUNTANT, transfer_id=transfer.pk), range(10))

    assert sorted(one.replayed for one in approved) == [False] + [True] * 9
    assert len({one.wallet_tx_id for one in approved}) == 1
    assert (Transaction.objects.count(), real_vnd(HOA)) == (1, 350_000)
    assert Decision.objects.filter(verdict="approved").count() == 1
    assert verify_ledger() == []


def test_ten_transfers_of_one_new_phone_approved_at_once_are_all_credited() -> None:
    """W2; 7.1 no. 6."""
    transfers = [arrived() for _ in range(10)]

    linked = at_once(
        lambda row: link(caller=ACCOUNTANT, transfer_id=row.pk, phone="0988777666", credit=True), transfers
    )

    assert all(one.credited for one in linked)
    assert (Customer.objects.count(), Wallet.objects.count(), real_vnd("0988777666")) == (1, 1, 3_500_000)
    assert {as_it_is(row)[0] for row in transfers} == {"APPROVED"}
    assert verify_ledger() == []


@pytest.mark.parametrize("_", range(4))
def test_of_approval_rejection_link_answer_and_jobs_exactly_one_wins(_: int) -> None:
    """7.1 no. 5."""
    known(HOA)
    known("0912318264")
    transfer = arrived(PAYER.replace("mua do", "318264"))
    question = PendingMatch.objects.get()
    hands: list[Callable[[], Any]] = [
        lambda: link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=NAM, credit=True),
        lambda: resolve(caller=ACCOUNTANT, match_id=question.pk, phone=HOA),
        lambda: reject(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="sai"),
        lambda: approve(caller=ACCOUNTANT, transfer_id=transfer.pk),
        lambda: bulk_approve(caller=OWNER, transfer_ids=[transfer.pk]),
        lambda: credit_approved(rows_max=5),
        lambda: match_again(caller=ACCOUNTANT),
    ]

    results = at_once(tried, hands * 2)

    state, phone, _method, credited = as_it_is(transfer)
    decisions = [one for one in results if not isinstance(one, DomainError | list) and hasattr(one, "__slots__")]
    assert Transaction.objects.count() == int(credited)
    assert (state == "REJECTED", credited) in {(True, False), (False, True)}
    assert sum(Wallet.objects.values_list("real_vnd", flat=True)) == (350_000 if credited else 0)
    winners = Decision.objects.filter(transfer=transfer, verdict__in=["approved", "resolved", "rejected"])
    assert winners.count() == 1
    assert credited == (winners.get().customer is not None)
    assert phone == (winners.get().customer.phone if credited else None)
    assert decisions
    assert verify_ledger() == []


def test_bulks_in_opposite_order_do_not_wait_for_each_other_for_ever() -> None:
    phones = [HOA, NAM, "0977111222", "0933444555"]
    for _ in range(3):
        ids = [in_state(Verification.PENDING_VERIFICATION, phone=phones[n % 4]).pk for n in range(24)]
        halves = [ids[0::2], ids[1::2][::-1], ids[::-1], ids[0::3]]

        outcomes = at_once(lambda some: bulk_approve(caller=ACCOUNTANT, transfer_ids=some), halves)

        assert sum(one.approved for some in outcomes for one in some) == 24
    assert Transaction.objects.count() == 72
    assert verify_ledger() == []


def test_the_backup_job_runs_beside_bulks_without_a_deadlock() -> None:
    phones = [HOA, NAM, "0977111222", "0933444555"]
    approved = [in_state(Verification.APPROVED, phone=phones[-n % 4]) for n in range(24)]
    waiting = [in_state(Verification.PENDING_VERIFICATION, phone=phones[n % 4]).pk for n in range(24)]
    hands: list[Callable[[], Any]] = [
        lambda: credit_approved(rows_max=24), lambda: bulk_approve(caller=OWNER, transfer_ids=waiting),
        lambda: credit_approved(rows_max=24), lambda: bulk_approve(caller=OWNER, transfer_ids=waiting[::-1]),
    ]  # fmt: skip

    at_once(lambda hand: hand(), hands)

    assert BankTransfer.objects.filter(wallet_transaction=None).count() == 0
    assert Transaction.objects.count() == len(approved) + len(waiting)
    assert verify_ledger() == []


def test_ten_undos_at_once_take_back_once() -> None:
    known(HOA)
    transfer = arrived("318264 ck")

    results = at_once(
        lambda _: tried(lambda: undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")), range(10)
    )

    assert sum(isinstance(one, Undo) for one in results) == 1
    assert (Transaction.objects.filter(type="REVERSAL").count(), real_vnd(HOA)) == (1, 0)
    transfer.refresh_from_db()
    assert transfer.times_undone == 1
    assert verify_ledger() == []


@pytest.mark.parametrize("_", range(4))
def test_an_undo_and_a_spend_at_once_never_both_have_the_money(_: int) -> None:
    hoa = known(HOA)
    transfer = arrived("318264 ck")
    hands: list[Callable[[], Any]] = [
        lambda: undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm"),
        lambda: withdraw(customer=hoa, amount_vnd=200_000, key="o", at=timezone.now(), by="x", note="",
                         reference=("order", "1")),
    ]  # fmt: skip

    undone, spent = at_once(tried, hands)

    if isinstance(spent, InsufficientFunds):
        assert (undone.status, real_vnd(HOA)) == (UndoStatus.DONE, 0)
    else:
        assert (undone.status, undone.shortfall_vnd, real_vnd(HOA)) == (UndoStatus.WAITING, 200_000, 150_000)
    assert verify_ledger() == []


def test_ten_confirmations_at_once_make_the_shop_pay_once() -> None:
    hoa = known(HOA)
    transfer = arrived("318264 ck")
    withdraw(customer=hoa, amount_vnd=200_000, key="o", at=timezone.now(), by="x", note="", reference=("order", "1"))
    waiting = undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")

    results = at_once(lambda _: tried(lambda: confirm_undo(caller=OWNER, undo_id=waiting.pk)), range(10))

    assert sum(isinstance(one, Undo) for one in results) == 1
    assert (Transaction.objects.filter(type="ADJUSTMENT").count(), real_vnd(HOA)) == (1, 0)
    assert verify_ledger() == []


def test_undo_and_adjustment_at_once_do_not_both_take_the_money() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    hands: list[Callable[[], Any]] = [
        lambda: undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm"),
        lambda: adjust(caller=ACCOUNTANT, transfer_id=transfer.pk, kind="transfer_to_correct", correct_phone=NAM,
                       reason="chuyển nhầm khách"),
    ] * 3  # fmt: skip

    results = at_once(tried, hands)

    assert sum(not isinstance(one, DomainError) for one in results) == 1
    assert (real_vnd(HOA), real_vnd(NAM)) in {(0, 0), (0, 350_000)}
    assert verify_ledger() == []


def test_two_answers_at_once_are_one() -> None:
    """W23."""
    question = asked(HOA, "0912318264")

    results = at_once(
        lambda phone: tried(lambda: resolve(caller=ACCOUNTANT, match_id=question.pk, phone=phone)),
        [HOA, "0912318264"] * 4,
    )

    won = [one for one in results if not isinstance(one, Refused)]
    assert len(won) == 1
    assert as_it_is(question.transfer)[1] == won[0].customer.phone
    assert real_vnd(HOA) + real_vnd("0912318264") == 350_000


PHONES = [f"09771112{n:02}" for n in range(10)]


def whose(transfer: BankTransfer) -> set[str]:
    """Return everybody whom the row, its answered question, the history and the audit log name as the owner."""
    answered = PendingMatch.objects.filter(transfer=transfer, selected_customer__isnull=False)
    decided = Decision.objects.filter(transfer=transfer, verdict__in=["linked", "resolved", "approved"])
    audited = AuditLog.objects.filter(
        action__in=["transfer.link", "transfer.resolve"], subject=f"transfer:{transfer.pk}"
    )
    return {
        str(as_it_is(transfer)[1]),
        *answered.values_list("selected_customer__phone", flat=True),
        *decided.values_list("customer__phone", flat=True),
        *(line.after["customer"] for line in audited if line.after),
    }


Hand = Callable[[BankTransfer, str], Any]


def linked_by_hand(transfer: BankTransfer, phone: str) -> Any:
    return link(caller=CARE, transfer_id=transfer.pk, phone=phone, credit=False)


def answered_by_transfer(transfer: BankTransfer, phone: str) -> Any:
    return resolve(caller=CARE, transfer_id=transfer.pk, phone=phone)


def answered_by_question(transfer: BankTransfer, phone: str) -> Any:
    return resolve(caller=CARE, match_id=PendingMatch.objects.get(transfer=transfer).pk, phone=phone)


@pytest.mark.parametrize(
    "hands",
    [
        [linked_by_hand], [answered_by_transfer], [answered_by_question], [answered_by_question, linked_by_hand],
        [answered_by_transfer, linked_by_hand],
    ],
)  # fmt: skip
def test_of_many_owners_at_once_exactly_one_is_kept_and_the_others_hear_who(hands: list[Hand]) -> None:
    """W23, W36, 7.1 no. 5. No money moves that would tell the losers."""
    phones = [f"09{n}1318264" for n in range(10)] if answered_by_question in hands else PHONES
    for phone in phones:
        known(phone)
    transfer = arrived("318264 ck" if answered_by_question in hands else "chuyen tien")

    tries = [(hands[n % len(hands)], phone) for n, phone in enumerate(phones)]
    results = at_once(lambda one: tried(lambda: one[0](transfer, one[1])), tries)

    won = [one for one in results if not isinstance(one, DomainError)]
    lost = [one for one in results if isinstance(one, DomainError)]
    assert [one.customer.phone for one in won] == [as_it_is(transfer)[1]]
    assert {type(one) for one in lost} <= {AlreadyLinked, LinkedMeanwhile}
    assert {one.transfer.customer.phone for one in lost} == {won[0].customer.phone}
    assert whose(transfer) == {won[0].customer.phone}


def test_whoever_waited_for_a_transfer_sees_the_owner_it_got_meanwhile() -> None:
    """The audit line tells of them, and what their payer was known for is forgotten."""
    transfer = arrived(PAYER)

    behind(
        lambda: link(caller=CARE, transfer_id=transfer.pk, phone=HOA, credit=False),
        lambda: link(caller=CARE, transfer_id=transfer.pk, phone=NAM, credit=False, replace=True),
    )

    assert AuditLog.objects.filter(action="transfer.link").latest("id").before["customer"] == HOA
    assert list(KnownPayer.objects.values_list("customer__phone", flat=True)) == [NAM]


@pytest.mark.parametrize("many", [False, True])
def test_an_approval_that_waited_for_the_owner_credits_them(many: bool) -> None:
    transfer = arrived()

    behind(
        lambda: link(caller=CARE, transfer_id=transfer.pk, phone=HOA, credit=False),
        lambda: (
            bulk_approve(caller=ACCOUNTANT, transfer_ids=[transfer.pk])
            if many
            else approve(caller=ACCOUNTANT, transfer_id=transfer.pk)
        ),
    )

    assert as_it_is(transfer) == ("APPROVED", HOA, "manual_entry", True)
    assert AuditLog.objects.filter(action="transfer.approve").latest("id").before["customer"] == HOA


def test_a_tick_that_waited_for_the_owner_tells_of_them() -> None:
    transfer = arrived()

    behind(
        lambda: link(caller=CARE, transfer_id=transfer.pk, phone=HOA, credit=False),
        lambda: mark_all_checked(caller=CARE, transfer_ids=[transfer.pk]),
    )

    assert Event.objects.filter(name="transfer.updated").latest("id").payload["customer_phone"] == HOA


def test_a_code_mapped_anew_by_many_at_once_is_refused_to_none_who_may() -> None:
    """Also when nobody had it before."""
    for _ in range(3):
        mapped = at_once(lambda phone: map_code(caller=ACCOUNTANT, code=QR, phone=phone)[0], PHONES)

        assert {one.code for one in mapped} == {QR}
        assert AuditLog.objects.filter(action="transfer.code").latest("id").after == {
            "code": QR, "phone": QrCode.objects.get().customer.phone,
        }  # fmt: skip


def test_link_and_unlink_at_once_end_in_one_of_the_two() -> None:
    transfer = arrived()
    link(caller=OWNER, transfer_id=transfer.pk, phone=HOA, credit=False)
    hands: list[Callable[[], Any]] = [
        lambda: unlink(caller=OWNER, transfer_id=transfer.pk),
        lambda: approve(caller=ACCOUNTANT, transfer_id=transfer.pk),
    ] * 4

    at_once(tried, hands)

    assert as_it_is(transfer) in [("PENDING", None, "", False), ("APPROVED", HOA, "manual_entry", True)]
    assert real_vnd(HOA) == (350_000 if as_it_is(transfer)[3] else 0)


def test_the_same_batch_twice_at_once_matches_once() -> None:
    """W37."""
    several = [arrived("345678 ck") for _ in range(6)]
    one = [arrived("318264 ck") for _ in range(6)]
    for phone in (HOA, NAM, "0977345678"):
        known(phone)

    at_once(lambda _: match_again(caller=OWNER), range(4))

    assert PendingMatch.objects.count() == len(several)
    assert (Transaction.objects.count(), real_vnd(HOA)) == (len(one), 350_000 * len(one))
    assert verify_ledger() == []
