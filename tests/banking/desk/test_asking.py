"""Answering, skipping and putting again the questions that the rules leave to people."""

from typing import Any

import pytest

from banking.authority import MayNotHandle
from banking.desk.asking import replace_candidates, resolve, skip, undo_skip
from banking.desk.errors import (
    AlreadyCredited,
    InvalidCandidates,
    LinkedMeanwhile,
    MatchNotFound,
    MatchWrongState,
    NotACandidate,
    WrongState,
)
from banking.desk.linking import link
from banking.desk.review import reject
from banking.models import Decision, KnownPayer, PendingMatch
from customers.models import Customer
from customers.phones import InvalidPhone
from n2store.models import AuditLog, Event
from tests.banking.acting import ACCOUNTANT, CARE, HOA, NAM, PAYER, WAREHOUSE, arrived, as_it_is, asked, known, real_vnd
from wallets.models import Transaction
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db
OTHER = "0912318264"


@pytest.fixture
def question() -> PendingMatch:
    return asked(HOA, OTHER)


def test_whoever_may_approve_answers_and_credits_at_once(question: PendingMatch) -> None:
    resolved = resolve(caller=ACCOUNTANT, match_id=question.pk, customer_id=f"LOCAL_{HOA}")

    assert as_it_is(resolved.transfer) == ("APPROVED", HOA, "pending_match", True)
    assert (resolved.credited, resolved.real_after_vnd, real_vnd(HOA), real_vnd(OTHER)) == (True, 350_000, 350_000, 0)
    assert (resolved.match.status, resolved.match.selected_customer.phone) == ("resolved", HOA)
    assert resolved.match.resolved_by == "ketoan"
    assert f'"phone": "{HOA}"' in resolved.match.resolution_notes
    assert Decision.objects.latest("id").verdict == "resolved"
    assert AuditLog.objects.get(action="transfer.resolve").after["customer"] == HOA
    assert Event.objects.latest("id").name == "transfer.matched"
    assert verify_ledger() == []


def test_anybody_elses_answer_waits_for_the_accountant(question: PendingMatch) -> None:
    resolved = resolve(caller=CARE, match_id=question.pk, customer_id=f"LOCAL_{HOA}")

    assert as_it_is(resolved.transfer) == ("PENDING_VERIFICATION", HOA, "pending_match", False)
    assert resolved.transfer.verification_note == "Chờ kế toán duyệt (NV chọn từ dropdown)"
    assert (resolved.credited, Transaction.objects.count()) == (False, 0)


def test_a_candidate_is_named_by_tpos_id_our_id_or_phone() -> None:
    for how in range(4):
        hoa = known(HOA)
        Customer.objects.filter(pk=hoa.pk).update(tpos_id="5011")
        question = asked(HOA, OTHER)
        given: dict[str, Any] = [
            {"customer_id": 5011}, {"customer_id": "5011"}, {"customer_id": hoa.pk}, {"phone": "+84 909 318 264"},
        ][how]  # fmt: skip

        assert resolve(caller=CARE, match_id=question.pk, **given).customer == hoa
        question.delete()


def test_a_number_is_tposs_before_it_is_ours() -> None:
    hoa, other = known(HOA), known(OTHER)
    Customer.objects.filter(pk=hoa.pk).update(tpos_id=str(other.pk))

    assert resolve(caller=CARE, match_id=asked(HOA, OTHER).pk, customer_id=other.pk).customer == hoa


@pytest.mark.parametrize(
    "given", [{"customer_id": 99999}, {"customer_id": f"LOCAL_{NAM}"}, {"phone": NAM}, {}, {"customer_id": ""}]
)
def test_by_the_question_only_a_candidate_is_chosen(question: PendingMatch, given: dict[str, Any]) -> None:
    known(NAM)

    with pytest.raises(NotACandidate) as refusal:
        resolve(caller=ACCOUNTANT, match_id=question.pk, **given)

    assert {one["phone"] for one in refusal.value.candidates} == {HOA, OTHER}
    assert as_it_is(question.transfer)[1] is None


def test_by_the_transfer_anybody_is_chosen_and_made_if_need_be(question: PendingMatch) -> None:
    resolved = resolve(caller=CARE, transfer_id=question.transfer_id, phone=NAM)

    assert (resolved.customer.phone, resolved.match.status) == (NAM, "resolved")
    with pytest.raises(InvalidPhone):
        resolve(caller=CARE, transfer_id=arrived().pk, phone="abc")


def test_a_candidate_whom_only_tpos_knows_becomes_a_customer(question: PendingMatch) -> None:
    replace_candidates(
        caller=CARE, match_id=question.pk, candidates=[{"phone": NAM, "name": "Anh Nam", "tpos_id": "77"}]
    )

    customer = resolve(caller=CARE, match_id=question.pk, customer_id=77).customer

    assert (customer.phone, customer.name, customer.tpos_id) == (NAM, "Anh Nam", "77")
    assert customer.field_sources["tpos_id"]["source"] == "tpos"


def test_a_skipped_question_may_be_answered(question: PendingMatch) -> None:
    """W23."""
    skip(caller=CARE, match_id=question.pk, reason="gọi không nghe")

    assert resolve(caller=CARE, match_id=question.pk, phone=HOA).match.status == "resolved"


