"""The statement on screen and as a file: narrowed, paged, told where each row is from, and never a formula."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store.roles import Role
from tests.factories.staff import logged_in
from wallets.console import statement, statement_export
from wallets.models import CreditSource, Source, Transaction
from wallets.operations import adjust, deposit, issue_credit, reverse, withdraw

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 16, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
STATEMENT_QUERIES = 13
"""The four of every request, the menu's number, the reader's roles, the customer, the rows, and five behind
all kinds of receipts."""
LATE = datetime(2026, 1, 16, 17, 30, tzinfo=UTC)
"""Half past midnight on the 17th in Vietnam."""


@pytest.fixture
def viewer() -> Client:
    return logged_in(Role.VIEWER)


def pay_in(customer: Customer, number: int, *, at: datetime = NOON, note: str = "") -> Transaction:
    return deposit(
        customer=customer, amount_vnd=1_000 + number, key=f"sepay:{customer.pk}:{number}", source=Source.BANK_TRANSFER,
        at=at, by="sepay", note=note,
    )  # fmt: skip


def everything(customer: Customer, times: int) -> None:
    """Book rows of each kind, `times` over."""
    for number in range(times * 10, times * 11):
        pay_in(customer, number)
        issue_credit(
            customer=customer, amount_vnd=500, key=f"c{number}", source_type=CreditSource.PROMOTION, at=NOON, by="x"
        )
        withdraw(
            customer=customer, amount_vnd=700, key=f"w{number}", at=NOON, by="x", note="", reference=("order", "NJD/1")
        )
        reverse(posted=adjust(customer=customer, amount_vnd=5, key=f"a{number}", reason="r", at=NOON, by="x"),
                reason="r", at=NOON, by="x")  # fmt: skip


def page_of(customer: Customer, name: str = "statement/") -> str:
    return f"/admin/wallets/wallet/of/{customer.pk}/{name}"


def amounts(answer: Any) -> list[int]:
    return [row.amount_vnd for row in answer.context["rows"]]


def lines(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def sheet(answer: Any) -> list[tuple[Any, ...]]:
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return list(book.active.iter_rows())


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [1_003, 1_002, 1_001]),
        ({"from": "2026-01-17"}, [1_003]),
        ({"to": "2026-01-16"}, [1_002, 1_001]),
        ({"from": "2026-01-16", "to": "2026-01-16"}, [1_002]),
        ({"type": "DEPOSIT"}, [1_003, 1_002, 1_001]),
        ({"type": "WITHDRAW"}, []),
        ({"type": "x", "from": "yesterday", "to": "0000-00-00", "before": "' OR 1"}, [1_003, 1_002, 1_001]),
    ],
)
def test_the_statement_is_narrowed_by_type_and_vietnam_days(viewer, customer, asked, found):
    for number, at in ((1, NOON - DAY), (2, NOON), (3, LATE)):
        pay_in(customer, number, at=at)

    assert amounts(viewer.get(page_of(customer), asked)) == found


def test_the_statement_is_paged_by_cursor(viewer, customer, monkeypatch):
    monkeypatch.setattr(statement, "ROWS_PER_PAGE", 2)
    for number in range(5):
        pay_in(customer, number)

    pages, query = [], "?"
    while True:
        answer = viewer.get(page_of(customer) + query)
        pages.append(amounts(answer))
        if not answer.context["older"]:
            break
        query = f"?{answer.context['older']}"

    assert pages == [[1_004, 1_003], [1_002, 1_001], [1_000]]


def test_the_statement_costs_the_same_for_any_number_of_rows(viewer, customer, django_assert_num_queries):
    everything(customer, 1)
    with django_assert_num_queries(STATEMENT_QUERIES):
        viewer.get(page_of(customer))

    everything(customer, 5)
    with django_assert_num_queries(STATEMENT_QUERIES):
        answer = viewer.get(page_of(customer))

    assert len(amounts(answer)) > 25


def test_each_row_says_where_its_money_is_from_and_can_be_taken_back_by_those_who_may(customer):
    row = pay_in(customer, 1)
    pages = [logged_in(role).get(page_of(customer)).content.decode() for role in (Role.ACCOUNTANT, Role.VIEWER)]

    assert all("1.001 ₫" in page for page in pages)
    assert [f"/admin/wallets/transaction/{row.pk}/reverse/" in page for page in pages] == [True, False]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", " =1"])
def test_nothing_in_a_file_is_taken_for_a_formula(viewer, customer, text):
    pay_in(customer, 1, note=text)
    Customer.objects.update(name=text)

    _head, line = lines(viewer.get(page_of(customer, "statement.csv")))
    _first, row = sheet(viewer.get(page_of(customer, "statement.xlsx")))

    assert line[1].startswith("'")
    assert line[11].startswith("'")
    assert {row[1].data_type, row[11].data_type} == {"s"}


def test_a_csv_is_in_vietnam_time_with_plain_numbers(viewer, customer):
    pay_in(customer, 1, at=LATE)

    head, line = lines(viewer.get(page_of(customer, "statement.csv")))

    assert head[:3] == ["Thời gian", "Khách hàng", "Số điện thoại"]
    assert (line[0], line[6:11]) == ("17/01/2026 00:30:00", ["1001", "0", "1001", "0", "0"])


def test_an_excel_file_has_real_numbers_and_moments(viewer, customer):
    pay_in(customer, 1, at=LATE)

    answer = viewer.get(page_of(customer, "statement.xlsx"))
    _head, row = sheet(answer)

    assert "spreadsheetml" in answer.headers["Content-Type"]
    assert f"sao-ke-{customer.phone}" in answer.headers["Content-Disposition"]
    assert (str(row[0].value), row[6].value) == ("2026-01-17 00:30:00", 1_001)


def test_a_file_has_the_rows_that_the_screen_shows(viewer, customer):
    for number, at in ((1, NOON - DAY), (2, NOON)):
        pay_in(customer, number, at=at)
    pay_in(get_or_create_customer(phone="0987654321", by="test")[0], 3)

    found = lines(viewer.get(page_of(customer, "statement.csv"), {"from": "2026-01-16"}))

    assert [line[6] for line in found[1:]] == ["1002"]


def test_a_file_is_bounded_and_says_that_there_is_more(viewer, customer, monkeypatch):
    monkeypatch.setattr(statement_export, "ROWS_MAX", 3)
    monkeypatch.setattr(statement_export, "READ_AT_A_TIME", 2)
    for number in range(5):
        pay_in(customer, number)

    found = lines(viewer.get(page_of(customer, "statement.csv")))

    assert len(found) == 1 + 3 + 1
    assert "3" in found[-1][0]


@pytest.mark.parametrize("name", ["statement/", "statement.csv", "statement.xlsx", "lots/"])
def test_nobody_reads_a_statement_without_a_role(customer, name):
    assert logged_in(None).get(page_of(customer, name)).status_code == 403
    assert Client().get(page_of(customer, name)).status_code == 302


@pytest.mark.parametrize("name", ["statement/", "statement.csv", "lots/"])
def test_the_statement_of_nobody_is_a_404(viewer, name):
    assert viewer.get(f"/admin/wallets/wallet/of/999999/{name}").status_code == 404


LEDGER = "/admin/wallets/transaction/"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "1.001"}, ["1001"]),
        ({"q": "chi hoa"}, ["1001"]),
        ({"q": "0987654321"}, ["2000"]),
        ({"type__exact": "WITHDRAW"}, []),
        ({"days": "30"}, []),
        ({"days": "x"}, ["2000", "1001"]),
    ],
)
def test_the_ledger_is_sent_as_a_file_as_it_is_narrowed(viewer, customer, asked, found):
    pay_in(customer, 1)
    pay_in(get_or_create_customer(phone="0987654321", name="Anh Ba", by="test")[0], 1_000)

    assert [line[6] for line in lines(viewer.get(f"{LEDGER}export.csv", asked))[1:]] == found


def test_nobody_takes_the_ledger_away_without_a_role():
    assert logged_in(None).get(f"{LEDGER}export.csv").status_code == 403
