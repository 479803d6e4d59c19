"""Whatever a body holds, the answer is clear: done, or a refusal with a code that changes nothing. Never a 500."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from tests.factories.tickets import ticket
from tickets.changing import CHANGED
from tickets.creating import TAKEN
from wallets.queries import verify_ledger

WORDS = st.sampled_from(
    [
        "", "BOOM", "OTHER", "RETURN_SHIPPER", "PENDING", "COMPLETED", "CANCELLED", "virtual_credit", "deposit",
        "complete", "cancel", "0909318264", "TV-2026-00001", "2026-01-16T05:00:00Z", "2026-01-16", "high",
        "150000.00", "-1", "'; --", "\0", "💥" * 300, "Đã hủy", "null",
    ]
)  # fmt: skip
NUMBERS = st.integers(-(10**20), 10**20) | st.integers(-5, 100_000) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["price", "quantity", "returnQuantity", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = [
    *TAKEN, *CHANGED, "phone", "type", "customer_address", "action", "note", "compensation_amount", "compensation_type",
    "write_off_reason", "amount", "expires_in_days", "ticket_code", "virtual_credit_id", "reason", "completed_at",
]  # fmt: skip
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
ADDRESSES = [
    "post /api/ticket", "post /api/v2/tickets", "put /api/ticket/{}", "post /api/ticket/{}/action",
    "patch /api/v2/tickets/{}", "post /api/v2/tickets/{}/notes", "post /api/v2/tickets/{}/resolve",
    "post /api/v2/tickets/{}/resolve-credit", "post /api/v2/tickets/new/resolve-credit",
    "post /api/v2/tickets/{}/write-off",
]  # fmt: skip
COMPLETE = {"phone": "0909318264", "type": "RETURN_SHIPPER", "action": "complete", "amount": 1_000, "reason": "x"}


@pytest.mark.parametrize("address", ADDRESSES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(body=BODIES, completed=st.booleans())
def test_no_body_is_a_500(api: APIClient, address: str, body: dict[str, Any], completed: bool) -> None:
    method, path = address.split()
    made = ticket("RETURN_SHIPPER", refund_amount=1_000)

    answer = getattr(api, method)(path.format(made.code), (COMPLETE if completed else {}) | body, format="json")

    assert answer.status_code in (200, 400, 403, 404, 409), answer.content
    if answer.status_code != 200:
        assert answer.json()["success"] is False
        assert answer.json()["code"]
    assert verify_ledger() == []


RETURN_ORDER = st.dictionaries(
    st.sampled_from(["customer_name", "invoice_number", "phone", "status", "total_amount", "tpos_data", "is_returned"]),
    VALUES,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(orders=st.lists(RETURN_ORDER, max_size=3) | VALUES)
def test_no_batch_is_a_500(api: APIClient, orders: Any) -> None:
    answer = api.post("/api/return-orders/batch", {"orders": orders}, format="json")

    assert answer.status_code in (200, 400)
