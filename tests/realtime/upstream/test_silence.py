"""Pages that tell nothing for longer than usual."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from n2store.clock import VIETNAM
from proxy.models import Alert
from proxy.sealing import seal
from realtime.frames import Provider
from realtime.models import Account, AccountState, Frame, PageSilence
from realtime.pages import keep_names
from realtime.upstream import silence
from realtime.upstream.state import Phase

NOON = datetime(2026, 1, 20, 12, tzinfo=VIETNAM)
PAGE = "101"

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    made = Account.objects.create(provider=Provider.PANCAKE, owner="u", page_ids=[PAGE], sealed=seal({"token": "t"}))
    since = NOON - timedelta(days=6)
    AccountState.objects.create(account=made, revision=1, phase=Phase.JOINED, joined=True, connected_at=since)
    return made


def tell(*, until: datetime, every: timedelta, count: int) -> None:
    rows = [(until - number * every, f"{until}{number}") for number in range(count)]
    Frame.objects.bulk_create(
        Frame(provider="pancake", event="e", page_id=PAGE, payload="1", key=key, received_at=at) for at, key in rows
    )


def test_a_page_silent_for_several_times_the_usual_raises_one_alert(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    last = NOON - timedelta(hours=1)
    tell(until=last, every=timedelta(minutes=2), count=60)

    first, second = silence.watch(now=NOON), silence.watch(now=NOON + timedelta(minutes=1))

    assert [alert.page_id for alert in first.begun] == [PAGE]
    assert second.begun == []
    alert = PageSilence.objects.get()
    assert (alert.since, alert.usual_s, alert.ended_at) == (last, 120, None)
    assert caplog.text.count("Page 101 has told nothing for 60 minutes; usually it is 2 at most.") == 1


def test_the_alert_ends_when_the_page_tells_again(account: Account) -> None:
    tell(until=NOON - timedelta(hours=1), every=timedelta(minutes=2), count=60)
    silence.watch(now=NOON)
    tell(until=NOON + timedelta(minutes=5), every=timedelta(minutes=1), count=1)

    found = silence.watch(now=NOON + timedelta(minutes=6))

    assert found.ended == [PAGE]
    assert PageSilence.objects.get().ended_at == NOON + timedelta(minutes=6)


def test_a_silence_no_longer_than_usual_is_none(account: Account) -> None:
    tell(until=NOON - timedelta(hours=1), every=timedelta(minutes=30), count=200)

    assert silence.watch(now=NOON).begun == []


def test_of_a_page_that_hardly_ever_tells_nobody_knows_what_is_usual(account: Account) -> None:
    tell(until=NOON - timedelta(hours=3), every=timedelta(minutes=2), count=20)

    assert silence.watch(now=NOON).begun == []


def test_nights_do_not_make_a_quiet_noon_usual_nor_the_other_way_round(account: Account) -> None:
    for day in range(1, 7):
        tell(until=NOON - timedelta(days=day) + timedelta(hours=1), every=timedelta(minutes=1), count=100)

    at_noon = silence.watch(now=NOON).begun

    assert [alert.usual_s for alert in at_noon] == [60]


@pytest.mark.parametrize("change", [{"joined": False}, {"connected_at": NOON - timedelta(minutes=5)}])
def test_silence_counts_only_while_we_listen(account: Account, change: dict[str, Any]) -> None:
    AccountState.objects.update(**change)
    tell(until=NOON - timedelta(hours=1), every=timedelta(minutes=2), count=60)

    assert silence.watch(now=NOON).begun == []


def test_the_shops_chat_is_to_hear_of_it_once_where_one_is_set(account: Account, settings: Any) -> None:
    settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_CHAT_ID = "s3cr3t", "1"
    tell(until=NOON - timedelta(hours=1), every=timedelta(minutes=2), count=60)

    for minutes in range(3):
        silence.watch(now=NOON + timedelta(minutes=minutes))

    alert = Alert.objects.get()
    assert alert.text == "Trang 101 đã im lặng 60 phút; bình thường nhiều nhất 2 phút."
    assert alert.next_try_at == NOON


def test_without_a_chat_the_alert_is_only_kept(account: Account) -> None:
    tell(until=NOON - timedelta(hours=1), every=timedelta(minutes=2), count=60)

    silence.watch(now=NOON)

    assert Alert.objects.get().next_try_at is None


def test_the_alert_names_the_page_as_people_do(account: Account) -> None:
    keep_names([{"id": PAGE, "name": "NhiJudy Store"}])
    tell(until=NOON - timedelta(hours=1), every=timedelta(minutes=2), count=60)

    silence.watch(now=NOON)

    assert Alert.objects.get().text.startswith("Trang NhiJudy Store ")
