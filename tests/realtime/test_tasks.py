"""Pruning: old events go, and a client that missed one can be told."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from n2store import batches
from n2store.models import Event, JobRun
from realtime import rehearsals, tasks
from realtime.inbox.understanding import understand
from realtime.models import Message, WaitingCustomer
from tests.factories.frames import conversation, frame


def event(*, days_ago: float, position: int | None) -> Event:
    at = timezone.now() - timedelta(days=days_ago)
    return Event.objects.create(name="test", topics=["wallets"], payload={}, position=position, created_at=at)


@pytest.mark.django_db
def test_only_events_older_than_kept_go(settings: Any) -> None:
    settings.EVENTS_KEPT_DAYS = 7
    for position, days_ago in enumerate([9, 8, 6.9, 0], start=1):
        event(days_ago=days_ago, position=position)

    would = rehearsals.events_to_prune(timezone.now())
    assert (would, tasks.prune_events()) == ({"rows": 2}, 2)

    assert list(Event.objects.order_by("position").values_list("position", flat=True)) == [3, 4]
    assert JobRun.objects.values_list("job", "changed", "error").get() == ("prune-events", 2, "")


@pytest.mark.django_db
def test_the_newest_event_stays_however_old(settings: Any) -> None:
    for position in (1, 2):
        event(days_ago=99, position=position)

    tasks.prune_events()
    assert rehearsals.events_to_prune(timezone.now()) == {"rows": 0}
    tasks.prune_events()

    assert Event.objects.get().position == 2


@pytest.mark.django_db
def test_what_nobody_relayed_is_numbered_before_it_goes() -> None:
    for _ in range(3):
        event(days_ago=99, position=None)

    would = rehearsals.events_to_prune(timezone.now())
    assert (would, tasks.prune_events()) == ({"rows": 2}, 2)

    assert Event.objects.get().position is not None


@pytest.mark.django_db
def test_all_batches_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_MAX", 2)
    for position in range(6):
        event(days_ago=8, position=position)

    assert tasks.prune_events() == 5


@pytest.mark.django_db
def test_who_was_silent_for_long_leaves_the_inbox_and_old_messages_go(settings: Any) -> None:
    settings.WAITING_KEPT_DAYS, settings.CHAT_KEPT_DAYS = 30, 60
    for number, days in enumerate((1, 31, 61)):
        understand(frame(conversation(f"m_{number}", psid=f"90{number}")))
        at = timezone.now() - timedelta(days=days)
        WaitingCustomer.objects.filter(psid=f"90{number}").update(last_message_time=at)
        Message.objects.filter(key=f"m_{number}").update(received_at=at)

    would = rehearsals.inbox_to_prune(timezone.now())
    assert (would, tasks.prune_inbox()) == ({"rows": 3}, 3)

    assert list(WaitingCustomer.objects.values_list("psid", flat=True)) == ["900"]
    assert list(Message.objects.order_by("key").values_list("key", flat=True)) == ["m_0", "m_1"]
    assert JobRun.objects.get(job="prune-inbox").changed == 3
