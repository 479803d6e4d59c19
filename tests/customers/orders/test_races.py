"""Orders, sheets, profiles, scores and fraud at once: nobody gets into another's way for good."""

from datetime import timedelta
from typing import Any

import pytest

from customers.fraud.engine import sweep
from customers.fraud.return_rate import RETURN_RATE
from customers.imports import import_customers
from customers.models import Customer, FraudCase, FraudWatch, Order
from customers.operations import update_profile
from customers.orders.queries import wrong_figures
from customers.rfm.scoring import recalculate
from tests.factories.orders import NOON, days_ago, order, taken
from tests.threads import at_once

PHONES = [f"091200000{n}" for n in range(10)]


def orders_in(n: int, rows: list[int]) -> None:
    taken(
        *(
            order(
                f"{n}-{k}", phone=PHONES[k], status="returned" if k % 2 else "delivered", total=1_000_000 * (k + 1),
                ordered_at=days_ago(3), returned_at=days_ago(0.5) if k % 2 else None,
            )
            for k in rows
        )
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_all_doors_at_once_end_in_a_state_that_adds_up() -> None:
    orders_in(99, list(range(5)))
    FraudWatch.objects.create(rule="return_rate", until=NOON - timedelta(days=2))
    Customer.objects.update(tier="silver")

    def work(n: int) -> Any:
        kind = n % 6
        if kind == 0:
            return orders_in(n, list(range(10)))
        if kind == 1:
            return orders_in(n, list(reversed(range(10))))
        if kind == 2:
            return import_customers([{"phone": phone, "address": f"Số {n}"} for phone in reversed(PHONES)], by="sheet")
        if kind == 3:
            return recalculate(by="night", at=NOON)
        if kind == 4:
            return sweep(RETURN_RATE, now=NOON - timedelta(minutes=60 - n))
        for customer in Customer.objects.order_by("-pk"):
            update_profile(customer_id=customer.pk, changes={"internal_note": f"n{n}"}, by="lan")
        return None

    at_once(work, range(18))

    assert wrong_figures() == []
    assert Order.objects.count() == 6 * 10 + 5
    assert FraudCase.objects.count() == FraudCase.objects.values("customer").distinct().count()
    assert set(FraudCase.objects.values_list("customer__tier", flat=True)) <= {"blacklist"}
