"""The web process dies while tickets are opened and resolved: each is there whole or not at all, and paid once."""

import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command

from customers.models import Activity
from n2store.models import Event
from tests.processes import Server, attempts, kill_at_random_points, post_json
from tickets import queries
from tickets.models import Compensation, Ticket, YearCounter
from wallets.models import Transaction, Wallet
from wallets.queries import verify_ledger

TICKETS = 200
SENDERS = 12
KILLS = 4
AMOUNT_VND = 10_000


def test_nothing_is_left_half_done(web: Server, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("issue_token", "--role", "owner")
    login = {"Authorization": f"Token {capsys.readouterr().out.strip()}"}
    chance, all_sent = random.Random(20260117), threading.Event()

    def until_answered(path: str, body: dict[str, object]) -> int:
        for _ in attempts():
            status = post_json(web, path, json.dumps(body).encode(), login)
            if status is not None and status < 500:
                return status
        raise AssertionError(f"{path} was never answered")

    def open_and_resolve(number: int) -> list[int]:
        order = f"NJD/{number}"
        body = {
            "phone": f"09093182{number % 9:02}",
            "type": "RETURN_SHIPPER",
            "order_id": order,
            "refund_amount": AMOUNT_VND,
        }
        opened = until_answered("/api/v2/tickets", body)
        code = Ticket.objects.get(order_id=order).code
        award = {"compensation_amount": AMOUNT_VND, "compensation_type": ("deposit", "virtual_credit")[number % 2]}
        return [opened, until_answered(f"/api/v2/tickets/{code}/resolve", award)]

    with ThreadPoolExecutor(SENDERS + 1) as pool:
        killer = pool.submit(
            kill_at_random_points, web, chance, kills=KILLS, progress=Ticket.objects.count, ended=all_sent
        )
        statuses = list(pool.map(open_and_resolve, range(TICKETS)))
        all_sent.set()
        kills = killer.result()

    assert kills >= 2
    assert {status for pair in statuses for status in pair} <= {200, 400}  # 400: done before, only the answer was lost.
    assert Ticket.objects.filter(status="COMPLETED").count() == Ticket.objects.count() == TICKETS
    assert YearCounter.objects.get().last == TICKETS
    assert Compensation.objects.count() == Transaction.objects.count() == TICKETS
    assert sum(wallet.real_vnd + wallet.virtual_vnd for wallet in Wallet.objects.all()) == TICKETS * AMOUNT_VND
    for name in ("ticket.created", "ticket.completed"):
        assert Event.objects.filter(name=name).count() == TICKETS
    assert Activity.objects.filter(type="TICKET_COMPLETED").count() == TICKETS
    assert json.loads(queries.statistics())["completed_count"] == TICKETS
    assert verify_ledger() == []
