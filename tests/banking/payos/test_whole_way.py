"""From the beginning of a top-up to the money in the wallet."""

import pytest
from django.test import Client

from banking.models import PayosDelivery, Topup, TopupPayment
from banking.payos import cache
from n2store.models import Event
from n2store.simulator.payos import Payos
from tests.banking.acting import real_vnd
from tests.factories.payos import PHONE, post, started
from wallets.models import Transaction
from wallets.queries import verify_ledger
from wallets.receipts import receipt

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_payment_is_credited_and_told_once(payos: Payos) -> None:
    topup = started(500_000)
    assert (topup.status, topup.memo.endswith(topup.tx_ref), bool(topup.qr_code)) == ("pending", True, True)

    answer = post(payos.pay(topup.order_code))

    topup.refresh_from_db()
    assert answer == (200, {"success": True})
    assert (topup.status, topup.paid_vnd, topup.version) == ("paid", 500_000, 3)
    assert real_vnd(PHONE) == 500_000
    posted = Transaction.objects.get()
    assert (posted.key, posted.reference_type, posted.reference_id) == (
        f"payos:{TopupPayment.objects.get().reference}", "topup", str(topup.pk),
    )  # fmt: skip
    assert [event.payload["status"] for event in Event.objects.filter(name="topup.changed").order_by("id")] == [
        "pending", "paid",
    ]  # fmt: skip
    assert cache.get(topup.tx_ref).state["status"] == "paid"
    assert "500.000 ₫ qua PayOS" in receipt(posted, language="vi")
    assert verify_ledger() == []


def test_a_repeat_changes_nothing(payos: Payos) -> None:
    topup = started()
    body = payos.pay(topup.order_code)

    answers = [post(body), post(body)]

    assert answers == [(200, {"success": True})] * 2
    assert real_vnd(PHONE) == 500_000
    assert PayosDelivery.objects.get().repeats == 1
    assert Topup.objects.get().version == 3
    assert Event.objects.filter(name="topup.changed").count() == 2


def test_the_sample_is_answered_and_touches_nothing(payos: Payos) -> None:
    from n2store.simulator.payos import SAMPLE

    assert post(payos.webhook(SAMPLE)) == (200, {"success": True})
    assert PayosDelivery.objects.get().outcome == "test"
    assert not Transaction.objects.exists()


def test_a_wrong_signature_is_refused_and_nothing_is_kept(payos: Payos, client: Client) -> None:
    topup = started()
    body = payos.pay(topup.order_code)
    body["data"]["amount"] += 1

    status, said = post(body, client)

    assert (status, said["code"]) == (401, "UNAUTHORIZED")
    assert not PayosDelivery.objects.exists()
