"""Fields, notes and actions of tickets."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from customers.models import Activity
from n2store.models import AuditLog, Event
from n2store.roles import Role
from tests.factories.tickets import ticket
from tickets.models import Ticket


def test_fields_change_and_history_says_who(api: APIClient) -> None:
    made = ticket("RETURN_SHIPPER")
    body = {
        "priority": "urgent", "assigned_to": "lan", "internal_note": "Gọi lại", "subject": "Thu về",
        "refund_amount": 50_000,
        "carrier_deadline": "2026-02-01T00:00:00+07:00", "refund_number": "R1",
        "attachments": [{"url": "https://x/1.jpg"}],
    }  # fmt: skip

    row = api.patch(f"/api/v2/tickets/{made.code}", body, format="json").json()["data"]

    assert {name: row[name] for name in body} == body | {"carrier_deadline": "2026-01-31T17:00:00.000Z"}
    line = row["action_history"][-1]
    assert (line["action"], line["performed_by"], line["fields"]) == (
        "updated", "user-owner",
        ["assigned_to", "attachments", "carrier_deadline_at", "internal_note", "priority", "refund_number",
         "refund_vnd", "subject"],
    )  # fmt: skip
    assert AuditLog.objects.get(action="ticket.update").after["priority"] == "urgent"
    assert Event.objects.filter(name="ticket.updated").latest("pk").payload["ticket"] == row


def test_the_same_again_changes_nothing(api: APIClient) -> None:  # W34
    made = ticket()
    path, body = f"/api/ticket/{made.code}", {"priority": "high", "status": "COMPLETED"}

    first = api.put(path, body, format="json").json()
    events = Event.objects.count()
    again = api.put(path, body, format="json")

    assert (again.status_code, again.json(), Event.objects.count()) == (200, first, events)


def test_who_may_change_nothing_is_refused_even_what_is_so_already(api: APIClient, as_role: Any) -> None:
    made = ticket(priority="high")

    answers = [
        as_role(role).put(f"/api/ticket/{made.code}", {"priority": "high", "status": "PENDING"}, format="json")
        for role in (Role.VIEWER, Role.CUSTOMER_CARE)
    ]

    assert [answer.status_code for answer in answers] == [403, 200]
    assert not AuditLog.objects.filter(action="ticket.update").exists()


def test_the_amount_follows_the_cod_until_somebody_says_another(api: APIClient) -> None:
    made = ticket("FIX_COD", original_cod=300_000, new_cod=250_000)

    def patched(**body: Any) -> Any:
        return api.patch(f"/api/v2/tickets/{made.code}", body, format="json").json()["data"]["refund_amount"]

    assert [patched(new_cod=200_000), patched(original_cod=280_000)] == [100_000, 80_000]
    assert [patched(new_cod=180_000, refund_amount=90_000), patched(new_cod=170_000)] == [90_000, 90_000]


@pytest.mark.parametrize(
    ("type", "said", "status"),
    [
        ("FIX_COD", {"original_cod": 350_000, "new_cod": 300_000, "refund_amount": 200_000}, 400),
        ("FIX_COD", {"original_cod": 350_000, "new_cod": 300_000, "refund_amount": 40_000}, 200),
        ("BOOM", {"original_cod": 0, "refund_amount": 500_000}, 400),
        ("BOOM", {"original_cod": 0, "refund_amount": 0}, 200),
        ("RETURN_CLIENT", {"original_cod": 0, "refund_amount": 500_000}, 200),
    ],
)
def test_no_amount_is_more_than_the_cod_falls_or_was(
    api: APIClient, type: str, said: dict[str, int], status: int
) -> None:
    answer = api.post("/api/v2/tickets", {"phone": "0909318264", "type": type} | said, format="json")

    assert (answer.status_code, answer.json().get("code")) == (status, "INVALID_COD" if status == 400 else None)


GOODS_BACK = [{"name": "Áo", "price": 90_000, "quantity": 2, "returnQuantity": 1}]


@pytest.mark.parametrize(
    ("type", "said", "amount"),
    [
        ("BOOM", {"original_cod": 350_000, "products": GOODS_BACK}, 350_000),
        ("BOOM", {"products": GOODS_BACK}, None),
        ("FIX_COD", {"fix_cod_reason": "REJECT_PARTIAL", "original_cod": 350_000, "products": GOODS_BACK}, 90_000),
        ("FIX_COD", {"original_cod": 350_000, "new_cod": 300_000, "products": GOODS_BACK}, 50_000),
        ("FIX_COD", {"original_cod": 80_000, "products": GOODS_BACK}, None),
    ],
)
def test_a_new_ticket_has_the_amount_that_cod_or_goods_say(
    api: APIClient, type: str, said: dict[str, Any], amount: int | None
) -> None:
    answer = api.post("/api/v2/tickets", {"phone": "0909318264", "type": type} | said, format="json")

    assert answer.json()["data"]["refund_amount"] == amount


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "PENDING_GOODS"])
def test_who_names_a_return_completed_says_that_its_goods_are_here(api: APIClient, status: str) -> None:
    made = ticket("RETURN_CLIENT", status=status, refund_amount=90_000)

    row = api.put(f"/api/ticket/{made.code}", {"status": "COMPLETED"}, format="json").json()["data"]

    assert (row["status"], bool(row["received_at"])) == ("COMPLETED", True)


def test_the_amount_of_a_return_follows_its_goods(api: APIClient) -> None:
    goods = {"code": "A", "quantity": 3, "price": 150_000}
    made = ticket("RETURN_CLIENT", products=[goods | {"returnQuantity": 1}])
    assert made.refund_vnd == 150_000

    body = {"products": [goods | {"returnQuantity": 2}]}
    row = api.patch(f"/api/v2/tickets/{made.code}", body, format="json").json()["data"]
    money = api.get(f"/api/v2/tickets/{made.code}/money").json()["data"]

    assert (row["refund_amount"], money["open"]) == (300_000, 300_000)
    assert row["action_history"][-1]["fields"] == ["products", "refund_vnd"]


@pytest.mark.parametrize("body", [{}, {"color": "red"}, {"type": "BOOM", "ticket_code": "TV-1", "created_by": "x"}])
@pytest.mark.parametrize("address", ["patch /api/v2/tickets/{}", "put /api/ticket/{}"])
def test_nothing_to_update_is_said(api: APIClient, address: str, body: dict[str, Any]) -> None:
    method, path = address.format(ticket().code).split()

    answer = getattr(api, method)(path, body, format="json")

    assert (answer.status_code, answer.json()["error"]) == (400, "No valid fields to update")


BAD: list[tuple[dict[str, Any], str]] = [
    ({"status": "DELETED"}, "INVALID_TICKET"), ({"status": ""}, "INVALID_TICKET"), ({"status": []}, "INVALID_TICKET"),
    ({"priority": "'; --"}, "INVALID_TICKET"), ({"priority": None}, "INVALID_TICKET"),
    ({"received_at": "yesterday"}, "INVALID_TICKET"), ({"carrier_deadline": "2026-13-01"}, "INVALID_TICKET"),
    ({"carrier_deadline": 5}, "INVALID_TICKET"), ({"refund_amount": "x"}, "INVALID_TICKET"),
    ({"refund_amount": -1}, "INVALID_TICKET"), ({"original_cod": 5, "new_cod": 9}, "INVALID_COD"),
    ({"refund_order_id": "R1"}, "INVALID_TICKET"),
    ({"products": [{"quantity": 1, "returnQuantity": 2}]}, "INVALID_PRODUCTS"),
    ({"attachments": "file"}, "INVALID_PRODUCTS"), ({"virtual_credit_id": 9}, "INVALID_TICKET"),
    ({"virtual_credit_id": "x"}, "INVALID_TICKET"), ({"internal_note": "a\0b"}, "INVALID_TICKET"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code"), BAD)
def test_what_cannot_be_is_refused_and_changes_nothing(api: APIClient, body: dict[str, Any], code: str) -> None:
    made = ticket("BOOM")

    answer = api.patch(f"/api/v2/tickets/{made.code}", body | {"subject": "x"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert Ticket.objects.get().subject == ""


@pytest.mark.parametrize("name", ["received_at", "settled_at"])
def test_what_has_happened_lies_no_further_ahead_than_clocks_differ(api: APIClient, name: str) -> None:
    made, path = ticket("BOOM"), "/api/v2/tickets/{}"
    minutes = {number: (timezone.now() + timedelta(minutes=number)).isoformat() for number in (-60, 4, 6, 60 * 24)}

    answers = [api.patch(path.format(made.code), {name: at}, format="json") for at in minutes.values()]

    assert [answer.status_code for answer in answers] == [200, 200, 400, 400]
    assert {answer.json()["code"] for answer in answers[2:]} == {"INVALID_TICKET"}
    assert getattr(Ticket.objects.get(), name).isoformat() == minutes[4]


def test_a_deadline_lies_ahead(api: APIClient) -> None:
    made, at = ticket("BOOM"), timezone.now() + timedelta(days=9)

    answer = api.patch(f"/api/v2/tickets/{made.code}", {"carrier_deadline": at.isoformat()}, format="json")

    assert (answer.status_code, Ticket.objects.get().carrier_deadline_at) == (200, at)


@pytest.mark.parametrize(("status", "code"), [("COMPLETED", 400), ("CANCELLED", 409)])
@pytest.mark.parametrize(
    "body", [{"refund_amount": 5}, {"products": [{"name": "Áo"}]}, {"settled_at": "2026-01-01T00:00:00Z"}]
)
def test_money_and_goods_of_a_closed_ticket_stay(api: APIClient, status: str, code: int, body: dict[str, Any]) -> None:
    made = ticket("BOOM", status=status)

    assert api.patch(f"/api/v2/tickets/{made.code}", body, format="json").status_code == code
    assert api.patch(f"/api/v2/tickets/{made.code}", {"internal_note": "Xong"}, format="json").status_code == 200


def test_a_note_is_kept_in_the_history(api: APIClient) -> None:
    made = ticket()

    row = api.post(
        f"/api/v2/tickets/{made.pk}/notes", {"note": " Khách gọi ", "performed_by": "x"}, format="json"
    ).json()
    empty = api.post(f"/api/v2/tickets/{made.pk}/notes", {"note": "  "}, format="json")
    long = api.post(f"/api/v2/tickets/{made.pk}/notes", {"note": "x" * 5_001}, format="json")

    line = row["data"]["action_history"][-1]
    assert (line["action"], line["note"], line["performed_by"]) == ("note_added", "Khách gọi", "user-owner")
    assert (empty.status_code, empty.json()["error"], long.status_code) == (400, "Note is required", 400)


def test_an_action_is_written_into_the_customers_history(api: APIClient) -> None:
    made = ticket("BOOM", status="PENDING_GOODS")

    row = api.post(f"/api/ticket/{made.code}/action", {"action": "receive_goods", "note": "Đủ"}, format="json").json()

    assert (row["data"]["status"], bool(row["data"]["received_at"])) == ("PENDING_FINANCE", True)
    line = Activity.objects.get(type="TICKET_UPDATED")
    assert (line.title, line.description, line.color) == (f"Ticket receive_goods: {made.code}", "Đủ", "blue")


@pytest.mark.parametrize("action", ["", "start", "receive_only", "delete", 5, ["cancel"]])
def test_an_unknown_action_names_those_there_are(api: APIClient, action: Any) -> None:
    answer = api.post(f"/api/ticket/{ticket().code}/action", {"action": action}, format="json")

    assert answer.status_code == 400
    if not isinstance(action, list):
        assert answer.json()["error"] == "Invalid action. Valid: receive_goods, settle, complete, cancel"


UNKNOWN = ["TV-2026-99999", "999999", "abc", "0", "9" * 30, "12abc", "'; DROP TABLE x; --", "%00", "TV-"]
WAYS = [
    ("get", "", {}), ("patch", "", {"priority": "low"}), ("delete", "", {}), ("post", "/notes", {"note": "x"}),
    ("post", "/resolve", {}), ("post", "/resolve-credit", {"phone": "0909318264", "amount": 1}),
    ("get", "/can-delete", {}), ("get", "/money", {}), ("post", "/write-off", {"reason": "x"}),
]  # fmt: skip


@pytest.mark.parametrize("identifier", UNKNOWN)
def test_what_names_no_ticket_is_a_404(api: APIClient, identifier: str) -> None:
    ticket()
    for method, rest, body in WAYS:
        answer = getattr(api, method)(f"/api/v2/tickets/{identifier}{rest}", body, format="json")
        assert (rest, answer.status_code) == (rest, 404)
    for method, body in (("get", {}), ("put", {"priority": "low"}), ("delete", {})):
        assert getattr(api, method)(f"/api/ticket/{identifier}", body, format="json").status_code == 404


def test_an_identifier_means_one_column_only(api: APIClient) -> None:  # W40
    first, second = ticket(), ticket()
    Ticket.objects.filter(pk=second.pk).update(firebase_id=f"{first.pk}abc")

    row = api.patch(f"/api/v2/tickets/{first.pk}abc", {"priority": "high"}, format="json").json()["data"]

    assert row["ticket_code"] == second.code
    assert dict(Ticket.objects.values_list("code", "priority")) == {first.code: "normal", second.code: "high"}
    assert api.get(f"/api/ticket/{second.code.lower()}").json()["data"]["firebase_id"] == f"{first.pk}abc"


RIGHTS = {
    "note": {Role.OWNER, Role.ACCOUNTANT, Role.WAREHOUSE, Role.CUSTOMER_CARE},
    "start": {Role.OWNER, Role.ACCOUNTANT, Role.WAREHOUSE, Role.CUSTOMER_CARE},
    "receive": {Role.OWNER, Role.ACCOUNTANT, Role.WAREHOUSE},
    "settle": {Role.OWNER, Role.ACCOUNTANT},
    "amount": {Role.OWNER, Role.ACCOUNTANT},
    "write_off": {Role.OWNER, Role.ACCOUNTANT},
}
DEEDS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "note": ("post", "/api/v2/tickets/{}/notes", {"note": "x"}, "PENDING"),
    "start": ("patch", "/api/v2/tickets/{}", {"status": "IN_PROGRESS"}, "PENDING"),
    "receive": ("post", "/api/ticket/{}/action", {"action": "receive_goods"}, "PENDING_GOODS"),
    "settle": ("post", "/api/ticket/{}/action", {"action": "settle"}, "PENDING_FINANCE"),
    "amount": ("put", "/api/ticket/{}", {"refund_amount": 5}, "PENDING"),
    "write_off": ("post", "/api/v2/tickets/{}/write-off", {"reason": "x"}, "PENDING"),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("deed", RIGHTS)
def test_each_role_does_what_is_its_own(as_role: Any, deed: str, role: Role) -> None:
    method, path, body, status = DEEDS[deed]
    made = ticket("BOOM", status=status)

    answer = getattr(as_role(role), method)(path.format(made.code), body, format="json")

    assert answer.status_code == (200 if role in RIGHTS[deed] else 403)
    if answer.status_code == 403:
        special = {
            "receive": "PERMISSION_WAREHOUSE",
            "settle": "PERMISSION_ACCOUNTANT",
            "amount": "PERMISSION_ACCOUNTANT",
        }
        assert answer.json()["code"] == (special | {"write_off": "PERMISSION_ACCOUNTANT"}).get(
            deed, "PERMISSION_DENIED"
        )
