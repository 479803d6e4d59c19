"""Measuring one repetition: what was done, how long it took, and whose CPU it cost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench import cpu, http_load
from bench.results import Run
from bench.shop import Shop

WARM_UP_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long and how often."""

    seconds: float = 5.0
    repeats: int = 3
    connections: tuple[int, ...] = (1, 16, 64)
    stream_clients: tuple[int, ...] = (1, 100, 1000)
    names: frozenset[str] = field(default_factory=frozenset)


def http(shop: Shop, requests: Iterator[bytes], *, connections: int, seconds: float, wanted: bytes = b"") -> Run:
    """Load the front of the shop once."""
    before = cpu.read(shop.groups)
    load = http_load.run(shop.target, requests, connections=connections, seconds=seconds, wanted=wanted)
    used = cpu.used(before, cpu.read(shop.groups))
    return Run(load.rate, load.took_ms, used, load.failed, load.first_failure)


def direct(shop: Shop, work: Callable[[], tuple[float, list[float]]]) -> Run:
    """Run something that goes around the shop, to its database."""
    before = cpu.read(shop.groups)
    rate, took_ms = work()
    return Run(rate, took_ms, cpu.used(before, cpu.read(shop.groups)))
