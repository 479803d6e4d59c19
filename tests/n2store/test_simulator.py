"""The simulator speaks as SePay does: readable by our parser, the same for a seed, and never beyond this machine."""

import asyncio
import json
import time
from collections import Counter
from datetime import datetime
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from banking.models import BankTransfer, Delivery
from banking.operations import map_qr_code
from banking.sepay import parser, reading, signature
from customers.operations import get_or_create_customer
from n2store.clock import VIETNAM
from n2store.simulator import sepay, texts
from n2store.simulator.figures import percentile
from n2store.simulator.loopback import Answer, NotLoopback, target
from n2store.simulator.play import Manner, Report, Verdict, play
from wallets.models import Transaction

NOON = datetime(2026, 1, 16, 12, tzinfo=VIETNAM)
KNOWN = texts.Known(phones=["0909318264", "0387654321", "0845551234"], codes=["N2M5K8H2P9Q3R7T1AB"])
FIELDS = {
    "id", "gateway", "transactionDate", "accountNumber", "code", "content", "transferType", "transferAmount",
    "accumulated", "subAccount", "referenceCode", "description",
}  # fmt: skip


def source(seed: int = 7, known: texts.Known = KNOWN) -> sepay.Deliveries:
    return sepay.Deliveries(Random(seed), known=known, first_id=92704001, accounts=sepay.shop_accounts())


def made(count: int, seed: int = 7) -> list[sepay.Delivery]:
    deliveries = source(seed)
    return [deliveries.next(at=NOON) for _ in range(count)]


def run(post, *, count: int = 40, random: Random | None = None, **manner) -> Report:
    report = Report()
    manner = Manner(rate=0, count=count, **manner)
    asyncio.run(play(source(), post, manner, random=random or Random(7), report=report))
    return report


def test_every_delivery_has_the_twelve_fields_and_is_read_by_our_parser() -> None:
    for delivery in made(300):
        notice = parser.parse(delivery.body)

        assert set(json.loads(delivery.body)) == FIELDS
        assert (notice.sepay_id, notice.transferred_at) == (delivery.id, NOON)


def test_a_text_that_names_a_customer_is_read_as_that_customer() -> None:
    for delivery in made(500):
        notice = parser.parse(delivery.body)
        if notice.direction == "out":
            continue
        read = reading.read(notice.content, own_accounts=frozenset({notice.account_number, "75918"}))

        named = read.value if read.kind in (reading.Kind.QR, reading.Kind.PHONE) else None
        assert named == delivery.names, notice.content


def test_all_kinds_of_texts_and_several_banks_occur() -> None:
    notices = [parser.parse(delivery.body) for delivery in made(500)]

    assert {notice.gateway for notice in notices} == {"ACB", "Vietcombank", "MBBank", "Techcombank", "VietinBank"}
    assert {notice.direction for notice in notices} == {"in", "out"}
    kinds = Counter(reading.read(notice.content).kind for notice in notices if notice.direction == "in")
    assert set(kinds) == set(reading.Kind)
    assert any(not notice.content.isascii() for notice in notices)


def test_each_account_is_accumulated_from_transfer_to_transfer_and_never_overdrawn() -> None:
    balances = {account.number: account.balance_vnd for account in sepay.shop_accounts()}
    for delivery in made(2000):
        notice = parser.parse(delivery.body)
        balances[notice.account_number] += notice.amount_vnd if notice.direction == "in" else -notice.amount_vnd

        assert balances[notice.account_number] == notice.accumulated_vnd >= 0


def test_a_seed_gives_the_same_transfers_again() -> None:
    assert made(200, seed=3) == made(200, seed=3)
    assert made(200, seed=3) != made(200, seed=4)


def test_ids_rise_and_a_later_run_begins_above_an_earlier_one() -> None:
    ids = [delivery.id for delivery in made(500)]

    assert ids == sorted(set(ids))
    a_second_later = NOON.replace(second=1)
    assert sepay.first_id(a_second_later) - sepay.first_id(NOON) == 1_000_000
    assert 0 < sepay.first_id(NOON) < parser.ID_MAX


