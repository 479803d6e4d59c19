"""Frames stored once, understood in the same transaction, kept when they cannot be, replayed and forgotten."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from n2store.models import JobRun
from realtime import rehearsals, tasks
from realtime.frames import KeptFrame, Provider
from realtime.models import Frame, FrameKind
from realtime.upstream import storing
from realtime.upstream.heard import Care, Heard
from realtime.upstream.storing import keep
from tests.realtime.upstream.holders import conversation
from tests.threads import at_once

AT = datetime(2026, 1, 20, 3, tzinfo=UTC)
UPDATE = "pages:update_conversation"


def heard(payload: Any, *, event: str = UPDATE, at: datetime = AT, **more: Any) -> Heard:
    fields = {"provider": Provider.PANCAKE, "account_id": None, "topic": "multiple_pages:1", "size": 10}
    return Heard(**(fields | more), event=event, payload=payload, received_at=at)


def message(number: int, **more: Any) -> Heard:
    return heard(conversation(number), **more)


@pytest.fixture
def understood(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The frames that were understood, by call, instead of what the inbox does with them."""
    calls: list[list[int]] = []
    monkeypatch.setattr(storing, "understand_all", lambda frames: calls.append([frame.id for frame in frames]))
    return calls


def failing(on: Callable[[KeptFrame], bool], error: Exception) -> Callable[[Sequence[KeptFrame]], None]:
    """Return an understanding that writes, and fails on some frames."""

    def understand_all(frames: Sequence[KeptFrame]) -> None:
        for frame in frames:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE realtime_framekind SET known = NOT known WHERE event = %s", [frame.event])
            if on(frame):
                raise error

    return understand_all


@pytest.mark.django_db
def test_a_batch_is_stored_in_its_order_and_understood_at_once(understood: list[list[int]]) -> None:
    frames = keep([message(1), message(2), message(3)])

    assert understood == [[frame.id for frame in frames]]
    assert [frame.payload for frame in frames] == [conversation(number) for number in (1, 2, 3)]
    assert list(Frame.objects.order_by("pk").values_list("pk", flat=True)) == understood[0]


@pytest.mark.django_db
def test_a_repeat_is_counted_and_nothing_else(understood: list[list[int]]) -> None:
    keep([message(1), message(1, topic="pages:1")])

    again = keep([message(1, at=AT + timedelta(days=2))])

    assert again == []
    assert [len(call) for call in understood] == [1]
    assert FrameKind.objects.get().count == 3


@pytest.mark.django_db
def test_content_without_a_moment_of_its_own_counts_once_in_a_while(understood: list[list[int]]) -> None:
    def tags(seconds: int) -> Heard:
        return heard({"tags": [1]}, at=AT + timedelta(seconds=seconds), has_identity=False)

    keep([tags(9), tags(11)])
    keep([tags(18)])
    keep([tags(60)])

    assert list(Frame.objects.order_by("pk").values_list("received_at__second", flat=True)) == [9, 0]


@pytest.mark.django_db
def test_signs_are_counted_and_not_kept(understood: list[list[int]]) -> None:
    keep([heard({}, event="presence_diff", care=Care.COUNT) for _ in range(3)])

    assert (FrameKind.objects.get().count, Frame.objects.count(), understood) == (3, 0, [])


@pytest.mark.django_db
def test_whoever_wants_to_hear_of_it_does_so_once_it_is_stored_also_for_a_repeat(understood: list[list[int]]) -> None:
    told: list[int] = []

    keep([message(1, kept=lambda: told.append(1))])
    keep([message(1, kept=lambda: told.append(2))])

    assert told == [1, 2]


@pytest.mark.django_db
def test_one_that_cannot_be_understood_is_kept_with_its_error_and_the_others_lose_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = conversation(2)
    monkeypatch.setattr(storing, "understand_all", failing(lambda frame: frame.payload == bad, ValueError("what?")))

    keep([message(1), message(2), message(3)])

    assert list(Frame.objects.order_by("pk").values_list("error", flat=True)) == ["", "ValueError: what?", ""]
    assert FrameKind.objects.get().known is True  # Turned twice: by the first and the third.


@pytest.mark.django_db
def test_what_the_database_refuses_in_understanding_spoils_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def understand_all(frames: Sequence[KeptFrame]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr(storing, "understand_all", understand_all)

    keep([message(1)])

    assert "division by zero" in Frame.objects.get().error


@pytest.mark.django_db(transaction=True)
def test_when_the_database_is_away_nothing_is_stored_and_all_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "understand_all", failing(lambda _: True, OperationalError("gone")))

    with pytest.raises(OperationalError):
        keep([message(1)])

    assert not Frame.objects.exists()
    assert not FrameKind.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_store_each_frame_once(understood: list[list[int]]) -> None:
    def store(_: int) -> int:
        return len(keep([message(number) for number in range(50)]))

    stored = at_once(store, range(8))

    assert sum(stored) == 50
    assert Frame.objects.count() == 50
    assert FrameKind.objects.get().count == 400


@pytest.mark.django_db
@pytest.mark.parametrize("payload", ["\0", "\ud800", {"\0": ["\ud800", 10**30]}, None, [], 0, "ế" * 100_000])
def test_any_json_can_be_stored(payload: Any, understood: list[list[int]]) -> None:
    [frame] = keep([heard(payload, event="a\0b", topic="t\ud800", page_id="\0")])

    assert frame.payload == payload
    assert storing.json.loads(Frame.objects.get().payload) == payload


def replay(*arguments: str) -> str:
    out = StringIO()
    call_command("inbox_replay", "--source", "frames", "--since", "2026-01-01", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_replay_understands_what_could_not_be_and_leaves_the_rest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "understand_all", failing(lambda _: True, ValueError("what?")))
    keep([message(1), message(2)])
    calls: list[int] = []
    monkeypatch.setattr(storing, "understand_all", lambda frames: calls.extend(frame.id for frame in frames))
    keep([message(3)])
    calls.clear()

    preview = replay("--preview")
    kept = list(Frame.objects.exclude(error="").order_by("pk").values_list("pk", flat=True))
    done = replay()
    again = replay()

    assert "2 understood, 0 still not" in preview
    assert len(kept) == 2
    assert "2 understood, 0 still not" in done
    assert "0 understood, 0 still not" in again
    assert calls == kept + kept
    assert not Frame.objects.exclude(error="").exists()


@pytest.mark.django_db
def test_a_replay_that_fails_again_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "understand_all", failing(lambda _: True, ValueError("what?")))
    keep([message(1), heard("<html>", event="unreadable", care=Care.KEEP)])

    assert "0 understood, 1 still not" in replay()


@pytest.mark.django_db
def test_old_frames_are_forgotten(understood: list[list[int]], settings: Any) -> None:
    settings.FRAMES_KEPT_DAYS = 3
    now = timezone.now()
    keep([message(1, at=now - timedelta(days=4)), message(2, at=now - timedelta(days=2))])

    would = rehearsals.frames_to_prune(now)
    assert (would, tasks.prune_frames()) == ({"rows": 1}, 1)
    assert Frame.objects.count() == 1
    assert JobRun.objects.get(job="prune-frames").changed == 1


@pytest.mark.django_db
def test_keeping_costs_the_same_for_one_frame_and_fifty(
    understood: list[list[int]], django_assert_num_queries: Any
) -> None:
    for batch in ([message(1)], [message(number) for number in range(2, 52)]):
        with transaction.atomic(), django_assert_num_queries(5):  # Two savepoints, and one statement.
            keep(batch)
