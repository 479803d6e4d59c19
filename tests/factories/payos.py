"""The simulated PayOS, settings that lead to it, and top-ups at it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.test import Client, override_settings

from banking.models import Topup
from banking.payos.access import Viewer
from banking.payos.starting import start
from customers.operations import get_or_create_customer
from n2store.simulator import payos as simulator

PHONE = "0909318264"
PAGE = "http://testserver/wallet/topup"


@contextmanager
def playing_payos(timeout_s: float = 10.0) -> Iterator[simulator.Payos]:
    """Serve a channel without links; questions about links come as fast as they like."""
    with (
        simulator.Payos().serving() as payos,
        override_settings(
            PAYOS_CLIENT_ID=simulator.CLIENT_ID, PAYOS_API_KEY=simulator.API_KEY,
            PAYOS_CHECKSUM_KEY=simulator.CHECKSUM_KEY, PAYOS_API_URL=payos.url, PAYOS_TIMEOUT_S=timeout_s,
            PAYOS_CALLS_PER_S=1_000.0,
        ),
    ):  # fmt: skip
        yield payos


def started(
    amount_vnd: int = 500_000, *, phone: str = PHONE, key: str | None = None, user_id: int | None = None
) -> Topup:
    """Start a top-up as the page does."""
    customer, _ = get_or_create_customer(phone=phone, name="Chị Hoa", by="test")
    viewer = Viewer(user_id=user_id, customer_id=customer.pk)
    return start(customer=customer, amount_vnd=amount_vnd, viewer=viewer, by="test", return_url=PAGE, key=key).topup


def post(body: Any, client: Client | None = None) -> tuple[int, Any]:
    """Post a webhook, and return status and JSON of the answer."""
    text = body if isinstance(body, bytes | str) else json.dumps(body, ensure_ascii=False)
    answer = (client or Client()).post("/api/payos/webhook", text, content_type="application/json")
    return answer.status_code, answer.json()
