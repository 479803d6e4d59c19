"""`/api/customers…`, §4.1 of the contract, route by route; its envelope speaks Vietnamese."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.api import lists
from customers.models import Customer, Origin
from customers.operations import add_note, create_customer, update_profile
from n2store import windows
from n2store.models import AuditLog
from n2store.roles import Role
from tests.threads import at_once
from wallets.models import Source, Wallet
from wallets.operations import deposit

PHONE = "0909318264"


def several(count: int, **fields: Any) -> list[Customer]:
    return [create_customer(phone=f"09000000{n:02}", name=f"Khách {n:02}", by="lan", **fields) for n in range(count)]


def test_adding_answers_201_with_the_row(api: APIClient, db: None) -> None:
    body = {
        "name": "Hoa", "phone": "84 909 318 264", "email": "hoa@shop.vn", "address": "1 Lê Lợi", "carrier": "Viettel",
        "status": "VIP", "debt": "5000", "tpos_id": 99, "created_by": "somebody else",
    }  # fmt: skip
    answer = api.post("/api/customers", body, format="json")

    row = answer.json()["data"]
    assert (answer.status_code, answer.json()["success"]) == (201, True)
    assert answer.json()["message"] == "Thêm khách hàng thành công"
    assert (row["phone"], row["carrier"], row["status"], row["debt"], row["tpos_id"], row["tier"]) == (
        PHONE, "Mobifone", "VIP", 5_000, "99", "new",
    )  # fmt: skip
    assert Wallet.objects.filter(customer_id=row["id"], real_vnd=0).exists()
    assert AuditLog.objects.values_list("actor", "action").get() == ("user-owner", "customer.create")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, ["Thiếu trường bắt buộc: name, phone"]),
        ({"name": "Hoa"}, ["Thiếu trường bắt buộc: phone"]),
        ({"name": "Hoa", "phone": "abc"}, ["Số điện thoại không hợp lệ (phải có 10-11 số)"]),
        ({"name": "Hoa", "phone": 912345678}, ["Số điện thoại không hợp lệ (phải có 10-11 số)"]),
        (
            {"phone": PHONE, "email": "x", "status": "Khách sỉ", "debt": "nhiều"},
            [
                "Thiếu trường bắt buộc: name", "Email không hợp lệ",
                "Trạng thái không hợp lệ - phải là: Bình thường, Bom hàng, Cảnh báo, Nguy hiểm, VIP", "Nợ phải là số",
            ],
        ),
        ({"name": "Hoa", "phone": PHONE, "debt": 1.5}, ["Nợ phải là số"]),
        ({"name": "Hoa", "phone": PHONE, "debt": 10**30}, ["Nợ phải là số"]),
    ],
)  # fmt: skip
def test_adding_nonsense_says_all_that_is_wrong(api: APIClient, db: None, body: Any, errors: list[str]) -> None:
    answer = api.post("/api/customers", body, format="json")

    assert (answer.status_code, answer.json()["success"], answer.json()["message"]) == (
        400, False, "Dữ liệu không hợp lệ",
    )  # fmt: skip
    assert answer.json()["errors"] == errors
    assert Customer.objects.count() == 0


def test_who_chose_english_reads_it_here_too(api: APIClient, db: None) -> None:
    vietnamese = api.post("/api/customers", {}, format="json").json()
    api.cookies["django_language"] = "en"
    english = api.post("/api/customers", {}, format="json").json()

    missing = "Missing required fields: name, phone"
    assert (vietnamese["error"], vietnamese["errors"]) == (missing, ["Thiếu trường bắt buộc: name, phone"])
    assert (english["error"], english["errors"]) == (missing, [missing])
    assert english["message"] == "Something in the profile is not valid. Please check what you entered."
    assert api.get("/api/customers/999999").json()["message"] == "There is no such customer."


def test_a_phone_that_is_taken_is_a_409_in_any_spelling(api: APIClient, hoa: Customer) -> None:
    answer = api.post("/api/customers", {"name": "X", "phone": "+84909318264"}, format="json")

    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (
        409, "DUPLICATE_PHONE", "Số điện thoại đã tồn tại",
    )  # fmt: skip
    assert Customer.objects.get().name == "Đặng Thị Hương"


@pytest.mark.django_db(transaction=True)
def test_two_who_add_one_phone_at_once_make_one_customer(as_role: Any) -> None:
    user = as_role(Role.OWNER).handler._force_user

    def add(name: str) -> int:
        client = APIClient()
        client.force_authenticate(user)
        status: int = client.post("/api/customers", {"name": name, "phone": PHONE}, format="json").status_code
        return status

    statuses = at_once(add, [f"Khách {number}" for number in range(8)])

    assert sorted(statuses) == [201] + [409] * 7
    assert (Customer.objects.count(), Wallet.objects.count()) == (1, 1)


def test_one_is_found_by_id_or_phone(api: APIClient, hoa: Customer) -> None:
    by_id = api.get(f"/api/customers/{hoa.pk}").json()

    assert by_id == api.get(f"/api/customers/{PHONE}").json()
    assert (by_id["data"]["name"], "wallet" in by_id["data"]) == ("Đặng Thị Hương", False)


@pytest.mark.parametrize(
    ("identifier", "status"), [("999999", 404), ("abc", 404), ("0900000009", 404), ("09009", 400), ("9" * 30, 404)]
)
def test_who_is_not_there_is_said_in_vietnamese(api: APIClient, db: None, identifier: str, status: int) -> None:
    answer = api.get(f"/api/customers/{identifier}")

    assert (answer.status_code, answer.json()["success"]) == (status, False)
    if status == 404:
        assert answer.json()["message"] == "Không tìm thấy khách hàng"


def test_changing_the_phone_keeps_everything_together(api: APIClient, hoa: Customer) -> None:
    add_note(customer=hoa, content="x", by="lan")
    answer = api.put(f"/api/customers/{hoa.pk}", {"phone": "0387 654 321", "debt": 7}, format="json")

    assert (answer.status_code, answer.json()["data"]["phone"], answer.json()["data"]["debt"]) == (
        200, "0387654321", 7,
    )  # fmt: skip
    assert len(api.get("/api/customer/0387654321").json()["data"]["notes"]) == 1
    assert api.get(f"/api/customer/{PHONE}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "Không có dữ liệu để cập nhật"),
        ({"unknown": 1}, 400, "Không có dữ liệu để cập nhật"),
        ({"phone": "0900000001"}, 409, "Số điện thoại đã tồn tại"),
        ({"status": "x"}, 400, "Dữ liệu không hợp lệ"),
        ({"active": "yes"}, 400, "Dữ liệu không hợp lệ"),
        ([], 400, "Dữ liệu không hợp lệ"),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    api: APIClient, hoa: Customer, body: Any, status: int, message: str
) -> None:
    create_customer(phone="0900000001", name="Nam", by="lan")
    answer = api.put(f"/api/customers/{hoa.pk}", body, format="json")

    assert (answer.status_code, answer.json()["message"]) == (status, message)
    hoa.refresh_from_db()
    assert (hoa.phone, hoa.status, hoa.active) == (PHONE, "Bình thường", True)


def test_a_delete_hides_and_keeps(api: APIClient, hoa: Customer) -> None:
    answer = api.delete(f"/api/customers/{hoa.pk}")

    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert api.get("/api/customers/recent").json()["data"] == []
    assert [row["id"] for row in api.get("/api/customers?active=false").json()["data"]] == [hoa.pk]
    assert api.get(f"/api/customer/{PHONE}").json()["data"]["customer"]["active"] is False


def test_a_hard_delete_is_the_owners_and_only_of_who_was_just_written_down(as_role: Any, hoa: Customer) -> None:
    owner, accountant = as_role(Role.OWNER), as_role(Role.ACCOUNTANT)
    path = f"/api/customers/{hoa.pk}?hard_delete=true"

    refused = accountant.delete(path)
    removed = owner.delete(path)

    assert (refused.status_code, removed.status_code) == (403, 200)
    assert (Customer.objects.count(), Wallet.objects.count()) == (0, 0)
    assert AuditLog.objects.filter(action="customer.delete", subject=f"customer:{hoa.pk}").exists()
    assert owner.delete(path).status_code == 404


@pytest.mark.parametrize("what", ["note", "money", "spent"])
def test_a_hard_delete_of_somebody_with_a_past_is_a_409(api: APIClient, hoa: Customer, what: str) -> None:
    if what == "note":
        add_note(customer=hoa, content="x", by="lan")
    else:
        deposit(
            customer=hoa, amount_vnd=1, key="d", source=Source.MANUAL_ADJUSTMENT, at=hoa.created_at, by="lan"
        )  # fmt: skip
    if what == "spent":
        hoa.activities.exclude(type="CUSTOMER_CREATED").delete()  # The ledger alone must hold it.
    before = Wallet.objects.values().get()

    answer = api.delete(f"/api/customers/{hoa.pk}?hard_delete=true")

    assert (answer.status_code, answer.json()["code"]) == (409, "CUSTOMER_IN_USE")
    assert (Customer.objects.count(), Wallet.objects.values().get()) == (1, before)
    assert hoa.activities.exists()


def test_the_list_is_newest_first_filtered_and_paged(api: APIClient, db: None) -> None:
    several(3)
    update_profile(customer_id=Customer.objects.get(name="Khách 01").pk, changes={"status": "VIP"}, by="lan")

    body = api.get("/api/customers?limit=2").json()

    assert [row["name"] for row in body["data"]] == ["Khách 02", "Khách 01"]
    assert {name: body["pagination"][name] for name in ("page", "limit", "total", "total_pages")} == {
        "page": 1, "limit": 2, "total": 3, "total_pages": 2,
    }  # fmt: skip
    next_page = api.get("/api/customers", {"limit": 2, "cursor": body["pagination"]["next_cursor"]}).json()
    assert [row["name"] for row in next_page["data"]] == ["Khách 00"]
    assert next_page["pagination"]["next_cursor"] is None
    assert [row["name"] for row in api.get("/api/customers?status=VIP").json()["data"]] == ["Khách 01"]


def test_a_total_above_the_bound_is_an_estimate_and_says_so(
    api: APIClient, db: None, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    several(1)
    for module in (windows, lists):
        monkeypatch.setattr(module, "COUNTED_MAX", 0)

    block = api.get("/api/customers").json()["pagination"]

    assert (block["totalIsEstimate"], block["total"] >= 1) == (True, True)
    assert windows.COUNTED_MAX == 0
    with django_assert_num_queries(1) as seen:  # The estimate is kept for a moment, and nothing is counted meanwhile.
        assert api.get("/api/customers").json()["pagination"] == block
    assert "LIMIT 1) counted" not in seen.captured_queries[0]["sql"]


@pytest.mark.parametrize("path", ["/api/customers", "/api/customers/recent", "/api/customers/search?q=khach"])
def test_a_list_is_one_statement_for_any_number_of_customers(
    api: APIClient, db: None, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    several(1)
    api.get(path)
    with django_assert_num_queries(1):
        api.get(path)

    for n in range(10):
        create_customer(phone=f"03870000{n:02}", name=f"Khách {n}", by="lan")
    with django_assert_num_queries(1):
        assert len(api.get(path).json()["data"]) == 11


def test_recent_is_who_was_busy_last_with_the_balances(api: APIClient, db: None) -> None:
    first, *_ = several(3)
    deposit(customer=first, amount_vnd=5_000, key="d", source=Source.MANUAL_ADJUSTMENT, at=first.created_at, by="lan")

    body = api.get("/api/customers/recent?limit=2").json()

    assert [(row["name"], row["balance"]) for row in body["data"]] == [("Khách 00", 5_000), ("Khách 02", 0)]
    assert (body["pagination"]["total_pages"], body["pagination"]["total"]) == (2, 3)
    by_cursor = api.get("/api/customers/recent", {"limit": 2, "cursor": body["pagination"]["next_cursor"]}).json()
    by_number = api.get("/api/customers/recent?limit=2&page=2").json()
    assert [row["name"] for row in by_cursor["data"]] == [row["name"] for row in by_number["data"]] == ["Khách 01"]


def test_a_search_finds_customers_and_says_how_long_it_took(api: APIClient, hoa: Customer) -> None:
    body = api.get("/api/customers/search?q=huong").json()

    assert ([row["id"] for row in body["data"]], body["count"]) == ([hoa.pk], 1)
    assert isinstance(body["query_time_ms"], int)


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20", "?limit=5"])
def test_a_search_without_a_text_is_a_400_in_vietnamese(api: APIClient, db: None, query: str) -> None:
    answer = api.get(f"/api/customers/search{query}")

    assert (answer.status_code, answer.json()["message"]) == (400, "Tham số tìm kiếm (q) là bắt buộc")


@pytest.mark.parametrize(
    "path",
    [
        "/api/customers?page=abc", "/api/customers?limit=x", "/api/customers?status='; --", "/api/customers?cursor=x",
        "/api/customers/recent?page=1.5", "/api/customers/recent?cursor=WzEsMl0", "/api/customers/duplicates?limit=x",
        "/api/customers/search?q=%00ab", f"/api/customers/search?q={'x' * 10_000}", "/api/customers/search?q=a",
        "/api/customers?cursor=WzkyMjMzNzIwMzY4NTQ3NzU4MDcsMV0",
        "/api/customers?cursor=WzEsOTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
    ],
)  # fmt: skip
def test_a_list_asked_for_nonsense_is_a_400(api: APIClient, db: None, path: str) -> None:
    answer = api.get(path)

    assert (answer.status_code, answer.json()["success"]) == (400, False)


@pytest.mark.parametrize(
    ("query", "page", "limit"),
    [("page=0", 1, 100), ("page=-1", 1, 100), ("page=99999999", 500, 100), ("limit=501", 1, 500), ("limit=-1", 1, 1)],
)
def test_numbers_out_of_range_are_brought_into_it(api: APIClient, db: None, query: str, page: int, limit: int) -> None:
    block = api.get(f"/api/customers?{query}").json()["pagination"]

    assert (block["page"], block["limit"]) == (page, limit)


def test_statistics_count_by_status(api: APIClient, db: None) -> None:
    create_customer(phone="0900000001", name="A", by="lan", status="Bom hàng", debt_vnd=100)
    create_customer(phone="0900000002", name="B", by="lan", status="VIP", active=False)

    body = api.get("/api/customers/stats").json()

    assert body["data"] == {
        "total": 2, "normal": 0, "danger": 1, "warning": 0, "critical": 0, "vip": 1, "active": 1, "inactive": 1,
        "total_debt": 100, "avg_debt": 50,
    }  # fmt: skip
    assert isinstance(body["query_time_ms"], int)


def test_there_are_no_duplicates(api: APIClient, hoa: Customer) -> None:
    body = api.get("/api/customers/duplicates").json()

    assert (body["success"], body["data"], body["duplicate_phones_count"]) == (True, [], 0)


SHEET = [
    {"name": "Hoa", "phone": "0909 318 264", "email": "hoa@shop.vn", "debt": 5},
    {"name": "Nam", "phone": "84387654321", "status": "Khách sỉ"},
    {"name": "Hoa lần hai", "phone": "+84909318264"},
    {"name": "ai đó", "phone": "abc"},
    {"name": "Lỗi", "phone": "0900000001", "email": "x"},
    "no row",
    {"name": "không số"},
    {"phone": 912345678},
]


def test_an_import_counts_what_it_took_and_what_it_left(api: APIClient, db: None) -> None:
    body = api.post("/api/customers/batch", {"customers": SHEET}, format="json").json()

    data = body["data"]
    assert (data["success"], data["failed"], data["skipped"], data["created"]) == (2, 0, 6, 2)
    assert body["message"] == "Import thành công 2/8 khách hàng"
    assert isinstance(data["duration_ms"], int)
    assert [fault["row"] for fault in data["errors"]] == [3, 4, 5, 6, 7, 8]
    assert list(Customer.objects.order_by("phone").values_list("phone", "name", "status", "debt_vnd")) == [
        ("0387654321", "Nam", "Bình thường", 0), (PHONE, "Hoa", "Bình thường", 5),
    ]  # fmt: skip


def test_the_same_import_again_changes_nothing(api: APIClient, db: None) -> None:
    api.post("/api/customers/batch", {"customers": SHEET}, format="json")
    before = list(Customer.objects.order_by("pk").values())

    data = api.post("/api/customers/batch", {"customers": SHEET}, format="json").json()["data"]

    assert (data["success"], data["created"], data["changed"]) == (2, 0, 0)
    assert list(Customer.objects.order_by("pk").values()) == before


def test_an_import_keeps_what_a_person_typed_and_erases_nothing(api: APIClient, hoa: Customer) -> None:
    update_profile(customer_id=hoa.pk, changes={"address": "từ TPOS"}, by="tpos", source=Origin.TPOS)
    Customer.objects.filter(pk=hoa.pk).update(
        field_sources={"name": {"source": "person"}, "address": {"source": "tpos"}}, email="huong@shop.vn"
    )
    row = {"phone": PHONE, "name": "HUONG", "email": "", "address": "2 Hai Bà Trưng"}

    data = api.post("/api/customers/batch", {"customers": [row]}, format="json").json()["data"]

    hoa.refresh_from_db()
    assert (data["changed"], hoa.name, hoa.email, hoa.address) == (
        1, "Đặng Thị Hương", "huong@shop.vn", "2 Hai Bà Trưng",
    )  # fmt: skip
    assert hoa.field_sources["address"]["source"] == "import"


@pytest.mark.parametrize("body", [{}, [], {"customers": {}}, {"customers": []}, {"customers": [{}] * 1001}])
def test_an_import_without_a_sheet_is_a_400(api: APIClient, db: None, body: Any) -> None:
    answer = api.post("/api/customers/batch", body, format="json")

    assert (answer.status_code, answer.json()["message"]) == (400, "Dữ liệu không hợp lệ")


@pytest.mark.django_db(transaction=True)
def test_imports_at_once_neither_deadlock_nor_double(as_role: Any) -> None:
    user = as_role(Role.OWNER).handler._force_user
    rows = [{"phone": f"09000000{n:02}", "name": f"Khách {n}"} for n in range(30)]

    def send(turn: int) -> int:
        client = APIClient()
        client.force_authenticate(user)
        sheet = rows if turn % 2 else rows[::-1]
        status: int = client.post("/api/customers/batch", {"customers": sheet}, format="json").status_code
        return status

    assert at_once(send, range(6)) == [200] * 6
    assert (Customer.objects.count(), Wallet.objects.count()) == (30, 30)
