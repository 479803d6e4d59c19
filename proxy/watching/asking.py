"""Who asks, while a page's call is served: for its traces. A call that no page asked for has nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Asking:
    """A request to us: the pattern of its address, and its user once that is known."""

    route: str = ""
    by: str = ""


NOBODY = Asking()
_asking: ContextVar[Asking] = ContextVar("asking", default=NOBODY)


@contextmanager
def asking(route: str) -> Iterator[Asking]:
    """Serve a request: calls made within are its calls, also those whose answer is read later."""
    one = Asking(route)
    token = _asking.set(one)
    try:
        yield one
    finally:
        _asking.reset(token)


def who_asks() -> Asking:
    """Return whose request is being served in this thread."""
    return _asking.get()
