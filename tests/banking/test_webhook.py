"""`POST /api/sepay/webhook` as SePay sees it, and what it leaves behind."""

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from banking import operations
from banking.models import BankTransfer, Delivery, QrCode, Refusal
from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store.models import Event
from tests.banking.test_signature import signed
from tests.factories.banking import delivery, post
from tests.threads import at_once
from wallets.models import Transaction, Wallet
from wallets.queries import verify_ledger

QR = "N2M5K8H2P9Q3R7T1AB"


def balance_of(phone: str) -> int:
    return Wallet.objects.get(customer__phone=phone).real_vnd


@pytest.mark.django_db
def test_a_transfer_with_a_full_phone_becomes_a_customer_and_a_deposit(client: Client) -> None:
    answer = post(client, delivery())

    transfer = BankTransfer.objects.get()
    assert answer.status_code == 200
    body = answer.json()
    assert isinstance(body.pop("processing_time_ms"), int)
    assert body == {"success": True, "id": transfer.pk, "message": "Transaction recorded successfully"}
    assert (transfer.customer.phone, transfer.customer.name) == ("0909318264", "Khách hàng mới")
    assert (transfer.verification, transfer.match_method) == ("AUTO_APPROVED", "exact_phone")
    deposit = transfer.wallet_transaction
    assert (deposit.type, deposit.source, deposit.amount_vnd) == ("DEPOSIT", "BANK_TRANSFER", 350_000)
    assert (deposit.reference_type, deposit.reference_id) == ("balance_history", str(transfer.pk))
    assert deposit.note == "Nạp từ CK (Phone: 0909318264)"
    assert deposit.occurred_at == transfer.transferred_at
    assert balance_of("0909318264") == 350_000


@pytest.mark.django_db
def test_a_mapped_qr_code_wins_over_a_phone_in_the_same_text(client: Client) -> None:
    hoa, _ = get_or_create_customer(phone="0909000111", name="Chị Hoa", by="lan")
    operations.map_qr_code(code=QR, customer=hoa)

    post(client, delivery(content=f"0387654321 {QR.lower()} ck"))

    transfer = BankTransfer.objects.get()
    assert (transfer.customer, transfer.match_method, transfer.matched_text) == (hoa, "qr_code", QR)
    assert transfer.wallet_transaction.note == f"Nạp từ CK (QR: {QR})"
    assert balance_of("0909000111") == 350_000
    assert not Customer.objects.filter(phone="0387654321").exists()


@pytest.mark.django_db
def test_an_unmapped_qr_code_does_not_hide_the_phone(client: Client) -> None:
    post(client, delivery(content=f"{QR} 0387654321 ck"))

    assert BankTransfer.objects.get().match_method == "exact_phone"
    assert balance_of("0387654321") == 350_000


