"""`manage.py inbox_replay`: lost transfers come back once, and what the rules would do otherwise is only told."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from banking import operations, retrying
from banking.models import BankTransfer, Decision, Delivery, FailedDelivery, Provider
from banking.replay import Finding, What, replay
from customers.operations import get_or_create_customer
from n2store.models import Event
from tests.banking.continuity.bank import take_all
from tests.factories.banking import delivery, post
from tests.factories.sepay import body_of, booked
from tests.threads import at_once
from wallets.models import Transaction, Wallet
from wallets.queries import verify_ledger

QR = "N2M5K8H2P9Q3R7T1AB"


def run(*, preview: bool = False) -> list[Finding]:
    return list(replay(since=timezone.now() - timedelta(hours=1), preview=preview))


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("inbox_replay", *arguments, stdout=out)
    return out.getvalue()


def whole_state() -> dict[str, Any]:
    """Return all rows that a replay might touch."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (BankTransfer, Delivery, FailedDelivery, Transaction, Wallet, Decision, Event)
    }


def lose(sepay_id: int) -> None:
    """Take a transfer out of the table, as no code of ours does."""
    Decision.objects.filter(transfer__sepay_id=sepay_id).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM banking_banktransfer WHERE sepay_id = %s", [sepay_id])


@pytest.fixture
def lost(db: None, client: Client) -> Delivery:
    """Return a stored delivery whose transfer is gone; it named nobody, so there is no money in the ledger."""
    post(client, delivery(content="CHUYEN TIEN"))
    post(client, delivery(content="CHUYEN TIEN"))
    lose(92704001)
    return Delivery.objects.get()


def test_a_delivery_without_its_transfer_is_taken_again_and_keeps_its_history(lost: Delivery) -> None:
    get_or_create_customer(phone="0909318264", by="lan")

    [finding] = run()

    transfer = BankTransfer.objects.get()
    assert (finding.what, finding.sepay_id, finding.transfer_id) == (What.RESTORED, 92704001, transfer.pk)
    kept = Delivery.objects.get()
    assert (transfer.delivery, kept.body, kept.received_at, kept.repeats) == (
        kept, lost.body, lost.received_at, 1,
    )  # fmt: skip


def test_a_preview_changes_nothing_and_tells_the_same(lost: Delivery) -> None:
    before = whole_state()

    preview = run(preview=True)

    assert whole_state() == before
    assert [(one.what, one.sepay_id) for one in preview] == [(one.what, one.sepay_id) for one in run()]


def test_a_second_replay_changes_nothing(lost: Delivery, client: Client) -> None:
    post(client, delivery(id=5))
    retrying.queue(body=body_of(delivery(id=6)), provider=Provider.SEPAY, external_id=6, error=RuntimeError())
    assert {one.what for one in run()} == {What.RESTORED, What.TAKEN}
    before = whole_state()

    assert run() == []

    assert whole_state() == before


@pytest.mark.django_db
def test_money_never_doubles(client: Client) -> None:
    for number in range(1, 9):
        post(client, delivery(id=number))

    for _ in range(3):
        run()

    assert (Transaction.objects.count(), Wallet.objects.get().real_vnd) == (8, 8 * 350_000)
    assert verify_ledger() == []


@pytest.mark.django_db(transaction=True)
def test_replays_and_the_webhook_at_once_restore_a_line_once() -> None:
    take_all(booked([1_000] * 20))
    for id in range(1_001, 1_021):
        lose(id)

    def work(number: int) -> None:
        if number % 2:
            list(replay(since=timezone.now() - timedelta(hours=1), preview=False))
        else:
            for line in booked([1_000] * 20):
                post(Client(), line)

    at_once(work, range(4))
    run()

    assert BankTransfer.objects.count() == Delivery.objects.count() == 20


@pytest.mark.django_db
def test_a_queued_delivery_is_taken_also_when_it_was_given_up() -> None:
    retrying.queue(body=body_of(delivery()), provider=Provider.SEPAY, external_id=92704001, error=RuntimeError())
    FailedDelivery.objects.update(status="failed", attempts=5)

    assert [one.what for one in run(preview=True)] == [What.TAKEN]
    assert FailedDelivery.objects.get().status == "failed"
    [finding] = run()

    assert (finding.what, finding.transfer_id) == (What.TAKEN, BankTransfer.objects.get().pk)
    assert Wallet.objects.get().real_vnd == 350_000


@pytest.mark.django_db
def test_what_cannot_be_stored_is_told_and_keeps_no_other_from_being_restored(lost: Delivery) -> None:
    Delivery.objects.create(provider=Provider.SEPAY, external_id=7, body='{"id": 7}')
    retrying.queue(body="x", provider=Provider.SEPAY, external_id=8, error=RuntimeError())

    findings = run()

    assert [(one.what, one.sepay_id) for one in findings] == [
        (What.RESTORED, 92704001), (What.UNREADABLE, 7), (What.UNREADABLE, 8),
    ]  # fmt: skip
    assert Delivery.objects.count() == 2


@pytest.mark.django_db
def test_a_transfer_that_was_nobodys_goes_to_whom_the_rules_now_know(client: Client) -> None:
    post(client, delivery(content=f"{QR} ck"))
    hoa, _ = get_or_create_customer(phone="0909000111", by="lan")
    operations.map_qr_code(code=QR, customer=hoa)

    [preview] = run(preview=True)
    assert (preview.what, preview.now, Transaction.objects.count()) == (What.FOUND, "0909000111", 0)
    run()

    assert BankTransfer.objects.get().customer == hoa
    assert Wallet.objects.get().real_vnd == 350_000
    assert run() == []


@pytest.mark.django_db
def test_what_the_rules_would_do_otherwise_is_told_and_the_money_stays(client: Client) -> None:
    post(client, delivery(content=f"{QR} 0909318264 ck"))
    hoa, _ = get_or_create_customer(phone="0909000111", by="lan")
    operations.map_qr_code(code=QR, customer=hoa)
    before = whole_state()

    [finding] = run()

    assert (finding.what, finding.was, finding.now) == (What.OTHERWISE, "0909318264", "0909000111")
    assert whole_state() == before


@pytest.mark.django_db
def test_only_what_came_since_then_is_looked_at(lost: Delivery) -> None:
    Delivery.objects.update(received_at=timezone.now() - timedelta(days=2))

    assert run() == []
    assert "1 restored" in said("--since", f"{timezone.now() - timedelta(days=3):%Y-%m-%d %H:%M}")


@pytest.mark.django_db
def test_the_command_says_what_it_did_and_in_a_preview_what_it_would(lost: Delivery) -> None:
    since = f"{timezone.localtime() - timedelta(hours=1):%Y-%m-%d %H:%M}"

    preview = said("--since", since, "--preview")
    done, again = said("--since", since), said("--since", since)

    assert "Preview: 1 would be changed, nothing was." in preview
    assert "restored: SePay 92704001" in done
    assert done.endswith("1 changed.\n")
    assert "everything is as it should be" in again


@pytest.mark.parametrize("since", ["", "yesterday", "2026-13-01", "9999-12-31T23:59:59-23:59"])
def test_a_since_that_is_no_moment_is_refused(since: str) -> None:
    with pytest.raises(CommandError):
        said("--since", since)
