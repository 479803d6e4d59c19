"""The closing sheet: bank = credited + pending + not customers' money, and what is missing is named."""

from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from banking.continuity import incidents
from banking.continuity.closing import ClosingRow, TooManyDays, closing_sheet
from banking.models import BankTransfer, Incident
from customers.operations import get_or_create_customer
from n2store.roles import Caller, Role
from tests.banking.continuity.bank import check, take, take_all, transfer
from tests.factories.sepay import MORNING, booked

DAY = date(2026, 1, 16)
KETOAN = Caller(name="ketoan", roles=frozenset({Role.ACCOUNTANT}))


def only(rows: list[ClosingRow]) -> ClosingRow:
    [row] = rows
    return row


def lines_of_day() -> list[dict[str, Any]]:
    lines = booked([350_000, -120_000, 99_000, 50_000, 75_000])
    lines[0]["content"] = "0909318264 ck"
    return lines


@pytest.mark.django_db
def test_a_day_is_split_by_what_became_of_its_money() -> None:
    take_all(lines_of_day())
    hoa, _ = get_or_create_customer(phone="0909000111", by="lan")
    BankTransfer.objects.filter(sepay_id=1_003).update(customer=hoa, verification="PENDING_VERIFICATION")
    BankTransfer.objects.filter(sepay_id=1_005).update(verification="REJECTED")

    row = only(closing_sheet(begin=DAY))

    assert (row.opening_vnd, row.came_vnd, row.went_vnd, row.closing_vnd) == (10_000_000, 574_000, 120_000, 10_454_000)
    assert (row.came_count, row.went_count) == (4, 1)
    assert (row.credited_vnd, row.owned_vnd, row.unowned_vnd, row.rejected_vnd) == (350_000, 99_000, 50_000, 75_000)
    assert (row.credited_count, row.owned_count, row.unowned_count, row.rejected_count) == (1, 1, 1, 1)
    assert row.came_vnd == row.credited_vnd + row.pending_vnd + row.rejected_vnd
    assert (row.difference_vnd, row.explained) == (0, True)


@pytest.mark.django_db
def test_a_line_of_0_dong_breaks_neither_chain_nor_sheet() -> None:
    take_all(booked([350_000, 0, -120_000, 0, 99_000]))

    check()
    row = only(closing_sheet(begin=DAY))

    assert Incident.objects.count() == 0
    assert (row.came_vnd, row.went_vnd, row.closing_vnd, row.unowned_vnd) == (449_000, 120_000, 10_329_000, 449_000)
    assert (row.difference_vnd, row.explained) == (0, True)


@pytest.mark.django_db
def test_a_refused_transfer_that_has_an_owner_is_not_customers_money() -> None:
    take(booked([75_000])[0])
    hoa, _ = get_or_create_customer(phone="0909000111", by="lan")
    BankTransfer.objects.update(verification="REJECTED", customer=hoa)

    row = only(closing_sheet(begin=DAY))

    assert (row.owned_vnd, row.rejected_vnd) == (0, 75_000)


@pytest.mark.django_db
def test_what_is_missing_is_the_difference_and_is_named_by_its_incident() -> None:
    lines = lines_of_day()
    take_all(lines[:2] + lines[3:])
    assert not only(closing_sheet(begin=DAY)).explained

    check()

    row = only(closing_sheet(begin=DAY))
    assert (row.difference_vnd, row.explained) == (99_000, True)
    assert [(one.id, one.missing_vnd, one.status) for one in row.incidents] == [
        (Incident.objects.get().pk, 99_000, "open")
    ]

    take(lines[2])
    check()
    row = only(closing_sheet(begin=DAY))
    assert (row.difference_vnd, row.incidents) == (0, ())


@pytest.mark.django_db
def test_what_was_set_aside_still_explains_its_day() -> None:
    lines = lines_of_day()
    take_all(lines[:2] + lines[3:])
    check()
    incidents.set_aside(caller=KETOAN, incident_id=Incident.objects.get().pk, note="Phí")

    row = only(closing_sheet(begin=DAY))

    assert (row.difference_vnd, row.explained, row.incidents[0].status) == (99_000, True, "ignored")


