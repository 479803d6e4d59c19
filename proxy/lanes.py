"""How many calls a neighbour may hold at once. One that hangs fills its own lane and leaves the others free."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from proxy.errors import UpstreamBusy


@dataclass(frozen=True, slots=True)
class Lane:
    """So many calls of one upstream in this process: `width` at once, and `waiting_max` for `wait_s` seconds."""

    upstream: str
    width: int
    waiting_max: int
    wait_s: float = 3.0
    many_hosts: bool = False
    """Whether it leads to servers of different owners: each then has a breaker of its own."""
    _free: threading.Semaphore = field(init=False, repr=False, compare=False)
    _may_wait: threading.Semaphore = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_free", threading.Semaphore(self.width))
        object.__setattr__(self, "_may_wait", threading.Semaphore(self.waiting_max))

    def enter(self) -> Callable[[], None]:
        """Take a place and return how to give it back; to give it back twice does nothing.

        Raises:
            UpstreamBusy: there is none, and none was given back while we waited.
        """
        if not self._free.acquire(blocking=False):
            self._wait()
        given_back = threading.Lock()

        def leave() -> None:
            if given_back.acquire(blocking=False):
                self._free.release()

        return leave

    def _wait(self) -> None:
        busy = UpstreamBusy(self.upstream, "Too many calls to this service are on their way. Please repeat.")
        if not self._may_wait.acquire(blocking=False):
            raise busy
        try:
            if not self._free.acquire(timeout=self.wait_s):
                raise busy
        finally:
            self._may_wait.release()


def seconds_left(deadline: float) -> float:
    """Return how long it is until `deadline` (of `time.monotonic`), at least a millisecond."""
    return max(0.001, deadline - time.monotonic())
