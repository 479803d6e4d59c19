"""Waiting for something another process brings about."""

import subprocess
import time
from collections.abc import Callable
from typing import Any

from n2store.launch.place import LaunchError

PAUSE_S = 0.05


def wait_until(ready: Callable[[], bool], failure: str, *, timeout_s: float, by: subprocess.Popen[Any]) -> None:
    """Wait until `ready()`.

    Raises:
        LaunchError: `failure`, since that took longer than `timeout_s`, or process `by`, whose work it is, ended.
    """
    deadline = time.monotonic() + timeout_s
    while not ready():
        if by.poll() is not None or time.monotonic() > deadline:
            raise LaunchError(failure)
        time.sleep(PAUSE_S)
