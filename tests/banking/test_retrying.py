"""Deliveries that could not be taken: kept once, taken later by the webhook's own door, given up in the end."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from banking import retrying, tasks
from banking.authority import MayNotHandle
from banking.models import BankTransfer, FailedDelivery, Provider, RetryStatus
from banking.retrying import FailedDeliveryNotFound, MaxRetriesExceeded, RetryFailed, RetryUnderWay
from n2store.models import AuditLog, Event, JobRun
from n2store.roles import Caller, Role
from tests.factories.banking import delivery, post
from tests.factories.sepay import body_of
from tests.threads import at_once
from wallets.models import Transaction, Wallet

KETOAN = Caller(name="ketoan", roles=frozenset({Role.ACCOUNTANT}))
VIEWER = Caller(name="xem", roles=frozenset({Role.VIEWER}))


def queued(*, body: str | None = None, **changes: Any) -> FailedDelivery:
    """Return a delivery in the queue; by default one that can be taken now."""
    line = delivery(**changes)
    assert retrying.queue(
        body=body_of(line) if body is None else body,
        provider=Provider.SEPAY,
        external_id=line["id"],
        error=RuntimeError("secret text"),
    )
    return FailedDelivery.objects.get(external_id=line["id"])


def ill(**changes: Any) -> FailedDelivery:
    """Return one that cannot be taken, whatever is done."""
    return queued(body='{"id": 1}', **changes)


def due(now: datetime | None = None) -> retrying.RetriedAll:
    return retrying.retry_due(now=now or timezone.now() + timedelta(hours=1))


@pytest.mark.django_db
def test_a_delivery_is_queued_once_as_it_came_and_with_the_errors_kind_only() -> None:
    queued(extra="ăâđ")
    queued(extra="ăâđ")

    failed = FailedDelivery.objects.get()
    assert (failed.status, failed.attempts, failed.body) == ("pending", 0, body_of(delivery(extra="ăâđ")))
    assert failed.last_error == "RuntimeError"
    assert failed.next_attempt_at > timezone.now()


@pytest.mark.django_db
def test_the_job_takes_what_is_due_with_matching_money_and_events() -> None:
    # W28: through the same door as the webhook.
    queued()

    assert tasks.retry_failed_deliveries() == 0  # Not due yet.
    assert due().success == 1

    failed, transfer = FailedDelivery.objects.get(), BankTransfer.objects.get()
    assert (failed.status, failed.transfer, failed.attempts, failed.last_error) == ("success", transfer, 1, "")
    assert failed.processed_at is not None
    assert (transfer.customer.phone, transfer.wallet_transaction.amount_vnd) == ("0909318264", 350_000)
    assert Event.objects.filter(name="transfer.received").count() == 1
    assert JobRun.objects.get(job="retry-failed-deliveries").error == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        (
            "id=92704001&gateway=ACB&transactionDate=2026-01-16+14%3A02%3A37&accountNumber=75918&transferType=in"
            "&transferAmount=350000&accumulated=18250000&content=0909318264"
        ),
        (
            '{"id": "92704001", "bank_brand_name": "ACB", "account_number": "75918", "amount_out": "0.00",'
            ' "transaction_date": "2026-01-16 14:02:37", "amount_in": "350000.00", "accumulated": "18250000.00",'
            ' "transaction_content": "0909318264", "reference_number": "FT1"}'
        ),
    ],
)
def test_a_form_and_a_row_of_the_list_are_taken_as_well(body: str) -> None:
    queued(body=body)

    assert due().success == 1

    assert BankTransfer.objects.get().wallet_transaction.amount_vnd == 350_000


@pytest.mark.django_db
def test_what_fails_again_waits_longer_each_time_and_is_given_up_in_the_end() -> None:
    failed, now, pauses = ill(), timezone.now() + timedelta(minutes=1), []

    for attempt in range(1, 6):
        assert due(now).failed == 1
        failed.refresh_from_db()
        assert (failed.attempts, failed.status) == (attempt, "pending" if attempt < 5 else "failed")
        pauses.append((failed.next_attempt_at - now).total_seconds() / 60)
        now = failed.next_attempt_at

    assert pauses == [1, 5, 15, 60, 60]
    assert "Missing required fields" in failed.last_error
    assert due(now + timedelta(days=9)).total == 0


@pytest.mark.django_db
def test_one_that_cannot_be_taken_keeps_no_other_from_being_taken() -> None:
    ill(id=5)
    queued(id=6)

    result = due()

    assert [(one.status, bool(one.error)) for one in result.details] == [("failed", True), ("success", False)]


@pytest.mark.django_db
def test_sepays_own_repeat_marks_the_queued_one_as_taken(client: Client) -> None:
    queued()
    post(client, delivery())

    tasks.retry_failed_deliveries()

    failed = FailedDelivery.objects.get()
    assert (failed.status, failed.transfer, failed.attempts) == ("success", BankTransfer.objects.get(), 0)
    assert Transaction.objects.count() == 1


@pytest.mark.django_db
def test_one_by_hand_is_taken_at_once_and_a_second_time_tells_so() -> None:
    failed = queued()

    first = retrying.retry(caller=KETOAN, failed_id=failed.pk)
    again = retrying.retry(caller=KETOAN, failed_id=failed.pk)

    assert (first.duplicate, again.duplicate, first.transfer_id) == (False, True, again.transfer_id)
    assert Wallet.objects.get().real_vnd == 350_000
    assert AuditLog.objects.filter(action="failed_delivery.retry", actor="ketoan").count() == 2


@pytest.mark.django_db
def test_one_by_hand_that_sepay_sent_again_meanwhile_is_a_duplicate(client: Client) -> None:
    failed = queued()
    post(client, delivery())

    taken = retrying.retry(caller=KETOAN, failed_id=failed.pk)

    assert (taken.duplicate, taken.transfer_id) == (True, BankTransfer.objects.get().pk)


@pytest.mark.django_db
def test_by_hand_the_refusals_say_why() -> None:
    failed = ill()
    for _ in range(5):
        with pytest.raises(RetryFailed) as refusal:
            retrying.retry(caller=KETOAN, failed_id=failed.pk)
    assert "Missing required fields" in str(refusal.value.params["error"])

    with pytest.raises(MaxRetriesExceeded) as exceeded:
        retrying.retry(caller=KETOAN, failed_id=failed.pk)
    assert exceeded.value.params == {"retry_count": 5, "max_retries": 5}
    with pytest.raises(FailedDeliveryNotFound):
        retrying.retry(caller=KETOAN, failed_id=2**63 - 1)
    with pytest.raises(MayNotHandle):
        retrying.retry(caller=VIEWER, failed_id=failed.pk)
    with pytest.raises(MayNotHandle):
        retrying.retry_all(caller=VIEWER)


@pytest.mark.django_db
def test_one_that_was_given_up_can_begin_anew() -> None:
    failed = queued()
    FailedDelivery.objects.update(status=RetryStatus.FAILED, attempts=5)

    assert retrying.retry(caller=KETOAN, failed_id=failed.pk, anew=True).transfer_id
    failed.refresh_from_db()
    assert (failed.status, failed.attempts) == ("success", 1)


@pytest.mark.django_db
def test_all_by_hand_are_tried_due_or_not_and_told_one_by_one() -> None:
    ids = [queued(id=6).pk, ill(id=7).pk, queued(id=8).pk]
    given_up = ill(id=9)
    FailedDelivery.objects.filter(pk=given_up.pk).update(status=RetryStatus.FAILED, attempts=5)

    result = retrying.retry_all(caller=KETOAN)

    assert (result.total, result.success, result.failed) == (3, 2, 1)
    assert [(one.id, one.status) for one in result.details] == list(
        zip(ids, ["success", "failed", "success"], strict=True)
    )


@pytest.mark.django_db
def test_one_that_another_run_has_is_left_to_it_until_that_one_died() -> None:
    failed = queued()
    FailedDelivery.objects.update(
        status=RetryStatus.PROCESSING, attempts=1, next_attempt_at=timezone.now() + timedelta(minutes=2)
    )

    assert retrying.retry_due(now=timezone.now()).total == 0
    with pytest.raises(RetryUnderWay):
        retrying.retry(caller=KETOAN, failed_id=failed.pk)
    assert due().success == 1


@pytest.mark.django_db(transaction=True)
def test_one_that_another_run_is_claiming_was_not_given_up() -> None:
    failed = queued()

    def retry(_: int) -> None:
        with pytest.raises(RetryUnderWay):
            retrying.retry(caller=KETOAN, failed_id=failed.pk)

    with transaction.atomic():
        FailedDelivery.objects.select_for_update().get()
        at_once(retry, range(1))


@pytest.mark.django_db
def test_one_whose_worker_died_in_the_last_attempt_is_given_up() -> None:
    queued()
    FailedDelivery.objects.update(
        status=RetryStatus.PROCESSING, attempts=5, next_attempt_at=timezone.now() - timedelta(minutes=2)
    )

    due()

    assert FailedDelivery.objects.get().status == "failed"


@pytest.mark.django_db(transaction=True)
def test_many_workers_and_people_take_each_once() -> None:
    for number in range(1, 21):
        queued(id=number, content=f"09{number:08d} ck")
    now = timezone.now()
    FailedDelivery.objects.update(next_attempt_at=now)  # A clock that goes ahead would end the leases of the others.

    def take(number: int) -> int:
        result = retrying.retry_all(caller=KETOAN) if number % 2 else retrying.retry_due(now=now)
        return sum(not one.duplicate and not one.error for one in result.details)

    taken = at_once(take, range(6))

    assert sum(taken) == 20
    assert BankTransfer.objects.count() == Transaction.objects.count() == 20
    assert set(FailedDelivery.objects.values_list("status", "attempts")) == {("success", 1)}
