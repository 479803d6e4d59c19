"""The client of TPOS, over real HTTP against the simulated one."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from n2store.simulator.answering import Reply
from n2store.simulator.tpos import Manner, Tpos, partner
from proxy.tpos import PAGE_ROWS, TposNotConfigured, TposRefused, TposUnavailable, tpos
from tests.factories.tpos import playing_tpos
from tests.threads import at_once

PHONE = "0909318264"


@pytest.fixture
def book() -> Iterator[Tpos]:
    with playing_tpos() as book:
        book.partners = [
            partner(5011, PHONE, Debit=350000.0),
            partner(5012, "0387654321", "Chị Lan", Email="lan@example.com"),
        ]
        yield book


def test_a_customer_is_found_by_phone(book: Tpos) -> None:
    found = tpos().search_by_phone(PHONE)

    [one] = found.partners
    assert found.complete
    assert (one.id, one.phone, one.name, one.email, one.status) == ("5011", PHONE, "Chị Hoa", "", "Bình thường")
    assert one.address == "12 Lê Lợi, Phường Bến Nghé, Quận 1, TP. Hồ Chí Minh"
    assert (one.network, one.credit_vnd, one.debit_vnd, one.raw["Active"]) == ("Viettel", 0, 350_000, True)


def test_customers_are_found_by_part_of_a_phone_newest_first(book: Tpos) -> None:
    book.partners.append(partner(5013, "0999318264"))

    assert [one.id for one in tpos().search_partial("318264").partners] == ["5013", "5011"]


def test_a_customer_is_fetched_by_id_or_is_not_there(book: Tpos) -> None:
    one = tpos().by_id("5012")

    assert one is not None
    assert (one.name, one.email) == ("Chị Lan", "lan@example.com")
    assert tpos().by_id("777") is None
    assert tpos().by_id("5012)/x") is None


@pytest.mark.parametrize(("rows", "complete"), [(PAGE_ROWS, True), (PAGE_ROWS + 1, False)])
def test_what_does_not_fit_on_the_page_is_not_taken_for_all(book: Tpos, rows: int, complete: bool) -> None:
    book.partners = [partner(n, f"09093{n:05}") for n in range(1, rows + 1)]

    found = tpos().search_partial("09093")

    assert (len(found.partners), found.complete, found.total) == (PAGE_ROWS, complete, rows)


def test_unknown_fields_and_missing_ones_are_of_no_concern(book: Tpos) -> None:
    book.partners = [
        partner(
            7,
            PHONE,
            Name=None,
            DisplayName=...,
            Email=5,
            FullAddress=...,
            StatusText=None,
            Status=...,
            Moods=[1],
            Debit="x",
        )
    ]

    [one] = tpos().search_by_phone(PHONE).partners

    assert (one.name, one.email, one.address, one.status) == ("", "", "12 Lê Lợi, Quận 1", "")


@pytest.mark.parametrize("odd", [{"Id": None}, {"Id": "x"}, {"Id": 0}])
def test_a_row_without_an_id_is_no_answer(book: Tpos, odd: dict[str, Any]) -> None:
    book.partners = [partner(7, PHONE) | odd]

    with pytest.raises(TposUnavailable):
        tpos().search_by_phone(PHONE)


@pytest.mark.parametrize("manner", [Manner.FAILING, Manner.GARBLED, Manner.BUSY])
def test_an_ill_tpos_is_unavailable(book: Tpos, manner: Manner) -> None:
    book.manner = manner

    with pytest.raises(TposUnavailable):
        tpos().search_by_phone(PHONE)


@pytest.mark.parametrize("manner", [Manner.HANGING, Manner.DRIPPING])
def test_a_tpos_that_hangs_or_drips_is_left_in_time(manner: Manner) -> None:
    with playing_tpos(timeout_s=0.5) as book:
        book.partners, book.manner = [partner(5011, PHONE)], manner
        began = time.monotonic()

        with pytest.raises(TposUnavailable):
            tpos().search_by_phone(PHONE)

    assert time.monotonic() - began < 30  # It would hang for a minute.


@pytest.mark.parametrize("location", ["http://[::1", "/\u00e0", "http://10.0.0.5/"])
def test_a_tpos_that_leads_elsewhere_is_not_followed(
    book: Tpos, monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    monkeypatch.setattr(book, "reply", lambda _asked: Reply(302, b"", {"Location": location}))

    with pytest.raises((TposUnavailable, TposRefused)):
        tpos().token()


def test_nobody_at_the_address_is_unavailable(settings: Any) -> None:
    with playing_tpos():
        settings.TPOS_BASE_URL = "http://127.0.0.1:9"

        with pytest.raises(TposUnavailable):
            tpos().search_by_phone(PHONE)


def test_one_token_serves_many_questions_and_other_processes(book: Tpos) -> None:
    for _ in range(3):
        tpos().search_by_phone(PHONE)
    other_process = type(tpos())(
        base_url=book.url, username="shop", password="secret", client_id="tmtWebApp", timeout_s=5.0
    )
    other_process.search_by_phone(PHONE)

    assert book.tokens_given == 1


def test_a_token_that_tpos_takes_no_more_is_fetched_anew_once(book: Tpos) -> None:
    tpos().search_by_phone(PHONE)
    book.forget_tokens()

    assert len(tpos().search_by_phone(PHONE).partners) == 1
    assert book.tokens_given == 2


def test_twenty_callers_with_an_old_token_fetch_one(book: Tpos) -> None:
    tpos().search_by_phone(PHONE)
    book.forget_tokens()

    found = at_once(lambda _: len(tpos().search_by_phone(PHONE).partners), range(20))

    assert found == [1] * 20
    assert book.tokens_given == 2


def test_without_the_cache_a_process_keeps_its_own_token(book: Tpos, settings: Any) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:9/0",
            "OPTIONS": {"socket_connect_timeout": 0.2},
        }
    }

    for _ in range(2):
        assert len(tpos().search_by_phone(PHONE).partners) == 1
    assert book.tokens_given == 1


def test_a_wrong_password_is_refused_and_stands_in_no_log(
    book: Tpos, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TPOS_PASSWORD = "wr0ng-pass"

    with caplog.at_level(logging.DEBUG), pytest.raises(TposRefused) as refusal:
        tpos().search_by_phone(PHONE)

    assert refusal.value.params["status"] == 401
    assert "wr0ng-pass" not in caplog.text + repr(tpos()) + str(refusal.value)


@pytest.mark.parametrize(
    "wrong", [{"TPOS_USERNAME": ""}, {"TPOS_PASSWORD": ""}, {"TPOS_BASE_URL": "http://tomato.tpos.vn"}]
)
def test_without_a_user_or_a_safe_address_nobody_is_asked(settings: Any, wrong: dict[str, str]) -> None:
    for name, value in ({"TPOS_USERNAME": "a", "TPOS_PASSWORD": "b"} | wrong).items():
        setattr(settings, name, value)

    with pytest.raises(TposNotConfigured):
        tpos()
