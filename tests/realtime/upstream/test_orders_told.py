"""Orders that TPOS's socket tells of."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from customers.models import Order
from customers.orders.tpos import Heard as Outcome
from n2store.clock import VIETNAM
from n2store.simulator.tpos import invoice
from realtime.frames import KeptFrame
from realtime.upstream.tpos import orders
from realtime.upstream.tpos.orders import take_order

NOON = datetime(2026, 1, 20, 12, tzinfo=VIETNAM)


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []
    cache.delete(orders.FETCHING)
    monkeypatch.setattr(orders.sync_orders, "apply_async", lambda **how: asked.append(how))
    return asked


def frame(told: Any, *, provider: str = "tpos", event: str = "on-events") -> KeptFrame:
    return KeptFrame(
        id=1, provider=provider, account_id=None, topic="r", event=event, payload=told, received_at=timezone.now()
    )


def told(data: dict[str, Any], *, type: str = "FastSaleOrder") -> str:
    return json.dumps({"Type": type, "EventName": "updated", "Data": data})


@pytest.mark.django_db
def test_an_invoice_that_says_enough_is_taken_and_taken_again_changes_nothing(fetches: list[Any]) -> None:
    row = invoice(1, "0909318264", NOON)

    first, second = take_order(frame(told(row))), take_order(frame(told(row)))

    assert (first, second) == (Outcome.TAKEN, Outcome.TAKEN)
    assert Order.objects.get().external_code == row["Number"]
    assert fetches == []


@pytest.mark.django_db(transaction=True)
def test_one_that_names_an_invoice_and_no_more_has_it_fetched_once_for_all(fetches: list[Any]) -> None:
    outcomes = [take_order(frame(told({"Id": number}))) for number in range(5)]

    assert set(outcomes) == {Outcome.TO_BE_FETCHED}
    assert len(fetches) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given",
    [
        frame(told({"Id": "x", "Code": "1"}, type="SaleOnline_Order")),
        frame(told({}, type="ProductTemplate")),
        frame("{not json"),
        frame(None),
        frame(["a"]),
        frame(told({"Id": 1}), provider="pancake"),
        frame(told({"Id": 1}), event="join"),
    ],
)
def test_anything_else_is_no_order(given: KeptFrame, fetches: list[Any]) -> None:
    assert take_order(given) is Outcome.NO_ORDER
    assert fetches == []
