"""Alerts: kept once, told until they are taken, and never twice by two workers."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from kombu.exceptions import OperationalError

from n2store.models import JobRun
from n2store.simulator.answering import Manner
from n2store.simulator.telegram import CHAT, RETRY_AFTER_S, TOKEN, Telegram
from proxy import alerts, rehearsals, tasks
from proxy.alerts import alert, tell, wait_after
from proxy.models import Alert
from tests.threads import at_once

NOON = datetime(2026, 11, 21, 5, tzinfo=UTC)
SENTENCE = gettext_noop("The ledger has %(count)d faults. Stop paying out and look at `ledger_verify`.")
IN_VIETNAMESE = "Sổ ví có 2 lỗi. Hãy tạm ngừng chi tiền và xem `ledger_verify`."


@pytest.fixture
def chat(settings: Any) -> Iterator[Telegram]:
    with Telegram().serving() as played:
        settings.TELEGRAM_API_URL, settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_CHAT_ID = played.url, TOKEN, CHAT
        yield played


def _raise(key: str = "ledger:1:1", at: datetime = NOON) -> bool:
    return alert(key, SENTENCE, {"count": 2}, at=at)


@pytest.mark.django_db
def test_an_alert_is_told_once_in_the_shops_language_whatever_the_caller_reads(chat: Telegram) -> None:
    raised = [_raise(), _raise()]

    told = [tell(now=NOON).told, tell(now=NOON + timedelta(days=1)).told]

    assert (raised, told, chat.said) == ([True, False], [1, 0], [IN_VIETNAMESE])
    assert Alert.objects.get().told_at == NOON


@pytest.mark.django_db(transaction=True)
def test_it_is_told_at_once_after_the_commit_and_not_at_all_after_a_rollback(chat: Telegram) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        _raise("taken-back")
        raise RuntimeError
    with transaction.atomic():
        _raise("committed")
        before = list(chat.said)

    assert (before, chat.said) == ([], [IN_VIETNAMESE])
    assert [run.changed for run in JobRun.objects.all()] == [1]


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_it_waits_for_the_timetable(chat: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_broker(**_: object) -> None:
        raise OperationalError("nobody")

    with monkeypatch.context() as patched:
        patched.setattr(tasks.tell_alerts, "apply_async", no_broker)
        _raise()
    silent, would = list(chat.said), rehearsals.alerts_to_tell(timezone.now())

    assert (silent, would, tasks.tell_alerts(), chat.said) == ([], {"alerts": 1}, 1, [IN_VIETNAMESE])


@pytest.mark.django_db
@pytest.mark.parametrize("manner", [Manner.FAILING, Manner.PAGE, Manner.CUT, Manner.GARBLED])
def test_what_is_not_taken_is_tried_again_at_growing_distances_until_it_is(chat: Telegram, manner: Manner) -> None:
    _raise()
    now, chat.manner = NOON, manner
    tries = []
    for _ in range(4):
        tell(now=now)
        assert tell(now=now + timedelta(seconds=1)).examined == 0
        due = Alert.objects.get().next_try_at
        assert due is not None
        tries.append((due - now).total_seconds())
        now = due
    chat.manner = Manner.WELL
    sent_before = len(chat.said)

    tell(now=now)

    assert tries == [30, 60, 120, 240]
    assert (len(chat.said) - sent_before, Alert.objects.get().next_try_at) == (1, None)


def test_the_distances_end_at_an_hour() -> None:
    assert [wait_after(attempts) for attempts in (1, 2, 7, 8, 1_000)] == [
        timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=32), timedelta(hours=1), timedelta(hours=1),
    ]  # fmt: skip


@pytest.mark.django_db
def test_telegrams_own_wish_for_a_pause_is_kept(chat: Telegram) -> None:
    _raise()
    chat.busy = 1

    tell(now=NOON)

    row = Alert.objects.get()
    assert (row.next_try_at, row.error) == (NOON + timedelta(seconds=RETRY_AFTER_S), "Telegram answers 429.")


@pytest.mark.django_db
def test_a_chat_that_does_not_answer_costs_one_try_of_one_alert(chat: Telegram) -> None:
    for number in range(5):
        _raise(f"ledger:1:{number}")
    chat.manner = Manner.FAILING

    found = tell(now=NOON)

    assert (found.examined, found.told, len(chat.calls)) == (1, 0, 1)


@pytest.mark.django_db
def test_many_alerts_are_told_ten_at_a_time_the_oldest_first(chat: Telegram) -> None:
    for number in range(12):
        _raise(f"ledger:1:{number}", at=NOON - timedelta(minutes=number))

    first, second = tell(now=NOON), tell(now=NOON)

    assert (first.told, second.told, len(chat.said)) == (10, 2, 12)
    assert set(Alert.objects.order_by("-at").values_list("key", flat=True)[:2]) == {"ledger:1:0", "ledger:1:1"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_it_once(chat: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "_wake", lambda _key: None)
    for number in range(4):
        _raise(f"ledger:1:{number}")
    both_have_read = threading.Barrier(2, timeout=60)
    original = alerts._claim

    def claim(row: Alert, now: datetime) -> bool:
        if row.key == "ledger:1:0":
            both_have_read.wait()
        return original(row, now)

    monkeypatch.setattr(alerts, "_claim", claim)

    at_once(lambda _: tell(now=NOON), range(2))

    assert len(chat.said) == 4


@pytest.mark.django_db
def test_without_a_chat_it_is_kept_and_logged_and_nobody_is_asked(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TELEGRAM_BOT_TOKEN = ""

    _raise()
    _raise()

    assert (Alert.objects.get().next_try_at, tell(now=NOON).examined) == (None, 0)
    assert caplog.text.count("The ledger has 2 faults.") == 1


@pytest.mark.django_db
def test_the_bots_token_stands_in_no_log(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.TELEGRAM_API_URL, settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_CHAT_ID = "http://127.0.0.1:9", TOKEN, "1"
    caplog.set_level(logging.DEBUG)
    _raise()

    tell(now=NOON)

    assert "ConnectionError" in Alert.objects.get().error
    assert TOKEN not in caplog.text + Alert.objects.get().error


@pytest.mark.django_db
def test_what_was_told_long_ago_is_forgotten_and_what_waits_is_not(chat: Telegram) -> None:
    _raise("old")
    tell(now=NOON)
    _raise("waits")

    would = rehearsals.gateway_to_prune(NOON + timedelta(days=91))
    assert (would, alerts.forget(now=NOON + timedelta(days=91))) == ({"rows": 1}, 1)
    assert Alert.objects.get().key == "waits"
