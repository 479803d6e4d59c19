"""A day that goes wrong for the webhook: 1,000 lines, 5 withheld, 5 repeated, 5 twins, 50 out of order."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from banking import tasks
from banking.continuity import healing, watch
from banking.continuity.closing import closing_sheet
from banking.models import BankTransfer, Delivery, Incident, WatchedAccount
from n2store.clock import vietnam_day
from n2store.simulator.scenario import Story
from n2store.simulator.sepay_list import TOKEN
from tests.banking.continuity.bank import later
from tests.factories.banking import post
from tests.factories.sepay import playing_list, story
from tests.processes import (
    APPLICATION,
    PATIENCE_S,
    Server,
    attempts,
    database_url_of_this_test,
    end_other_sessions,
    post_delivery,
    wait_until,
)
from wallets.models import Transaction
from wallets.queries import verify_ledger

ODD = {"withheld": 5, "repeated": 5, "twins": 5, "late": 50}


def the_day(seed: int, *, lines: int = 1_000) -> Story:
    """Return a day that ends now, three seconds between its lines."""
    every = timedelta(seconds=3)
    return story(seed, lines=lines, begin=timezone.localtime() - lines * every, every=every, **ODD)


def named(told: Story) -> list[tuple[int, str, int]]:
    """Return id, phone and amount of every line of the book that surely names a customer."""
    names = {one.id: one.names for one in (*told.posts, *told.withheld)}
    return [
        (line["id"], str(names[line["id"]]), line["transferAmount"])
        for line in told.bank.lines()
        if names[line["id"]] and line["transferType"] == "in"
    ]


def assert_nothing_is_missing(told: Story) -> None:
    lines = told.bank.lines()
    assert BankTransfer.objects.count() == Delivery.objects.count() == len(lines)
    assert dict(BankTransfer.objects.values_list("sepay_id", "accumulated_vnd")) == {
        line["id"]: line["accumulated"] for line in lines
    }
    credited = set(BankTransfer.objects.values_list("sepay_id", "customer__phone", "wallet_transaction__amount_vnd"))
    assert set(named(told)) <= credited
    assert Transaction.objects.count() == BankTransfer.objects.exclude(wallet_transaction=None).count()
    for first, second in told.twins:
        one, other = BankTransfer.objects.get(sepay_id=first.id), BankTransfer.objects.get(sepay_id=second.id)
        assert (one.customer, one.amount_vnd, one.reference_code) == (
            other.customer, other.amount_vnd, other.reference_code,
        )  # fmt: skip
        assert one.wallet_transaction is not None
        assert other.wallet_transaction not in (None, one.wallet_transaction)
    assert verify_ledger() == []
    for row in closing_sheet(begin=vietnam_day(later() - timedelta(days=1)), end=vietnam_day(later())):
        assert (row.difference_vnd, row.incidents) == (0, ()), row


@pytest.mark.django_db
def test_exactly_the_withheld_are_found_and_healed_and_every_twin_is_credited(client: Client) -> None:
    told = the_day(7)

    for number, one in enumerate(told.posts):
        assert post(client, one.body).status_code == 200
        if number % 100 == 0:
            watch.check_all(now=timezone.now())
    watch.check_all(now=later())

    lost = {json.loads(one.body)["id"]: json.loads(one.body) for one in told.withheld}
    signed = {
        (line["accountNumber"], line["transferAmount"] * (1 if line["transferType"] == "in" else -1))
        for line in lost.values()
    }
    assert set(Incident.objects.values_list("account_number", "missing_vnd")) == signed
    assert Incident.objects.count() == 5
    assert sum(Delivery.objects.values_list("repeats", flat=True)) == 5

    with playing_list(told.bank) as book:
        healing.ask_due(now=later())
        assert len(book.asked) <= 5

    assert set(Incident.objects.values_list("status", flat=True)) == {"healed"}
    healed_by = Incident.objects.values_list("found__sepay_id", flat=True)
    assert sorted(healed_by) == sorted(lost)
    assert_nothing_is_missing(told)


@pytest.mark.django_db
def test_a_poll_alone_finds_the_withheld_too_and_a_second_one_finds_nothing(client: Client) -> None:
    told = the_day(11, lines=300)
    for one in told.posts:
        post(client, one.body)
    watch.check_all(now=timezone.now())

    with playing_list(told.bank):
        assert tasks.ask_sepay() == 5
        assert tasks.ask_sepay() == 0
    watch.check_all(now=later())

    assert Incident.objects.count() == 0
    assert_nothing_is_missing(told)


class Worker:
    """A worker that checks and asks without end, until it is killed."""

    def __init__(self, env: dict[str, str]) -> None:
        loop = (
            "import django; django.setup(); from banking import tasks\nwhile True: tasks.check_continuity();"
            " tasks.ask_sepay(); tasks.retry_failed_deliveries()"
        )
        self.command, self.env = [sys.executable, "-c", loop], os.environ | env
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def test_nothing_is_missing_though_web_and_worker_are_killed_again_and_again(web: Server, tmp_path: Path) -> None:
    told, chance = the_day(13, lines=400), random.Random(13)
    with playing_list(told.bank) as book:
        worker = Worker(
            {
                "DATABASE_URL": database_url_of_this_test(), "PGAPPNAME": APPLICATION, "REDIS_URL": settings.REDIS_URL,
                "DJANGO_SETTINGS_MODULE": "n2store.settings", "SECRET_KEY": "test", "N2STORE_HOME": str(tmp_path),
                "SEPAY_API_URL": book.url, "SEPAY_API_TOKEN": TOKEN, "CONTINUITY_GRACE_S": "1",
                "SEPAY_API_CALLS_PER_S": "100",
            }
        )  # fmt: skip
        worker.start()
        try:

            def send(body: bytes) -> None:
                for _ in attempts():
                    if post_delivery(web, body) == 200:
                        return
                raise AssertionError("it was never taken")

            with ThreadPoolExecutor(8) as pool:
                sent = [pool.submit(send, one.body) for one in told.posts]
                for victim in (web, worker, worker, web, worker):
                    time.sleep(0.5 + chance.random())
                    victim.kill()
                    victim.start()
                for one in sent:
                    one.result()
            wait_until(lambda: BankTransfer.objects.count() == len(told.bank), timeout_s=PATIENCE_S)
        finally:
            worker.kill()
    end_other_sessions()
    WatchedAccount.objects.update(checked_transfer_id=0)  # All is judged once more.
    watch.check_all(now=later())

    assert not Incident.objects.exclude(status="healed").exists()
    assert_nothing_is_missing(told)
