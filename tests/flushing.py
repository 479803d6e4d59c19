"""A quick flush after each test on real connections: Django's TRUNCATE of all tables takes most of a second.

Only the tables that a test has filled are emptied, and what migrations leave behind comes from a copy instead of
being worked out again. Triggers are off, as the ledger refuses to be emptied: a right of PostgreSQL's superuser.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

COPIES = "as_migrated"


@contextmanager
def quick_flush() -> Iterator[None]:
    """Flush quickly for as long as this lasts. The database must be as the migrations have left it."""
    kept = copy_all(tables())

    def sql_flush(self: DatabaseOperations, style: Any, names: list[str], **_: Any) -> list[str]:
        return statements(names, kept)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_, **__: None)
        yield


def tables() -> list[str]:
    """Return the tables of Django's models, as far as there are any."""
    return connection.introspection.django_table_names(only_existing=True, include_views=False)


def copy_all(names: list[str]) -> list[str]:
    """Keep a copy of what these tables hold, and return those that hold something."""
    kept = filled(names)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {COPIES}")
        for name in kept:
            cursor.execute(f"CREATE TABLE {COPIES}.{name} AS TABLE {name}")
    return kept


def statements(names: list[str], kept: list[str]) -> list[str]:
    """Return the SQL, for one transaction, that empties these tables of all but what was copied."""
    return [
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {name}" for name in filled(names)),
        *(f"INSERT INTO {name} SELECT * FROM {COPIES}.{name}" for name in kept),
    ]


def filled(names: list[str]) -> list[str]:
    """Return those of these tables that have rows."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names))
        return [name for (name,) in cursor.fetchall()]
