"""SePay and PayOS tell of one transfer by differing references: it is in one wallet once, whoever comes first."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from banking.desk import of_topup, undo
from banking.desk.asking import resolve
from banking.desk.errors import MoneyOfTopup, NoPaymentAlike
from banking.matching.scoring import WEIGHTS, Code
from banking.models import (
    BankTransfer,
    LineSign,
    PendingMatch,
    Topup,
    TopupLine,
    TopupPayment,
    Verification,
)
from banking.payos import by_hand, moving
from banking.payos.asking import check_due
from banking.payos.references import references_within
from n2store.errors import NotAllowed
from n2store.models import Event
from n2store.simulator.payos import ACCOUNT, Payos
from tests.banking.acting import ACCOUNTANT, CARE, HOA, NAM, OWNER, arrived, as_it_is, known, real_vnd
from tests.factories.payos import PHONE, post, started
from tests.threads import at_once
from wallets.models import Transaction
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db(transaction=True)
TOPUP = (Verification.AUTO_APPROVED, HOA, "topup", True)


def line(content: str, *, reference: str = "FT-SEPAY", amount_vnd: int = 500_000, **changes: Any) -> BankTransfer:
    """Let SePay tell of a transfer that came now, under a reference of its own."""
    at = timezone.localtime() + changes.pop("later", timedelta())
    given = {"referenceCode": reference, "transferAmount": amount_vnd, "accountNumber": ACCOUNT} | changes
    return arrived(content, transactionDate=at.strftime("%Y-%m-%d %H:%M:%S"), **given)


def is_now(topup: Topup) -> tuple[str, int]:
    topup.refresh_from_db()
    return topup.status, topup.paid_vnd


# The text names the top-up


@pytest.mark.parametrize("text", ["{ref} {nam} nap tien", "CS1A2B3C4D5 {ref} GD 123", "{nam}{ref}", "NT {tail} {nam}"])
def test_a_line_that_names_a_paid_top_up_is_its_money_and_no_phones(payos: Payos, text: str) -> None:
    topup = started()
    post(payos.pay(topup.order_code))

    told = line(text.format(ref=topup.tx_ref, nam=NAM, tail=topup.tx_ref[2:]))

    assert (as_it_is(told), real_vnd(HOA), real_vnd(NAM)) == (TOPUP, 500_000, 0)
    assert told.wallet_transaction == TopupPayment.objects.get().wallet_transaction
    assert Transaction.objects.count() == 1
    assert verify_ledger() == []


def test_a_line_that_comes_first_waits_for_payos_and_is_settled_by_it(payos: Payos) -> None:
    topup = started()
    body = payos.pay(topup.order_code)

    told = line(f"{topup.tx_ref} {NAM} nap tien")

    assert (as_it_is(told)[0], real_vnd(HOA), real_vnd(NAM)) == (Verification.PENDING_VERIFICATION, 0, 0)
    [candidate, other] = PendingMatch.objects.get().candidates
    assert (candidate["phone"], other["phone"]) == (HOA, NAM)
    assert [piece["code"] for piece in candidate["evidence"]] == ["TOPUP_NAMED"]
    assert candidate["score"] == WEIGHTS[Code.TOPUP_NAMED]

    post(body)

    assert (as_it_is(told), is_now(topup)) == (TOPUP, ("paid", 500_000))
    assert (real_vnd(HOA), Transaction.objects.count()) == (500_000, 1)
    assert PendingMatch.objects.get().status == "resolved"


def test_a_line_that_comes_first_has_payos_asked_at_once(payos: Payos) -> None:
    topup = started()
    payos.pay(topup.order_code)

    told = line(topup.memo)
    check_due(now=timezone.now())

    assert (as_it_is(told), is_now(topup), real_vnd(HOA)) == (TOPUP, ("paid", 500_000), 500_000)


def test_a_line_that_a_person_gave_to_the_customer_meanwhile_makes_the_top_up_paid(payos: Payos) -> None:
    topup = started()
    told = line(f"{topup.tx_ref} nap")
    resolve(caller=ACCOUNTANT, transfer_id=told.pk, phone=HOA)

    post(payos.pay(topup.order_code))

    assert (is_now(topup), real_vnd(HOA), Transaction.objects.count()) == (("paid", 500_000), 500_000, 1)
    with pytest.raises(MoneyOfTopup):
        undo.undo(caller=ACCOUNTANT, transfer_id=told.pk, reason="sai khach")


def test_a_line_that_a_person_gave_to_another_holds_the_payment(payos: Payos) -> None:
    topup = started()
    told = line(f"{topup.tx_ref} nap")
    resolve(caller=ACCOUNTANT, transfer_id=told.pk, phone=NAM)

    post(payos.pay(topup.order_code))

    assert (is_now(topup), topup.review_reason) == (("pending", 0), "line_of_another")
    assert (real_vnd(HOA), real_vnd(NAM)) == (0, 500_000)


def test_two_transfers_by_one_code_are_two_lines_and_two_payments(payos: Payos) -> None:
    topup = started()
    first = line(topup.memo, reference="FT-A")
    for _ in range(2):
        post(payos.pay(topup.order_code))
    check_due(now=timezone.now())
    second = line(topup.memo, reference="FT-B")
    third = line(topup.memo, reference="FT-C")

    assert (as_it_is(first), as_it_is(second)) == (TOPUP, TOPUP)
    assert first.pk != second.pk
    assert as_it_is(third)[0] == Verification.PENDING_VERIFICATION
    assert (is_now(topup), real_vnd(HOA), Transaction.objects.count()) == (("paid", 1_000_000), 1_000_000, 2)


def test_another_amount_than_the_payments_is_asked(payos: Payos) -> None:
    topup = started()
    post(payos.pay(topup.order_code))

    told = line(f"{topup.tx_ref} {NAM}", amount_vnd=400_000)

    assert as_it_is(told)[0] == Verification.PENDING_VERIFICATION
    assert (real_vnd(NAM), real_vnd(HOA)) == (0, 500_000)


def test_money_that_leaves_is_nobodys_top_up(payos: Payos) -> None:
    topup = started()

    told = line(topup.tx_ref, transferType="out")

    assert (as_it_is(told)[0], TopupLine.objects.count()) == (Verification.PENDING, 0)


# Same account, amount and time


def test_a_line_alike_is_a_question_with_the_evidence(payos: Payos) -> None:
    topup = started()
    post(payos.pay(topup.order_code))

    told = line(f"{PHONE} nap tien")

    assert (as_it_is(told)[0], real_vnd(HOA)) == (Verification.PENDING_VERIFICATION, 500_000)
    [candidate] = PendingMatch.objects.get().candidates
    points = WEIGHTS[Code.FULL_PHONE] + WEIGHTS[Code.TOPUP_ALIKE]
    assert (candidate["phone"], candidate["score"]) == (HOA, points)
    assert candidate["evidence"][-1] == {
        "code": "TOPUP_ALIKE", "points": WEIGHTS[Code.TOPUP_ALIKE], "text": {"reference": topup.tx_ref},
    }  # fmt: skip


def test_a_person_says_that_it_is_the_top_ups_and_takes_it_back(payos: Payos) -> None:
    post(payos.pay(started().order_code))
    told = line(f"{NAM} nap tien")

    with pytest.raises(NotAllowed):
        of_topup.settle_as_topup(caller=CARE, transfer_id=told.pk)
    of_topup.settle_as_topup(caller=ACCOUNTANT, transfer_id=told.pk)

    assert (as_it_is(told), real_vnd(HOA), Transaction.objects.count()) == (TOPUP, 500_000, 1)
    with pytest.raises(NoPaymentAlike):
        of_topup.settle_as_topup(caller=ACCOUNTANT, transfer_id=told.pk)

    undo.undo(caller=ACCOUNTANT, transfer_id=told.pk, reason="tien khac")

    assert (as_it_is(told)[:2], real_vnd(HOA)) == ((Verification.PENDING, None), 500_000)
    resolve(caller=ACCOUNTANT, transfer_id=told.pk, phone=NAM)
    assert (real_vnd(HOA), real_vnd(NAM)) == (500_000, 500_000)
    assert verify_ledger() == []


def test_a_person_says_that_it_is_other_money(payos: Payos) -> None:
    post(payos.pay(started().order_code))
    told = line(f"{NAM} nap tien")

    resolve(caller=ACCOUNTANT, transfer_id=told.pk, phone=NAM)

    assert (real_vnd(HOA), real_vnd(NAM)) == (500_000, 500_000)


@pytest.mark.parametrize(
    "change", [{"accountNumber": "75918"}, {"later": timedelta(minutes=-6)}, {"amount_vnd": 500_001}]
)
def test_less_alike_is_credited_by_its_text(payos: Payos, change: dict[str, Any]) -> None:
    post(payos.pay(started().order_code))

    told = line(f"{NAM} nap tien", **change)

    assert as_it_is(told)[3]
    assert real_vnd(NAM) == told.amount_vnd


def test_a_line_that_was_credited_by_its_text_holds_a_payment_alike(payos: Payos) -> None:
    topup = started()
    told = line(f"{NAM} nap tien")
    body = payos.pay(topup.order_code)

    for _ in range(2):
        post(body)
        check_due(now=timezone.now())

    assert (is_now(topup), topup.review_reason) == (("pending", 0), "line_alike")
    assert (real_vnd(HOA), real_vnd(NAM)) == (0, 500_000)
    assert TopupLine.objects.get().transfer == told


def test_two_persons_say_that_the_payment_is_other_money(payos: Payos) -> None:
    topup = started()
    line(f"{NAM} nap tien")
    body = payos.pay(topup.order_code, reference="FT-PAYOS")
    post(body)

    asked = by_hand.ask(
        caller=ACCOUNTANT, topup_id=topup.pk, reference="FT-PAYOS", amount_vnd=500_000, reason="hai khoan"
    )
    by_hand.confirm(caller=OWNER, credit_id=asked.pk)
    post(body)

    assert (is_now(topup), real_vnd(HOA), real_vnd(NAM)) == (("paid", 500_000), 500_000, 500_000)


def test_two_persons_say_that_the_payment_is_the_lines_money_and_payos_does_not_credit_it_again(payos: Payos) -> None:
    topup = started()
    told = line(f"{HOA} nap tien")
    body = payos.pay(topup.order_code)
    post(body)

    asked = by_hand.ask(
        caller=ACCOUNTANT, topup_id=topup.pk, reference=told.reference_code, amount_vnd=500_000, reason="mot khoan"
    )
    by_hand.confirm(caller=OWNER, credit_id=asked.pk)
    post(body)
    Topup.objects.update(next_check_at=timezone.now())
    check_due(now=timezone.now())

    assert (is_now(topup), real_vnd(HOA), Transaction.objects.count()) == (("paid", 500_000), 500_000, 1)
    assert topup.review_reason == "hand_credited"


def test_a_line_without_owner_does_not_hold_a_payment_alike_and_is_asked_about(payos: Payos) -> None:
    topup = started()
    told = line("chuyen tien")
    assert as_it_is(told)[0] == Verification.PENDING

    post(payos.pay(topup.order_code))

    assert (is_now(topup), real_vnd(HOA)) == (("paid", 500_000), 500_000)
    assert as_it_is(told)[0] == Verification.PENDING_VERIFICATION
    assert TopupLine.objects.get().sign == LineSign.ALIKE
    assert [piece["code"] for piece in PendingMatch.objects.get().candidates[0]["evidence"]] == ["TOPUP_ALIKE"]


# At once


@pytest.mark.parametrize("text", ["{ref} {phone}", "{phone} nap tien", "chuyen tien"])
def test_both_at_once_are_one_deposit(payos: Payos, text: str) -> None:
    known(PHONE)
    for n in range(8):
        topup = started(500_000 + n)
        body = payos.pay(topup.order_code)
        words = text.format(ref=topup.tx_ref, phone=PHONE)

        at_once(
            lambda which, body=body, n=n, words=words: (
                post(body) if which else line(words, reference=f"FT-S{n}", amount_vnd=500_000 + n)
            ),
            [True, False],
        )
        check_due(now=timezone.now())

        assert Transaction.objects.filter(amount_vnd=500_000 + n).count() == 1
        moving.close(topup, "expired")
    assert verify_ledger() == []


def test_the_line_is_told_before_its_owner(payos: Payos) -> None:
    topup = started()
    post(payos.pay(topup.order_code))

    line(topup.memo)

    events = Event.objects.filter(name__startswith="transfer.").order_by("id")
    assert [event.name for event in events] == ["transfer.received", "transfer.matched"]


def test_what_may_be_a_reference_is_found_in_any_writing() -> None:
    assert references_within("cs1a2b3c4d5 nt12-345 67 ck") == ["NT1234567"]
    assert references_within("XNT1234567Y") == ["NT1234567"]
    assert references_within("NTNT1234567") == ["NTNT12345", "NT1234567"]
    assert references_within("NTIIIIIII 0909318264") == []
    assert len(references_within("NT" * 50_000)) <= 50
