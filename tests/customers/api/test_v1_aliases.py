"""`/api/sepay/customer/<phone>/aliases` and `/alias`."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from customers.models import Activity, Customer
from n2store.models import AuditLog, Event
from n2store.roles import Role
from tests.threads import at_once

PATH = "/api/sepay/customer/0909318264/alias"


def test_an_alias_is_added_once_listed_and_taken_away(api: APIClient, hoa: Customer) -> None:
    added = api.post(PATH, {"alias": " Hương FB "}, format="json").json()
    again = api.post(PATH, {"alias": "hương fb"}, format="json").json()
    listed = api.get("/api/sepay/customer/84909318264/aliases").json()
    removed = api.delete(PATH, {"alias": "HƯƠNG FB"}, format="json").json()
    gone = api.delete(PATH, {"alias": "Hương FB"}, format="json").json()

    assert added == {"success": True, "added": True, "aliases": ["Hương FB"]}
    assert again == {"success": True, "added": False, "aliases": ["Hương FB"]}
    assert listed == {
        "success": True, "phone": "0909318264", "name": "Đặng Thị Hương", "aliases": ["Hương FB"],
    }  # fmt: skip
    assert removed == {"success": True, "removed": True, "aliases": []}
    assert gone == {"success": True, "removed": False, "aliases": []}
    assert AuditLog.objects.filter(action="customer.update").count() == 2
    assert Activity.objects.filter(type="PROFILE_UPDATED", title="Sửa hồ sơ: tên tham khảo").count() == 2
    assert Event.objects.filter(name="customer.updated", payload__fields=["aliases"]).count() == 2


@pytest.mark.parametrize("method", ["post", "delete"])
@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (PATH, {}, 400, "INVALID_ALIAS"),
        (PATH, {"alias": "  "}, 400, "INVALID_ALIAS"),
        (PATH, {"alias": "x" * 10_000}, 400, "INVALID_ALIAS"),
        (PATH, {"alias": 5}, 400, "INVALID"),
        (PATH, {"alias": "a\x00"}, 400, "INVALID"),
        (PATH, [], 400, "INVALID"),
        ("/api/sepay/customer/abc/alias", {"alias": "x"}, 400, "INVALID_PHONE"),
    ],
)
def test_nonsense_is_refused(
    api: APIClient, hoa: Customer, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = getattr(api, method)(path, body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    hoa.refresh_from_db()
    assert hoa.aliases == []


def test_there_is_an_end_to_aliases(api: APIClient, hoa: Customer) -> None:
    for number in range(50):
        assert api.post(PATH, {"alias": f"tên {number}"}, format="json").json()["added"]

    assert api.post(PATH, {"alias": "một tên nữa"}, format="json").status_code == 400


def test_nobody_has_no_name_and_no_aliases(api: APIClient, db: None) -> None:
    told = api.get("/api/sepay/customer/84900000009/aliases")
    removed = api.delete("/api/sepay/customer/0900000009/alias", {"alias": "Hoa NT"}, format="json")

    assert (told.status_code, told.json()) == (
        200,
        {"success": True, "phone": "0900000009", "name": None, "aliases": []},
    )
    assert (removed.status_code, removed.json()) == (200, {"success": True, "removed": False, "aliases": []})
    added = api.post("/api/sepay/customer/0900000009/alias", {"alias": "Hoa NT"}, format="json")
    assert (added.status_code, added.json()["code"]) == (404, "CUSTOMER_NOT_FOUND")
    assert not Customer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_aliases_added_at_once_are_all_kept(as_role: Any) -> None:
    user = as_role(Role.OWNER).handler._force_user
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO customers_customer (phone) VALUES ('0909318264')")

    def add(number: int) -> bool:
        client = APIClient()
        client.force_authenticate(user)
        added: bool = client.post(PATH, {"alias": f"tên {number}"}, format="json").json()["added"]
        return added

    assert at_once(add, range(10)) == [True] * 10
    assert len(Customer.objects.get().aliases) == 10
