"""The neighbours that only the shop asks (SePay's list, Telegram) are watched like those that pages reach."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from pybreaker import STATE_CLOSED, STATE_OPEN
from requests.adapters import HTTPAdapter

from n2store.roles import Caller, Role
from n2store.simulator import sepay_list as played_list
from n2store.simulator import telegram as played_telegram
from n2store.simulator.answering import Asked, Manner, Neighbour, Reply, Said
from n2store.simulator.sepay_list import SepayList
from n2store.simulator.telegram import Telegram
from proxy import questions, telegram
from proxy.errors import GatewayError, UpstreamCut
from proxy.models import Trace
from proxy.questions import ask
from proxy.sepay import SepayBusy, SepayRefused, SepayUnavailable, sepay_list
from proxy.telegram import NotTaken
from proxy.watching import switching
from proxy.watching.keeping import keeper
from tests.factories.breakers import breakers_on, state_of
from tests.factories.sepay import ACCOUNT, bank_of, booked, playing_list
from tests.processes import wait_until

FAILURES = 3
OWNER = Caller(name="lan", roles=frozenset({Role.OWNER}))


@pytest.fixture(autouse=True)
def _watched() -> Iterator[None]:
    """Switch breakers on, keep every trace, and nothing of other tests'."""
    with override_settings(GATEWAY_TRACES_SHARE=1.0), breakers_on(failures=FAILURES):
        _forget_traces()
        yield
        _forget_traces()


def _forget_traces() -> None:
    keeper.rows.clear()
    keeper.tally.take()
    keeper._amiss.clear()


@pytest.fixture
def book() -> Iterator[SepayList]:
    with playing_list(bank_of(booked([1_000] * 50))) as book:
        yield book


@pytest.fixture
def chat(settings: Any) -> Iterator[Telegram]:
    with Telegram().serving() as played:
        settings.TELEGRAM_API_URL, settings.TELEGRAM_CHAT_ID = played.url, played_telegram.CHAT
        settings.TELEGRAM_BOT_TOKEN = played_telegram.TOKEN
        yield played


def look() -> int:
    return len(sepay_list().since(ACCOUNT, 1).rows)


def fail_to_look(**otherwise: Any) -> None:
    for _ in range(FAILURES):
        with override_settings(**otherwise), pytest.raises(SepayUnavailable):
            look()


def kept() -> list[Trace]:
    keeper.write()
    return list(Trace.objects.order_by("id"))


@pytest.mark.parametrize("manner", [Manner.FAILING, Manner.HANGING, Manner.DRIPPING])
def test_a_list_that_fails_again_and_again_is_left_alone_until_somebody_has_it_tried(
    db: None, book: SepayList, manner: Manner
) -> None:
    book.manner = manner
    fail_to_look(SEPAY_API_TIMEOUT_S=0.5)
    asked, book.manner = len(book.asked), Manner.WELL

    with pytest.raises(SepayUnavailable, match="not asked now"):
        look()
    assert (len(book.asked), state_of("sepay-list")) == (asked, STATE_OPEN)

    assert switching.try_now("sepay-list", caller=OWNER) is True
    assert (look(), state_of("sepay-list")) == (50, STATE_CLOSED)


def test_a_list_nobody_answers_for_is_tried_again_by_itself(book: SepayList) -> None:
    with override_settings(GATEWAY_BREAKER_OPEN_S=0.3):
        fail_to_look(SEPAY_API_URL="http://127.0.0.1:9")
        assert state_of("sepay-list") != STATE_CLOSED

        wait_until(_looks)

        assert state_of("sepay-list") == STATE_CLOSED


def _looks() -> bool:
    try:
        return look() == 50
    except SepayUnavailable:
        return False


@pytest.mark.parametrize(("token", "manner", "refusal"), [
    ("wrong", Manner.WELL, SepayRefused), (played_list.TOKEN, Manner.BUSY, SepayBusy),
])  # fmt: skip
def test_what_sepay_refuses_is_no_failure_of_its(
    book: SepayList, settings: Any, token: str, manner: Manner, refusal: type[Exception]
) -> None:
    settings.SEPAY_API_TOKEN, book.manner = token, manner

    for _ in range(2 * FAILURES):
        with pytest.raises(refusal):
            look()

    assert state_of("sepay-list") == STATE_CLOSED


