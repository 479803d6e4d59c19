"""What the shop lends to a logged-in caller who brings no token of a neighbour: it goes out, and is never shown.

A room above registers where its tokens are; `proxy` does not know who holds them.
"""

from collections.abc import Callable

Lender = Callable[[], str | None]
"""Returns a token, or None when there is none to lend."""

_lenders: dict[str, Lender] = {}


def register(neighbour: str, lender: Lender) -> None:
    """Let `lender` lend tokens of a neighbour: `pancake` is known so far. The last one registered counts."""
    _lenders[neighbour] = lender


def lent(neighbour: str) -> str | None:
    """Return a token of a neighbour, if somebody lends one."""
    lender = _lenders.get(neighbour)
    return lender() if lender else None
