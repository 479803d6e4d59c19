"""`/api/realtime/…`: who waits, in the shapes that the old pages read."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from n2store.models import AuditLog, Event
from n2store.roles import Role
from n2store.wire import instant
from realtime.inbox.understanding import understand
from realtime.models import Message, WaitingCustomer
from tests.factories.frames import PAGE, PERSON, conversation, frame, moment

OTHER = "100000000000202"


def write(number: int = 1, **more: Any) -> None:
    understand(frame(conversation(f"m_{number}", f"tin {number}", at=moment(number), **more)))


def test_pending_customers_have_the_old_shape(api: APIClient) -> None:
    write(1)
    write(2)

    answer = api.get("/api/realtime/pending-customers")

    row = WaitingCustomer.objects.get()
    assert answer.json() == {
        "success": True,
        "count": 1,
        "customers": [
            {
                "psid": PERSON, "page_id": PAGE, "customer_name": "Khách Thử Một", "last_message_snippet": "tin 2",
                "last_message_time": instant(row.last_message_time), "message_count": 2, "type": "INBOX",
            }
        ],
    }  # fmt: skip


def test_who_wrote_last_comes_first(api: APIClient) -> None:
    for number in range(3):
        write(number, psid=f"900{number}")
    write(9, psid="9000")

    found = api.get("/api/realtime/pending-customers").json()["customers"]

    assert [row["psid"] for row in found] == ["9000", "9002", "9001"]


@pytest.mark.parametrize(
    ("limit", "count"), [("2", 2), ("0", 3), ("-5", 1), ("many", 3), ("", 3), ("1e3", 3), ("9" * 30, 3), ("²", 3)]
)
def test_a_limit_is_read_as_the_old_servers_did(api: APIClient, limit: str, count: int) -> None:
    for number in range(3):
        write(number, psid=f"900{number}")

    assert api.get("/api/realtime/pending-customers", {"limit": limit}).json()["count"] == count


def test_a_list_costs_the_same_however_long(api: APIClient, django_assert_num_queries: Any) -> None:
    api.get("/api/realtime/pending-customers")  # Who asks is looked up once.
    for count in (1, 4):
        for number in range(count):
            write(number, psid=f"900{number}")
        with django_assert_num_queries(1):
            assert api.get("/api/realtime/pending-customers").json()["count"] == count


@pytest.mark.parametrize(("page", "removed"), [(PAGE, 1), (None, 2), ("other", 0), ("p" * 500, 0)])
def test_mark_replied_takes_one_page_or_all(api: APIClient, page: str | None, removed: int) -> None:
    write(1)
    write(2, page=OTHER)

    answer = api.post("/api/realtime/mark-replied", {"psid": PERSON, "pageId": page}, format="json")

    assert answer.json() == {"success": True, "removed": removed}
    assert WaitingCustomer.objects.count() == 2 - removed
    assert Event.objects.filter(name="inbox.answered").count() == removed


@pytest.mark.parametrize("body", [{}, {"psid": ""}, {"psid": None}, {"pageId": PAGE}])
def test_mark_replied_wants_a_person(api: APIClient, body: Any) -> None:
    answer = api.post("/api/realtime/mark-replied", body, format="json")

    assert (answer.status_code, answer.json()["error"]) == (400, "Missing psid parameter")


@pytest.mark.parametrize("body", [[], "x", {"psid": ["9"]}, {"psid": {"a": 1}}, {"psid": "9", "seen": "x"}])
def test_mark_replied_refuses_what_is_no_id(api: APIClient, body: Any) -> None:
    write(1)

    assert api.post("/api/realtime/mark-replied", body, format="json").status_code == 400
    assert WaitingCustomer.objects.count() == 1


def test_mark_replied_by_who_has_not_seen_the_last_message_says_so(api: APIClient) -> None:
    write(1)
    seen = WaitingCustomer.objects.get().last_message_id
    write(2)

    late = api.post("/api/realtime/mark-replied", {"psid": PERSON, "pageId": PAGE, "seen": seen}, format="json")

    assert late.json() == {"success": True, "removed": 0, "kept": 1}
    assert WaitingCustomer.objects.count() == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.WAREHOUSE])
@pytest.mark.parametrize("path", ["mark-replied", "mark-seen"])
def test_who_only_looks_answers_nobody(as_role: Any, role: Role, path: str) -> None:
    write(1)

    answer = as_role(role).post(f"/api/realtime/{path}", {"psid": PERSON, "before": 1}, format="json")

    assert (answer.status_code, WaitingCustomer.objects.count()) == (403, 1)


def test_clear_pending_is_the_owners_and_wants_a_word(api: APIClient, as_role: Any) -> None:
    write(1)
    write(2, page=OTHER)
    path = "/api/realtime/clear-pending"

    assert as_role(Role.CUSTOMER_CARE).post(path, {"confirm": "yes"}, format="json").status_code == 403
    unsaid = api.post(path, {}, format="json")
    assert (unsaid.status_code, unsaid.json()["error"]) == (400, 'Must confirm with { "confirm": "yes" }')
    assert api.post(path, {"confirm": True}, format="json").status_code == 400
    assert api.post(path, {"confirm": "yes"}, format="json").json() == {"success": True, "cleared": 2}

    assert WaitingCustomer.objects.count() == 0
    assert AuditLog.objects.filter(action="inbox.clear").count() == 1


def test_new_messages_and_summary_have_the_old_shape(api: APIClient) -> None:
    write(1)
    understand(frame(conversation("800000000000001", "Chốt", type="COMMENT", id="7_8", psid="9003")))
    write(3, from_page=True)

    found = api.get("/api/realtime/new-messages").json()
    summary = api.get("/api/realtime/summary").json()

    [item] = found["messages"]["items"]
    assert set(found) == {"success", "total", "messages", "comments", "uniqueCustomers", "since", "serverTime"}
    assert item == {
        "id": Message.objects.get(key="m_1").pk, "conversation_id": f"{PAGE}_{PERSON}", "type": "INBOX",
        "snippet": "tin 1", "unread_count": 1, "page_id": PAGE, "psid": PERSON, "customer_name": "Khách Thử Một",
        "created_at": instant(Message.objects.get(key="m_1").received_at),
    }  # fmt: skip
    assert (found["total"], found["comments"]["count"], found["uniqueCustomers"]) == (2, 1, 2)
    assert {name: summary[name] for name in ("messages", "comments", "uniqueCustomers", "total")} == {
        "messages": 1, "comments": 1, "uniqueCustomers": 2, "total": 2,
    }  # fmt: skip
    assert summary["serverTime"] - summary["since"] == 24 * 60 * 60 * 1000


@pytest.mark.parametrize("since", ["", "0", "-1", "x", "99999999999999999999"])
def test_a_since_that_is_none_means_a_day(api: APIClient, since: str) -> None:
    write(1)

    assert api.get("/api/realtime/summary", {"since": since}).json()["total"] == 1


def test_a_since_leaves_out_what_is_older(api: APIClient) -> None:
    write(1)
    later = int(Message.objects.get().received_at.timestamp() * 1000) + 1

    assert api.get("/api/realtime/summary", {"since": later}).json()["total"] == 0


def test_what_was_seen_is_no_news_any_more_and_stays_in_history(api: APIClient) -> None:
    for number in range(3):
        write(number)
    ids = list(Message.objects.order_by("id").values_list("id", flat=True))

    by_id = api.post("/api/realtime/mark-seen", {"ids": ids[:1]}, format="json").json()
    before = Message.objects.get(pk=ids[1]).received_at.isoformat()
    by_time = api.post("/api/realtime/mark-seen", {"before": before}, format="json").json()
    cleared = api.delete("/api/realtime/clear-all?confirm=yes").json()

    assert (by_id["updated"], by_time["updated"], cleared["deleted"]) == (1, 1, 1)
    assert api.get("/api/realtime/summary").json()["total"] == 0
    assert Message.objects.count() == 3


@pytest.mark.parametrize("body", [{}, {"ids": []}, {"before": "soon"}, {"ids": "1"}, {"ids": [[1]]}, {"before": True}])
def test_mark_seen_wants_ids_or_a_moment(api: APIClient, body: Any) -> None:
    write(1)

    assert api.post("/api/realtime/mark-seen", body, format="json").status_code == 400
    assert Message.objects.get().seen is False


def test_cleanup_and_clear_all_are_the_owners(api: APIClient, as_role: Any) -> None:
    write(1)
    care = as_role(Role.CUSTOMER_CARE)

    assert [care.delete(f"/api/realtime/{path}").status_code for path in ("cleanup", "clear-all")] == [403, 403]
    unsaid = api.delete("/api/realtime/clear-all")
    assert (unsaid.status_code, "hint" in unsaid.json()) == (400, True)
    assert api.delete("/api/realtime/cleanup").json() == {"success": True, "deleted": 0}
    assert Message.objects.get().seen is False
