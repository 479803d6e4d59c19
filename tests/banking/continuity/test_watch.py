"""The watch: breaks become incidents after their time of grace, follow the lines that come, and heal by themselves."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from banking.continuity import watch
from banking.models import BankTransfer, Incident, WatchedAccount
from n2store.models import Event
from proxy.models import Alert
from tests.banking.continuity.bank import breaks, check, later, take, take_all, transfer
from tests.factories.sepay import ACCOUNT, MORNING, booked
from tests.threads import at_once

CHANGES = [350_000, -120_000, 99_000, 50_000, -10_000, 75_000]


@pytest.mark.django_db
def test_an_accounts_first_line_opens_its_watch() -> None:
    take(booked(CHANGES)[0])

    check()

    account = WatchedAccount.objects.get()
    assert (account.account_number, account.gateway) == (ACCOUNT, "ACB")
    assert (account.proven_until, account.proven_balance_vnd) == (MORNING, 10_350_000)


@pytest.mark.django_db
@pytest.mark.parametrize(("lost", "missing"), [(1, -120_000), (2, 99_000)])
def test_a_lost_line_becomes_an_incident_that_names_its_amount_and_direction(lost: int, missing: int) -> None:
    lines = booked(CHANGES)
    take_all(lines[:lost] + lines[lost + 1 :])

    check()

    assert breaks() == [(missing, 1_000 + lost, 1_002 + lost, "open")]
    assert Incident.objects.get().next_ask_at is not None
    told = Event.objects.get(name="bank.incident")
    assert (told.topics, told.payload["account_number"], told.payload["count"]) == (["transfers"], ACCOUNT, 1)


@pytest.mark.django_db
def test_a_break_has_time_to_heal_by_itself() -> None:
    lines = booked(CHANGES)
    take_all(lines[:2] + lines[3:])

    watch.check_all(now=timezone.now())
    take(lines[2])
    check()

    assert breaks() == []


@pytest.mark.django_db
def test_an_incident_heals_when_its_line_comes_and_says_by_what() -> None:
    lines = booked(CHANGES)
    take_all(lines[:2] + lines[3:])
    check()

    take(lines[2])
    found = check()

    incident = Incident.objects.get()
    assert found.healed == [incident.pk]
    assert (incident.status, incident.closed_by, incident.next_ask_at) == ("healed", "continuity", None)
    assert incident.closed_at is not None
    assert [healer.sepay_id for healer in incident.found.all()] == [1_003]


@pytest.mark.django_db
def test_a_line_that_comes_days_later_heals_its_incident_too() -> None:
    lines = booked(CHANGES, every=timedelta(hours=20))
    take_all(lines[:2] + lines[3:])
    check()
    take_all(booked([1_000] * 30, begin=MORNING + timedelta(days=9), opening_vnd=10_444_000, first_id=5_001))
    check()
    assert [state for *_line, state in breaks()] == ["open"]

    take(lines[2])
    check()

    assert [state for *_line, state in breaks()] == ["healed"]


@pytest.mark.django_db
def test_when_a_part_of_the_lost_comes_the_incident_names_the_rest() -> None:
    lines = booked(CHANGES)
    take_all([lines[0], lines[4], lines[5]])
    check()
    assert breaks() == [(29_000, 1_001, 1_005, "open")]

    take(lines[2])  # Before it and behind it one is still lost.
    check()
    assert breaks() == [(-120_000, 1_001, 1_003, "open"), (50_000, 1_003, 1_005, "open")]

    take(lines[3])
    take(lines[1])
    check()
    assert {state for *_line, state in breaks()} == {"healed"}


@pytest.mark.django_db
def test_lines_in_any_order_of_arrival_and_of_one_second_are_no_break() -> None:
    lines = booked([1_000 * n for n in range(1, 40)], every=timedelta(0))
    random.Random(3).shuffle(lines)

    for number, line in enumerate(lines):
        take(line)
        if number % 7 == 0:
            watch.check_all(now=timezone.now())
    check()

    assert breaks() == []
    assert WatchedAccount.objects.get().proven_balance_vnd is not None


@pytest.mark.django_db
def test_each_account_has_its_own_chain() -> None:
    one, other = booked(CHANGES), booked(CHANGES, account="19037128846015", first_id=3_001)

    take_all(line for pair in zip(one[:3] + one[4:], other[:5] + other[5:], strict=False) for line in pair)
    check()

    assert breaks() == [(50_000, 1_003, 1_005, "open")]
    assert Incident.objects.get().account_number == ACCOUNT


@pytest.mark.django_db
def test_a_bank_that_tells_no_balance_has_no_breaks() -> None:
    take_all(line | {"accumulated": 0} for line in booked(CHANGES))

    check()

    assert breaks() == []


@pytest.mark.django_db
def test_a_bank_whose_balances_are_never_right_does_not_flood_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "OPENED_MAX", 3)
    take_all(line | {"accumulated": 5_000_000} for line in booked(CHANGES * 3))

    check()

    assert Incident.objects.count() == 3


@pytest.mark.django_db
def test_a_gap_over_night_is_seen_with_the_first_line_of_the_morning() -> None:
    lines = booked(CHANGES, every=timedelta(hours=9))
    take_all(lines[:2])
    check()

    take(lines[3])
    check()

    assert breaks() == [(99_000, 1_002, 1_004, "open")]


@pytest.mark.django_db
def test_a_line_that_became_visible_after_a_later_one_was_checked_is_still_judged() -> None:
    lines = booked(CHANGES)
    take_all(lines[:2])
    check()
    take_all(lines[3:])  # 1003 is lost, 1004 is not judged yet ...
    hidden = transfer(1_004)
    WatchedAccount.objects.update(checked_transfer_id=hidden.pk - 1)

    watch.check_all(now=timezone.now())
    assert WatchedAccount.objects.get().checked_transfer_id == hidden.pk - 1  # ... for it is too fresh to be passed.
    check()

    assert breaks() == [(99_000, 1_002, 1_004, "open")]


@pytest.mark.django_db
def test_the_proof_reaches_to_the_first_break_and_goes_on_when_it_heals() -> None:
    lines = booked(CHANGES)
    take_all(lines[:2] + lines[3:])
    check()
    account = WatchedAccount.objects.get()
    assert (account.proven_until, account.proven_balance_vnd) == (MORNING + timedelta(minutes=1), 10_230_000)

    take(lines[2])
    check()

    account.refresh_from_db()
    assert (account.proven_until, account.proven_balance_vnd) == (MORNING + timedelta(minutes=5), 10_444_000)


@pytest.mark.django_db
def test_what_was_checked_is_not_read_again(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    take_all(booked(CHANGES))
    check()

    with django_assert_num_queries(2):
        assert check().examined == 0


@pytest.mark.django_db
def test_a_check_costs_the_same_for_one_line_and_for_many(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    lines = booked([1_000] * 60)
    take(lines[0])
    check()
    take(lines[1])
    with django_assert_num_queries(16):
        check()
    take_all(lines[2:])
    with django_assert_num_queries(16):
        check()


@pytest.mark.django_db(transaction=True)
def test_many_workers_find_each_break_once_and_heal_it_once() -> None:
    lines = booked([1_000 * n for n in range(1, 60)])
    lost = [10, 20, 30]
    take_all(line for place, line in enumerate(lines) if place not in lost)
    now = later()

    at_once(lambda _: watch.check_all(now=now), range(6))
    watch.check_all(now=now)
    assert [missing for missing, *_rest in breaks()] == [11_000, 21_000, 31_000]

    def heal(number: int) -> None:
        if number < len(lost):
            take(lines[lost[number]])
        watch.check_all(now=later())

    at_once(heal, range(6))
    check()

    assert [state for *_rest, state in breaks()] == ["healed"] * 3
    healed = [one for row in Event.objects.filter(name="bank.incident") for one in row.payload["incidents"]]
    assert sorted(one["status"] for one in healed) == ["healed"] * 3 + ["open"] * 3
    assert BankTransfer.objects.count() == 59


@pytest.mark.django_db
def test_a_new_incident_is_told_to_the_shop_once() -> None:
    lines = booked(CHANGES)
    take_all(lines[:2] + lines[3:])

    check()
    check()

    assert [alert.text for alert in Alert.objects.all()] == [
        f"Số dư tài khoản {ACCOUNT} không khớp với các giao dịch: 1 sự cố mới. Vui lòng kiểm tra."
    ]
