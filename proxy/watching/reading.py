"""How each neighbour does: its breaker, its last minutes in figures, its last failure. A fixed number of statements."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum
from pybreaker import STATE_CLOSED, STATE_OPEN

from proxy.models import CallCount, Outcome, Trace
from proxy.neighbours import neighbours
from proxy.watching.counting import quantile_ms
from proxy.watching.shared import Standing, all_written

WINDOW_MINUTES = 15
LAST_FAILURES = """
    SELECT trace.* FROM unnest(%s::text[]) AS named(upstream) CROSS JOIN LATERAL (
        SELECT * FROM proxy_trace WHERE upstream = named.upstream AND outcome = 'failed' ORDER BY id DESC LIMIT 1
    ) trace
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """One neighbour. Shares are of the calls that went out; p50 and p95 are bounds in milliseconds."""

    name: str
    many_hosts: bool
    missing: tuple[str, ...] = ()
    """Settings that it wants and that are empty: it is not asked."""
    breaker: Standing
    hosts: Mapping[str, Standing] = field(default_factory=dict)
    """Of a neighbour that is many hosts: those whose breakers are open."""
    calls_a_minute: float = 0.0
    calls: int = 0
    failed: int = 0
    held: int = 0
    p50_ms: int | None = None
    p95_ms: int | None = None
    last_failure: Trace | None = None

    @property
    def failed_share(self) -> float:
        """Which share of the calls that went out failed."""
        return self.failed / self.calls if self.calls else 0.0

    @property
    def is_alarm(self) -> bool:
        """Whether calls are held back now."""
        return not self.missing and (self.breaker.now != STATE_CLOSED or bool(self.hosts))


@dataclass(frozen=True, slots=True)
class Found:
    """All neighbours by name, and whether the breakers' states are known: Redis may be away."""

    upstreams: list[Doing]
    breakers_known: bool


def doing(now: datetime) -> Found:
    """Return how every neighbour does, by the last `WINDOW_MINUTES` whole or begun."""
    known = all_written()
    each = neighbours()
    counts = _counts(now)
    failures = {row.upstream: row for row in Trace.objects.raw(LAST_FAILURES, [[one.name for one in each]])}
    found = [
        Doing(
            name=one.name,
            many_hosts=one.many_hosts,
            missing=one.missing,
            breaker=(known or {}).get(one.name, Standing()),
            hosts=_hosts(one.name, known or {}),
            last_failure=failures.get(one.name),
            **_figures(counts[one.name]),
        )
        for one in each
    ]
    return Found(found, breakers_known=known is not None)


def _counts(now: datetime) -> dict[str, list[tuple[str, int, int]]]:
    since = now.replace(second=0, microsecond=0) - timedelta(minutes=WINDOW_MINUTES - 1)
    rows = (
        CallCount.objects.filter(minute__gte=since)
        .values_list("upstream", "outcome", "within_ms")
        .annotate(sum=Sum("calls"))
        .order_by()
    )
    found: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for upstream, outcome, within_ms, calls in rows:
        found[upstream].append((outcome, within_ms, calls))
    return found


def _figures(rows: list[tuple[str, int, int]]) -> dict[str, Any]:
    out = [(outcome, within_ms, calls) for outcome, within_ms, calls in rows if outcome != Outcome.HELD]
    calls = sum(calls for _outcome, _within, calls in out)
    times = [(within_ms, calls) for _outcome, within_ms, calls in out]
    return {
        "calls": calls,
        "calls_a_minute": calls / WINDOW_MINUTES,
        "failed": sum(calls for outcome, _within, calls in out if outcome == Outcome.FAILED),
        "held": sum(calls for outcome, _within, calls in rows if outcome == Outcome.HELD),
        "p50_ms": quantile_ms(times, 0.5),
        "p95_ms": quantile_ms(times, 0.95),
    }


def _hosts(upstream: str, known: Mapping[str, Standing]) -> dict[str, Standing]:
    prefix = f"{upstream}:"
    return {
        name.removeprefix(prefix): one
        for name, one in sorted(known.items())
        if name.startswith(prefix) and one.now == STATE_OPEN
    }
