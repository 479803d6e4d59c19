"""Every address of tickets, returns, analytics, fraud and jobs, asked oddly by four roles: never a 500."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from n2store.roles import Role
from tests.access import customers, tickets, wallets
from tests.factories.tickets import ticket
from tickets.models import ReturnOrder, Ticket

ROLES = [Role.ACCOUNTANT, Role.WAREHOUSE, Role.CUSTOMER_CARE, Role.VIEWER]
BEGINNINGS = (
    "/api/ticket",
    "/api/return-orders",
    "/api/v2/tickets",
    "/api/v2/analytics",
    "/api/v2/fraud",
    "/api/v2/orders",
)
READS = [path for path in tickets.READS + customers.READS if path.startswith(BEGINNINGS)]
WRITES = [
    (method, path)
    for method, path in [*tickets.WRITES, *customers.WRITES, *wallets.WRITES]
    if path.startswith(BEGINNINGS) or "/cron/" in path
]
NAMES = [
    "1",
    "0",
    "99999999999999999999",
    "TV-2026-00001",
    "tv-2026-1",
    "TV-",
    "-1",
    "%00",
    "a%2Fb",
    "💥",
    "'; --",
    " ",
]
QUERIES = [
    "", "page=0", "page=-1", "page=abc", "limit=99999999999", "limit=", "cursor=abc", "cursor=%00", "type='; --",
    "status=DONE", "status=,,", "priority=1", "customer_id=abc", "customer_id=99999999999999999999", "phone=abc",
    "phone=%2B12025550100", "order_id=%25", "assigned_to=%00", "sort=random", "hard=maybe", "days=abc", "days=0",
    "days=99999999", "start_date=2026-02-30", "end_date=x", "is_returned=maybe", "search=%00", "order=up",
    "since=yesterday",
]  # fmt: skip
BODIES: list[Any] = [
    None, [], "x", 5, {}, {"phone": 912345678}, {"phone": "0909318264", "type": {"a": 1}}, {"action": ["complete"]},
    {"status": None}, {"status": "COMPLETED", "refund_amount": "1e9"}, {"products": {"0": {}}}, {"note": "\0"},
    {"note": "x" * 100_000}, {"amount": True, "kind": []}, {"amount": 10**30, "kind": "lost", "received": {}},
    {"compensation_amount": "NaN", "compensation_type": 1}, {"reason": 5}, {"orders": [None, 1, [], {}]},
    {"orders": [{"code": "A", "phone": "0909318264", "total": "x", "delivered_at": 5}]}, {"limit": "many"},
    {"metric_type": "x", "score": "y", "min_value": [], "max_value": {}}, {"until": "2026-13-01"}, {"thresholds": []},
]  # fmt: skip
KEPT = """
    SELECT (SELECT coalesce(json_agg(t ORDER BY id), '[]') FROM tickets_ticket t)::text,
           (SELECT coalesce(json_agg(r ORDER BY id), '[]') FROM tickets_returnorder r)::text,
           (SELECT count(*) FROM wallets_transaction), (SELECT count(*) FROM customers_order),
           (SELECT count(*) FROM tickets_claim), (SELECT count(*) FROM tickets_compensation),
           (SELECT count(*) FROM customers_rfmconfig), (SELECT count(*) FROM customers_fraudconfig),
           (SELECT count(*) FROM customers_customer)
"""


def kept() -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(KEPT)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


@pytest.fixture
def shop(db: None) -> list[str]:
    """Have a ticket and a return order, and return names that addresses may carry, the real ones first."""
    made = ticket("RETURN_SHIPPER", refund_amount=100_000)
    back = ReturnOrder.objects.create(customer_name="Hoa", invoice_number="TH/1", actor="test")
    assert Ticket.objects.count() == 1
    return [made.code, str(made.pk), str(back.pk), *NAMES]


def call(api: APIClient, method: str, path: str, body: Any = None) -> int:
    """Send it; return the status, after a look at the refusal."""
    answer = getattr(api, method)(path, body, format="json") if method != "get" else api.get(path)
    assert answer.status_code < 500, (method, path, body, answer.content[:300])
    if answer.status_code >= 400 and answer.headers["Content-Type"].startswith("application/json"):
        told = answer.json()
        assert (told["success"], bool(told["code"]), bool(told["message"])) == (False, True, True), (path, body, told)
    return int(answer.status_code)


@pytest.mark.parametrize("path", READS)
def test_no_query_is_a_500_and_no_look_changes_anything(as_role: Any, shop: list[str], path: str) -> None:
    before = kept()
    names = shop if "<>" in path else [""]
    for role in ROLES:
        api = as_role(role)
        for name in names:
            call(api, "get", path.replace("<>", name))
        for query in QUERIES:
            call(api, "get", f"{path.replace('<>', names[0])}?{query}")

    assert kept() == before


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_no_body_is_a_500_and_no_refusal_changes_anything(
    as_role: Any, shop: list[str], method: str, path: str
) -> None:
    names = shop if "<>" in path else [""]
    for role in ROLES:
        api = as_role(role)
        asked = [(name, {}) for name in names[3:]] + [(name, body) for name in names[:2] for body in BODIES]
        for name, body in asked:
            before = kept()
            if call(api, method, path.replace("<>", name), body) >= 400:
                assert kept() == before, (role, method, path, body)


@pytest.mark.parametrize(("method", "path"), [write for write in WRITES if "/cron/" not in write[1]])
def test_who_only_looks_changes_nothing_whatever_is_sent(as_role: Any, shop: list[str], method: str, path: str) -> None:
    api, before = as_role(Role.VIEWER), kept()

    for body in BODIES:
        assert call(api, method, path.replace("<>", shop[0]), body) >= 400

    assert kept() == before
