"""Figures of the gateway for Prometheus. How processes share them is said in `n2store/metrics.py`."""

from prometheus_client import Counter, Histogram

CALLS = Counter("n2store_upstream_calls", "Calls to a neighbour, by what became of them.", ["upstream", "outcome"])
FAILURES = Counter("n2store_upstream_failures", "Calls that failed or were held back, by why.", ["upstream", "why"])
SECONDS = Histogram(
    "n2store_upstream_seconds", "From the beginning of a call to the first line of the answer.", ["upstream"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60),
)  # fmt: skip
BYTES = Counter("n2store_upstream_bytes", "Bytes of bodies, to a neighbour (out) and back (in).", ["upstream", "way"])
DROPPED = Counter("n2store_traces_dropped", "Traces and counts that were not kept, by why.", ["why"])
LIMITED = Counter("n2store_rate_limited", "Calls refused because one caller asked too often, by door.", ["door"])
UNCOUNTED = Counter("n2store_rate_uncounted", "Calls let through uncounted because Redis was away, by door.", ["door"])
