"""Figures that an upper floor provides to the dashboard, which knows no app by name: a function for each kind.

`provide("tickets.statistics", function)` in an app's `ready`; what nobody provides is None.
"""

from collections.abc import Callable
from typing import Any

_providers: dict[str, Callable[..., Any]] = {}


def provide(kind: str, function: Callable[..., Any]) -> None:
    """Let `function` answer for this kind of figures."""
    _providers[kind] = function


def provided(kind: str, **given: Any) -> Any:
    """Return the figures of this kind, or None when nobody provides them."""
    function = _providers.get(kind)
    return None if function is None else function(**given)
