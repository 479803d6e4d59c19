"""Scores and tiers for everybody, or some: one statement that writes only what has changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from customers.models import RfmConfig
from customers.rfm.config import active_config
from n2store.events import wake_after_commit

EVERYBODY_TIMEOUT_MS = 5 * 60_000
EVENTS_MAX = 2_000
"""When more customers than this move in one go, their tiers are read afresh: nobody's screen hears of each."""


@dataclass(frozen=True, slots=True)
class Move:
    """So many customers from one tier to another."""

    before: str
    after: str
    customers: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What a recalculation did, or would do. `scores` is how many were written."""

    config: RfmConfig
    scores: int
    moves: list[Move] = field(default_factory=list)

    @property
    def moved(self) -> int:
        """How many have another tier now."""
        return sum(move.customers for move in self.moves)


@transaction.atomic
def recalculate(
    *, by: str, customers: Sequence[int] | None = None, config: RfmConfig | None = None, at: datetime | None = None
) -> Judged:
    """Judge everybody (or `customers`, by id) by what counts, and write what has changed.

    Calls at once end like one after the other; who is on the blacklist stays there.
    """
    config = config or active_config()
    with connection.cursor() as cursor:
        if customers is None:
            cursor.execute(f"SET LOCAL statement_timeout = {EVERYBODY_TIMEOUT_MS}")
        cursor.execute(
            "SELECT before, after, customers, scores FROM customers_rfm_recalculate(%s, %s, %s, %s, %s)",
            [at or timezone.now(), config.pk, None if customers is None else sorted(set(customers)), by, EVENTS_MAX],
        )
        rows = cursor.fetchall()
    moves = [Move(before, after, count) for before, after, count, _ in rows if before is not None]
    if moves:
        wake_after_commit()
    return Judged(config, rows[0][3], moves)


def rehearse(
    *, customers: Sequence[int] | None = None, config: RfmConfig | None = None, at: datetime | None = None
) -> Judged:
    """Return what `recalculate` would do with a configuration, such as a draft; nothing is written."""
    config = config or active_config()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {EVERYBODY_TIMEOUT_MS}")
        cursor.execute(
            "SELECT j.tier_now, j.tier_wanted, count(*) FROM customers_rfm_judged(%s, %s, %s) j"
            " WHERE j.tier_now <> j.tier_wanted GROUP BY 1, 2 ORDER BY 1, 2",
            [at or timezone.now(), config.pk, None if customers is None else sorted(set(customers))],
        )
        return Judged(config, 0, [Move(*row) for row in cursor.fetchall()])


def segment_counts() -> dict[str, int]:
    """Return how many customers each segment has, largest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT segment, count(*) FROM customers_rfmscore GROUP BY segment ORDER BY 2 DESC, 1")
        return dict(cursor.fetchall())
