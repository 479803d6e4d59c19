"""Digits are found by an index of their four-digit parts: nothing is missed by it, and searches go to it."""

import re
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from banking.lists.transfers import ALL, saying
from banking.models import BankTransfer
from n2store.found import composed
from tests.banking.api.conftest import arrived

TEXTS = st.text(st.sampled_from("0123456789 .-axĐ%_"), max_size=40)
LONG = "0123456789" * 1_000
"""As long as a content may be."""


def parts(text: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT banking_digits(%s)", [text])
        [found] = cursor.fetchone()
    return list(found)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0912x45678", [912, 4567, 5678]), ("123", []), ("", []), ("ck 12 34", []), ("0000", [0]),
        ("11111", [1111, 1111]), ("Đ2026\n0101", [2026, 101]),
    ],
)  # fmt: skip
def test_the_parts_of_a_text(text: str, expected: list[int]) -> None:
    assert parts(text) == expected


class AnyText(TestCase):
    """In a transaction of its own for each example."""

    @given(before=TEXTS, text=TEXTS, after=TEXTS)
    def test_what_a_text_holds_holds_no_other_parts(self, before: str, text: str, after: str) -> None:
        """Hold the parts of a text to those of one around it, and to Python's."""
        assert set(parts(text)) <= set(parts(before + text + after))
        assert parts(text) == [int(found) for found in re.findall(r"(?=(\d{4}))", text)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("6474", [1, 2]), ("64741", [1]), ("gd 6474", [1]), ("GD 6474", [1]), ("FT6474", [2]), ("647411", []),
        ("6474%", []), ("0909.318.264", [3]), ("+84 909 318 264", [3]), ("264 FT", [3]), ("６４７４", [1, 2]),
        ("6474 5", []), ("09 6474", []),
    ],
)  # fmt: skip
def test_a_search_for_digits_finds_what_holds_them(api: APIClient, query: str, found: list[int]) -> None:
    arrived(id=1, content="ck gd 64741 cam on", referenceCode="A1")
    arrived(id=2, content="chuyen khoan", referenceCode="FT64742")
    arrived(id=3, content="0909318264 ft", referenceCode="A3")

    answer = api.get("/api/sepay/history", {"search": query})

    assert sorted(row["sepay_id"] for row in answer.json()["data"]) == found


@pytest.mark.django_db
def test_the_longest_text_is_taken_and_found(api: APIClient) -> None:
    arrived(id=1, content=LONG[:9_999])

    answer = api.get("/api/sepay/history", {"search": "78901234"})

    assert [row["sepay_id"] for row in answer.json()["data"]] == [1]


@pytest.mark.django_db
def test_the_parts_of_a_long_run_are_found_in_one_pass() -> None:
    text = "ck " + LONG * 20
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5s'")

    assert parts(text) == [int(text[place : place + 4]) for place in range(3, len(text) - 3)]


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["314159", "271828"])
def test_a_run_as_long_as_a_delivery_may_bring_is_found_by_both_ends(api: APIClient, query: str) -> None:
    arrived(id=1, content="314159" + (LONG * 6)[12:] + "271828")
    arrived(id=2, content=LONG)

    answer = api.get("/api/sepay/history", {"search": query})

    assert [row["sepay_id"] for row in answer.json()["data"]] == [1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "index", "other"),
    [("647411", "transfer_digits", "transfer_text"), ("cam on", "transfer_text", "transfer_digits")],
)
def test_a_search_can_go_to_its_index(text: str, index: str, other: str) -> None:
    assert index in plan(text, without=other)


def plan(text: str, *, without: str) -> str:
    """Return the plan by bitmaps without one of the indexes: of few rows PostgreSQL cannot tell which is better."""
    narrowed = saying(ALL, text)
    where = composed(narrowed.where, dict(narrowed.parameters))
    table = BankTransfer._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {without}; SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        cursor.execute(
            f"EXPLAIN SELECT t.id FROM {table} t LEFT JOIN customers_customer c ON c.id = t.customer_id {where}"
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return "\n".join(str(row[0]) for row in rows)
