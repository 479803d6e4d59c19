"""Instants on the wire: Python and SQL write the same."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from n2store.clock import VIETNAM
from n2store.wire import instant

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.sampled_from([UTC, VIETNAM]))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (None, None),
        (datetime(2026, 1, 12, 8, 39, 5, 120_999, VIETNAM), "2026-01-12T01:39:05.120Z"),
        (datetime(2026, 1, 1, tzinfo=VIETNAM) - timedelta(microseconds=1), "2025-12-31T16:59:59.999Z"),
    ],
)
def test_utc_with_milliseconds(at: datetime | None, text: str | None) -> None:
    assert instant(at) == text


class TestSql(TestCase):
    @given(MOMENTS)
    def test_sql_writes_what_python_writes(self, at: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT n2store_iso(%s)", [at])
            assert cursor.fetchone()[0] == instant(at)
