"""Taking a match back: afterwards every balance is as before, and nobody alone makes the shop pay."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.utils import timezone

from banking.authority import MayNotHandle
from banking.desk.adjusting import adjust
from banking.desk.asking import resolve
from banking.desk.errors import (
    AlreadyAdjusted,
    NotLinked,
    SecondPersonNeeded,
    ShortfallGrew,
    UndoNotFound,
    UndoNotWaiting,
    WrongState,
)
from banking.desk.linking import link
from banking.desk.review import reject
from banking.desk.undo import confirm_undo, effects, undo, withdraw_undo
from banking.matching.due import match_due
from banking.models import BankTransfer, Decision, KnownPayer, PendingMatch, Undo
from banking.operations import credit_approved
from n2store.models import AuditLog, Event
from n2store.roles import Role
from tests.banking.acting import ACCOUNTANT, CARE, HOA, NAM, OWNER, PAYER, arrived, as_it_is, asked, known, real_vnd
from wallets.commands import ReasonRequired
from wallets.models import Transaction, Wallet
from wallets.operations import withdraw
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db


def spend(phone: str, amount_vnd: int, key: str = "order:1") -> None:
    withdraw(customer=known(phone), amount_vnd=amount_vnd, key=key, at=timezone.now(), by="x", note="đơn",
             reference=("order", key))  # fmt: skip


def test_after_an_undo_everything_is_as_before_the_match() -> None:
    known(HOA)
    before = (real_vnd(HOA), Wallet.objects.get().virtual_vnd)
    transfer = arrived("318264 ck")
    assert real_vnd(HOA) == 350_000

    done = undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm khách")

    assert (real_vnd(HOA), Wallet.objects.get().virtual_vnd) == before
    assert (done.status, done.shortfall_vnd, done.asked_by, done.cover) == ("done", 0, "ketoan", None)
    assert (done.deposit.amount_vnd, done.reversal.amount_vnd, done.reversal.reverses) == (
        350_000,
        -350_000,
        done.deposit,
    )
    assert as_it_is(transfer) == ("PENDING", None, "", False)
    transfer.refresh_from_db()
    assert (transfer.times_undone, transfer.matched_text, transfer.verified_at, transfer.match_due_at) == (
        1, "", None, None,
    )  # fmt: skip
    assert (Decision.objects.latest("id").verdict, Decision.objects.latest("id").note) == ("undone", "nhầm khách")
    assert AuditLog.objects.get(action="transfer.undo").before["customer"] == HOA
    assert Event.objects.latest("id").payload["what"] == "undo"
    assert verify_ledger() == []


def test_what_was_taken_back_is_matched_again_by_nobody_but_a_person() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")

    from banking.desk.again import match_again

    match_again(caller=ACCOUNTANT, force=True)
    match_due()
    credit_approved(rows_max=50)

    assert as_it_is(transfer) == ("PENDING", None, "", False)
    assert real_vnd(HOA) == 0


def test_undone_and_given_to_the_right_customer_it_is_credited_exactly_once_more() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")

    link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=NAM, credit=True)

    assert (real_vnd(HOA), real_vnd(NAM)) == (0, 350_000)
    keys = list(Transaction.objects.filter(type="DEPOSIT").order_by("id").values_list("key", flat=True))
    assert keys == [f"sepay:{transfer.sepay_id}", f"sepay:{transfer.sepay_id}:2"]
    undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="vẫn nhầm")
    link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=HOA, credit=True)
    assert (real_vnd(HOA), real_vnd(NAM)) == (350_000, 0)
    assert Transaction.objects.filter(key=f"sepay:{transfer.sepay_id}:3").count() == 1
    assert Undo.objects.filter(transfer=transfer, status="done").count() == 2
    assert verify_ledger() == []


def test_a_job_that_credits_later_uses_the_same_key_as_a_person() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")
    BankTransfer.objects.update(customer=known(NAM), verification="APPROVED")

    assert len(credit_approved(rows_max=5)) == 1

    assert Transaction.objects.latest("id").key == f"sepay:{transfer.sepay_id}:2"
    assert Transaction.objects.latest("id").note.endswith(" (cron backup)")


def test_a_second_undo_finds_nothing_to_take_back() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")

    with pytest.raises(NotLinked):
        undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")
    with pytest.raises(NotLinked):
        effects(transfer.pk)
    assert real_vnd(HOA) == 0


def test_a_link_without_money_is_taken_back_without_money() -> None:
    transfer = arrived()
    link(caller=CARE, transfer_id=transfer.pk, phone=HOA, credit=False)

    done = undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")

    assert (done.status, done.deposit, done.reversal) == ("done", None, None)
    assert as_it_is(transfer) == ("PENDING", None, "", False)
    assert Transaction.objects.count() == 0


def test_the_effects_are_told_beforehand_and_change_nothing() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    arrived(f"{HOA} ck", transferAmount=50_000)
    traces = (Transaction.objects.count(), Decision.objects.count(), Event.objects.count())

    would = effects(transfer.pk)

    assert (would.credited_vnd, would.real_now_vnd, would.real_after_vnd, would.shortfall_vnd) == (
        350_000, 400_000, 50_000, 0,
    )  # fmt: skip
    assert (would.customer.phone, would.transfer) == (HOA, transfer)
    assert any("350" in line and "50" in line for line in would.lines)
    assert (Transaction.objects.count(), Decision.objects.count(), Event.objects.count()) == traces
    undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")
    assert real_vnd(HOA) == would.real_after_vnd


def test_spent_money_waits_for_a_second_person_and_the_shop_bears_it() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    spend(HOA, 200_000)
    assert effects(transfer.pk).shortfall_vnd == 200_000

    asked_for = undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm khách")

    assert (asked_for.status, asked_for.shortfall_vnd) == ("waiting", 200_000)
    assert (as_it_is(transfer)[0], real_vnd(HOA)) == ("AUTO_APPROVED", 150_000)
    with pytest.raises(SecondPersonNeeded):
        confirm_undo(caller=ACCOUNTANT, undo_id=asked_for.pk)
    assert real_vnd(HOA) == 150_000

    done = confirm_undo(caller=OWNER, undo_id=asked_for.pk)

    assert (done.status, done.confirmed_by, real_vnd(HOA)) == ("done", "chu", 0)
    assert (done.cover.type, done.cover.amount_vnd, done.cover.reference_type) == ("ADJUSTMENT", 200_000, "undo")
    assert "ketoan" in done.cover.note
    assert "chu" in done.cover.note
    assert done.reversal.amount_vnd == -350_000
    assert as_it_is(transfer) == ("PENDING", None, "", False)
    with pytest.raises(UndoNotWaiting):
        confirm_undo(caller=OWNER, undo_id=asked_for.pk)
    assert verify_ledger() == []


def test_asking_again_shows_what_is_missing_now_and_keeps_one_question() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    spend(HOA, 200_000)
    first = undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")
    spend(HOA, 50_000, "order:2")

    with pytest.raises(ShortfallGrew):
        confirm_undo(caller=OWNER, undo_id=first.pk)
    with pytest.raises(ShortfallGrew):
        confirm_undo(caller=OWNER, undo_id=first.pk, shortfall_vnd=200_000)
    again = undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")

    assert (again.pk, again.shortfall_vnd) == (first.pk, 250_000)
    assert confirm_undo(caller=OWNER, undo_id=first.pk).cover.amount_vnd == 250_000
    assert real_vnd(HOA) == 0


def test_what_the_second_person_saw_is_what_counts() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    spend(HOA, 200_000)
    waiting = undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")
    arrived(f"{HOA} ck", transferAmount=200_000)

    done = confirm_undo(caller=OWNER, undo_id=waiting.pk, shortfall_vnd=200_000)

    assert (done.shortfall_vnd, done.cover, real_vnd(HOA)) == (0, None, 0)


def test_money_that_came_back_lets_one_person_undo() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    spend(HOA, 200_000)
    waiting = undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")
    arrived(f"{HOA} ck", transferAmount=200_000)

    assert undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm").pk == waiting.pk
    assert (real_vnd(HOA), Undo.objects.get().status) == (0, "done")


def test_a_waiting_undo_is_withdrawn() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    spend(HOA, 200_000)
    waiting = undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")

    assert withdraw_undo(caller=OWNER, undo_id=waiting.pk).status == "withdrawn"
    for verb in (confirm_undo, withdraw_undo):
        with pytest.raises(UndoNotWaiting):
            verb(caller=OWNER, undo_id=waiting.pk)
    assert (as_it_is(transfer)[0], real_vnd(HOA)) == ("AUTO_APPROVED", 150_000)


def test_the_answered_question_is_asked_again_and_the_payer_forgotten() -> None:
    known(HOA)
    known("0912318264")
    transfer = arrived(PAYER.replace("mua do", "318264"))
    resolve(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=HOA)
    assert KnownPayer.objects.count() == 1

    undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")

    question = PendingMatch.objects.get()
    assert (question.status, question.selected_customer) == ("pending", None)
    assert KnownPayer.objects.count() == 0
    resolve(caller=ACCOUNTANT, match_id=question.pk, phone="0912318264")
    assert (real_vnd(HOA), real_vnd("0912318264")) == (0, 350_000)


def test_the_receipt_of_a_deposit_taken_back_still_tells_of_its_transfer() -> None:
    from wallets.receipts import receipt

    known(HOA)
    undo(caller=ACCOUNTANT, transfer_id=arrived("318264 ck").pk, reason="nhầm")

    told = receipt(Transaction.objects.get(type="DEPOSIT"), language="vi")
    assert told.startswith("Khách chuyển khoản 350.000 ₫ qua ACB")
    assert "tự động" not in told


def test_what_was_adjusted_or_rejected_is_not_undone() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    adjust(caller=ACCOUNTANT, transfer_id=transfer.pk, kind="debit_only", amount_vnd=1, reason="điều chỉnh thử")
    with pytest.raises(AlreadyAdjusted):
        undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")

    rejected = asked(NAM, "0977345678", digits="345678").transfer
    link(caller=CARE, transfer_id=rejected.pk, phone=NAM, credit=False)
    reject(caller=ACCOUNTANT, transfer_id=rejected.pk, reason="sai")
    with pytest.raises(WrongState):
        undo(caller=ACCOUNTANT, transfer_id=rejected.pk, reason="nhầm")


def test_who_may_undo() -> None:
    known(HOA)
    transfer = arrived("318264 ck")

    for verb in (
        lambda: undo(caller=CARE, transfer_id=transfer.pk, reason="nhầm"),
        lambda: confirm_undo(caller=CARE, undo_id=1),
        lambda: withdraw_undo(caller=CARE, undo_id=1),
    ):
        with pytest.raises(MayNotHandle):
            verb()
    with pytest.raises(ReasonRequired):
        undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason=" ")
    with pytest.raises(UndoNotFound):
        confirm_undo(caller=OWNER, undo_id=0)


@pytest.fixture
def operator() -> str:
    user = User.objects.create_user("ketoan")
    user.groups.add(Group.objects.get(name=Role.ACCOUNTANT.value))
    return user.username


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("match_undo", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_shows_the_effects_and_takes_the_match_back(operator: str) -> None:
    known(HOA)
    transfer = arrived("318264 ck")

    shown = command("--transfer", str(transfer.pk), "--dry-run")
    assert "nothing was changed" in shown
    assert "no longer belongs to" in shown  # One language, as with all commands.
    assert real_vnd(HOA) == 350_000

    assert "Undone" in command("--transfer", str(transfer.pk), "--by", operator, "--reason", "nhầm")
    assert (real_vnd(HOA), Undo.objects.get().asked_by) == (0, operator)


def test_the_command_alone_does_not_make_the_shop_pay(operator: str) -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    spend(HOA, 200_000)

    with pytest.raises(CommandError, match=r"200,000 dong were spent.*second person"):
        command("--transfer", str(transfer.pk), "--by", operator, "--reason", "nhầm")
    assert (real_vnd(HOA), Undo.objects.get().status) == (150_000, "waiting")


@pytest.mark.parametrize(
    "arguments", [["--transfer", "0"], ["--by", "ketoan"], ["--by", "nobody", "--reason", "x"], ["--reason", "x"]]
)
def test_the_command_refuses_what_it_cannot_do(operator: str, arguments: list[str]) -> None:
    known(HOA)
    given = arguments if "--transfer" in arguments else ["--transfer", str(arrived("318264 ck").pk), *arguments]

    with pytest.raises(CommandError):
        command(*given)
    assert Undo.objects.count() == 0


def test_the_command_needs_somebody_who_may(operator: str) -> None:
    User.objects.get(username=operator).groups.clear()
    known(HOA)
    transfer = arrived("318264 ck")

    with pytest.raises(CommandError, match="may not"):
        command("--transfer", str(transfer.pk), "--by", operator, "--reason", "nhầm")
