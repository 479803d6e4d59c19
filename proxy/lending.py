"""What the shop lends to a logged-in caller who brings no token of a neighbour: it goes out, and is never shown.

A room above registers where its tokens are; `proxy` does not know who holds them. What was lent is remembered for
`REMEMBERED_S`: a page asks for many things at once, and a token lives for months.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any

REMEMBERED_S = 1.0

Lender = Callable[[], str | None]
"""Returns a token, or None when there is none to lend."""

_lenders: dict[str, Lender] = {}
_known: dict[str, tuple[float, str | None]] = {}
_lock = Lock()


def register(neighbour: str, lender: Lender) -> None:
    """Let `lender` lend tokens of a neighbour: `pancake` is known so far. The last one registered counts."""
    _lenders[neighbour] = lender
    forget()


def lent(neighbour: str) -> str | None:
    """Return a token of a neighbour, if somebody lends one."""
    known = _known.get(neighbour)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    lender = _lenders.get(neighbour)
    token = lender() if lender else None
    with _lock:
        _known[neighbour] = (time.monotonic() + REMEMBERED_S, token)
    return token


def forget(**_: Any) -> None:
    """Ask every lender afresh from now on."""
    with _lock:
        _known.clear()
