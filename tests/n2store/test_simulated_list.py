"""The simulated bank: its book, SePay's list of it, and the day that goes wrong; all on loopback."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from pytest_django.live_server_helper import LiveServer

from banking import tasks
from banking.continuity.chain import chain
from banking.continuity.watch import line_of
from banking.models import BankTransfer
from customers.operations import get_or_create_customer
from n2store.simulator.sepay_list import PATH, SepayList
from proxy.sepay import sepay_list
from proxy.tpos import tpos
from tests.factories.sepay import bank_of, booked, playing_list, story
from tests.processes import APPLICATION, database_url_of_this_test, end_other_sessions

ODD = {"withheld": 5, "repeated": 5, "twins": 5, "late": 50}


def test_a_story_has_exactly_the_oddities_it_was_asked_for() -> None:
    told = story(lines=1_000, **ODD)

    posted = Counter(one.id for one in told.posts)
    booked_ids = {line["id"] for line in told.bank.lines()}
    assert len(booked_ids) == 1_000
    assert booked_ids - set(posted) == {one.id for one in told.withheld}
    assert sorted(posted.values(), reverse=True)[:6] == [2, 2, 2, 2, 2, 1]
    firsts = list(dict.fromkeys(one.id for one in told.posts))
    assert sum(any(later < id for later in firsts[place + 1 :]) for place, id in enumerate(firsts)) > 0
    assert len([id for place, id in enumerate(firsts) if place and id < max(firsts[:place])]) == 50


def test_twins_are_equal_but_for_their_id_and_balance() -> None:
    told = story(lines=300, **ODD)

    for first, second in told.twins:
        one, other = json.loads(first.body), json.loads(second.body)
        changed = {name for name in one if one[name] != other[name]}
        assert changed == {"id", "accumulated"}
        assert (first.names, one["transferType"]) == (second.names, "in")
        assert first.names is not None
        assert other["accumulated"] == one["accumulated"] + one["transferAmount"]


def test_a_seed_tells_the_same_story_again() -> None:
    assert story(3, lines=200, **ODD).posts == story(3, lines=200, **ODD).posts


def test_too_few_lines_for_so_many_oddities_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        story(lines=30, **ODD)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, ["1003", "1002", "1001"]), ({"since_id": ["1002"]}, ["1003", "1002"]), ({"limit": ["1"]}, ["1003"]),
        ({"account_number": ["x"]}, []), ({"reference_number": ["FT1002"]}, ["1002"]),
        ({"transaction_date_min": ["2026-01-16 09:01:00"]}, ["1003", "1002"]),
        ({"transaction_date_max": ["2026-01-16 09:01:00"]}, ["1002", "1001"]),
    ],
)  # fmt: skip
def test_the_list_narrows_as_sepays_does(query: dict[str, list[str]], ids: list[str]) -> None:
    listing = SepayList(bank=bank_of(booked([1_000, -2_000, 3_000])))

    status, said = listing.answer(PATH, query, f"Bearer {listing.good_token}")

    assert (status, [row["id"] for row in said["transactions"]]) == (200, ids)


def test_the_list_refuses_the_fourth_question_of_a_second_and_any_other_token() -> None:
    listing = SepayList(bank=bank_of(booked([1_000])))

    def ask(token: str) -> int:
        return listing.answer(PATH, {}, f"Bearer {token}")[0]

    assert [ask(listing.good_token) for _ in range(2)] + [ask("wrong")] == [200, 200, 401]
    assert (ask(listing.good_token), listing.too_fast) == (429, 1)


def test_the_list_is_answered_over_http() -> None:
    with playing_list(bank_of(booked([1_000, 2_000]))):
        assert len(sepay_list().since("75918", 1).rows) == 2


@pytest.mark.django_db(transaction=True)
def test_the_command_plays_webhook_and_list_until_nothing_is_missing(live_server: LiveServer, settings: Any) -> None:
    for number in range(20):
        get_or_create_customer(phone=f"09{number:08d}", by="test")
    settings.CONTINUITY_GRACE_S, settings.SEPAY_API_TOKEN, settings.SEPAY_API_CALLS_PER_S = 0, "a-token", 100.0
    out, errors = StringIO(), []

    def simulate() -> None:
        try:
            call_command(
                "simulate", "sepay", "--url", live_server.url, "--rate", "0", "--count", "120", "--withhold", "3",
                "--twins", "3", "--repeat", "3", "--late", "9", "--seed", "5", "--list-port", "0", "--list-wait", "240",
                stdout=out,
            )  # fmt: skip
        except CommandError as error:
            errors.append(error)

    played = threading.Thread(target=simulate)
    played.start()
    while played.is_alive():
        for line in out.getvalue().splitlines():
            if line.startswith("SePay's list: SEPAY_API_URL="):
                settings.SEPAY_API_URL = line.partition("=")[2]
                tasks.check_continuity()
                tasks.ask_sepay()
        time.sleep(0.2)
    played.join()

    assert errors == []
    assert "withheld 3: the shop has found them all" in out.getvalue()
    assert BankTransfer.objects.count() == 120


@pytest.mark.django_db(transaction=True)
def test_the_command_says_what_a_shop_without_a_token_does_not_find(live_server: LiveServer, settings: Any) -> None:
    settings.SEPAY_API_TOKEN = ""
    get_or_create_customer(phone="0909318264", by="test")
    out = StringIO()

    with pytest.raises(CommandError, match="Of 2 withheld transfers the shop has found 0"):
        call_command(
            "simulate", "sepay", "--url", live_server.url, "--rate", "0", "--count", "60", "--withhold", "2",
            "--list-port", "0", "--list-wait", "0", stdout=out,
        )  # fmt: skip

    assert "started with SEPAY_API_TOKEN=simulated-token" in out.getvalue()
    assert BankTransfer.objects.count() == 58


@pytest.mark.django_db(transaction=True)
def test_a_second_story_goes_on_where_the_first_ended(live_server: LiveServer) -> None:
    get_or_create_customer(phone="0909318264", by="test")
    for seed in ("1", "2"):
        call_command(
            "simulate", "sepay", "--url", live_server.url, "--rate", "0", "--count", "60", "--late", "4",
            "--seed", seed, stdout=StringIO(),
        )  # fmt: skip

    accounts = set(BankTransfer.objects.values_list("account_number", flat=True))
    chains = [chain(map(line_of, BankTransfer.objects.filter(account_number=account))) for account in accounts]
    assert BankTransfer.objects.count() == 120
    assert [found.breaks for found in chains if found and found.breaks] == []


def test_the_command_plays_tpos_with_the_shops_customers_until_it_is_interrupted(
    transactional_db: None, settings: Any
) -> None:
    get_or_create_customer(phone="0909318264", name="Chị Hoa", by="test")
    env = {"DATABASE_URL": database_url_of_this_test(), "PGAPPNAME": APPLICATION, "SECRET_KEY": "test"}
    settings_module = {"DJANGO_SETTINGS_MODULE": "n2store.settings", "REDIS_URL": settings.REDIS_URL}
    with subprocess.Popen(
        [sys.executable, "manage.py", "simulate", "tpos"],
        env=os.environ | env | settings_module, stdout=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 -- takes no lock
    ) as played:  # fmt: skip
        try:
            assert played.stdout is not None
            said = dict(word.split("=", 1) for word in played.stdout.readline().split() if "=" in word)
            for name, value in said.items():
                setattr(settings, name, value)
            cache.clear()

            assert [one.name for one in tpos().search_by_phone("0909318264").partners] == ["Chị Hoa"]

            played.send_signal(signal.SIGINT)
            assert played.wait(timeout=60) == 0
        finally:
            played.kill()
            end_other_sessions()
