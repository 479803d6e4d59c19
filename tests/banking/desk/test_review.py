"""The accountant's review: every way from one state to another, and those that are none."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from banking.authority import MayNotHandle
from banking.desk.errors import AlreadyCredited, NotIncoming, NotLinked, TransferNotFound, WrongState
from banking.desk.linking import link
from banking.desk.review import BULK_MAX, TooMany, approve, bulk_approve, credit_again, reject, reopen
from banking.models import BankTransfer, Decision, KnownPayer, Verification
from banking.operations import credit_approved
from n2store.models import AuditLog, Event
from tests.banking.acting import ACCOUNTANT, CARE, HOA, NAM, PAYER, arrived, as_it_is, asked, in_state, known, real_vnd
from wallets.commands import ReasonRequired
from wallets.models import Transaction
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db
WAITING = [Verification.PENDING, Verification.PENDING_VERIFICATION]
DECIDED = [Verification.AUTO_APPROVED, Verification.APPROVED, Verification.REJECTED]


@pytest.mark.parametrize("state", WAITING)
def test_what_waits_is_approved_and_credited(state: Verification) -> None:
    transfer = in_state(state, phone=HOA)

    approved = approve(caller=ACCOUNTANT, transfer_id=transfer.pk, image_url="https://example.com/a.png")

    assert as_it_is(transfer) == ("APPROVED", HOA, "manual_entry", True)
    assert (approved.real_after_vnd, approved.replayed, real_vnd(HOA)) == (350_000, False, 350_000)
    row = approved.transfer
    assert (row.verified_by, row.verification_note, row.verification_image_url) == (
        "ketoan", "Approved by accountant", "https://example.com/a.png",
    )  # fmt: skip
    assert Transaction.objects.get().note == "Nạp từ CK (Approved by ketoan)"
    assert Decision.objects.latest("id").verdict == "approved"
    assert AuditLog.objects.get(action="transfer.approve").after["verification"] == "APPROVED"
    assert Event.objects.latest("id").payload["what"] == "approve"
    assert verify_ledger() == []


def test_a_second_approval_answers_with_the_first() -> None:
    transfer = in_state(Verification.PENDING_VERIFICATION, phone=HOA)
    first = approve(caller=ACCOUNTANT, transfer_id=transfer.pk)
    traces = (Decision.objects.count(), AuditLog.objects.count(), Event.objects.count())

    again = approve(caller=ACCOUNTANT, transfer_id=transfer.pk)

    assert (again.wallet_tx_id, again.replayed) == (first.wallet_tx_id, True)
    assert (Decision.objects.count(), AuditLog.objects.count(), Event.objects.count()) == traces
    assert real_vnd(HOA) == 350_000


@pytest.mark.parametrize("state", DECIDED)
def test_what_is_decided_is_not_approved(state: Verification) -> None:
    transfer = in_state(state, phone=HOA)

    with pytest.raises(WrongState) as refusal:
        approve(caller=ACCOUNTANT, transfer_id=transfer.pk)

    assert str(refusal.value) == f"Transaction is not pending verification. Current status: {state.value}"
    assert Transaction.objects.count() == 0


def test_approval_needs_an_owner_and_incoming_money() -> None:
    with pytest.raises(NotLinked):
        approve(caller=ACCOUNTANT, transfer_id=in_state(Verification.PENDING_VERIFICATION).pk)
    with pytest.raises(NotIncoming):
        approve(caller=ACCOUNTANT, transfer_id=in_state(Verification.PENDING, phone=HOA, transferType="out").pk)
    with pytest.raises(TransferNotFound):
        approve(caller=ACCOUNTANT, transfer_id=0)
    assert Transaction.objects.count() == 0


def test_approving_what_the_rules_matched_confirms_the_payer_once() -> None:
    transfer = in_state(Verification.PENDING_VERIFICATION, phone=HOA, content=PAYER)
    BankTransfer.objects.update(match_method="single_match")

    approve(caller=ACCOUNTANT, transfer_id=transfer.pk)

    assert KnownPayer.objects.values_list("account", "customer__phone", "times").get() == ("1023456789", HOA, 1)


@pytest.mark.parametrize("phone", [None, HOA])
@pytest.mark.parametrize("state", WAITING)
def test_what_waits_is_rejected_with_a_reason(state: Verification, phone: str | None) -> None:
    transfer = in_state(state, phone=phone)

    row = reject(caller=ACCOUNTANT, transfer_id=transfer.pk, reason=" không phải khách ")

    assert as_it_is(transfer)[0] == "REJECTED"
    assert (row.verification_note, row.verified_by, row.match_due_at) == ("REJECTED: không phải khách", "ketoan", None)
    assert Decision.objects.latest("id").verdict == "rejected"
    with pytest.raises(ReasonRequired):
        reject(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="  ")


def test_rejecting_drops_the_open_question() -> None:
    """W20: the old server answered 500."""
    question = asked(HOA, "0912318264")

    reject(caller=ACCOUNTANT, transfer_id=question.transfer_id, reason="sai")

    question.refresh_from_db()
    assert (question.status, question.resolution_notes, question.resolved_by) == ("skipped", "REJECTED: sai", "ketoan")


@pytest.mark.parametrize("state", DECIDED)
def test_what_is_decided_is_not_rejected(state: Verification) -> None:
    transfer = in_state(state, phone=HOA)

    with pytest.raises(WrongState):
        reject(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="sai")

    assert as_it_is(transfer)[0] == state


def test_credited_money_is_not_rejected() -> None:
    with pytest.raises(AlreadyCredited):
        reject(caller=ACCOUNTANT, transfer_id=arrived(f"{HOA} ck").pk, reason="sai")


def test_no_path_credits_what_was_rejected_until_it_is_reopened() -> None:
    """7.1 no. 8."""
    transfer = in_state(Verification.PENDING_VERIFICATION, phone=HOA)
    reject(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="sai")

    paths: list[Callable[[], Any]] = [
        lambda: approve(caller=ACCOUNTANT, transfer_id=transfer.pk),
        lambda: credit_again(caller=ACCOUNTANT, transfer_id=transfer.pk),
    ]
    for path in paths:
        with pytest.raises(WrongState):
            path()
    assert bulk_approve(caller=ACCOUNTANT, transfer_ids=[transfer.pk])[0].error == "Status: REJECTED"
    assert credit_approved(rows_max=50) == []
    assert real_vnd(HOA) == 0

    reopen(caller=ACCOUNTANT, transfer_id=transfer.pk)
    assert as_it_is(transfer)[0] == "PENDING_VERIFICATION"
    approve(caller=ACCOUNTANT, transfer_id=transfer.pk)
    assert real_vnd(HOA) == 350_000


def test_reopening_asks_the_question_again_that_the_rejection_dropped() -> None:
    question = asked(HOA, "0912318264")
    reject(caller=ACCOUNTANT, transfer_id=question.transfer_id, reason="sai")

    row = reopen(caller=ACCOUNTANT, transfer_id=question.transfer_id)

    question.refresh_from_db()
    assert (row.verification, question.status, question.resolution_notes) == ("PENDING_VERIFICATION", "pending", "")


def test_only_what_was_rejected_is_reopened() -> None:
    unowned = in_state(Verification.REJECTED)

    row = reopen(caller=ACCOUNTANT, transfer_id=unowned.pk)

    assert (row.verification, row.verified_by, row.verification_note) == ("PENDING", "", "")
    for state in set(Verification) - {Verification.REJECTED}:
        with pytest.raises(WrongState):
            reopen(caller=ACCOUNTANT, transfer_id=in_state(state, phone=HOA).pk)


def test_approved_money_that_never_arrived_is_credited_once_more_and_once_only() -> None:
    transfer = in_state(Verification.APPROVED, phone=HOA, referenceCode="FT9")

    credited = credit_again(caller=ACCOUNTANT, transfer_id=transfer.pk)

    assert (credited.real_after_vnd, Transaction.objects.get().note) == (350_000, "Nạp từ CK FT9 (reprocess)")
    with pytest.raises(AlreadyCredited):
        credit_again(caller=ACCOUNTANT, transfer_id=transfer.pk)
    for state in WAITING:
        with pytest.raises(WrongState):
            credit_again(caller=ACCOUNTANT, transfer_id=in_state(state, phone=NAM).pk)
    with pytest.raises(NotLinked):
        credit_again(caller=ACCOUNTANT, transfer_id=arrived().pk)


def test_in_bulk_each_stands_by_itself() -> None:
    good = [in_state(Verification.PENDING_VERIFICATION, phone=phone, transferAmount=n * 1_000, code="", content=PAYER)
            for n, phone in enumerate([NAM, HOA, NAM], 1)]  # fmt: skip
    bad = [
        in_state(Verification.PENDING_VERIFICATION), in_state(Verification.REJECTED, phone=HOA),
        arrived(f"{HOA} ck", transferAmount=500), in_state(Verification.PENDING, phone=HOA, transferType="out"),
    ]  # fmt: skip
    ids = [row.pk for row in good + bad]

    outcomes = bulk_approve(caller=ACCOUNTANT, transfer_ids=[*ids, 0, ids[0]])

    assert [(one.id, one.approved, one.error) for one in outcomes] == [
        *((row.pk, True, "") for row in good),
        (bad[0].pk, False, "No customer linked"), (bad[1].pk, False, "Status: REJECTED"),
        (bad[2].pk, False, "Already processed"), (bad[3].pk, False, "Not incoming transaction"),
        (0, False, "Not found"),
    ]  # fmt: skip
    assert [(one.amount_vnd, one.real_after_vnd) for one in outcomes[:3]] == [
        (1_000, 1_000),
        (2_000, 2_500),
        (3_000, 4_000),
    ]
    assert (real_vnd(NAM), real_vnd(HOA)) == (4_000, 2_500)
    for row in good:
        row.refresh_from_db()
        assert (row.verification, row.verified_by, row.verification_note) == ("APPROVED", "ketoan", "Bulk approved")
        assert row.wallet_transaction.note == f"Nạp từ CK {row.reference_code} (bulk approve)"
        assert row.decisions.latest("id").verdict == "approved"
    assert AuditLog.objects.filter(action="transfer.approve").count() == 3
    assert Event.objects.filter(name="transfer.updated").count() == 3
    assert verify_ledger() == []


def test_a_rejected_link_says_nothing_of_the_payer_until_it_is_reopened() -> None:
    transfer = arrived(PAYER)
    link(caller=CARE, transfer_id=transfer.pk, phone=HOA, credit=False)
    remembered = KnownPayer.objects.values_list("account", "customer__phone", "times").get()

    reject(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="Chuyển nhầm")
    assert not KnownPayer.objects.exists()

    reopen(caller=ACCOUNTANT, transfer_id=transfer.pk)
    assert KnownPayer.objects.values_list("account", "customer__phone", "times").get() == remembered


def test_a_refusal_names_the_state_that_the_verb_needs() -> None:
    transfer = in_state(Verification.PENDING_VERIFICATION, phone=HOA)

    with pytest.raises(WrongState, match=r"^Transaction is not approved\. Current status: PENDING_VERIFICATION$"):
        credit_again(caller=ACCOUNTANT, transfer_id=transfer.pk)
    with pytest.raises(WrongState, match=r"^Transaction is not rejected\. Current status: PENDING_VERIFICATION$"):
        reopen(caller=ACCOUNTANT, transfer_id=transfer.pk)


def test_in_bulk_one_that_the_ledger_refuses_stops_no_other() -> None:
    taken, free = (in_state(Verification.PENDING_VERIFICATION, phone=HOA, content=PAYER) for _ in range(2))
    other = arrived(f"{NAM} ck")
    BankTransfer.objects.filter(pk=taken.pk).update(sepay_id=1_000)
    with pytest.MonkeyPatch.context():  # The key of `taken` is used for another wallet.
        from wallets.models import Source
        from wallets.operations import deposit

        deposit(customer=other.customer, amount_vnd=5, key="sepay:1000", source=Source.BANK_TRANSFER,
                at=other.transferred_at, by="x")  # fmt: skip

    outcomes = bulk_approve(caller=ACCOUNTANT, transfer_ids=[taken.pk, free.pk])

    assert [one.approved for one in outcomes] == [False, True]
    assert "already used" in outcomes[0].error
    assert [as_it_is(row)[0] for row in (taken, free)] == ["PENDING_VERIFICATION", "APPROVED"]


def test_the_queries_of_a_bulk_do_not_grow_with_it(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for count in (1, 12):
        ids = [in_state(Verification.PENDING_VERIFICATION, phone=HOA, content=PAYER).pk for _ in range(count)]
        BankTransfer.objects.filter(pk__in=ids).update(match_method="exact_phone")
        with django_assert_num_queries(9):  # savepoint, rows, owners, credit, payers, decisions, audit, events, release
            assert all(one.approved for one in bulk_approve(caller=ACCOUNTANT, transfer_ids=ids))


def test_a_bulk_has_a_bound() -> None:
    with pytest.raises(TooMany):
        bulk_approve(caller=ACCOUNTANT, transfer_ids=list(range(BULK_MAX + 1)))
    assert bulk_approve(caller=ACCOUNTANT, transfer_ids=[]) == []


def test_only_who_may_approve_decides() -> None:
    transfer = in_state(Verification.PENDING_VERIFICATION, phone=HOA)
    known(NAM)

    verbs: list[Callable[[], Any]] = [
        lambda: approve(caller=CARE, transfer_id=transfer.pk),
        lambda: reject(caller=CARE, transfer_id=transfer.pk, reason="x"),
        lambda: reopen(caller=CARE, transfer_id=transfer.pk),
        lambda: bulk_approve(caller=CARE, transfer_ids=[transfer.pk]),
        lambda: credit_again(caller=CARE, transfer_id=transfer.pk),
    ]
    for verb in verbs:
        with pytest.raises(MayNotHandle):
            verb()
    assert as_it_is(transfer) == ("PENDING_VERIFICATION", HOA, "manual_entry", False)
