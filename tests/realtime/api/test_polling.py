"""`/api/realtime/poll`: the same events for pages to which no stream gets through."""

from typing import Any

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from n2store.models import Event
from realtime import polling
from realtime.inbox.understanding import understand
from realtime.relay import give_all_positions
from tests.factories.frames import PAGE, conversation, frame, moment

PATH = "/api/realtime/poll"


def poll(api: APIClient, **query: Any) -> Any:
    answer = api.get(PATH, query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def happen(number: int) -> None:
    understand(frame(conversation(f"m_{number}", at=moment(number))))
    give_all_positions()


def test_without_a_cursor_it_tells_where_the_log_ends(api: APIClient) -> None:
    happen(1)

    assert poll(api) == {
        "success": True, "cursor": Event.objects.latest("position").position, "more": False, "reset": None,
        "events": [],
    }  # fmt: skip


def test_it_goes_on_after_the_cursor(api: APIClient) -> None:
    happen(0)
    begun = poll(api)["cursor"]
    happen(1)

    found = poll(api, since=begun, channels="inbox")
    narrowed = poll(api, since=begun, topics="page:other")

    assert [event["type"] for event in found["events"]] == ["inbox.message", "pages:update_conversation"]
    assert found["events"][1]["payload"]["conversation"]["page_id"] == PAGE
    assert found["events"][1]["id"] == found["cursor"] == narrowed["cursor"]
    assert narrowed["events"] == []
    assert poll(api, since=found["cursor"])["events"] == []


def test_a_long_absence_is_caught_up_page_by_page(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "PAGE_MAX", 3)
    happen(0)
    cursor = poll(api)["cursor"]
    for number in range(1, 5):
        happen(number)

    ids = []
    more = True
    while more:
        found = poll(api, since=cursor)
        cursor, more = found["cursor"], found["more"]
        ids += [event["id"] for event in found["events"]]

    assert ids == sorted(set(ids))
    assert len(ids) == 8


@pytest.mark.parametrize(("since", "reason"), [("x", "malformed"), ("-1", "malformed"), ("999999", "unknown")])
def test_a_cursor_of_nowhere_begins_anew(api: APIClient, since: str, reason: str) -> None:
    happen(1)

    found = poll(api, since=since)

    assert (found["reset"], found["cursor"]) == (reason, Event.objects.latest("position").position)


def test_what_is_no_longer_kept_is_told(api: APIClient) -> None:
    happen(1)
    first = Event.objects.earliest("position").position
    happen(2)
    Event.objects.filter(position__lte=(first or 0) + 1).delete()

    assert poll(api, since=first)["reset"] == "expired"


def test_without_a_push_process_events_are_numbered_here(api: APIClient) -> None:
    happen(1)
    cursor = poll(api)["cursor"]
    with transaction.atomic(), connection.cursor() as asked:
        asked.execute(
            "INSERT INTO n2store_event (name, topics, payload, created_at)"
            " VALUES ('order:tags_updated', '{inbox}', '{}', now() - interval '5 seconds')"
        )

    assert [event["type"] for event in poll(api, since=cursor)["events"]] == ["order:tags_updated"]


@pytest.mark.parametrize("query", [{"channels": "walle"}, {"topics": "wallet:1"}, {"topics": "page:x y"}])
def test_what_does_not_exist_is_a_400(api: APIClient, query: dict[str, str]) -> None:
    answer = api.get(PATH, query)

    assert (answer.status_code, answer.json()["code"]) == (400, "UNKNOWN_TOPIC")
