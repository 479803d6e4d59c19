"""A page of a list in one round trip: a query finds its rows, a statement that stays prepared writes them.

Note [Found inside a prepared statement]
----------------------------------------
A prepared statement soon has one plan for all values. In a list the values decide: a text that half the rows hold is
found by walking the newest, a rare one by its letters, a state that hardly occurs by its own index. So what finds the
rows has its values written into it (`composed` quotes them), and PostgreSQL plans it for them.

To write the rows is the longer text by far: forty fields, the same whatever was found, and read and planned with every
new filter they cost PostgreSQL as much as the page itself. So the query is a value of the statement that writes:
`n2store_found` runs it and says the ids in order, each with its key for a cursor, and `n2store_counted` runs the one
that counts. Only that query is planned anew, and nothing takes a second round trip.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection

__all__ = ["COUNTED_INSIDE", "FOUND", "LAST_KEY", "composed"]

FOUND = "n2store_found(%(found)s) WITH ORDINALITY AS found (id, key, place)"
"""To be joined with what is written of each row. `found` is the query: ids and keys, in order."""
LAST_KEY = "(array_agg(found.key ORDER BY found.place DESC))[1]"
"""The key of the page's last row."""
COUNTED_INSIDE = "n2store_counted(%(counted)s)"
"""`counted` is the query of the number, or NULL."""


def composed(sql: str, parameters: Mapping[str, Any]) -> str:
    """Return SQL with its values written into it, quoted."""
    return str(connection.ops.compose_sql(sql, parameters)) if parameters else sql  # type: ignore[attr-defined]
