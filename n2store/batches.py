"""Deleting many rows without holding them all at once."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

BATCH_MAX = 5_000


def delete_in_batches(statement: str, bound: Any) -> Iterator[int]:
    """Run a DELETE that takes `bound` and a limit until it finds nothing more; yield how many rows each batch had."""
    deleted = BATCH_MAX
    while deleted == BATCH_MAX:
        with connection.cursor() as cursor:
            cursor.execute(statement, [bound, BATCH_MAX])
            deleted = cursor.rowcount
        yield deleted
