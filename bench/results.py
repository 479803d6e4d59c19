"""What a case says: one JSON object a line, and the medians it is made of."""

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.cpu import Used
from n2store.simulator.figures import percentile


@dataclass(frozen=True, slots=True)
class Run:
    """One repetition: how many in how long, how long each took, and what it cost."""

    rate: float
    took_ms: list[float]
    used: Used
    failed: int = 0
    first_failure: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """The medians of some repetitions."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_s_per_1000: dict[str, float]
    foreign_cpu: float
    failed: int
    first_failure: str


def figures(runs: Sequence[Run]) -> Figures:
    """Return the medians of `runs`; failures are added up, never averaged away."""
    costs = [run.used.per_1000(len(run.took_ms)) for run in runs]
    return Figures(
        rate=statistics.median(run.rate for run in runs),
        p50_ms=statistics.median(percentile(run.took_ms, 0.5) for run in runs),
        p99_ms=statistics.median(percentile(run.took_ms, 0.99) for run in runs),
        cpu_s_per_1000={name: statistics.median(cost.get(name, 0.0) for cost in costs) for name in costs[0]},
        foreign_cpu=round(max(run.used.foreign for run in runs), 2),
        failed=sum(run.failed for run in runs),
        first_failure=next((run.first_failure for run in runs if run.first_failure), ""),
    )


def ratio(ours: Sequence[Run], theirs: Sequence[Run]) -> float:
    """Return the median of the pairwise ratios of rates: each pair was measured one after the other."""
    return round(statistics.median(our.rate / their.rate for our, their in zip(ours, theirs, strict=True)), 3)


def say(name: str, unit: str, value: float, **more: Any) -> None:
    """Print one figure."""
    given = {key: _rounded(item) for key, item in more.items() if item not in (None, "")}
    sys.stdout.write(json.dumps({"name": name, "unit": unit, "value": _rounded(value)} | given) + "\n")
    sys.stdout.flush()


def say_rate(name: str, found: Figures, **more: Any) -> None:
    """Print a rate with what it cost, and its p50 and p99."""
    cost = {"cpu_s_per_1000": found.cpu_s_per_1000, "foreign_cpu": found.foreign_cpu}
    failures = {"failed": found.failed, "first_failure": found.first_failure}
    say(f"{name}.rate", "1/s", found.rate, **more, **cost, **failures)
    say(f"{name}.p50", "ms", found.p50_ms)
    say(f"{name}.p99", "ms", found.p99_ms)


def progress(line: str) -> None:
    """Tell the person at the terminal what goes on; figures go to standard output, this does not."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) and abs(value) < 1000 else (
        round(value) if isinstance(value, float) else value
    )  # fmt: skip
