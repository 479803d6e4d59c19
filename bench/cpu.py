"""Who used the processors: CPU seconds of groups of processes, and what strangers took meanwhile."""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
OWN = "bench"


@dataclass(frozen=True, slots=True)
class Reading:
    """CPU seconds so far: of each group, and of the whole machine."""

    at: float
    groups: dict[str, float]
    machine: float


@dataclass(frozen=True, slots=True)
class Used:
    """CPU seconds between two readings. `foreign` is how many processors others kept busy, 0.1 being a tenth of one."""

    groups: dict[str, float]
    foreign: float

    def per_1000(self, count: int) -> dict[str, float]:
        """Return each group's CPU seconds for a thousand of `count` things."""
        return {name: round(seconds * 1000 / count, 4) for name, seconds in self.groups.items()} if count else {}


def read(groups: Mapping[str, int]) -> Reading:
    """Read the counters of process trees, each given by its root, and of this process with its ended children."""
    found = {name: _tree(pid) for name, pid in groups.items()}
    own = os.times()
    found[OWN] = own.user + own.system + own.children_user + own.children_system
    return Reading(time.perf_counter(), found, _machine(Path("/proc/stat").read_text()))


def used(before: Reading, after: Reading) -> Used:
    """Return what was used between two readings of the same groups."""
    groups = {name: after.groups[name] - before.groups[name] for name in before.groups}
    strangers = after.machine - before.machine - sum(groups.values())
    return Used(groups, max(0.0, strangers / (after.at - before.at)))


def rss_kb(pids: Iterable[int]) -> int:
    """Return the resident memory of process trees, in kB."""
    return sum(process.memory_info().rss for pid in pids for process in _family(pid)) // 1024


def _tree(pid: int) -> float:
    total = 0.0
    for process in _family(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if process.pid == pid:
            total += times.children_user + times.children_system  # Of children that have ended.
    return total


def _family(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def _machine(stat: str) -> float:
    """Return the busy seconds of all processors: everything but idle and waiting for the disk."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, stat.split("\n", 1)[0].split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS_PER_S
