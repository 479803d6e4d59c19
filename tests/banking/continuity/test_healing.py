"""Asking SePay: breaks heal, an outage is made up for, whatever SePay answers; nothing counts twice."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from banking import tasks
from banking.continuity import healing
from banking.models import BankTransfer, Delivery, Incident, Refusal, WatchedAccount
from banking.rehearsals import sepay_to_ask
from n2store.models import JobRun
from n2store.simulator.answering import Manner
from n2store.simulator.sepay_list import SepayList, row_of
from proxy.sepay import SepayNotConfigured, SepayUnavailable
from tests.banking.continuity.bank import breaks, check, later, take, take_all, transfer
from tests.factories.sepay import ACCOUNT, bank_of, booked, playing_list
from tests.threads import at_once
from wallets.models import Transaction, Wallet
from wallets.queries import verify_ledger

CHANGES = [350_000, -120_000, 99_000, 50_000, -10_000, 75_000]


def recent(changes: list[int] = CHANGES, **more: Any) -> list[dict[str, Any]]:
    """Return lines of the last hours, as a poll finds them."""
    return booked(changes, begin=timezone.localtime() - timedelta(hours=3), content="0909318264 ck", **more)


@pytest.fixture
def lines() -> list[dict[str, Any]]:
    return recent()


@pytest.fixture
def book(lines: list[dict[str, Any]]) -> Iterator[SepayList]:
    with playing_list(bank_of(lines)) as book:
        yield book


def ask(times: int = 1, *, now: datetime | None = None) -> healing.Restored:
    """Let due incidents be asked about, so many hours one after the other."""
    now = now or later()
    return [healing.ask_due(now=now + hour * timedelta(hours=2)) for hour in range(times)][-1]


@pytest.mark.django_db
def test_a_break_is_asked_about_in_its_account_and_interval_and_heals(
    lines: list[dict[str, Any]], book: SepayList
) -> None:
    take_all(lines[:2] + lines[3:])
    check()

    restored = ask()

    [asked] = book.asked
    assert asked["account_number"] == ACCOUNT
    assert asked["transaction_date_min"] < lines[1]["transactionDate"] < asked["transaction_date_max"]
    assert restored.new == 1
    assert breaks() == [(99_000, 1_002, 1_004, "healed")]
    incident = Incident.objects.get()
    assert (incident.asks, incident.last_answer) == (1, "1")
    assert [healer.sepay_id for healer in incident.found.all()] == [1_003]


@pytest.mark.django_db
def test_what_the_list_tells_is_matched_credited_and_announced_like_a_delivery(
    lines: list[dict[str, Any]], book: SepayList
) -> None:
    take_all(lines[:2] + lines[3:])
    check()

    ask()

    found = transfer(1_003)
    assert (found.customer.phone, found.amount_vnd, found.accumulated_vnd) == ("0909318264", 99_000, 10_329_000)
    assert found.wallet_transaction.amount_vnd == 99_000
    assert (found.delivery.channel, '"99000.00"' in found.delivery.body) == ("list", True)


@pytest.mark.django_db
def test_the_webhook_may_still_tell_what_the_list_told(lines: list[dict[str, Any]], book: SepayList) -> None:
    take_all(lines[:2] + lines[3:])
    check()
    ask()

    again = take(lines[2])
    healing.poll(now=timezone.now())

    assert (again.is_new, BankTransfer.objects.count()) == (False, 6)
    assert Wallet.objects.get().real_vnd == 350_000 + 99_000 + 50_000 + 75_000
    assert Delivery.objects.exclude(differing_body=None).count() == 0
    assert verify_ledger() == []


@pytest.mark.django_db
@pytest.mark.parametrize("manner", [Manner.FAILING, Manner.BUSY, Manner.PAGE, Manner.GARBLED])
def test_while_sepay_is_ill_the_incident_waits_and_says_so_and_heals_later(
    lines: list[dict[str, Any]], book: SepayList, manner: Manner
) -> None:
    take_all(lines[:2] + lines[3:])
    check()
    book.manner = manner

    ask(times=9)
    incident = Incident.objects.get()
    assert incident.status == "open"
    assert incident.last_answer in {"SEPAY_LIST_UNAVAILABLE", "SEPAY_LIST_BUSY"}

    book.manner = Manner.WELL
    ask(now=later() + timedelta(days=2))
    assert [state for *_rest, state in breaks()] == ["healed"]


@pytest.mark.django_db
def test_the_pauses_between_questions_grow(lines: list[dict[str, Any]], book: SepayList) -> None:
    take_all(lines[:2] + lines[3:])
    check()
    book.manner = Manner.FAILING
    now, pauses = later(), []

    for _ in range(6):
        healing.ask_due(now=now)
        next_at = Incident.objects.get().next_ask_at
        assert next_at is not None
        pauses.append(next_at - now)
        healing.ask_due(now=now)  # Not due yet: nobody asks.
        now = next_at

    assert len(book.asked) == 6
    assert [pause.total_seconds() // 60 for pause in pauses] == [2, 5, 15, 30, 60, 60]


@pytest.mark.django_db
def test_what_sepay_knows_nothing_of_is_told_so_and_heals_all_the_same_when_it_comes(
    lines: list[dict[str, Any]],
) -> None:
    take_all(lines[:2] + lines[3:])
    check()

    with playing_list(bank_of(lines[:2] + lines[3:])):
        ask(times=healing.EMPTY_ANSWERS_MAX)
    incident = Incident.objects.get()
    assert (incident.status, incident.last_answer, incident.next_ask_at) == ("not_found", "EMPTY 6", None)

    take(lines[2])
    check()
    assert [state for *_rest, state in breaks()] == ["healed"]


@pytest.mark.django_db
def test_questions_that_were_not_answered_do_not_count_as_empty(lines: list[dict[str, Any]]) -> None:
    take_all(lines[:2] + lines[3:])
    check()

    with playing_list(bank_of(lines[:2] + lines[3:])) as book:
        book.manner = Manner.FAILING
        ask(times=9)
        book.manner = Manner.WELL
        ask(now=later() + timedelta(days=2))

    incident = Incident.objects.get()
    assert (incident.status, incident.asks, incident.last_answer) == ("open", 10, "EMPTY 1")


@pytest.mark.django_db
def test_without_a_token_the_incident_stays_open_and_says_so(lines: list[dict[str, Any]], settings: Any) -> None:
    settings.SEPAY_API_TOKEN = ""
    take_all(lines[:2] + lines[3:])
    check()

    ask(times=9)

    incident = Incident.objects.get()
    assert (incident.status, incident.last_answer) == ("open", "SEPAY_LIST_NOT_CONFIGURED")
    assert tasks.ask_sepay() == 0
    assert JobRun.objects.get(job="ask-sepay").error == ""


@pytest.mark.django_db
def test_a_row_that_cannot_be_stored_is_counted_and_keeps_no_other_from_being_taken(
    lines: list[dict[str, Any]], book: SepayList
) -> None:
    good = {
        "id": "5", "bank_brand_name": "ACB", "account_number": ACCOUNT, "transaction_date": "2026-01-16 09:00:00",
        "amount_in": "1.00", "amount_out": "0.00", "accumulated": "1.00",
    }  # fmt: skip
    book.odd_rows = [
        {}, {"id": None}, good | {"amount_in": "1.50"}, good | {"amount_out": "2.00"}, good | {"amount_in": "0"},
        good | {"amount_in": "1e9"}, good | {"amount_in": "٣"}, good | {"transaction_date": "yesterday"},
        good | {"id": "9" * 30}, good | {"id": "9" * 10_000}, good | {"amount_in": "9" * 17},
        good | {"bank_brand_name": ["x"]}, good | {"transaction_content": "\x00"}, good | {"amount_in": True},
    ]  # fmt: skip
    take_all(lines[:2] + lines[3:])
    check()

    restored = ask()

    assert (restored.new, BankTransfer.objects.count()) == (1, 6)
    assert restored.refused == sum(Refusal.objects.values_list("count", flat=True)) >= 1
    assert [state for *_rest, state in breaks()] == ["healed"]


@pytest.mark.django_db
def test_an_outage_of_hours_is_made_up_for_by_the_next_poll() -> None:
    lines = recent([5_000 * n for n in range(1, 120)])
    take_all(lines[:10])
    check()
    with playing_list(bank_of(lines)):  # Nothing came for the rest of the time, and nothing comes now.
        tasks.ask_sepay()

    assert BankTransfer.objects.count() == Transaction.objects.count() == 119
    assert Wallet.objects.get().real_vnd == sum(line["transferAmount"] for line in lines)
    assert verify_ledger() == []


@pytest.mark.django_db(transaction=True)
def test_webhook_list_and_poll_may_race_and_all_counts_once() -> None:
    lines = recent([5_000 * n for n in range(1, 61)])
    take_all(lines[:1])
    check()
    with playing_list(bank_of(lines)):

        def race(number: int) -> None:
            if number % 4 == 0:
                healing.poll(now=timezone.now())
            elif number % 4 == 1:
                healing.ask_due(now=later())
            else:
                take_all(lines[number % 7 :: 7])

        at_once(race, range(24))
        healing.poll(now=later())
    check()

    assert BankTransfer.objects.count() == Transaction.objects.count() == 60
    assert Wallet.objects.get().real_vnd == sum(line["transferAmount"] for line in lines)
    assert not Incident.objects.filter(status="open").exists()
    assert verify_ledger() == []


@pytest.mark.django_db
def test_a_poll_goes_on_from_the_last_id_and_reads_fresh_lines_again(
    lines: list[dict[str, Any]], book: SepayList
) -> None:
    take_all(lines)
    check()
    healing.poll(now=timezone.now())
    assert WatchedAccount.objects.get().asked_since_id == 1_006

    fresh = booked(
        [1_000, 2_000], begin=timezone.localtime() - timedelta(minutes=2), opening_vnd=10_444_000, first_id=2_000
    )
    book.bank.add(fresh[1])
    assert healing.poll(now=timezone.now()).new == 1
    book.bank.add(fresh[0])  # SePay was told of it late, with a lower id.
    assert healing.poll(now=timezone.now()).new == 1

    assert [asked["since_id"] for asked in book.asked] == ["1001", "1006", "1006"]


@pytest.mark.django_db
def test_a_row_of_another_account_does_not_move_the_poll_on(lines: list[dict[str, Any]], book: SepayList) -> None:
    take_all(lines)
    check()
    book.odd_rows = [row_of(booked([1_000], account="another", first_id=10**15)[0])]

    healing.poll(now=timezone.now())

    assert WatchedAccount.objects.get(account_number=ACCOUNT).asked_since_id == 1_006


@pytest.mark.django_db
def test_lost_lines_whose_sum_is_zero_are_found_by_the_poll(book: SepayList) -> None:
    lines = recent([350_000, 40_000, -40_000, 75_000])
    book.bank = bank_of(lines)
    take_all([lines[0], lines[3]])
    check()
    assert breaks() == []

    healing.poll(now=timezone.now())

    assert BankTransfer.objects.count() == 4


@pytest.mark.django_db
def test_a_poll_that_fails_is_noted_and_the_next_one_goes_on(lines: list[dict[str, Any]], book: SepayList) -> None:
    take_all(lines[:1])
    check()
    book.manner = Manner.FAILING

    assert sepay_to_ask(timezone.now())["accounts"] == 1
    assert tasks.ask_sepay() == 0
    assert JobRun.objects.get(job="ask-sepay").error == "SEPAY_LIST_UNAVAILABLE"

    book.manner = Manner.WELL
    assert tasks.ask_sepay() == 5


@pytest.mark.django_db
def test_a_transfer_is_fetched_by_its_reference_with_its_money(lines: list[dict[str, Any]], book: SepayList) -> None:
    # W27: decimals as text, matching and crediting, a token of its own.
    [first] = healing.fetch_by_reference("FT1003")
    [again] = healing.fetch_by_reference("FT1003")

    assert (first.is_new, again.is_new, first.transfer_id) == (True, False, again.transfer_id)
    assert transfer(1_003).wallet_transaction.amount_vnd == 99_000
    assert healing.fetch_by_reference("FT9999") == []


@pytest.mark.django_db
def test_fetching_tells_when_sepay_cannot_be_asked(book: SepayList, settings: Any) -> None:
    book.manner = Manner.FAILING
    with pytest.raises(SepayUnavailable):
        healing.fetch_by_reference("FT1003")
    settings.SEPAY_API_TOKEN = ""
    with pytest.raises(SepayNotConfigured):
        healing.fetch_by_reference("FT1003")


@pytest.mark.django_db
def test_a_break_is_asked_about_with_the_check_that_found_it(
    lines: list[dict[str, Any]], book: SepayList, settings: Any
) -> None:
    settings.CONTINUITY_GRACE_S = 0
    take_all(lines[:2] + lines[3:])

    assert tasks.check_continuity() == 1

    assert [state for *_rest, state in breaks()] == ["healed"]


HOSTILE = [
    "9" * 10_000,
    "chuyen tien \u202eneit neyuhc\u202c \u200f\u0007\u001b[2J\r\n\t",
    "<script>alert('CK')</script>\"'; DROP TABLE banking_banktransfer; --",
    "{{ 7 * 7 }} %s %(x)s \\x00 \\u0000 \U0001f4a9",
]


@pytest.mark.django_db
@pytest.mark.parametrize("content", HOSTILE)
def test_hostile_texts_are_stored_as_they_came_by_webhook_and_by_list(content: str) -> None:
    lines = [line | {"content": content} for line in recent()]
    take_all(lines[:2] + lines[3:])
    check()
    with playing_list(bank_of(lines)):
        ask()
        fetched = healing.fetch_by_reference("FT1003")

    assert [one.is_new for one in fetched] == [False]
    assert set(BankTransfer.objects.values_list("content", flat=True)) == {content}
    assert [state for *_rest, state in breaks()] == ["healed"]


@pytest.mark.django_db
def test_a_poll_goes_on_after_what_it_was_told_though_there_was_more_and_says_so(
    lines: list[dict[str, Any]], book: SepayList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxy.sepay.ROWS_MAX", 2)
    monkeypatch.setattr("proxy.sepay.PAGES_MAX", 2)
    take(lines[0])
    check()

    first = healing.poll(now=later())
    asked_since = WatchedAccount.objects.get().asked_since_id
    polled = [healing.poll(now=later() + n * timedelta(minutes=10)) for n in range(1, 5)]

    assert first.error == healing.LIST_INCOMPLETE
    assert asked_since > 1_001
    assert (polled[-1].error, BankTransfer.objects.count()) == ("", len(lines))


@pytest.mark.django_db
def test_an_incomplete_poll_marks_its_run(lines: list[dict[str, Any]], book: SepayList) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("proxy.sepay.ROWS_MAX", 2)
        patch.setattr("proxy.sepay.PAGES_MAX", 1)
        take(lines[0])
        check()
        tasks.ask_sepay()

    assert JobRun.objects.get(job="ask-sepay").error == healing.LIST_INCOMPLETE
