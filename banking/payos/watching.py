"""Each call to PayOS told to its breaker and its traces. Its library makes the call, and is listened to as it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import httpx

from proxy.watching.call import Watched, watched

UPSTREAM = "payos"
_now: ContextVar[Watched | None] = ContextVar("payos_call", default=None)


@contextmanager
def call(method: str, path: str, *, timeout_s: float) -> Iterator[Watched]:
    """Make one call within. Unless it is told otherwise, the status of the answer says how it went.

    Raises:
        UpstreamOpen: it is not to be made.
    """
    watch = watched(UPSTREAM, "", method=method, target=path, bytes_out=0, timeout_s=timeout_s)
    watch.attempts = 1
    token = _now.set(watch)
    try:
        yield watch
    finally:
        _now.reset(token)
        watch.end()


def client() -> httpx.Client:
    """Return a client that takes neither passwords nor proxies from this machine, and tells what it does."""
    return httpx.Client(trust_env=False, event_hooks={"request": [_sent], "response": [_answered]})


def _sent(request: httpx.Request) -> None:
    watch = _now.get()
    if watch is not None:
        watch.bytes_out = _length(request.headers)


def _answered(response: httpx.Response) -> None:
    watch = _now.get()
    if watch is not None:
        watch.answered(response.status_code)
        watch.bytes_in = _length(response.headers)


def _length(headers: httpx.Headers) -> int:
    """Return how long a body is, as announced."""
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdecimal() else 0
