"""`/api/return-orders`."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.tickets import OWNER
from tests.threads import at_once
from tickets.models import ReturnOrder
from tickets.returns.keeping import take_in

FIRST = {
    "customer_name": "Chị Hoa", "phone": "+84 909 318 264", "invoice_number": "RI/2026/001", "reference": "NJD/2026/1",
    "invoice_date": "2026-01-16", "total_amount": "350000.00", "remaining_debt": 50_000, "status": "Đã xác nhận",
    "return_reason": "Sai mẫu", "is_returned": True, "tpos_id": 77, "tpos_data": {"Id": 77}, "source": "TPOS",
}  # fmt: skip
SECOND = {"customer_name": "Anh Đức", "invoice_number": "RI/2026/002", "total_amount": 120_000, "source": "Excel"}


def take(api: APIClient, *orders: Any) -> Any:
    return api.post("/api/return-orders/batch", {"orders": list(orders)}, format="json")


def listed(api: APIClient, query: str = "") -> list[str]:
    answer = api.get(f"/api/return-orders?{query}")
    assert answer.status_code == 200, answer.content
    return [row["invoice_number"] for row in answer.json()["data"]]


def test_a_batch_keeps_what_is_new_and_skips_what_is_known(api: APIClient) -> None:
    first = take(api, FIRST, FIRST).json()
    second = take(api, FIRST, SECOND).json()

    assert (first["message"], first["inserted"], first["skipped"]) == (
        "Đã nhập 1 đơn hàng, bỏ qua 1 đơn trùng lặp", 1, 1,
    )  # fmt: skip
    assert (second["inserted"], second["skipped"]) == (1, 1)
    [row] = first["data"]
    assert {name: row[name] for name in FIRST} == FIRST | {
        "phone": "0909318264", "invoice_date": "2026-01-15T17:00:00.000Z", "total_amount": 350_000, "tpos_id": "77",
    }  # fmt: skip
    [row] = second["data"]
    assert (row["status"], row["is_returned"], row["remaining_debt"], row["phone"]) == ("Nháp", False, 0, None)
    assert api.get(f"/api/return-orders/{row['id']}").json() == {"success": True, "data": row}


BAD = [
    None, [], "x", [5], [{"invoice_number": "1"}], [{"customer_name": "x"}], [SECOND | {"total_amount": -1}],
    [SECOND | {"status": "Xong"}], [SECOND | {"source": "Web"}], [SECOND | {"phone": "abc"}],
    [SECOND | {"is_returned": "yes"}], [SECOND | {"invoice_date": "2026-13-01"}], [SECOND | {"invoice_date": 5}],
    [SECOND | {"tpos_data": [1]}], [SECOND | {"customer_name": "a\0b"}], [SECOND | {"tpos_data": {"a": "\0"}}],
    [SECOND | {"reference": "x" * 256}], [FIRST, SECOND | {"total_amount": 1.5}], [SECOND] * 1_001,
]  # fmt: skip


@pytest.mark.parametrize("orders", BAD)
def test_a_batch_with_something_wrong_keeps_nothing(api: APIClient, orders: Any) -> None:
    answer = api.post("/api/return-orders/batch", {"orders": orders}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_RETURN_ORDER")
    assert answer.json()["message"].startswith("Thông tin đơn trả hàng không hợp lệ")
    assert ReturnOrder.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_batches_at_once_keep_each_invoice_once() -> None:
    orders = [SECOND | {"invoice_number": f"RI/{number}"} for number in range(20)]

    taken = at_once(lambda _: take_in(caller=OWNER, orders=orders), range(6))

    assert sum(len(kept) for kept, _skipped in taken) == ReturnOrder.objects.count() == 20


def test_lists_are_filtered_searched_and_sorted(api: APIClient) -> None:
    take(api, FIRST, SECOND)
    one, two = "RI/2026/001", "RI/2026/002"

    wanted = {
        "": [one, two], "search=hoa": [one], "search=duc": [two], "search=RI/2026": [one, two], "search=NJD": [one],
        "search=0909318": [one], "search=%25": [], "search='; --": [], "status=Nháp": [two], "is_returned=true": [one],
        "is_returned=false": [two], "start_date=2026-01-16&end_date=2026-01-16": [one], "end_date=2026-01-15": [],
        "sort=total_amount&order=asc": [two, one], "sort=customer_name&order=asc": [two, one],
        "sort=created_at": [two, one], "limit=1": [one], "limit=1&page=2": [two],
    }  # fmt: skip
    for query, found in wanted.items():
        assert (query, listed(api, query)) == (query, found)
    block = api.get("/api/return-orders?limit=1").json()["pagination"]
    assert (block["total"], block["total_pages"], block["limit"]) == (2, 2, 1)


@pytest.mark.parametrize(
    "query", ["status=x", "sort=x", "order=x", "is_returned=x", "start_date=x", "page=x", "search=%00", "limit=x"]
)
def test_garbage_is_a_400(api: APIClient, query: str) -> None:
    assert api.get(f"/api/return-orders?{query}").status_code == 400


def test_the_figures(api: APIClient) -> None:
    assert api.get("/api/return-orders/stats").json()["data"]["avg_amount"] == 0
    take(api, FIRST, SECOND)

    assert api.get("/api/return-orders/stats").json()["data"] == {
        "total_count": 2, "confirmed_count": 1, "draft_count": 1, "cancelled_count": 0, "returned_count": 1,
        "pending_return_count": 1, "total_amount_sum": 470_000, "total_debt_sum": 50_000, "avg_amount": 235_000,
        "tpos_count": 1, "excel_count": 1, "manual_count": 0,
    }  # fmt: skip


def test_a_return_order_changes_and_goes_and_the_audit_log_remembers(api: APIClient) -> None:
    first, second = take(api, FIRST, SECOND).json()["data"]
    path = f"/api/return-orders/{second['id']}"

    row = api.put(path, {"status": "Đã hủy", "is_returned": True, "phone": ""}, format="json").json()["data"]
    taken = api.put(path, {"invoice_number": first["invoice_number"]}, format="json")
    nothing = api.put(path, {"id": 5}, format="json")
    gone = api.delete(path)

    assert (row["status"], row["is_returned"]) == ("Đã hủy", True)
    assert (taken.status_code, taken.json()["code"], nothing.status_code) == (409, "DUPLICATE_INVOICE", 400)
    assert (gone.status_code, api.get(path).status_code, api.delete(path).status_code) == (200, 404, 404)
    assert AuditLog.objects.get(action="return_order.delete").before["invoice_number"] == "RI/2026/002"


@pytest.mark.parametrize("role", Role)
def test_who_may_write(as_role: Any, role: Role) -> None:
    client = as_role(role)
    writes = role is not Role.VIEWER

    assert take(client, FIRST).status_code == (200 if writes else 403)
    row = ReturnOrder.objects.first() or ReturnOrder.objects.create(customer_name="x", invoice_number="y", actor="z")
    assert client.put(f"/api/return-orders/{row.pk}", {"status": "Nháp"}, format="json").status_code == (
        200 if writes else 403
    )
    assert client.delete(f"/api/return-orders/{row.pk}").status_code == (200 if role is Role.OWNER else 403)


@pytest.mark.parametrize("identifier", ["0", "abc", "9" * 30, "1;--"])
def test_what_names_none_is_a_404(api: APIClient, identifier: str) -> None:
    assert api.get(f"/api/return-orders/{identifier}").status_code == 404
