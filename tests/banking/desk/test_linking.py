"""Giving a transfer its owner by hand, and taking the owner away."""

import pytest

from banking.authority import MayNotHandle
from banking.desk.errors import AlreadyCredited, AlreadyLinked, NotIncoming, NotLinked, TransferNotFound, WrongState
from banking.desk.linking import link, unlink
from banking.models import Decision, KnownPayer, PendingMatch, Verification
from customers.models import Customer
from customers.phones import InvalidPhone
from n2store.models import AuditLog, Event
from tests.banking.acting import (
    ACCOUNTANT,
    CARE,
    HOA,
    NAM,
    PAYER,
    WAREHOUSE,
    arrived,
    as_it_is,
    asked,
    in_state,
    known,
    real_vnd,
)
from wallets.models import Transaction, Wallet
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db


def test_an_accountant_links_and_credits_at_once() -> None:
    transfer = arrived(transferAmount=200_000, referenceCode="FT1")

    linked = link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=HOA, name="Chị Hoa", credit=True)

    assert as_it_is(transfer) == ("APPROVED", HOA, "manual_link", True)
    assert (linked.credited, linked.real_after_vnd, linked.previous_phone) == (True, 200_000, None)
    assert (linked.customer.name, linked.tpos_lookup) == ("Chị Hoa", "failed")
    posted = Transaction.objects.get(pk=linked.wallet_tx_id)
    assert (posted.note, posted.actor, posted.key) == (
        "Nạp từ CK FT1 (manual link)", "ketoan", f"sepay:{transfer.sepay_id}",
    )  # fmt: skip
    assert (posted.reference_type, posted.reference_id) == ("balance_history", str(transfer.pk))
    assert (linked.transfer.verified_by, linked.transfer.verified_at is not None) == ("ketoan", True)
    assert linked.transfer.verification_note.startswith("Auto-approved by accountant ketoan at 20")
    assert verify_ledger() == []


def test_what_is_linked_leaves_a_decision_an_audit_line_and_events() -> None:
    """W35, W38."""
    transfer = arrived()
    before = Event.objects.count()

    link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=HOA, credit=True, note="theo Zalo")

    decision = Decision.objects.latest("id")
    assert (decision.verdict, decision.actor, decision.customer.phone, decision.note) == (
        "approved", "ketoan", HOA, "theo Zalo",
    )  # fmt: skip
    audit = AuditLog.objects.get(action="transfer.link")
    assert (audit.actor, audit.subject) == ("ketoan", f"transfer:{transfer.pk}")
    assert (audit.before["customer"], audit.after["customer"]) == (None, HOA)
    assert (audit.before["verification"], audit.after["verification"]) == ("PENDING", "APPROVED")
    told = Event.objects.order_by("id")[before:]
    assert [event.name for event in told] == [
        "customer.created", "wallet.deposit", "transfer.updated", "transfer.matched",
    ]  # fmt: skip
    assert told[3].payload["customer_phone"] == HOA
    assert told[2].topics == told[3].topics == ["transfers", f"customer:{HOA}"]


def test_without_the_right_to_approve_it_waits_for_the_accountant() -> None:
    transfer = arrived()

    linked = link(caller=CARE, transfer_id=transfer.pk, phone=HOA, credit=True)

    assert as_it_is(transfer) == ("PENDING_VERIFICATION", HOA, "manual_entry", False)
    assert (linked.credited, linked.wallet_tx_id) == (False, None)
    assert linked.transfer.verification_note.startswith("Manual entry by lan at 20")
    assert real_vnd(HOA) == 0


def test_without_the_wish_to_credit_it_waits_too() -> None:
    transfer = arrived()

    link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=HOA, credit=False)

    assert as_it_is(transfer) == ("PENDING_VERIFICATION", HOA, "manual_entry", False)


def test_a_phone_in_any_spelling_is_one_customer_and_one_wallet() -> None:
    """W7."""
    known("0905000111")

    link(caller=ACCOUNTANT, transfer_id=arrived().pk, phone="+84 905 000 111", credit=True)

    assert list(Wallet.objects.values_list("customer__phone", "real_vnd")) == [("0905000111", 350_000)]


@pytest.mark.parametrize("phone", ["abc", "", "12345", "0000000000", "09091234567", "' OR 1=1"])
def test_what_is_no_phone_is_refused_and_changes_nothing(phone: str) -> None:
    """W6."""
    transfer = arrived()

    with pytest.raises(InvalidPhone):
        link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=phone, credit=True)

    assert as_it_is(transfer) == ("PENDING", None, "", False)
    assert Customer.objects.count() == 0


def test_outgoing_money_is_never_linked() -> None:
    """W5."""
    transfer = arrived(transferType="out")

    for credit in (True, False):
        with pytest.raises(NotIncoming):
            link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=HOA, credit=credit)

    assert Transaction.objects.count() == 0


