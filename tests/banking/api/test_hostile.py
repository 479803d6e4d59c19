"""Every address of banking with odd paths and bodies: a clear 4xx or an answer, never a 500."""

import json
from itertools import cycle
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.access.banking import READS, WRITES
from tests.banking.api.conftest import HOA, LAN, arrived, asked

IDS = ["1", "0909318264", "abc", "-1", "0", "9" * 25, "1.5", "a%00b", "%F0%9F%98%80", "x" * 300, "%25_", "%ED%A0%80"]
ODD: list[Any] = [
    None, "", "x", "\0", "\ud800", "9" * 400, "😀" * 50, 0, -1, 1.5, 2**31, 2**63, 10**40, True, [], [[]], [None], {},
    {"a": {}}, [1, "a", None], "0909318264", "1e400",
]  # fmt: skip
FIELDS = (
    "phone", "phones", "name", "customer_name", "customer_phone", "note", "notes", "reason", "verified_by",
    "verification_image_url", "is_manual_entry", "is_accountant_correction", "hidden", "display_name",
    "add_to_aliases", "limit", "force", "uniqueCode", "customerName", "customerPhone", "customer_id",
    "matched_customers", "ids", "checked", "verified", "transaction_id", "transaction_ids", "auto_deposit",
    "adjustment_type", "correct_customer_phone", "amount", "enabled", "resolved_by",
)  # fmt: skip
QUERY = (
    "page", "limit", "offset", "cursor", "type", "gateway", "startDate", "endDate", "date", "search", "showHidden",
    "verification_status", "has_phone", "amount", "phone", "status", "account_number", "include_totals", "linked",
    "wallet_processed",
)  # fmt: skip
pytestmark = pytest.mark.django_db


@pytest.fixture
def targets() -> list[str]:
    """Return ids of a credited transfer, one of nobody, one that is asked about, and the question."""
    transfers = [arrived(content="0909318264 ck"), arrived(), arrived()]
    question = asked(transfers[2], HOA, LAN)
    return [str(row.pk) for row in (*transfers, question)]


def fine(answer: Any, *asked: Any) -> None:
    assert answer.status_code < 500 or answer.status_code in (502, 503), (asked, answer.content)
    if answer.status_code >= 400:
        told = answer.json()
        assert told["success"] is False, asked
        assert told["error"], asked
        assert "Traceback" not in told["error"], asked
        assert "psycopg" not in told["error"], asked


@pytest.mark.parametrize("address", READS + [address for method, address in WRITES if method == "get"])
def test_odd_questions(api: APIClient, targets: list[str], address: str) -> None:
    for id in IDS if "<>" in address else [""]:
        fine(api.get(address.replace("<>", id)), address, id)
    texts = [str(value) for value in ODD if isinstance(value, str | int) and value != "\ud800"]
    for value in texts:
        fine(api.get(address.replace("<>", "1"), dict.fromkeys(QUERY, value)), address, value)
        for name in QUERY if address.endswith(("/history", "-queue", "/approved-today")) else []:
            fine(api.get(address, {name: value}), address, name, value)
    fine(api.get(address.replace("<>", "1") + "?search=%ED%A0%80&phone=%FF&page=%00&startDate=%C3"), address)


@pytest.mark.parametrize(("method", "address"), [one for one in WRITES if one[0] != "get"])
def test_odd_commands(api: APIClient, targets: list[str], method: str, address: str) -> None:
    send = getattr(api, method)
    for id in IDS if "<>" in address else [""]:
        fine(send(address.replace("<>", id), {}, format="json"), address, id)
    ids = cycle(targets)
    for value in ODD:
        for body in (dict.fromkeys(FIELDS, value), value):
            path = address.replace("<>", next(ids))
            fine(send(path, json.dumps(body), content_type="application/json"), address, value)
    for raw in ("{", "[" * 5_000, '{"phone":', "\xff", '{"a":NaN}', '{"amount":1e999}'):
        fine(send(address.replace("<>", "1"), raw.encode("latin-1"), content_type="application/json"), address, raw)
    fine(
        send(address.replace("<>", "1"), "phone=0909318264", content_type="application/x-www-form-urlencoded"), address
    )
    fine(send(address.replace("<>", "1"), "x", content_type="text/plain"), address)
    fine(send(address.replace("<>", "1")), address)


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_alone(api: APIClient, targets: list[str], name: str) -> None:
    good = {
        "phone": "0909318264", "reason": "Chuyển nhầm khách", "customer_id": 5011, "display_name": "Hoa",
        "uniqueCode": "N2M5K8H2P9Q3R7T1AB", "customerPhone": "0909318264", "adjustment_type": "debit_only",
        "transaction_id": int(targets[1]),
    }  # fmt: skip
    for method, address in WRITES:
        if method == "get" or "cron" in address:
            continue
        for value in (None, "\0", "x" * 3_000, -1, 2**63, True, [[]], {"a": {}}):
            body = json.dumps(good | {name: value})
            answer = getattr(api, method)(address.replace("<>", targets[1]), body, content_type="application/json")
            fine(answer, address, name, value)
