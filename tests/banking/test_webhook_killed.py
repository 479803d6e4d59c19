"""The web process dies, Redis goes away: every delivery that SePay sends until it hears 200 counts exactly once."""

import json
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from banking.models import BankTransfer
from n2store.models import Event
from tests.factories.banking import delivery
from tests.processes import (
    Server,
    attempts,
    end_other_sessions,
    kill_at_random_points,
    post_delivery,
    redis_server,
    web_server,
)
from wallets.models import Transaction, Wallet
from wallets.queries import verify_ledger

DELIVERIES = 500
PHONES = 40
SENDERS = 16
KILLS = 5


def send_until_heard(server: Server, number: int) -> int:
    """Send one delivery as SePay does, again after every failure, and return how many tries it took."""
    body = json.dumps(
        delivery(id=number + 1, content=f"09{number % PHONES:08d} ck", transferAmount=1_000 + number)
    ).encode()
    answers = []
    for tries in attempts():
        answers.append(post_delivery(server, body))
        if answers[-1] == 200:
            return tries
    raise AssertionError(f"delivery {number} was never taken: {Counter(answers)}")


def test_deliveries_count_once_though_the_web_process_is_killed_again_and_again(web: Server) -> None:
    chance = random.Random(20260116)
    numbers = [*range(DELIVERIES), *chance.sample(range(DELIVERIES), 100)]  # A fifth is sent twice anyway.
    chance.shuffle(numbers)
    all_sent = threading.Event()

    with ThreadPoolExecutor(SENDERS + 1) as pool:
        killer = pool.submit(
            kill_at_random_points, web, chance, kills=KILLS, progress=Transaction.objects.count, ended=all_sent
        )
        tries = list(pool.map(lambda number: send_until_heard(web, number), numbers))
        all_sent.set()
        kills = killer.result()

    assert kills >= 3
    assert max(tries) > 1
    expected = Counter({f"09{n:08d}": 0 for n in range(PHONES)})
    for number in range(DELIVERIES):
        expected[f"09{number % PHONES:08d}"] += 1_000 + number
    assert dict(Wallet.objects.values_list("customer__phone", "real_vnd")) == dict(expected)
    assert BankTransfer.objects.filter(wallet_transaction__isnull=False).count() == DELIVERIES
    assert Transaction.objects.count() == DELIVERIES
    assert Event.objects.filter(name="wallet.deposit").count() == DELIVERIES
    assert verify_ledger() == []


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_deliveries_are_taken_while_redis_is_away_or_hangs(
    transactional_db: None, tmp_path: Path, fault: signal.Signals
) -> None:
    redis = redis_server(tmp_path)
    redis.start()
    web = web_server(tmp_path, redis_url=f"unix://{redis.path}")
    web.start()
    try:
        assert send_until_heard(web, 0) == 1
        redis.signal(fault)

        began = time.monotonic()
        assert [send_until_heard(web, number) for number in range(1, 50)] == [1] * 49
        assert time.monotonic() - began < 20  # Not each delivery waits for Redis; a bound of sanity, not a measure.

        redis.signal(signal.SIGCONT)
        assert (Transaction.objects.count(), Event.objects.filter(name="wallet.deposit").count()) == (50, 50)
        assert verify_ledger() == []
    finally:
        web.kill()
        redis.kill()
        end_other_sessions()