@pytest.mark.parametrize("credit", [True, False])
def test_a_rejected_transfer_is_linked_by_nobody(credit: bool) -> None:
    """W6; 7.1 no. 8."""
    unowned, owned = in_state(Verification.REJECTED), in_state(Verification.REJECTED, phone=NAM)

    for transfer in (unowned, owned):
        with pytest.raises(WrongState) as refusal:
            link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=HOA, credit=credit, replace=True)
        assert refusal.value.current == "REJECTED"
    with pytest.raises(WrongState):
        unlink(caller=ACCOUNTANT, transfer_id=owned.pk)

    assert Transaction.objects.count() == 0


def test_a_credited_transfer_is_neither_linked_again_nor_unlinked() -> None:
    """W36."""
    transfer = arrived(f"{HOA} ck")

    for phone in (HOA, NAM):
        with pytest.raises(AlreadyCredited) as refusal:
            link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=phone, credit=True, replace=True)
        assert refusal.value.transfer.customer.phone == HOA
    with pytest.raises(AlreadyCredited):
        unlink(caller=ACCOUNTANT, transfer_id=transfer.pk)

    assert (real_vnd(HOA), real_vnd(NAM)) == (350_000, 0)


def test_an_owner_is_replaced_only_if_that_is_meant() -> None:
    transfer = in_state(Verification.PENDING_VERIFICATION, phone=HOA)

    with pytest.raises(AlreadyLinked):
        link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=NAM, credit=True)
    linked = link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=NAM, credit=True, replace=True)

    assert linked.previous_phone == HOA
    assert as_it_is(transfer) == ("APPROVED", NAM, "manual_link", True)
    assert (real_vnd(HOA), real_vnd(NAM)) == (0, 350_000)


def test_linking_answers_the_open_question() -> None:
    question = asked(HOA, "0912318264")

    link(caller=CARE, transfer_id=question.transfer_id, phone=NAM, credit=False)

    question.refresh_from_db()
    assert (question.status, question.selected_customer.phone, question.resolved_by) == ("resolved", NAM, "lan")
    assert PendingMatch.objects.filter(status="pending").count() == 0


def test_unlinked_is_as_if_nobody_had_been_found() -> None:
    """W22."""
    transfer = in_state(Verification.PENDING_VERIFICATION, phone=HOA)

    unlinked = unlink(caller=CARE, transfer_id=transfer.pk)

    assert unlinked.previous_phone == HOA
    assert as_it_is(transfer) == ("PENDING", None, "", False)
    assert (unlinked.transfer.verified_by, unlinked.transfer.matched_text, unlinked.transfer.match_due_at) == (
        "", "", None,
    )  # fmt: skip
    with pytest.raises(NotLinked):
        unlink(caller=CARE, transfer_id=transfer.pk)


def test_unlinking_asks_the_answered_question_again() -> None:
    question = asked(HOA, "0912318264")
    link(caller=CARE, transfer_id=question.transfer_id, phone=HOA, credit=False)

    unlink(caller=CARE, transfer_id=question.transfer_id)

    question.refresh_from_db()
    assert (question.status, question.selected_customer, question.resolved_by) == ("pending", None, "")


def test_whom_a_person_links_is_remembered_with_the_payer_and_forgotten_with_the_link() -> None:
    first, second = arrived(PAYER), arrived(PAYER)
    link(caller=ACCOUNTANT, transfer_id=first.pk, phone=HOA, credit=False)
    second.refresh_from_db()
    link(caller=CARE, transfer_id=second.pk, phone=HOA, credit=False)
    assert KnownPayer.objects.values_list("account", "name", "customer__phone", "times", "confirmed_by").get() == (
        "1023456789", "NGUYEN THI LAN", HOA, 2, "lan",
    )  # fmt: skip

    unlink(caller=CARE, transfer_id=first.pk)
    assert KnownPayer.objects.get().times == 1
    link(caller=CARE, transfer_id=second.pk, phone=NAM, credit=False, replace=True)
    assert KnownPayer.objects.get().customer.phone == NAM


def test_who_may_link() -> None:
    transfer = arrived()

    for verb in (lambda: link(caller=WAREHOUSE, transfer_id=transfer.pk, phone=HOA, credit=False),
                 lambda: unlink(caller=WAREHOUSE, transfer_id=transfer.pk)):  # fmt: skip
        with pytest.raises(MayNotHandle):
            verb()


def test_an_unknown_transfer_is_not_found() -> None:
    for transfer_id in (0, -1, 2**70):
        with pytest.raises(TransferNotFound):
            link(caller=ACCOUNTANT, transfer_id=transfer_id, phone=HOA, credit=True)
    assert Customer.objects.count() == 0