def test_a_question_to_sepay_leaves_a_trace_without_its_token_and_what_was_asked(db: None, book: SepayList) -> None:
    look()
    book.manner = Manner.FAILING
    with pytest.raises(SepayUnavailable):
        look()

    rows = kept()

    assert [(row.upstream, row.method, row.target, row.status, row.outcome) for row in rows] == [
        ("sepay-list", "GET", "/userapi/transactions/list", 200, "ok"),
        ("sepay-list", "GET", "/userapi/transactions/list", 500, "failed"),
    ]
    assert rows[0].bytes_in > 1_000
    told = json.dumps(list(Trace.objects.values()), default=str)
    assert (played_list.TOKEN in told, ACCOUNT in told) == (False, False)


@pytest.mark.parametrize("manner", [Manner.FAILING, Manner.CUT])
def test_a_chat_that_fails_again_and_again_is_left_alone(db: None, chat: Telegram, manner: Manner) -> None:
    chat.manner = manner
    for _ in range(FAILURES):
        with pytest.raises(NotTaken):
            telegram.send("Sổ ví có 2 lỗi.")
    sent, chat.manner = len(chat.calls), Manner.WELL

    with pytest.raises(NotTaken, match="not asked now") as refused:
        telegram.send("Sổ ví có 2 lỗi.")
    assert 0 < refused.value.retry_after_s <= 60
    assert (len(chat.calls), state_of("telegram")) == (sent, STATE_OPEN)

    switching.try_now("telegram", caller=OWNER)
    telegram.send("Sổ ví không còn lỗi.")
    assert (chat.said[-1], state_of("telegram")) == ("Sổ ví không còn lỗi.", STATE_CLOSED)


def test_a_chat_that_wants_fewer_sentences_or_refuses_the_token_is_no_failure(chat: Telegram, settings: Any) -> None:
    chat.busy = FAILURES + 1
    for _ in range(FAILURES + 1):
        with pytest.raises(NotTaken, match="429"):
            telegram.send("Một.")
    settings.TELEGRAM_BOT_TOKEN = "110201543:wrong"
    for _ in range(FAILURES + 1):
        with pytest.raises(NotTaken, match="401"):
            telegram.send("Hai.")

    assert state_of("telegram") == STATE_CLOSED


def test_the_bots_token_stands_in_no_trace_and_no_log(
    db: None, chat: Telegram, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="proxy"):
        telegram.send("Sổ ví có 2 lỗi.")
        chat.manner = Manner.CUT
        with pytest.raises(NotTaken) as cut:
            telegram.send("Sổ ví có 2 lỗi.")
        settings.TELEGRAM_API_URL = "http://127.0.0.1:9"
        with pytest.raises(NotTaken) as away:
            telegram.send("Sổ ví có 2 lỗi.")

    rows = kept()

    assert [(row.upstream, row.method, row.target, row.outcome, row.why) for row in rows] == [
        ("telegram", "POST", "/sendMessage", "ok", ""),
        ("telegram", "POST", "/sendMessage", "failed", "UPSTREAM_CUT"),
        ("telegram", "POST", "/sendMessage", "failed", "UPSTREAM_UNREACHABLE"),
    ]
    assert rows[0].bytes_out > 20
    told = json.dumps(list(Trace.objects.values()), default=str) + caplog.text + str(cut.value) + str(away.value)
    assert not [part for part in (*played_telegram.TOKEN.split(":"), "Sổ ví") if part in told]


def test_an_answer_beyond_all_bounds_is_not_read(db: None, chat: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram, "ANSWER_BYTES_MAX", 10)

    with pytest.raises(NotTaken):
        telegram.send("Sổ ví có 2 lỗi.")

    assert [(row.outcome, row.why) for row in kept()] == [("failed", "UPSTREAM_TOO_LARGE")]
    assert state_of("telegram") == STATE_CLOSED


def test_an_answer_that_breaks_off_is_told_from_one_that_never_came(chat: Telegram) -> None:
    chat.manner = Manner.CUT

    with pytest.raises(UpstreamCut):
        ask("telegram", "POST", f"{chat.url}/bot{played_telegram.TOKEN}/sendMessage", told="/", timeout_s=5,
            bytes_max=1_000, json={"chat_id": played_telegram.CHAT, "text": "Một."})  # fmt: skip


class Elsewhere(Neighbour):
    """Sends everybody to where nobody can go."""

    def answer(self, path: str, query: object, authorization: str) -> Said:
        return 404, {}

    def reply(self, asked: Asked) -> Reply:
        return Reply(302, b"", {"Location": "http://["})


def test_an_answer_that_leads_to_no_address_is_none() -> None:
    with Elsewhere().serving() as played, pytest.raises(GatewayError):
        ask("telegram", "GET", played.url, told="/", timeout_s=5, bytes_max=1_000)


def test_nothing_of_this_machine_goes_along(chat: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    telegram.send("Một.")

    assert (chat.said, questions._session(HTTPAdapter()).trust_env) == (["Một."], False)