@pytest.mark.django_db
def test_a_day_begins_and_ends_at_midnight_in_vietnam_and_opens_where_the_last_one_closed() -> None:
    midnight = MORNING.replace(hour=0)
    take_all(booked([1_000, 20_000, 300_000], begin=midnight - timedelta(seconds=1), every=timedelta(seconds=1)))

    newest, oldest = closing_sheet(begin=DAY - timedelta(days=1), end=DAY)

    assert (newest.day, newest.opening_vnd, newest.came_vnd, newest.closing_vnd) == (
        DAY, 10_001_000, 320_000, 10_321_000,
    )  # fmt: skip
    assert (oldest.day, oldest.opening_vnd, oldest.came_vnd, oldest.closing_vnd) == (
        DAY - timedelta(days=1), 10_000_000, 1_000, 10_001_000,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_gap_over_midnight_is_of_the_day_that_opens_with_it() -> None:
    lines = booked(
        [1_000, 20_000, 300_000], begin=MORNING.replace(hour=23) - timedelta(days=1), every=timedelta(hours=6)
    )
    take_all([lines[0], lines[2]])
    check()

    newest, oldest = closing_sheet(begin=DAY - timedelta(days=1), end=DAY)

    assert (newest.difference_vnd, newest.explained, oldest.difference_vnd) == (20_000, True, 0)


@pytest.mark.django_db
def test_each_account_has_its_line_and_can_be_asked_for_alone() -> None:
    take_all([*lines_of_day(), *booked([5_000], account="19037128846015", first_id=3_000)])

    assert [row.account_number for row in closing_sheet(begin=DAY)] == ["19037128846015", "75918"]
    assert only(closing_sheet(begin=DAY, account_number="19037128846015")).came_vnd == 5_000


@pytest.mark.django_db
def test_a_day_without_lines_is_told_when_it_is_the_only_one_asked_for() -> None:
    take_all(lines_of_day())
    after = DAY + timedelta(days=2)

    row = only(closing_sheet(begin=after))

    assert (row.gateway, row.opening_vnd, row.closing_vnd, row.came_vnd) == ("ACB", 10_454_000, 10_454_000, 0)
    assert closing_sheet(begin=after, end=after + timedelta(days=1)) == []
    assert closing_sheet(begin=DAY - timedelta(days=1)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("end", [DAY - timedelta(days=1), DAY + timedelta(days=92)])
def test_a_period_is_bounded(end: date) -> None:
    with pytest.raises(TooManyDays):
        closing_sheet(begin=DAY, end=end)


@pytest.mark.django_db
@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_at_the_ends_of_time_are_refused(day: date) -> None:
    with pytest.raises(TooManyDays):
        closing_sheet(begin=day)


@pytest.mark.django_db
def test_a_sheet_of_many_days_and_accounts_is_two_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    take_all([*lines_of_day(), *booked([5_000], account="19037128846015", first_id=3_000)])

    with django_assert_num_queries(2):
        closing_sheet(begin=DAY - timedelta(days=20), end=DAY + timedelta(days=20))


@pytest.mark.django_db
def test_lines_of_the_days_last_second_in_disorder_make_no_difference() -> None:
    lines = booked([1_000, 20_000, 300_000, 4_000], begin=MORNING, every=timedelta(0))
    ids = [line["id"] for line in lines]
    for id, line in zip([ids[2], ids[0], ids[3], ids[1]], lines, strict=True):
        line["id"] = id
    take_all(lines)
    check()

    row = only(closing_sheet(begin=DAY))

    assert (row.opening_vnd, row.closing_vnd, row.difference_vnd) == (10_000_000, 10_325_000, 0)
    assert transfer(1_001).accumulated_vnd == 10_021_000
