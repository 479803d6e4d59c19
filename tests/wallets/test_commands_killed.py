"""The web process dies while staff move money: what is repeated with its key until it is answered counts once."""

import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command

from customers.operations import get_or_create_customer
from n2store.models import Event
from tests.processes import Server, attempts, kill_at_random_points, post_json
from wallets.models import Command, Transaction, Wallet
from wallets.queries import verify_ledger

DEPOSITS, WITHDRAWALS = 300, 150
PHONES = [f"09093182{n:02}" for n in range(6)]
SENDERS = 16
KILLS = 5
DEPOSIT_VND, WITHDRAWAL_VND = 10_000, 3_000


def test_a_command_repeated_until_it_is_answered_counts_once(web: Server, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("issue_token", "--role", "owner")
    login = {"Authorization": f"Token {capsys.readouterr().out.strip()}"}
    for phone in PHONES:
        get_or_create_customer(phone=phone, by="test")
    chance = random.Random(20260117)
    orders = [("deposit", n, {"amount": DEPOSIT_VND}) for n in range(DEPOSITS)]
    orders += [("withdraw", n, {"amount": WITHDRAWAL_VND, "order_id": f"NJD/{n}"}) for n in range(WITHDRAWALS)]
    again = chance.sample(orders, 90)  # A fifth is sent twice anyway.
    all_sent = threading.Event()

    def send_until_answered(order: tuple[str, int, dict[str, object]]) -> int:
        action, number, body = order
        path = f"/api/v2/wallets/{PHONES[number % len(PHONES)]}/{action}"
        for tries in attempts():
            status = post_json(web, path, json.dumps(body).encode(), login | {"Idempotency-Key": f"{action}-{number}"})
            if status == 200:
                return tries
            assert status in {None, 400, 502, 503}, status  # 400: a withdrawal before its deposits; it comes again.
        raise AssertionError(f"{order} was never answered")

    with ThreadPoolExecutor(SENDERS + 1) as pool:
        killer = pool.submit(
            kill_at_random_points, web, chance, kills=KILLS, progress=Transaction.objects.count, ended=all_sent
        )
        tries = list(pool.map(send_until_answered, orders + again))
        all_sent.set()
        kills = killer.result()

    assert kills >= 3
    assert max(tries) > 1
    each = len(PHONES)
    wanted = DEPOSITS // each * DEPOSIT_VND - WITHDRAWALS // each * WITHDRAWAL_VND
    assert dict(Wallet.objects.values_list("customer__phone", "real_vnd")) == dict.fromkeys(PHONES, wanted)
    assert Transaction.objects.count() == Command.objects.count() == DEPOSITS + WITHDRAWALS
    assert Event.objects.filter(name__in=["wallet.deposit", "wallet.withdraw"]).count() == DEPOSITS + WITHDRAWALS
    assert verify_ledger() == []
