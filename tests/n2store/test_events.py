"""`publish()`: an event is there if, and only if, the change is; Redis only wakes."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import redis
from django.conf import settings
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from n2store import events
from n2store.models import Event as EventRow
from tests.processes import redis_server


@dataclass(frozen=True, kw_only=True)
class Baked(events.Event):
    name: ClassVar[str] = "bread.baked"
    loaves: int

    def topics(self) -> list[str]:
        return ["breads", f"bread:{self.loaves}"]


@pytest.mark.django_db
def test_an_event_is_a_row_of_the_log() -> None:
    events.publish(Baked(loaves=3))

    assert EventRow.objects.values_list("name", "topics", "payload", "position").get() == (
        "bread.baked", ["breads", "bread:3"], {"loaves": 3}, None,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_an_event_goes_with_the_transaction_it_belongs_to() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        events.publish(Baked(loaves=3))
        raise ZeroDivisionError

    assert EventRow.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError):
        events.publish(Baked(loaves=3))


@pytest.mark.django_db
def test_readers_are_woken_after_commit(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    events._waker.cache_clear()  # Another test may have cut its connection.
    with redis.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as heard:
        heard.subscribe(events.WAKE_CHANNEL)
        assert heard.get_message(timeout=30)["type"] == "subscribe"

        with django_capture_on_commit_callbacks(execute=True):
            events.publish(Baked(loaves=3))
            assert heard.get_message(timeout=0.05) is None

        assert heard.get_message(timeout=30)["type"] == "message"


def test_without_redis_a_wake_up_costs_one_warning_and_then_nothing(
    caplog: pytest.LogCaptureFixture, tmp_path: object
) -> None:
    waker = events._Waker(f"unix://{tmp_path}/nobody.sock", timeout_s=0.2)

    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            waker.wake()

    assert len(caplog.records) == 1


def test_after_a_rest_redis_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = redis_server(tmp_path)
    waker = events._Waker(f"unix://{server.path}", timeout_s=0.2)
    waker.wake()
    server.start()
    try:
        with redis.Redis.from_url(f"unix://{server.path}") as client, client.pubsub() as heard:
            heard.subscribe(events.WAKE_CHANNEL)
            assert heard.get_message(timeout=30)["type"] == "subscribe"

            waker.wake()
            assert heard.get_message(timeout=0.1) is None
            rested = time.monotonic() + events.REDIS_REST_S
            monkeypatch.setattr(events.time, "monotonic", lambda: rested)
            for _ in range(3):
                waker.wake()

            assert [heard.get_message(timeout=30)["type"] for _ in range(3)] == ["message"] * 3
    finally:
        server.kill()