def test_an_answered_question_is_not_answered_again(question: PendingMatch) -> None:
    """W23: nobody is told of a link that was not made."""
    resolve(caller=CARE, match_id=question.pk, phone=HOA)

    with pytest.raises(LinkedMeanwhile) as refusal:
        resolve(caller=CARE, match_id=question.pk, phone=OTHER)
    assert (refusal.value.status, refusal.value.transfer.customer.phone) == (409, HOA)
    assert as_it_is(question.transfer)[1] == HOA


def test_a_transfer_that_was_linked_or_credited_meanwhile_keeps_its_owner(question: PendingMatch) -> None:
    link(caller=ACCOUNTANT, transfer_id=question.transfer_id, phone=NAM, credit=True)

    with pytest.raises(AlreadyCredited):
        resolve(caller=ACCOUNTANT, match_id=question.pk, phone=HOA)

    assert (real_vnd(NAM), real_vnd(HOA)) == (350_000, 0)


def test_a_rejected_transfer_is_not_answered(question: PendingMatch) -> None:
    reject(caller=ACCOUNTANT, transfer_id=question.transfer_id, reason="sai")

    for verb in (lambda: resolve(caller=ACCOUNTANT, match_id=question.pk, phone=HOA),
                 lambda: undo_skip(caller=CARE, match_id=question.pk)):  # fmt: skip
        with pytest.raises(WrongState):
            verb()
    assert real_vnd(HOA) == 0


def test_a_question_is_skipped_and_asked_again(question: PendingMatch) -> None:
    skipped = skip(caller=CARE, match_id=question.pk, reason="để sau")
    assert (skipped.status, skipped.resolution_notes, skipped.resolved_by) == ("skipped", "để sau", "lan")
    with pytest.raises(MatchNotFound):
        skip(caller=CARE, match_id=question.pk)

    again = undo_skip(caller=CARE, match_id=question.pk)
    assert (again.status, again.resolution_notes, again.resolved_at) == ("pending", "", None)
    with pytest.raises(MatchWrongState) as refusal:
        undo_skip(caller=CARE, match_id=question.pk)
    assert refusal.value.current == "pending"
    assert list(Decision.objects.order_by("id").values_list("verdict", flat=True)) == ["asked", "skipped", "reopened"]


def test_a_skip_is_not_undone_once_the_transfer_has_an_owner(question: PendingMatch) -> None:
    skip(caller=CARE, match_id=question.pk)
    link(caller=CARE, transfer_id=question.transfer_id, phone=NAM, credit=False)

    with pytest.raises(MatchWrongState):
        undo_skip(caller=CARE, match_id=question.pk)


def test_candidates_are_replaced_by_checked_ones(question: PendingMatch) -> None:
    groups = [
        {"phone": "+84 912 345 678", "count": 2, "x": 1, "customers": [
            {"id": 77, "name": "Anh Nam", "phone": NAM, "credit": 5}, {"id": 78, "name": "Nam", "phone": NAM},
        ]},
        {"phone": HOA, "name": "ignored", "evil": "<script>"},
    ]  # fmt: skip

    replaced = replace_candidates(caller=CARE, match_id=question.pk, candidates=groups)

    assert replaced.candidates == [
        {"customer_id": None, "phone": NAM, "name": "Anh Nam", "source": "tpos", "tpos_id": "77",
         "score": 0, "evidence": []},
        next(one for one in question.candidates if one["phone"] == HOA),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "candidates",
    [[], {}, None, ["x"], [{"phone": HOA, "customers": "x"}], [{"phone": HOA, "name": 5}], [{"phone": HOA}] * 51,
     [{"phone": HOA, "name": "a\x00"}], [{"phone": HOA, "id": [1]}]],
)  # fmt: skip
def test_a_list_that_is_none_is_refused(question: PendingMatch, candidates: Any) -> None:
    with pytest.raises(InvalidCandidates):
        replace_candidates(caller=CARE, match_id=question.pk, candidates=candidates)


@pytest.mark.parametrize("phone", ["abc", None, 909318264, ""])
def test_a_candidate_needs_a_phone(question: PendingMatch, phone: Any) -> None:
    with pytest.raises(InvalidPhone):
        replace_candidates(caller=CARE, match_id=question.pk, candidates=[{"phone": phone}])


def test_an_answer_confirms_the_payer() -> None:
    known(HOA)
    known(OTHER)
    transfer = arrived(PAYER.replace("mua do", "318264"))

    resolve(caller=CARE, transfer_id=transfer.pk, phone=HOA)

    assert KnownPayer.objects.values_list("customer__phone", "times").get() == (HOA, 1)


def test_who_may_answer(question: PendingMatch) -> None:
    for verb in (
        lambda: resolve(caller=WAREHOUSE, match_id=question.pk, phone=HOA),
        lambda: skip(caller=WAREHOUSE, match_id=question.pk),
        lambda: undo_skip(caller=WAREHOUSE, match_id=question.pk),
        lambda: replace_candidates(caller=WAREHOUSE, match_id=question.pk, candidates=[{"phone": HOA}]),
    ):
        with pytest.raises(MayNotHandle):
            verb()


def test_an_unknown_question_is_not_found() -> None:
    for verb in (
        lambda: resolve(caller=CARE, match_id=2**70, phone=HOA),
        lambda: skip(caller=CARE, match_id=0),
        lambda: undo_skip(caller=CARE, match_id=0),
        lambda: replace_candidates(caller=CARE, match_id=0, candidates=[{"phone": HOA}]),
    ):
        with pytest.raises(MatchNotFound):
            verb()
