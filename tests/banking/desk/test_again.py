"""The batch that a person starts: what waits goes through the rules once more."""

import pytest
from pytest_django import DjangoAssertNumQueries

from banking import switches
from banking.authority import MayNotHandle
from banking.desk.again import match_again
from banking.desk.asking import skip
from banking.desk.linking import unlink
from banking.models import Decision, PendingMatch
from customers.models import Customer
from tests.banking.acting import ACCOUNTANT, CARE, HOA, NAM, WAREHOUSE, arrived, as_it_is, asked, known, real_vnd
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db


def test_what_can_be_matched_by_now_is_and_the_rest_is_told() -> None:
    found, several = arrived("318264 ck"), arrived("345678 ck")
    nobody, looking = arrived("chuyen tien"), arrived("999999 ck")
    known(HOA)
    for phone in (NAM, "0977345678"):
        known(phone)

    outcome = match_again(caller=CARE)

    assert {row.transfer_id: row.status for row in outcome.rows} == {
        found.pk: "success", several.pk: "pending_match", nobody.pk: "skipped", looking.pk: "skipped",
    }  # fmt: skip
    success = next(row for row in outcome.rows if row.status == "success")
    assert (success.method, success.phone, success.customer_name) == ("single_match", HOA, "Chị Hoa")
    question = next(row for row in outcome.rows if row.status == "pending_match")
    assert (question.partial_phone, question.unique_phones_count) == ("345678", 2)
    skipped = next(row for row in outcome.rows if row.transfer_id == nobody.pk)
    assert (skipped.content, skipped.reason) == ("chuyen tien", "No valid identifier found")
    assert (outcome.count("success"), outcome.count("skipped"), outcome.count("failed")) == (1, 2, 0)
    assert real_vnd(HOA) == 350_000
    assert verify_ledger() == []


def test_a_transfer_is_asked_about_once() -> None:
    """W37: neither an open nor a skipped question is put a second time."""
    opened, skipped = asked(HOA, "0912318264"), asked(NAM, "0977345678", digits="345678")
    skip(caller=CARE, match_id=skipped.pk)

    for _ in range(3):
        assert match_again(caller=CARE).rows == []

    assert set(PendingMatch.objects.values_list("pk", flat=True)) == {opened.pk, skipped.pk}


def test_what_a_person_unlinked_is_left_to_people() -> None:
    known(HOA)
    switches.set_auto_approve(caller=ACCOUNTANT, enabled=False)
    transfer = arrived("318264 ck")
    unlink(caller=CARE, transfer_id=transfer.pk)
    switches.set_auto_approve(caller=ACCOUNTANT, enabled=True)

    assert match_again(caller=CARE).rows == []
    assert as_it_is(transfer) == ("PENDING", None, "", False)


def test_saying_nothing_again_is_not_kept_again() -> None:
    arrived("chuyen tien")

    for _ in range(3):
        match_again(caller=CARE)

    assert Decision.objects.count() == 1


def test_credited_transfers_are_told_of_when_forced_and_left_alone() -> None:
    """W36."""
    transfer = arrived(f"{HOA} ck")

    assert match_again(caller=CARE).rows == []
    [row] = match_again(caller=CARE, force=True).rows
    assert (row.transfer_id, row.status, row.reason) == (transfer.pk, "skipped", "Already processed")
    assert real_vnd(HOA) == 350_000


def test_a_full_phone_makes_its_customer() -> None:
    transfer = arrived("chuyen tien")
    transfer.content = f"{NAM} ck"
    transfer.save()

    match_again(caller=CARE)

    assert as_it_is(transfer) == ("AUTO_APPROVED", NAM, "exact_phone", True)
    assert Customer.objects.get().phone == NAM


def test_the_queries_do_not_grow_with_the_rows(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for count in (1, 20):
        known(HOA)
        for _ in range(count):
            transfer = arrived("chuyen tien")
            transfer.content = "318264 ck"
            transfer.save()
        with django_assert_num_queries(5):  # rows, candidates, savepoint, settle, release
            assert match_again(caller=CARE).count("success") == count


def test_it_has_a_limit_and_needs_the_right() -> None:
    for _ in range(3):
        arrived()

    assert len(match_again(caller=CARE, limit=2).rows) == 2
    with pytest.raises(MayNotHandle):
        match_again(caller=WAREHOUSE)
