"""The client of SePay's list, over real HTTP against the simulated one."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from n2store.simulator.answering import Manner
from n2store.simulator.sepay_list import SepayList
from proxy import sepay
from proxy.pace import Pace, TooBusy
from proxy.sepay import SepayBusy, SepayNotConfigured, SepayRefused, SepayUnavailable, sepay_list
from tests.factories.sepay import ACCOUNT, MORNING, bank_of, booked, playing_list
from tests.threads import at_once


@pytest.fixture
def book() -> Iterator[SepayList]:
    lines = booked([350_000, -120_000, 99_000])
    with playing_list(bank_of([*lines, *booked([5_000], account="19037128846015", first_id=2_001)])) as book:
        yield book


def ids(found: sepay.Found) -> list[str]:
    return [row["id"] for row in found.rows]


def test_lines_of_an_account_since_an_id_come_in_the_order_of_their_ids_with_amounts_as_text(book: SepayList) -> None:
    found = sepay_list().since(ACCOUNT, 1_002)

    assert (ids(found), found.complete) == (["1002", "1003"], True)
    assert [(row["amount_in"], row["amount_out"]) for row in found.rows] == [
        ("0.00", "120000.00"), ("99000.00", "0.00"),
    ]  # fmt: skip


def test_lines_between_two_moments_are_of_vietnam_time_and_include_both(book: SepayList) -> None:
    found = sepay_list().between(ACCOUNT, MORNING, MORNING + timedelta(minutes=1))

    assert ids(found) == ["1001", "1002"]
    assert book.asked[0]["transaction_date_min"] == "2026-01-16 09:00:00"


def test_a_line_is_found_by_its_reference_in_any_account(book: SepayList) -> None:
    assert ids(sepay_list().by_reference("FT2001")) == ["2001"]
    assert ids(sepay_list().by_reference("FT2001", ACCOUNT)) == []


def test_more_than_a_page_is_asked_for_until_nothing_is_left_out(
    book: SepayList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sepay, "ROWS_MAX", 7)
    book.bank = bank_of(booked([1_000] * 40))

    found = sepay_list().since(ACCOUNT, 1_004)

    assert (ids(found), found.complete) == ([str(id) for id in range(1_004, 1_041)], True)


def test_a_second_with_more_lines_than_a_page_is_not_taken_for_all(
    book: SepayList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sepay, "ROWS_MAX", 7)
    book.bank = bank_of(booked([1_000] * 20, every=timedelta(0)))

    assert not sepay_list().since(ACCOUNT, 1).complete


@pytest.mark.parametrize("manner", [Manner.FAILING, Manner.GARBLED, Manner.PAGE])
def test_an_ill_list_is_unavailable(book: SepayList, manner: Manner) -> None:
    book.manner = manner

    with pytest.raises(SepayUnavailable):
        sepay_list().since(ACCOUNT, 1)


def test_a_list_that_wants_fewer_questions_is_busy(book: SepayList) -> None:
    book.manner = Manner.BUSY

    with pytest.raises(SepayBusy):
        sepay_list().since(ACCOUNT, 1)


@pytest.mark.parametrize("manner", [Manner.HANGING, Manner.DRIPPING])
def test_a_list_that_hangs_or_drips_is_left_in_time(manner: Manner) -> None:
    with playing_list(bank_of(booked([1_000] * 50)), timeout_s=0.5) as book:
        book.manner = manner
        began = time.monotonic()

        with pytest.raises(SepayUnavailable):
            sepay_list().since(ACCOUNT, 1)

    assert time.monotonic() - began < 30  # It would hang for a minute.


def test_an_answer_beyond_all_bounds_is_not_read(book: SepayList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sepay, "BODY_MAX_BYTES", 100)

    with pytest.raises(SepayUnavailable):
        sepay_list().since(ACCOUNT, 1)


def test_nobody_at_the_address_is_unavailable(book: SepayList, settings: Any) -> None:
    settings.SEPAY_API_URL = "http://127.0.0.1:9"

    with pytest.raises(SepayUnavailable):
        sepay_list().since(ACCOUNT, 1)


def test_a_wrong_token_is_refused_and_stands_in_no_log(
    book: SepayList, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SEPAY_API_TOKEN = "wr0ng-token"

    with caplog.at_level(logging.DEBUG), pytest.raises(SepayRefused) as refusal:
        sepay_list().since(ACCOUNT, 1)

    assert refusal.value.params["status"] == 401
    assert "wr0ng-token" not in caplog.text + repr(sepay_list()) + str(refusal.value)


@pytest.mark.parametrize("wrong", [{"SEPAY_API_TOKEN": ""}, {"SEPAY_API_URL": "http://my.sepay.vn"}])
def test_without_a_token_or_a_safe_address_nobody_is_asked(settings: Any, wrong: dict[str, str]) -> None:
    for name, value in ({"SEPAY_API_TOKEN": "t"} | wrong).items():
        setattr(settings, name, value)

    with pytest.raises(SepayNotConfigured):
        sepay_list()


def test_the_webhooks_key_is_not_sent(book: SepayList, settings: Any) -> None:
    settings.SEPAY_API_KEYS, settings.SEPAY_API_TOKEN = [book.good_token], ""

    with pytest.raises(SepayNotConfigured):
        sepay_list().since(ACCOUNT, 1)
    assert book.asked == []


def test_many_callers_together_keep_the_pace_that_sepay_allows() -> None:
    with playing_list(bank_of(booked([1_000])), strict=True, calls_per_s=2.5, timeout_s=10) as book:
        # Each with a pace of its own, as processes have: only Redis holds them together.
        clients = [sepay.SepayList(book.url, book.good_token, 10.0, Pace("sepay-list", 2.5)) for _ in range(6)]

        found = at_once(lambda client: len(client.since(ACCOUNT, 1).rows), clients)

    assert (found, book.too_fast) == ([1] * 6, 0)


def test_without_redis_one_process_keeps_the_pace_by_itself(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    pace = Pace("sepay-list", 20)
    began = time.monotonic()

    at_once(lambda _: pace.wait(began + 10), range(5))

    assert time.monotonic() - began >= 4 / 20


def test_who_has_no_turn_before_the_deadline_goes_without() -> None:
    pace = Pace("test-of-the-deadline", 0.5)
    pace.wait(time.monotonic() + 1)

    with pytest.raises(TooBusy):
        pace.wait(time.monotonic() + 0.1)
