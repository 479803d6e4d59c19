"""Rows written by concat are what json_build_object would have made of them, whatever they hold."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from n2store import json_sql
from n2store.json_answers import answer

ODD = ['"', "\\", "\n\t\r\b\f", "\x01\x1f\x7f", "</script>", "Đặng Thị Hường", "🎁", "{}[],:", "%s %(a)s %%", "'", ""]
MANY = 130
"""More fields than one call of a function of PostgreSQL can name."""


def read(sql: str, values: dict[str, Any] | None = None, source: str = "") -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql} {source}", values)
        return cursor.fetchone()[0]


def written(sql: str, values: dict[str, Any] | None = None, source: str = "") -> Any:
    found = read(json_sql.passed(sql), values, source)
    assert isinstance(found, bytes)
    return json.loads(found)


@pytest.mark.django_db
@pytest.mark.parametrize("value", ODD)
def test_any_text_is_escaped(value: str) -> None:
    assert written(json_sql.object_of({"a": json_sql.text("%(a)s::text")}), {"a": value}) == {"a": value}


class AnyText(TestCase):
    """In a transaction of its own for each example."""

    @given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")))
    def test_any_text_comes_back_as_it_is(self, value: str) -> None:
        """Read it as PostgreSQL wrote it."""
        assert written(json_sql.object_of({"a": json_sql.text("%(a)s::text")}), {"a": value}) == {"a": value}


@pytest.mark.django_db
def test_each_kind_is_what_json_build_object_makes() -> None:
    kinds = {
        "text": (json_sql.text, "'x'::text"),
        "filled": (json_sql.filled, "'x'::text"),
        "number": (json_sql.number, "12345678901234"),
        "decimal": (json_sql.number, "12.50"),
        "flag": (json_sql.flag, "1 < 2"),
        "json": (json_sql.json, """'{"a": [1, null]}'::jsonb"""),
        "plain": (json_sql.plain, "'2026-01-12'::text"),
    }
    pairs = ", ".join(f"'{name}', {sql}" for name, (_, sql) in kinds.items())

    ours = json_sql.object_of({name: kind(sql) for name, (kind, sql) in kinds.items()})

    assert written(ours) == json.loads(read(f"json_build_object({pairs})::text"))


@pytest.mark.django_db
def test_what_is_unknown_is_null_and_a_condition_false() -> None:
    kinds = (json_sql.text, json_sql.filled, json_sql.number, json_sql.plain)

    found = written(
        json_sql.object_of(
            {kind.__name__: kind("NULL::text") for kind in kinds}
            | {"json": json_sql.json("NULL::jsonb"), "flag": json_sql.flag("NULL::boolean"), "none": json_sql.NULL}
            | {"empty": json_sql.filled("''::text"), "list": json_sql.json("NULL::jsonb", missing="[]")}
        )
    )

    assert found == {
        "text": None, "filled": None, "number": None, "plain": None, "json": None, "flag": False, "none": None,
        "empty": None, "list": [],
    }  # fmt: skip


@pytest.mark.django_db
def test_an_instant_is_utc_with_milliseconds() -> None:
    at = datetime(2026, 1, 12, 1, 39, 5, 120_999, tzinfo=UTC)

    assert written(json_sql.utc("%(at)s::timestamptz"), {"at": at}) == "2026-01-12T01:39:05.120Z"


@pytest.mark.django_db
def test_an_object_may_have_many_fields() -> None:
    found = written(json_sql.object_of({f"f{number}": json_sql.number(str(number)) for number in range(MANY)}))

    assert found == {f"f{number}": number for number in range(MANY)}


@pytest.mark.django_db
@pytest.mark.parametrize(("rows", "expected"), [(0, []), (1, [{"a": 1}]), (3, [{"a": 3}, {"a": 2}, {"a": 1}])])
def test_rows_come_in_their_order(rows: int, expected: list[Any]) -> None:
    array = json_sql.array_of(json_sql.object_of({"a": json_sql.number("n")}), order="n DESC")

    assert json.loads(read(array, source=f"FROM generate_series(1, {rows}) n")) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(("rows", "expected"), [(0, {}), (2, {'"1': {"a": 1}, '"2': {"a": 2}})])
def test_rows_by_their_key(rows: int, expected: dict[str, Any]) -> None:
    by_key = json_sql.map_of("'\"' || n", json_sql.object_of({"a": json_sql.number("n")}))

    assert json.loads(read(by_key, source=f"FROM generate_series(1, {rows}) n")) == expected


@pytest.mark.parametrize("data", [b'{"a":"\xc4\x90"}', '{"a":"Đ"}'])
def test_finished_json_is_answered_as_it_is(data: bytes | str) -> None:
    found = answer(data, "row", status=201, message='"Thêm"', count=1)

    assert found.content.decode() == '{"success":true,"row":{"a":"Đ"},"message":"\\"Thêm\\"","count":1}'
    assert (found.status_code, found["Content-Type"]) == (201, "application/json")


def test_nothing_is_answered_as_null() -> None:
    assert json.loads(answer(None).content) == {"success": True, "data": None}
