"""What the webhook's address answers to what is no PayOS, and what it does when the house is in trouble."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from banking.models import PayosDelivery, Refusal, Topup
from banking.payos import moving
from banking.payos.signature import signed
from n2store.simulator.payos import CHECKSUM_KEY, Payos
from tests.banking.acting import real_vnd
from tests.factories.payos import PHONE, post, started
from wallets.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)


def with_data(payos: Payos, change: dict[str, Any]) -> dict[str, Any]:
    topup = started()
    data = payos.pay(topup.order_code, listed=False)["data"] | change
    return payos.webhook({name: value for name, value in data.items() if value is not ...})


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"{}", b'{"data": []}', b'{"data": {}}',
        b'{"data": {}, "signature": ""}', b'{"data": {}, "signature": 7}', b'{"data": {"a": NaN}, "signature": "x"}',
        b'{"data": {"a": 1, "a": 2}, "signature": "x"}', b"[" * 50_000,
    ],
)  # fmt: skip
def test_what_is_no_delivery_is_a_400(payos: Payos, body: bytes) -> None:
    status, said = post(body)

    assert (status, said["success"]) == (400, False)
    assert not PayosDelivery.objects.exists()
    assert Refusal.objects.get().provider == "payos"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "500000"}, {"amount": 500000.5}, {"amount": True}, {"amount": 0}, {"amount": -1}, {"amount": 2**60},
        {"orderCode": "1000000"}, {"orderCode": 2**53}, {"orderCode": ...}, {"amount": ...}, {"reference": None},
        {"reference": 7}, {"transactionDateTime": "yesterday"}, {"currency": ...}, {"description": ["x"]},
        {"virtualAccountNumber": 7}, {"reference": "x" * 101}, {"description": "\0"},
    ],
)  # fmt: skip
def test_a_good_signature_over_other_kinds_is_a_400(payos: Payos, change: dict[str, Any]) -> None:
    status, _said = post(with_data(payos, change))

    assert status == 400
    assert not Transaction.objects.exists()


def test_an_ambiguous_writing_does_not_pass(payos: Payos) -> None:
    topup = started()
    data = payos.pay(topup.order_code)["data"]
    twisted = {name: value for name, value in data.items() if name not in {"code", "amount"}}
    twisted["amount"] = f"{data['amount']}&code=00"

    assert signed(twisted, CHECKSUM_KEY) == signed({**data, "code": "00"}, CHECKSUM_KEY)
    assert post({"data": twisted, "signature": signed(twisted, CHECKSUM_KEY)})[0] == 400
    assert real_vnd(PHONE) == 0


def test_the_words_outside_the_signature_decide_nothing(payos: Payos) -> None:
    topup = started()
    body = payos.pay(topup.order_code) | {"code": "99", "success": False, "desc": "x"}

    assert post(body) == (200, {"success": True})
    assert real_vnd(PHONE) == 500_000


def test_a_body_beyond_the_limit_is_a_413(payos: Payos) -> None:
    status, said = post(b" " * (64 * 1024 + 1))

    assert (status, said["code"]) == (413, "TOO_LARGE")


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_answered(client: Client, method: str) -> None:
    answer = getattr(client, method)("/api/payos/webhook")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_without_keys_it_says_so(payos: Payos) -> None:
    body = payos.webhook({"orderCode": 1})
    with override_settings(PAYOS_CHECKSUM_KEY=""):
        status, said = post(body)

    assert (status, said["code"]) == (503, "PAYOS_NOT_CONFIGURED")


def test_what_could_not_be_stored_is_not_acknowledged(payos: Payos, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> None:
        raise OperationalError

    body = payos.pay(started().order_code)
    with monkeypatch.context() as patch:
        patch.setattr(moving, "take_notice", away)
        answer = Client().post("/api/payos/webhook", json.dumps(body), content_type="application/json")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert post(body) == (200, {"success": True})
    assert real_vnd(PHONE) == 500_000


def test_without_redis_it_credits_all_the_same(payos: Payos) -> None:
    topup = started()
    with override_settings(REDIS_URL="unix:///nowhere/redis.sock"):
        assert post(payos.pay(topup.order_code)) == (200, {"success": True})

    assert Topup.objects.get().status == "paid"


def test_account_numbers_are_not_kept(payos: Payos) -> None:
    post(payos.pay(started().order_code, counterAccountNumber="0011223344"))

    data = PayosDelivery.objects.get().data
    assert (data["accountNumber"], data["counterAccountNumber"]) == ("******3456", "******3344")


def test_payos_takes_our_address(payos: Payos, live_server: Any) -> None:
    assert payos.confirm(live_server.url)
