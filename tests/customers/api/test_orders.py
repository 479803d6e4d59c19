"""`/api/v2/orders`, `/api/v2/orders/batch` and whether somebody may order."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from rest_framework.test import APIClient

from customers import blacklist
from customers.models import Customer, Order, OrderStats
from customers.orders.sheets import FILE_MAX_BYTES
from n2store.launch.bodies import BODY_BYTES_MAX
from n2store.roles import Role
from n2store.wire import instant
from tests.factories.orders import NOON, PHONE, days_ago, order

BATCH = "/api/v2/orders/batch"
FRONT_MAX_BYTES = 1_000_000
"""Of a request, see the Caddyfile."""
pytestmark = pytest.mark.django_db


def test_a_batch_is_answered_row_by_row(api: APIClient) -> None:
    body = {"orders": [order("A"), order("B", phone="x"), order("A")]}

    data = api.post(BATCH, body, format="json").json()["data"]

    assert {name: data[name] for name in ("created", "updated", "unchanged", "stale", "refused")} == {
        "created": 1, "updated": 0, "unchanged": 0, "stale": 0, "refused": 2,
    }  # fmt: skip
    assert [(row["row"], row["code"], row["outcome"]) for row in data["rows"]] == [
        (1, "A", "created"), (2, "B", "refused"), (3, "A", "refused"),
    ]  # fmt: skip


def test_a_bare_list_is_a_batch_too(api: APIClient) -> None:
    assert api.post(BATCH, [order("A")], format="json").json()["data"]["created"] == 1
    assert Order.objects.get().source == "api"


def test_the_card_and_the_lists_show_what_the_orders_add_up_to(api: APIClient) -> None:
    """W26."""
    api.post(BATCH, [order("A"), order("B", status="returned")], format="json")

    card = api.get(f"/api/v2/customers/{PHONE}").json()["data"]
    [row] = api.get("/api/v2/customers").json()["data"]

    for customer in (card["customer"], row):
        assert (customer["total_orders"], customer["total_spent"], customer["return_rate"]) == (2, 350_000, 50.0)
        assert (customer["successful_orders"], customer["returned_orders"]) == (1, 1)
        assert customer["last_order_date"] == instant(NOON - timedelta(days=3))
        assert customer["rfm_total_score"] == sum(
            customer[f"rfm_{metric}_score"] for metric in ("recency", "frequency", "monetary")
        )
    rfm = card["rfm"]
    assert rfm == card["customer"]["rfm"]
    assert (rfm["monetary"], rfm["total_score"]) == (350_000, card["customer"]["rfm_total_score"])
    assert rfm["score"] == round(rfm["total_score"] / 3, 2)


CSV = """Mã đơn;SĐT;Tên khách hàng;Tổng tiền;Trạng thái;Ngày đặt
A;0909318264;Hoa;350.000;Đã giao;17/11/2026
;;;;;
B;1;Lan;x;;
"""


def test_a_csv_sheet_goes_the_same_way(api: APIClient) -> None:
    file = SimpleUploadedFile("don.csv", b"\xef\xbb\xbf" + CSV.encode())

    data = api.post(BATCH, {"file": file}, format="multipart").json()["data"]

    assert (data["created"], data["refused"]) == (1, 1)
    found = Order.objects.get()
    assert (found.source, found.external_code, found.total_vnd, found.status) == ("import", "A", 350_000, "delivered")


def test_a_sheet_of_totals_takes_no_return_back(api: APIClient) -> None:
    sheets = [
        "Mã đơn,SĐT,Tổng tiền,Trạng thái,Ngày đặt,Ngày hoàn\nA,0909318264,350000,Hoàn,10/11/2026,12/11/2026\n",
        "Mã đơn,SĐT,Tổng tiền\nA,0909318264,350000\n",
    ]

    answers = [
        api.post(BATCH, {"file": SimpleUploadedFile("don.csv", sheet.encode())}, format="multipart").json()["data"]
        for sheet in sheets
    ]

    assert [answer["rows"][0]["outcome"] for answer in answers] == ["created", "unchanged"]
    found = Order.objects.get()
    assert (found.status, found.status_text, instant(found.returned_at)) == (
        "returned", "Hoàn", "2026-11-11T17:00:00.000Z",
    )  # fmt: skip
    assert OrderStats.objects.get().returned_orders == 1


def test_an_excel_sheet_goes_the_same_way(api: APIClient) -> None:
    book = Workbook()
    book.active.append(["Mã đơn", "SĐT", "Tổng tiền", "Ngày đặt"])
    book.active.append(["A", "0909318264", 350_000.0, datetime.fromisoformat("2026-11-17T09:30")])
    book.active.append([12, 909318264, 1, None])
    content = io.BytesIO()
    book.save(content)
    file = SimpleUploadedFile("don.xlsx", content.getvalue())

    data = api.post(BATCH, {"file": file, "source": "tpos"}, format="multipart").json()["data"]

    assert data["created"] == 2
    first, second = Order.objects.order_by("-external_code")
    assert first.customer == second.customer
    assert (first.source, first.ordered_at.isoformat(), second.external_code) == (
        "tpos", "2026-11-17T02:30:00+00:00", "12",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ({}, "json"),
        ({"orders": {}}, "json"),
        ({"orders": []}, "json"),
        ({"orders": [{}] * 1_001}, "json"),
        ("text", "json"),
        ({"orders": [{}], "source": "x"}, "json"),
        ({"orders": [{}], "source": ["api"]}, "json"),
        ({"file": ("x.xlsx", b"PK\x03\x04 no zip")}, "multipart"),
        ({"file": ("x.csv", b"\xff\xfe\x00")}, "multipart"),
        ({"file": ("x.csv", b"")}, "multipart"),
        ({"file": ("x.csv", b"code;phone\n")}, "multipart"),
        ({"file": ("x.csv", b"code\n" + b"A\n" * 1_001)}, "multipart"),
        ({"file": "no file"}, "multipart"),
    ],
)
def test_what_is_no_batch_is_a_clear_400(api: APIClient, body: Any, form: str) -> None:
    if isinstance(body, dict) and isinstance(body.get("file"), tuple):
        body = {"file": SimpleUploadedFile(*body["file"])}

    answer = api.post(BATCH, body, format=form)

    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert not Customer.objects.exists()


def test_a_sheet_larger_than_a_request_may_be_is_to_be_split(api: APIClient) -> None:
    row = b"A;0909318264;350000\n"
    file = SimpleUploadedFile("x.csv", b"code;phone;total\n" + row * (FILE_MAX_BYTES // len(row) + 1))

    answer = api.post(BATCH, {"file": file}, format="multipart")

    assert FILE_MAX_BYTES < FRONT_MAX_BYTES < BODY_BYTES_MAX
    assert (answer.status_code, answer.json()["code"]) == (413, "SHEET_TOO_LARGE")
    assert answer.json()["message"] == "Bảng tính lớn hơn 900 KB. Hãy chia thành nhiều bảng nhỏ hơn."
    assert not Customer.objects.exists()


REFUSED_ROWS: list[tuple[dict[str, Any], str, str]] = [
    (
        {"delivered_at": days_ago(4)},
        "delivered_at lies before ordered_at",
        "delivered_at nằm trước ordered_at",
    ),
    ({"returned_at": days_ago(9)}, "returned_at lies before ordered_at", "returned_at nằm trước ordered_at"),
    (
        {"status": "returned", "delivered_at": days_ago(1), "returned_at": days_ago(2)},
        "returned_at lies before delivered_at",
        "returned_at nằm trước delivered_at",
    ),
    ({"total": "x"}, "total must be an amount of dong", "total phải là số tiền bằng đồng"),
    ({"phone": ...}, "phone is missing", "Thiếu phone"),
]


@pytest.mark.parametrize(("changes", "reason", "message"), REFUSED_ROWS)
def test_a_refused_row_says_which_it_is_and_why_in_both_languages(
    api: APIClient, changes: dict[str, Any], reason: str, message: str
) -> None:
    rows = [order("A"), order("B", **changes)]

    in_vietnamese = api.post(BATCH, {"orders": rows}, format="json").json()["data"]["rows"][1]
    api.cookies["django_language"] = "en"
    in_english = api.post(BATCH, {"orders": rows}, format="json").json()["data"]["rows"][1]

    assert (in_vietnamese["row"], in_vietnamese["outcome"]) == (2, "refused")
    assert (in_vietnamese["reason"], in_vietnamese["message"]) == (reason, message)
    assert (in_english["reason"], in_english["message"]) == (reason, reason)
    assert Order.objects.get().external_code == "A"


def test_a_day_without_an_hour_is_not_before_an_hour_of_that_day(api: APIClient) -> None:
    rows = [order("A", ordered_at="2026-11-10T15:00:00+07:00", delivered_at="2026-11-10")]

    assert api.post(BATCH, rows, format="json").json()["data"]["created"] == 1


def test_what_came_is_held_against_the_day_that_is_known(api: APIClient) -> None:
    api.post(BATCH, [order("A")], format="json")
    late = {"ordered_at": ..., "updated_at": days_ago(0)}

    rows = [order(code, delivered_at=days_ago(4), **late) for code in ("A", "B")]
    data = api.post(BATCH, rows, format="json").json()["data"]

    assert [(row["code"], row["outcome"]) for row in data["rows"]] == [("A", "refused"), ("B", "created")]
    new = Order.objects.get(external_code="B")
    assert new.ordered_at == new.delivered_at


@pytest.mark.parametrize(("role", "status"), [(Role.WAREHOUSE, 403), (Role.VIEWER, 403), (Role.CUSTOMER_CARE, 200)])
def test_who_may_bring_orders_in(as_role: Any, role: Role, status: int) -> None:
    assert as_role(role).post(BATCH, [order("A")], format="json").status_code == status


def test_a_list_is_filtered_and_paged_by_cursor(api: APIClient) -> None:
    rows = [order(f"A-{n}", ordered_at=f"2026-11-{1 + n // 2:02}T10:00:00+07:00") for n in range(7)]
    api.post(BATCH, [*rows, order("L", phone="0387654321")], format="json")

    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = api.get(f"/api/v2/orders?customer=%2B84909318264&limit=3&cursor={cursor}").json()
        seen += [row["code"] for row in page["data"]]
        cursor = page["pagination"]["next_cursor"]

    assert seen == [f"A-{n}" for n in reversed(range(7))]
    assert page["pagination"]["total"] == 7
    other = api.get("/api/v2/orders?code=L&status=delivered&source=api&since=2026-11-01&until=2199-11-30").json()[
        "data"
    ]
    assert [(row["phone"], row["total"], row["customer_name"]) for row in other] == [("0387654321", 350_000, "Chị Hoa")]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("customer=abc", 404), ("customer=0900000009", 404), ("customer=09093182645", 400), ("status=x", 400),
        ("source=';--", 400), ("since=x", 400), ("limit=abc", 400),
        ("cursor=x", 400), ("page=0", 200), ("code=%00", 400),
    ],
)  # fmt: skip
def test_a_bad_question_is_a_clear_answer(api: APIClient, query: str, status: int) -> None:
    assert api.get(f"/api/v2/orders?{query}").status_code == status


def test_order_tools_are_told_of_the_blacklist(api: APIClient) -> None:
    api.post(BATCH, [order("A")], format="json")
    allowed = api.get(f"/api/v2/customers/{PHONE}/can-order").json()["data"]
    blacklist.mark(customer_id=allowed["customer_id"], reason="Bom hàng", by="lan")
    refused = api.get(f"/api/v2/customers/{allowed['customer_id']}/can-order").json()["data"]
    sent_anyway = api.post(BATCH, [order("B")], format="json").json()["data"]

    assert (allowed["allowed"], allowed["code"], allowed["name"]) == (True, None, "Chị Hoa")
    assert (refused["allowed"], refused["code"], refused["tier"]) == (False, "CUSTOMER_BLACKLISTED", "blacklist")
    assert refused["message"]
    assert sent_anyway["rows"] == [{"row": 1, "code": "B", "outcome": "created", "blacklisted": True}]


def test_a_phone_that_nobody_has_may_order(api: APIClient) -> None:
    data = api.get("/api/v2/customers/84387654321/can-order").json()["data"]

    assert (data["allowed"], data["customer_id"], data["phone"]) == (True, None, "0387654321")
    assert api.get("/api/v2/customers/999999/can-order").status_code == 404


@pytest.mark.parametrize(("sort", "first"), [("total_orders", "A"), ("total_spent", "B"), ("last_order_date", "C")])
def test_customers_are_sorted_by_what_their_orders_add_up_to(api: APIClient, sort: str, first: str) -> None:
    api.post(
        BATCH,
        [
            order("1", phone="0912000001", name="A"),
            order("2", phone="0912000001", name="A"),
            order("3", phone="0912000002", name="B", total=9_000_000),
            order("4", phone="0912000003", name="C", ordered_at=days_ago(2)),
            order("5", phone="0912000004", name="Nobody", status="cancelled"),
        ],
        format="json",
    )

    names: list[str] = []
    cursor = ""
    while cursor is not None:
        page = api.get(f"/api/v2/customers?sort={sort}&limit=1&cursor={cursor}").json()
        names += [row["name"] for row in page["data"]]
        cursor = page["pagination"]["next_cursor"]

    assert (names[0], names[-1], len(names)) == (first, "Nobody", 4)
