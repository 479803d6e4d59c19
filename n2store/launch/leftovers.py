"""Processes that outlived their parent: each is marked when it starts, so that the next start can find and end it."""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

import psutil

from n2store.launch.place import Place

MARK = "N2STORE_PROCESS"
PR_SET_PDEATHSIG = 1


def mark(place: Place, name: str) -> str:
    """The value of MARK in the environment of process `name`, and of the children it makes."""
    return f"{place.home}|{name}"


def end_with_parent(with_signal: signal.Signals) -> None:
    """Ask the kernel to send this process `with_signal` when its parent is gone, even by SIGKILL. It survives exec."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, with_signal, 0, 0, 0)


def find(place: Place, name: str) -> list[psutil.Process]:
    """Every other living process marked as `name` at this place, its children included."""
    wanted = mark(place, name)
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == wanted:
                found.append(process)
        except (psutil.Error, OSError):  # It ended meanwhile, or belongs to somebody else.
            continue
    return found


def end(place: Place, name: str, *, with_signal: signal.Signals = signal.SIGTERM, patience_s: float = 3) -> int:
    """End the leftovers of `name`: ask, wait up to `patience_s`, then kill. Returns how many there were."""
    left = find(place, name)
    send(left, with_signal)
    _, stubborn = psutil.wait_procs(left, timeout=patience_s)
    send(stubborn, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=2)
    return len(left)


def send(processes: Sequence[psutil.Process], with_signal: signal.Signals) -> None:
    """Send `with_signal` to those that still live."""
    for process in processes:
        try:
            process.send_signal(with_signal)
        except psutil.NoSuchProcess:
            continue
