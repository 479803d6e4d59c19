"""`manage.py play_payos` pays what the shop asks for, and talks to nobody beyond this machine."""

import io
import threading
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from banking.models import Topup
from n2store.simulator import payos as simulator
from n2store.simulator.loopback import NotLoopback
from tests.factories.payos import started
from tests.processes import free_port, wait_until


@pytest.mark.django_db(transaction=True)
def test_a_link_is_paid_after_a_moment(live_server: Any) -> None:
    port, said = free_port(), io.StringIO()
    given = {"port": port, "shop": live_server.url, "after": 0.1, "links": 1, "stdout": said}
    playing = threading.Thread(target=call_command, args=["play_payos"], kwargs=given)
    playing.start()
    wait_until(lambda: "PAYOS_API_URL" in said.getvalue())
    with override_settings(
        PAYOS_CLIENT_ID=simulator.CLIENT_ID, PAYOS_API_KEY=simulator.API_KEY,
        PAYOS_CHECKSUM_KEY=simulator.CHECKSUM_KEY, PAYOS_API_URL=f"http://127.0.0.1:{port}",
    ):  # fmt: skip
        started(300_000)
        playing.join(timeout=60)

    assert not playing.is_alive()
    assert Topup.objects.get().paid_vnd == 300_000
    assert "the shop answers 200" in said.getvalue()


def test_it_talks_to_this_machine_only() -> None:
    with pytest.raises(NotLoopback):
        call_command("play_payos", shop="https://shop.example.com")
