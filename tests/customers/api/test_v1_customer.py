"""`/api/customer…`, §4.2 and §4.3 of the contract, route by route; search included."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.models import Activity, Customer, Note
from customers.operations import create_customer
from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.banking import delivery, post
from tests.factories.tickets import ticket
from wallets.models import CreditSource
from wallets.operations import issue_credit, withdraw

PHONE = "0909318264"
LONG = "x" * 10_000


def test_an_upsert_adds_who_is_new(api: APIClient) -> None:
    answer = api.post("/api/customer", {"phone": "84 909 318 264", "name": "Hoa", "tags": ["sỉ"]}, format="json")

    row = answer.json()["data"]
    assert (answer.status_code, row["phone"], row["name"], row["tags"]) == (200, PHONE, "Hoa", ["sỉ"])
    assert (row["status"], row["tier"]) == ("Bình thường", "new")


def test_an_upsert_keeps_what_is_not_given(api: APIClient, hoa: Customer) -> None:
    api.put(f"/api/customer/{PHONE}", {"tier": "blacklist", "status": "VIP", "tags": ["sỉ"]}, format="json")

    for path in ("/api/customer", "/api/v2/customers"):
        row = api.post(path, {"phone": PHONE, "address": "1 Hai Bà Trưng", "name": None}, format="json").json()["data"]

        assert (row["name"], row["tier"], row["status"], row["tags"], row["email"], row["address"]) == (
            "Đặng Thị Hương", "blacklist", "VIP", ["sỉ"], "huong@shop.vn", "1 Hai Bà Trưng",
        )  # fmt: skip


@pytest.mark.parametrize("path", ["/api/customer", "/api/v2/customers"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "INVALID_PHONE"),
        ({"phone": 912345678}, "INVALID_PHONE"),
        ({"phone": "abc"}, "INVALID_PHONE"),
        ({"phone": [PHONE]}, "INVALID_PHONE"),
        ([], "INVALID"),
        ([{"phone": PHONE}], "INVALID"),
        ("x", "INVALID"),
        ({"phone": PHONE, "status": "Khách sỉ"}, "INVALID_PROFILE"),
        ({"phone": PHONE, "tier": "diamond"}, "INVALID_PROFILE"),
        ({"phone": PHONE, "email": "no address"}, "INVALID_PROFILE"),
        ({"phone": PHONE, "name": LONG}, "INVALID_PROFILE"),
        ({"phone": PHONE, "name": "a\x00b"}, "INVALID_PROFILE"),
        ({"phone": PHONE, "name": 5}, "INVALID_PROFILE"),
        ({"phone": PHONE, "tags": "sỉ"}, "INVALID_PROFILE"),
        ({"phone": PHONE, "tags": [1]}, "INVALID_PROFILE"),
    ],
)
def test_an_upsert_of_nonsense_changes_nothing(api: APIClient, path: str, body: Any, code: str) -> None:
    answer = api.post(path, body, format="json")

    assert (answer.status_code, answer.json()["success"], answer.json()["code"]) == (400, False, code)
    assert Customer.objects.count() == 0


def test_half_a_pair_of_letters_is_a_400(api: APIClient, db: None) -> None:
    answer = api.post("/api/customer", b'{"phone": "0909318264", "name": "a\\ud800"}', content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PROFILE")


def test_a_put_changes_what_is_given_and_null_is_not(api: APIClient, hoa: Customer) -> None:
    answer = api.put(f"/api/customer/{PHONE}", {"name": "Hương", "email": None, "internal_note": "gọi"}, format="json")

    row = answer.json()["data"]
    assert (row["name"], row["email"], row["internal_note"]) == ("Hương", "huong@shop.vn", "gọi")


@pytest.mark.parametrize(
    ("phone", "body", "status", "code"),
    [
        ("0900000009", {"name": "X"}, 404, "CUSTOMER_NOT_FOUND"),
        ("abc", {"name": "X"}, 400, "INVALID_PHONE"),
        (PHONE, {"status": "'; --"}, 400, "INVALID_PROFILE"),
        (PHONE, [], 400, "INVALID"),
    ],
)
def test_a_put_of_nonsense_is_refused(
    api: APIClient, hoa: Customer, phone: str, body: Any, status: int, code: str
) -> None:
    answer = api.put(f"/api/customer/{phone}", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    hoa.refresh_from_db()
    assert hoa.name == "Đặng Thị Hương"


def test_tickets_are_listed_newest_first(api: APIClient, hoa: Customer) -> None:
    nothing = api.get(f"/api/customer/{PHONE}/tickets").json()
    older, newer = ticket("BOOM", phone=PHONE), ticket("OTHER", phone=PHONE)
    body = api.get(f"/api/customer/{PHONE}/tickets?limit=1").json()
    rest = api.get(f"/api/customer/{PHONE}/tickets?page=2&limit=1").json()

    assert (nothing["success"], nothing["data"], nothing["pagination"]["total"]) == (True, [], 0)
    assert [row["ticket_code"] for row in body["data"] + rest["data"]] == [newer.code, older.code]
    assert {name: body["pagination"][name] for name in ("page", "limit", "total", "totalPages")} == {
        "page": 1, "limit": 1, "total": 2, "totalPages": 2,
    }  # fmt: skip


def test_history_is_filtered_by_type_time_and_actor(api: APIClient, hoa: Customer) -> None:
    def titles(**wanted: Any) -> list[str]:
        found = api.get(f"/api/customer/{PHONE}/activities", wanted).json()
        return [row["title"] for row in found["data"]]

    for number in (1, 2, 3):
        Activity.objects.create(
            customer=hoa, type="NOTE_ADDED", title=f"note {number}", actor="mai",
            created_at=timezone.now() - timedelta(days=number),
        )  # fmt: skip
    today = timezone.now()

    assert titles() == ["note 3", "note 2", "note 1", f"Thêm khách hàng: {PHONE}"]
    assert titles(type="CUSTOMER_CREATED") == [f"Thêm khách hàng: {PHONE}"]
    assert titles(type="NOTE_ADDED,CUSTOMER_CREATED", limit=1) == ["note 3"]
    assert titles(actor="lan") == [f"Thêm khách hàng: {PHONE}"]
    assert titles(since=(today - timedelta(hours=30)).isoformat()) == ["note 1", f"Thêm khách hàng: {PHONE}"]
    assert titles(until=(today - timedelta(hours=30)).isoformat()) == ["note 3", "note 2"]


def test_history_pages_by_number_and_by_cursor(api: APIClient, hoa: Customer) -> None:
    Activity.objects.bulk_create(Activity(customer=hoa, type="NOTE_ADDED", title=f"{n}", actor="mai") for n in range(5))
    first = api.get(f"/api/customer/{PHONE}/activities?limit=2").json()
    second = api.get(f"/api/customer/{PHONE}/activities?limit=2&page=2").json()
    after = api.get(
        f"/api/v2/customers/{PHONE}/activity", {"limit": 2, "cursor": first["pagination"]["next_cursor"]}
    ).json()

    assert [row["title"] for row in first["data"]] == ["4", "3"]
    assert [row["title"] for row in second["data"]] == [row["title"] for row in after["data"]] == ["2", "1"]
    assert (first["pagination"]["total"], first["pagination"]["totalIsEstimate"]) == (6, False)
    row = first["data"][0]
    assert (row["phone"], row["customer_id"], row["activity_type"]) == (PHONE, hoa.pk, "NOTE_ADDED")
    assert row["created_at"].endswith("Z")  # a true instant, not Vietnam's wall time called UTC


BAD_QUERIES = ["page=abc", "limit=abc", "limit=1e9", "page=1.5", "type='; --", "type=x", "cursor=x", "cursor=W10"]


@pytest.mark.parametrize("query", [*BAD_QUERIES, "since=abc", "until=2026-13-01", "actor=%00", "since=%00"])
def test_history_asked_for_nonsense_is_a_400(api: APIClient, hoa: Customer, query: str) -> None:
    answer = api.get(f"/api/customer/{PHONE}/activities?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID")


@pytest.mark.parametrize(
    ("query", "page", "limit"), [("page=0", 1, 50), ("page=-5", 1, 50), ("limit=0", 1, 1), ("limit=99999", 1, 200)]
)
def test_pages_out_of_range_are_brought_into_it(
    api: APIClient, hoa: Customer, query: str, page: int, limit: int
) -> None:
    block = api.get(f"/api/customer/{PHONE}/activities?{query}").json()["pagination"]

    assert (block["page"], block["limit"]) == (page, limit)


def test_a_note_is_kept_with_its_author_and_a_line_of_history(as_role: Any, hoa: Customer) -> None:
    care = as_role(Role.CUSTOMER_CARE)
    body = {"content": "gọi lại", "category": "follow_up", "is_pinned": True, "created_by": "ông chủ"}

    note = care.post(f"/api/customer/{PHONE}/note", body, format="json").json()["data"]

    assert (note["content"], note["category"], note["is_pinned"], note["created_by"]) == (
        "gọi lại", "follow_up", True, "user-customer_care",
    )  # fmt: skip
    line = Activity.objects.get(type="NOTE_ADDED")
    assert (line.title, line.icon, line.color, line.actor) == ("gọi lại", "sticky-note", "yellow", "user-customer_care")
    assert AuditLog.objects.filter(action="customer.note.add", subject=f"customer:{hoa.pk}").count() == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "INVALID_NOTE"),
        ({"content": "  "}, "INVALID_NOTE"),
        ({"content": LONG}, "INVALID_NOTE"),
        ({"content": 5}, "INVALID_NOTE"),
        ({"content": "x", "category": "other"}, "INVALID_NOTE"),
        ({"content": "x", "category": ["general"]}, "INVALID_NOTE"),
        ({"content": "x", "is_pinned": "yes"}, "INVALID"),
        ({"content": "a\x00b"}, "INVALID_NOTE"),
        ([], "INVALID"),
    ],
)
def test_a_note_of_nonsense_is_refused(api: APIClient, hoa: Customer, body: Any, code: str) -> None:
    answer = api.post(f"/api/customer/{PHONE}/note", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert Note.objects.count() == 0


def test_movements_have_their_bank_and_the_end_of_credit(api: APIClient, hoa: Customer, client: Client) -> None:
    post(client, delivery(id=1))
    now = timezone.now()
    issue_credit(
        customer=hoa, amount_vnd=50_000, key="c", source_type=CreditSource.RETURN_SHIPPER, at=now, by="lan",
        ticket="TV-1",
    )  # fmt: skip
    withdraw(customer=hoa, amount_vnd=80_000, key="w", at=now, by="lan", note="", reference=("order", "NJD/2026/12345"))

    body = api.get(f"/api/customer/{PHONE}/transactions").json()

    assert [(row["type"], row["amount"], row["gateway"], row["expires_at"] is not None) for row in body["data"]] == [
        ("WITHDRAW", -30_000, None, False),
        ("VIRTUAL_DEBIT", -50_000, None, False),
        ("VIRTUAL_CREDIT", 50_000, None, True),
        ("DEPOSIT", 350_000, "ACB", False),
    ]
    assert set(body["data"][0]) == {
        "id", "sequence", "phone", "customer_id", "wallet_id", "type", "amount", "balance_before", "balance_after",
        "virtual_balance_before", "virtual_balance_after", "source", "reference_type", "reference_id", "note",
        "created_by", "created_at", "expires_at", "gateway",
    }  # fmt: skip
    assert body["pagination"]["total"] == 4
    only = api.get(f"/api/customer/{PHONE}/transactions?type=DEPOSIT&limit=1").json()
    assert [row["amount"] for row in only["data"]] == [350_000]


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_movements_asked_for_nonsense_are_a_400(api: APIClient, hoa: Customer, query: str) -> None:
    answer = api.get(f"/api/customer/{PHONE}/transactions?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID")


@pytest.mark.parametrize("path", ["/api/customer/batch", "/api/v2/customers/batch"])
def test_a_batch_is_keyed_by_phone_in_one_statement(
    api: APIClient, hoa: Customer, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    create_customer(phone="0387654321", name="Nam", by="lan")
    body = {"phones": ["84909318264", "0387654321", "0387654321", "0900000009", "abc"]}
    api.post(path, body, format="json")

    with django_assert_num_queries(1):
        found = api.post(path, body, format="json").json()

    assert {phone: row["name"] for phone, row in found["data"].items()} == {
        PHONE: "Đặng Thị Hương",
        "0387654321": "Nam",
    }
    assert (found["data"][PHONE]["wallet_total"], found["found"]) == (0, 2)
    if path == "/api/customer/batch":
        assert found["notFound"] == ["0900000009", "abc"]
    else:
        assert found["total"] == 5


@pytest.mark.parametrize("path", ["/api/customer/batch", "/api/v2/customers/batch"])
@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"phones": "x"}, {"phones": []}, {"phones": [912345678]}, {"phones": ["0"] * 501}, {"phones": [None]},
        {"phones": ["\ud800"]}, {"phones": ["0909318264", "a\0"]},
    ],
)  # fmt: skip
def test_a_batch_of_nonsense_is_refused(api: APIClient, path: str, body: Any) -> None:
    answer = api.post(path, json.dumps(body), content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID")


SEARCHES = ["/api/customer-search-v2", "/api/v2/customers/search"]


@pytest.mark.parametrize("path", SEARCHES)
def test_a_search_answers_rows_with_balances(api: APIClient, hoa: Customer, client: Client, path: str) -> None:
    post(client, delivery(id=1))
    body = {"query": "dang thi huong", "search_type": "name", "status": "VIP"}
    found = api.post(path, body, format="json").json()

    assert [(row["name"], row["balance"], row["virtual_balance"], row["real_balance"]) for row in found["data"]] == [
        ("Đặng Thị Hương", 350_000, 0, 350_000),
    ]
    assert (found["count"], found["pagination"]["next_cursor"]) == (1, None)


@pytest.mark.parametrize("path", SEARCHES)
def test_a_search_pages_by_number_and_by_cursor_without_a_repeat(api: APIClient, db: None, path: str) -> None:
    for number in range(5):
        create_customer(phone=f"090900000{number}", name=f"Hoa {number}", by="lan")

    def names(**more: Any) -> tuple[list[str], str | None]:
        found = api.post(path, {"query": "hoa", "limit": 2, **more}, format="json").json()
        return [row["name"] for row in found["data"]], found["pagination"]["next_cursor"]

    first, cursor = names()
    assert first == ["Hoa 4", "Hoa 3"]
    assert names(cursor=cursor)[0] == names(page=2)[0] == ["Hoa 2", "Hoa 1"]
    assert names(page=3) == (["Hoa 0"], None)


@pytest.mark.parametrize("path", SEARCHES)
def test_a_search_finds_who_paid_for_an_order(api: APIClient, hoa: Customer, client: Client, path: str) -> None:
    post(client, delivery(id=1))
    withdraw(
        customer=hoa, amount_vnd=1_000, key="w", at=timezone.now(), by="lan", note="",
        reference=("order", "NJD/2026/12345"),
    )  # fmt: skip

    found = api.post(path, {"query": "NJD/2026/12345"}, format="json").json()

    assert [row["id"] for row in found["data"]] == [hoa.pk]


@pytest.mark.parametrize("path", SEARCHES)
@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"query": ""}, {"query": "a"}, {"query": LONG}, {"query": 912345678}, {"query": ["ab"]},
        {"query": "a\x00b"}, {"query": "hoa", "limit": "abc"}, {"query": "hoa", "limit": True},
        {"query": "hoa", "cursor": "x"}, {"query": "hoa", "cursor": 5}, {"query": "hoa", "page": {}},
    ],
)  # fmt: skip
def test_a_search_for_nonsense_is_a_400(api: APIClient, db: None, path: str, body: Any) -> None:
    answer = api.post(path, body, format="json")

    assert (answer.status_code, answer.json()["success"]) == (400, False)


@pytest.mark.parametrize("path", SEARCHES)
@pytest.mark.parametrize(
    "query", ["'; DROP TABLE customers_customer; --", "%_%", "\\\\", "😀😀", "ab" * 100, "0" * 100]
)
def test_a_search_for_strange_things_finds_nobody(api: APIClient, hoa: Customer, path: str, query: str) -> None:
    answer = api.post(path, {"query": query}, format="json")

    assert (answer.status_code, answer.json()["data"]) == (200, [])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/customer", {"phone": "0900000001"}),
        ("put", f"/api/customer/{PHONE}", {"name": "X"}),
        ("post", "/api/customers", {"phone": "0900000001", "name": "X"}),
        ("put", f"/api/customers/{PHONE}", {"name": "X"}),
        ("delete", f"/api/customers/{PHONE}", {}),
        ("post", "/api/customers/batch", {"customers": [{"phone": "0900000001"}]}),
        ("patch", f"/api/v2/customers/{PHONE}", {"name": "X"}),
        ("post", f"/api/sepay/customer/{PHONE}/alias", {"alias": "X"}),
    ],
)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.WAREHOUSE])
def test_who_only_looks_changes_nothing(
    as_role: Any, hoa: Customer, role: Role, method: str, path: str, body: Any
) -> None:
    answer = getattr(as_role(role), method)(path, body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")
    hoa.refresh_from_db()
    assert (Customer.objects.count(), hoa.name, hoa.active, hoa.aliases) == (1, "Đặng Thị Hương", True, [])


def test_the_warehouse_writes_notes_and_a_viewer_does_not(as_role: Any, hoa: Customer) -> None:
    paths = [f"/api/customer/{PHONE}/note", f"/api/v2/customers/{hoa.pk}/notes"]

    assert [as_role(Role.WAREHOUSE).post(paths[0], {"content": "x"}, format="json").status_code] == [200]
    assert [as_role(Role.VIEWER).post(paths[1], {"content": "x"}, format="json").status_code] == [403]


def test_a_search_finds_whose_order_still_waits_for_its_money(api: APIClient, hoa: Customer) -> None:
    body = {"order_id": "NJD/2026/77", "phone": PHONE, "amount": 50_000}
    assert api.post("/api/v2/pending-withdrawals", body, format="json").json()["success"]

    found = api.post(SEARCHES[0], {"query": "NJD/2026/77"}, format="json").json()

    assert [row["id"] for row in found["data"]] == [hoa.pk]