@pytest.mark.parametrize(("keys", "secrets"), [(["k1", "k2"], []), ([], ["s1"]), (["k1"], ["s1"])])
def test_the_shop_believes_the_headers(keys: list[str], secrets: list[str]) -> None:
    now_s = time.time()

    headers = sepay.headers(b"{}", keys=keys, secrets=secrets, now_s=now_s)

    signature.check(headers, b"{}", keys=keys, secrets=secrets, now_s=now_s)


def test_sepay_is_content_only_with_success_in_a_2xx() -> None:
    assert sepay.verdict(Answer(200, b'{"success": true, "id": 1}')) is Verdict.ACCEPTED
    assert sepay.verdict(Answer(200, b'{"success": true, "message": "Duplicate"}')) is Verdict.DUPLICATE
    assert sepay.verdict(Answer(200, b'{"success": false}')) is Verdict.FAILED
    assert sepay.verdict(Answer(200, b"<html>")) is Verdict.FAILED
    assert sepay.verdict(Answer(401, b'{"success": false}')) is Verdict.REFUSED
    assert sepay.verdict(Answer(503, b'{"success": true}')) is Verdict.FAILED
    assert sepay.verdict(Answer(0)) is Verdict.FAILED


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000", "http://127.9.9.9"]
)
def test_loopback_is_a_target(url: str) -> None:
    target(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1",
        "https://127.0.0.1",
        "http://example.com",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0",
        "x",
    ],
)
def test_nothing_else_is_a_target(url: str) -> None:
    with pytest.raises(NotLoopback):
        target(url)


def test_the_command_refuses_another_machine() -> None:
    with pytest.raises(CommandError, match="refused"):
        call_command("simulate", "sepay", "--url", "http://192.168.1.1:8000")


def test_what_fails_is_retried_and_what_never_succeeds_is_given_up() -> None:
    seen: Counter[int] = Counter()

    def post(delivery: sepay.Delivery) -> Verdict:
        seen[delivery.id] += 1
        return Verdict.ACCEPTED if delivery.id % 2 and seen[delivery.id] == 3 else Verdict.FAILED

    report = run(post, retry_waits_s=[0] * 7)

    odd = sum(id % 2 for id in seen)
    assert report.accepted == odd
    assert report.given_up == 40 - odd
    assert report.attempts == report.deliveries + report.retried == 3 * odd + 8 * (40 - odd)


def test_repeats_and_disorder_are_the_same_for_a_seed() -> None:
    def order(seed: int) -> list[int]:
        ids: list[int] = []

        def post(delivery: sepay.Delivery) -> Verdict:
            verdict = Verdict.DUPLICATE if delivery.id in ids else Verdict.ACCEPTED
            ids.append(delivery.id)
            return verdict

        report = run(post, random=Random(seed), repeat_share=0.3, reorder=True)
        assert report.duplicates == report.repeated == len(ids) - 40
        return ids

    first = order(1)
    assert sorted(first) == sorted(order(1))
    assert list(dict.fromkeys(first)) != sorted(set(first))


@pytest.mark.django_db
def test_the_shop_books_what_it_sends_once_each(client: Client) -> None:
    for phone in KNOWN.phones:
        get_or_create_customer(phone=phone, name="", by="test")
    map_qr_code(code=KNOWN.codes[0], customer=get_or_create_customer(phone=KNOWN.phones[0], by="test")[0])
    deliveries = made(60)

    for delivery in [*deliveries, *deliveries[::3]]:
        answer = client.post(
            "/api/sepay/webhook", delivery.body, content_type="application/json", HTTP_AUTHORIZATION="Apikey test-key"
        )
        assert answer.status_code == 200

    assert Delivery.objects.count() == BankTransfer.objects.count() == 60
    named = {delivery.id for delivery in deliveries if delivery.names}
    credited = BankTransfer.objects.filter(wallet_transaction__isnull=False)
    assert named <= set(credited.values_list("sepay_id", flat=True))  # The ends of phones may name more of them.
    assert Transaction.objects.count() == credited.count()


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([], 0.5) == 0
    assert percentile([3], 0.99) == 3
    assert percentile(range(1, 101), 0.5) == 50
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile([5, 1, 3], 1.0) == 5
