"""What PostgreSQL's planner does for the test's own connection."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg.errors import Diagnostic

UNTIL_KEPT = 12
"""PostgreSQL tries a statement with its values five times, and the one around it is first prepared."""


def is_planned_once(act: Callable[[], object]) -> bool:
    """Whether `act`, done again and again, comes to be done by plans that are kept."""
    plans = []
    for _ in range(2 * UNTIL_KEPT):
        with planned() as statements:
            act()
        plans.append(statements)
    return [] in plans[UNTIL_KEPT:]  # One: the statistics may change meanwhile.


@contextmanager
def planned() -> Iterator[list[str]]:
    """Yield a list that gets the statements which are planned, each where it stands. Wants a superuser."""
    seen: list[str] = []

    def note(said: Diagnostic) -> None:
        if said.message_primary == "PLANNER STATISTICS":
            seen.append(said.context or "a statement of the shop's own")

    connection.ensure_connection()
    kept = connection.connection
    with connection.cursor() as cursor:
        cursor.execute("SET client_min_messages = log")
        cursor.execute("SET log_planner_stats = on")
    kept.add_notice_handler(note)
    try:
        yield seen
    finally:
        kept.remove_notice_handler(note)
        with connection.cursor() as cursor:
            cursor.execute("RESET log_planner_stats")
            cursor.execute("RESET client_min_messages")