@pytest.mark.django_db
@pytest.mark.parametrize("content", ["CHUYEN TIEN", "318264 GD 6474", "", None, "TK 75918", "0000000000", QR])
def test_what_names_no_owner_stays_an_unlinked_transfer(client: Client, content: str | None) -> None:
    assert post(client, delivery(content=content)).status_code == 200

    transfer = BankTransfer.objects.get()
    assert (transfer.customer, transfer.verification, transfer.match_method) == (None, "PENDING", "")
    assert (Customer.objects.count(), Transaction.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_the_account_that_received_is_no_payer(client: Client) -> None:
    post(client, delivery(accountNumber="0909123456", content="0909123456 nhan tien"))

    assert BankTransfer.objects.get().customer is None


@pytest.mark.django_db
def test_outgoing_money_is_kept_and_never_credited(client: Client) -> None:
    assert post(client, delivery(transferType="out")).status_code == 200

    transfer = BankTransfer.objects.get()
    assert (transfer.direction, transfer.customer, transfer.wallet_transaction) == ("out", None, None)
    assert (Customer.objects.count(), Transaction.objects.count()) == (0, 0)
    assert Event.objects.get().name == "transfer.received"


@pytest.mark.django_db
def test_a_repeat_is_answered_as_a_duplicate_and_only_counted(client: Client) -> None:
    post(client, delivery())
    events = Event.objects.count()

    answers = [post(client, delivery()) for _ in range(3)]

    assert [(a.status_code, a.json()) for a in answers] == [
        (200, {"success": True, "message": "Duplicate transaction - already processed"})
    ] * 3
    assert Delivery.objects.values_list("repeats", "differing_body").get() == (3, None)
    assert (BankTransfer.objects.count(), Transaction.objects.count(), Event.objects.count()) == (1, 1, events)


@pytest.mark.django_db
def test_a_repeat_that_says_something_else_moves_no_money_and_is_kept_to_be_seen(client: Client) -> None:
    post(client, delivery())

    post(client, delivery(transferAmount=9_000_000))

    assert json.loads(str(Delivery.objects.get().differing_body))["transferAmount"] == 9_000_000
    assert balance_of("0909318264") == 350_000


@pytest.mark.django_db
def test_the_raw_delivery_is_kept_byte_for_byte_and_without_the_key(client: Client) -> None:
    body = json.dumps(delivery(extra="ăâđ"), ensure_ascii=False, indent=2)

    post(client, body)

    assert Delivery.objects.get().body == body
    assert "test-key" not in str(Delivery.objects.values().get())


@pytest.mark.django_db
def test_the_events_of_a_transfer_tell_wallets_first_and_then_the_list(client: Client) -> None:
    post(client, delivery())

    events = list(Event.objects.order_by("id").values_list("name", "topics"))
    assert events == [
        ("customer.created", ["customers", "customer:0909318264"]),
        ("wallet.deposit", ["wallets", "wallet:0909318264"]),
        ("transfer.received", ["transfers", "customer:0909318264"]),
    ]
    told = Event.objects.get(name="transfer.received").payload
    assert (told["transaction_date"], told["transfer_amount"]) == ("2026-01-16T14:02:37+07:00", 350_000)
    assert (told["customer_phone"], told["match_method"]) == ("0909318264", "exact_phone")


@pytest.mark.django_db
def test_a_delivery_costs_one_statement_in_one_transaction(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        post(client, delivery())


BAD: list[tuple[Any, dict[str, Any], int, dict[str, Any], str]] = [
    (
        delivery(),
        {"HTTP_AUTHORIZATION": "Apikey wrong"},
        401,
        {"error": "Unauthorized - Invalid API Key"},
        "unauthorized",
    ),
    (b"{", {}, 400, {"error": "SyntaxError", "message": "The body is not valid JSON."}, "malformed"),
    (delivery(id=...), {}, 400, {"error": "Missing required fields", "missing": ["id"]}, "missing_fields"),
    (delivery(transferType="IN"), {}, 400, {"error": 'Invalid transfer_type - must be "in" or "out"'}, "transfer_type"),
    (b"1", {}, 400, {"error": "Invalid data - expected JSON object"}, "not_an_object"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("body", "headers", "status", "words", "reason"), BAD)
def test_a_refusal_has_the_words_of_the_contract_and_leaves_only_a_count(
    client: Client, body: Any, headers: dict[str, str], status: int, words: dict[str, Any], reason: str
) -> None:
    for _ in range(2):
        answer = post(client, body, **headers)

    assert (answer.status_code, answer.json()) == (status, {"success": False} | words)
    assert list(Refusal.objects.values_list("provider", "reason", "count")) == [("sepay", reason, 2)]
    assert (Delivery.objects.count(), BankTransfer.objects.count(), Event.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_a_missing_key_is_refused(client: Client) -> None:
    answer = client.post("/api/sepay/webhook", json.dumps(delivery()), content_type="application/json")

    assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized - Missing Authorization header")
    assert Delivery.objects.count() == 0


@pytest.mark.django_db
def test_a_wrong_key_is_told_nothing_about_its_body(client: Client) -> None:
    answer = post(client, b"{", HTTP_AUTHORIZATION="Apikey wrong")

    assert (answer.status_code, answer.json()) == (401, {"success": False, "error": "Unauthorized - Invalid API Key"})


@pytest.mark.django_db
@pytest.mark.parametrize("value", [-1, 1.5, 2**53 + 1, "350000", True, None])
def test_an_amount_that_is_none_is_refused_and_nothing_is_stored(client: Client, value: Any) -> None:
    assert post(client, delivery(transferAmount=value)).status_code == 400

    assert (Delivery.objects.count(), BankTransfer.objects.count(), Customer.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_a_body_over_64_kib_is_refused_and_one_below_is_taken(client: Client) -> None:
    assert post(client, delivery(content="x" * 65_600)).status_code == 413
    assert post(client, delivery(content="x" * 64_000)).status_code == 200
    assert post(client, b" " * 2_000_000).status_code == 413


@pytest.mark.django_db
def test_without_a_configured_key_every_delivery_is_refused(client: Client, settings: Settings) -> None:
    settings.SEPAY_API_KEYS = []

    answer = post(client, delivery())

    assert (answer.status_code, answer.json()) == (503, {"success": False, "error": "SePay webhook is not configured"})
    assert Refusal.objects.get().reason == "not_configured"
    assert Delivery.objects.count() == 0


@pytest.mark.django_db
def test_a_signed_delivery_is_taken(client: Client, settings: Settings) -> None:
    settings.SEPAY_API_KEYS, settings.SEPAY_HMAC_SECRETS = [], ["s3cret"]
    body = json.dumps(delivery()).encode()
    headers = signed("s3cret", str(int(time.time())), body)

    taken = client.post("/api/sepay/webhook", body, content_type="application/json", headers=headers)
    changed = client.post("/api/sepay/webhook", body + b" ", content_type="application/json", headers=headers)

    assert (taken.status_code, changed.status_code) == (200, 401)


@pytest.mark.django_db
def test_a_form_delivery_is_taken(client: Client) -> None:
    body = urlencode(delivery(code=..., subAccount=...))

    answer = client.post(
        "/api/sepay/webhook",
        body,
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": "Apikey test-key"},
    )

    assert answer.status_code == 200
    assert balance_of("0909318264") == 350_000


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_posts_are_deliveries(client: Client, method: str) -> None:
    answer = getattr(client, method)("/api/sepay/webhook")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.django_db
def test_when_the_database_fails_sepay_is_asked_to_send_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("server closed the connection; secret text")

    monkeypatch.setattr(operations, "take_sepay_notice", fail)

    answer = post(client, delivery())

    assert answer.status_code == 503
    assert answer.json() == {"success": False, "error": "Failed to process webhook", "queued_for_retry": False}
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.django_db(transaction=True)
def test_the_same_delivery_fifty_times_at_once_counts_once() -> None:
    answers = at_once(lambda _: post(Client(), delivery()).status_code, range(50))

    assert answers == [200] * 50
    assert Delivery.objects.values_list("repeats").get() == (49,)
    assert (BankTransfer.objects.count(), Transaction.objects.count()) == (1, 1)
    assert balance_of("0909318264") == 350_000
    assert verify_ledger() == []


@pytest.mark.django_db(transaction=True)
def test_a_hundred_deliveries_for_one_phone_at_once_all_count() -> None:
    at_once(lambda n: post(Client(), delivery(id=n + 1, transferAmount=1_000 + n)), range(100))

    assert balance_of("0909318264") == sum(range(1_000, 1_100))
    assert BankTransfer.objects.filter(wallet_transaction=None).count() == 0
    assert (Customer.objects.count(), Wallet.objects.count()) == (1, 1)
    assert verify_ledger() == []


@pytest.mark.django_db(transaction=True)
def test_deliveries_for_many_new_phones_at_once_and_in_disorder_all_count() -> None:
    numbers = [n % 60 for n in range(180)]  # Each delivery three times, mixed.

    answers = at_once(lambda n: post(Client(), delivery(id=n + 1, content=f"09{n // 2:08d} ck")).status_code, numbers)

    assert answers == [200] * 180
    assert (Customer.objects.count(), Transaction.objects.count()) == (30, 60)
    assert set(Wallet.objects.values_list("real_vnd", flat=True)) == {700_000}
    assert verify_ledger() == []


@pytest.mark.django_db
def test_qr_codes_are_kept_in_upper_case_once(client: Client) -> None:
    hoa, _ = get_or_create_customer(phone="0909000111", by="lan")

    operations.map_qr_code(code=QR.lower(), customer=hoa)
    operations.map_qr_code(code=QR, customer=hoa)

    assert QrCode.objects.get().code == QR


@pytest.mark.django_db
def test_a_qr_code_never_changes_its_owner() -> None:
    hoa, _ = get_or_create_customer(phone="0909000111", by="lan")
    nam, _ = get_or_create_customer(phone="0909000222", by="lan")
    operations.map_qr_code(code=QR, customer=hoa)

    with pytest.raises(operations.QrCodeTaken):
        operations.map_qr_code(code=QR.lower(), customer=nam)

    assert QrCode.objects.get().customer == hoa


@pytest.mark.django_db
def test_ping_tells_whether_a_key_is_set_and_not_which(client: Client) -> None:
    answer = client.get("/api/sepay/ping").json()

    assert (answer["success"], answer["api_key_configured"]) == (True, True)
    assert "test-key" not in str(answer)
