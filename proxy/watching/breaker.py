"""A breaker for each neighbour: after some failures in a row nobody waits for it any more, until one trial succeeds.

pybreaker decides. It holds a lock while it runs what it guards, which would let calls through one by one: so it is not
given the call itself, but what became of it. Who may call is read from its state, and of an open one that has waited
long enough one caller at a time makes the trial.
"""

import math
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock

from django.conf import settings
from pybreaker import STATE_CLOSED, STATE_HALF_OPEN, STATE_OPEN, CircuitBreaker, CircuitBreakerError

from proxy.errors import UpstreamOpen
from proxy.watching.shared import KEPT_S, Shared
from proxy.watching.stalled import Waiting

HOSTS_MAX = 256
STALLED = "UPSTREAM_STALLED"
"""Why it opened when calls hang, before any of them has failed."""
TRIAL_SOON_S = 2
"""When to come back while another caller makes the trial."""


class Failed(Exception):
    """What pybreaker is told of a call that failed."""


@dataclass(slots=True)
class Breaker:
    """One neighbour's, or one host's. Threads may share it."""

    name: str
    failures_max: int
    open_s: float
    storage: Shared = field(init=False)
    waiting: Waiting = field(default_factory=Waiting)
    _machine: CircuitBreaker = field(init=False)

    def __post_init__(self) -> None:
        self.storage = Shared(self.name, self.open_s)
        self._machine = CircuitBreaker(
            fail_max=self.failures_max, reset_timeout=self.open_s, state_storage=self.storage, name=self.name,
            throw_new_error_on_trip=False,
        )  # fmt: skip

    def admit(self, upstream: str, *, trial_s: float) -> bool:
        """Let a call begin, and return whether it is the trial, which may take `trial_s`.

        Raises:
            UpstreamOpen: calls would be in vain.
        """
        self._notice()
        known = self.storage.standing()
        if known.state == STATE_CLOSED:
            return False
        left_s = known.until - time.time()
        if known.state == STATE_OPEN and left_s > 0:
            raise UpstreamOpen(upstream, retry_after_s=math.ceil(left_s))
        if not self.storage.take_trial(trial_s):
            raise UpstreamOpen(upstream, retry_after_s=TRIAL_SOON_S)
        if known.state == STATE_OPEN:
            self._machine.half_open()
        return True

    def _notice(self) -> None:
        """Open it when calls that hang and calls that failed are together as many as it bears."""
        stalled = self.waiting.stalled()
        if stalled and self.storage.state == STATE_CLOSED and self.storage.in_a_row + stalled >= self.failures_max:
            self._machine.open()
            self.storage.write(why=STALLED)

    def told(self, *, why: str, trial: bool) -> None:
        """Hear how an admitted call went; `why` is empty when it went well.

        What was begun before it opened says nothing of what is now, unless it is the trial.
        """
        if trial or self.storage.state == STATE_CLOSED:
            with suppress(CircuitBreakerError):  # Somebody has opened it meanwhile.
                try:
                    self._machine.call(_as_it_went, why)
                except Failed:
                    self.storage.write(why=why)
        if trial:
            self.storage.give_trial_back()

    def forgo(self) -> None:
        """Give the trial back: the call never reached the neighbour, and says nothing of it."""
        self.storage.give_trial_back()

    def open(self, *, by: str, for_s: float) -> None:
        """Hold every call back for so long, because a person wants it; at most an hour, for which a state is kept."""
        self._machine.open()
        self.storage.write(until=time.time() + min(for_s, KEPT_S), by=by, why="")

    def try_now(self) -> None:
        """Let the next call through, whatever is known."""
        self.storage.give_trial_back()
        self._machine.half_open()
        self.storage.write(by="")

    @property
    def is_closed(self) -> bool:
        """Whether calls pass."""
        return self.storage.state == STATE_CLOSED


def _as_it_went(why: str) -> None:
    if why:
        raise Failed(why)


def breaker(name: str) -> Breaker | None:
    """Return the breaker of a name, or None where the setting wants none."""
    failures_max, open_s = settings.GATEWAY_BREAKER_FAILURES, settings.GATEWAY_BREAKER_OPEN_S
    if not failures_max:
        return None
    key = (name, failures_max, open_s)
    with _making:
        if key not in _made:
            _made[key] = Breaker(name, failures_max, open_s)
            while len(_made) > HOSTS_MAX:
                _made.popitem(last=False)
        _made.move_to_end(key)
        return _made[key]


_made: OrderedDict[tuple[str, int, float], Breaker] = OrderedDict()
_making = Lock()
STATES = (STATE_CLOSED, STATE_HALF_OPEN, STATE_OPEN)
