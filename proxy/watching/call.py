"""One call to a neighbour, watched: may it begin, how did it go, who is told."""

import re
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from django.utils import timezone

from n2store.errors import DomainError
from proxy.errors import GatewayError, UpstreamBusy, UpstreamCut, UpstreamOpen, UpstreamTimeout, UpstreamUnreachable
from proxy.models import Outcome, Trace
from proxy.watching import measuring
from proxy.watching.asking import Asking, who_asks
from proxy.watching.breaker import Breaker, breaker
from proxy.watching.keeping import keeper

TRIAL_MARGIN_S = 5.0
"""Beyond its own time-out a trial has so long before the next caller may try."""
NEIGHBOURS_FAULT = (UpstreamTimeout, UpstreamUnreachable, UpstreamCut)
HELD_BACK = (UpstreamOpen, UpstreamBusy)
SERVER_ERROR, CLIENT_ERROR = 500, 400
TARGET_LENGTH_MAX, STEP_LENGTH_MAX = 160, 60
_NUMBER = re.compile(r"\d{5,}")
_STEP = re.compile(r"[\w.()'#:=-]+", re.ASCII)


@dataclass(slots=True)
class Watched:
    """A call that has begun. `end` is heard once, whatever comes after."""

    upstream: str
    host: str
    method: str
    target: str
    bytes_out: int
    asking: Asking
    breaker: Breaker | None
    trial: bool = False
    attempts: int = 0
    bytes_in: int = 0
    status: int | None = None
    at: datetime = field(default_factory=timezone.now)
    _begun_at: float = field(default_factory=time.monotonic)
    _head_ms: int | None = None
    _ended: bool = False
    _number: int = 0

    def __enter__(self) -> Self:
        """Make the call within: it ends with the block, by the neighbour's failure if that left it."""
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.end(error if isinstance(error, GatewayError) else None)

    def wait(self, timeout_s: float) -> None:
        """Wait for the answer from now on, for so long at most."""
        if self.breaker is not None:
            self._number = self.breaker.waiting.begin(timeout_s)

    def answered(self, status: int) -> None:
        """Hear that the answer begins. A trial that comes so far has shown what it was to show."""
        self.status, self._head_ms = status, self._ms()
        self._leave(answered=True)
        if self.trial:
            self._tell(f"HTTP_{status}" if status >= SERVER_ERROR else "")

    def end(self, error: BaseException | None = None, *, callers_fault: bool = False) -> None:
        """Hear that the call is over: count it, trace it, and tell the breaker."""
        if self._ended:
            return
        self._ended = True
        self._leave(answered=False)
        outcome, why = self._judged(error)
        says_something = self.status is not None if error is None else isinstance(error, NEIGHBOURS_FAULT)
        if says_something and not callers_fault:
            self._tell(why if outcome == Outcome.FAILED else "")
        else:
            self._forgo()
        self._measure(outcome, why)
        keeper.lay_down(
            Trace(
                at=self.at,
                upstream=self.upstream,
                host=self.host[:255],
                route=self.asking.route[:120],
                target=self.target,
                method=self.method[:8],
                status=self.status,
                outcome=outcome,
                why=why,
                head_ms=self._head_ms,
                ms=self._ms(),
                bytes_out=self.bytes_out,
                bytes_in=self.bytes_in,
                attempts=self.attempts,
                by=self.asking.by[:150],
            )
        )

    def _judged(self, error: BaseException | None) -> tuple[Outcome, str]:
        if isinstance(error, HELD_BACK):
            return Outcome.HELD, error.code
        if isinstance(error, GatewayError):
            return Outcome.FAILED, error.code
        if error is not None:
            return Outcome.HELD, error.code if isinstance(error, DomainError) else type(error).__name__[:40]
        if self.status is None:  # Nobody waited for it.
            return Outcome.HELD, "CALLER_GONE"
        if self.status >= CLIENT_ERROR:
            return (Outcome.FAILED if self.status >= SERVER_ERROR else Outcome.REFUSED), f"HTTP_{self.status}"
        return Outcome.OK, ""

    def _tell(self, why: str) -> None:
        if self.breaker is not None:
            trial, self.trial = self.trial, False
            self.breaker.told(why=why, trial=trial)

    def _leave(self, *, answered: bool) -> None:
        if self.breaker is not None:
            self.breaker.waiting.over(self._number, answered=answered)

    def _forgo(self) -> None:
        if self.breaker is not None and self.trial:
            self.trial = False
            self.breaker.forgo()

    def _measure(self, outcome: Outcome, why: str) -> None:
        measuring.CALLS.labels(self.upstream, outcome.value).inc()
        if outcome in (Outcome.FAILED, Outcome.HELD):
            measuring.FAILURES.labels(self.upstream, why).inc()
        if self._head_ms is not None:
            measuring.SECONDS.labels(self.upstream).observe(self._head_ms / 1000)
        measuring.BYTES.labels(self.upstream, "out").inc(self.bytes_out)
        measuring.BYTES.labels(self.upstream, "in").inc(self.bytes_in)

    def _ms(self) -> int:
        return round((time.monotonic() - self._begun_at) * 1000)


def watched(upstream: str, host: str, *, method: str, target: str, bytes_out: int, timeout_s: float) -> Watched:
    """Begin a call. `host` is named where a neighbour is many hosts, each with a breaker of its own.

    Raises:
        UpstreamOpen: it is not to be begun.
    """
    guard = breaker(f"{upstream}:{host}" if host else upstream)
    one = Watched(upstream, host, method, "" if host else told_target(target), bytes_out, who_asks(), guard)
    if guard is not None:
        try:
            one.trial = guard.admit(upstream, trial_s=timeout_s + TRIAL_MARGIN_S)
        except UpstreamOpen as refused:
            one.end(refused)
            raise
        one.wait(timeout_s)
    return one


def told_target(target: str) -> str:
    """Return the path as a trace may keep it: no query, no long numbers, no step that may be a token or a name."""
    steps = (_NUMBER.sub("#", step) for step in target.partition("?")[0].split("/"))
    told = "/".join(
        step if not step or (len(step) <= STEP_LENGTH_MAX and _STEP.fullmatch(step)) else "…" for step in steps
    )
    return told[:TARGET_LENGTH_MAX]
