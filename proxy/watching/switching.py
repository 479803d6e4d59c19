"""What people may do with a breaker: hold calls back for a while, or have the neighbour tried at once."""

from django.conf import settings

from n2store import audit
from n2store.errors import NotAllowed, NotFound
from n2store.roles import Caller
from proxy.authority import Right, has
from proxy.neighbours import neighbours
from proxy.watching.breaker import Breaker, breaker


class NoBreaker(NotFound):
    """There is no neighbour of this name, it is many hosts or not set up, or breakers are switched off."""

    code = "NO_BREAKER"


class MayNotSwitch(NotAllowed):
    """None of the caller's roles may hold calls back or have one tried."""


def hold(name: str, *, caller: Caller) -> None:
    """Refuse every call to a neighbour for GATEWAY_BREAKER_HELD_S, then let one try.

    Raises:
        NotAllowed: the caller has no right to.
        NoBreaker: there is none.
    """
    _breaker_of(name, caller).open(by=caller.name, for_s=settings.GATEWAY_BREAKER_HELD_S)
    audit.record(actor=caller.name, action="upstream.hold", subject=f"upstream:{name}")


def try_now(name: str, *, caller: Caller) -> bool:
    """Let the next call to a neighbour through, and return whether it was held back until now.

    Raises:
        NotAllowed: the caller has no right to.
        NoBreaker: there is none.
    """
    one = _breaker_of(name, caller)
    if one.is_closed:
        return False
    one.try_now()
    audit.record(actor=caller.name, action="upstream.try", subject=f"upstream:{name}")
    return True


def _breaker_of(name: str, caller: Caller) -> Breaker:
    if not has(caller, Right.SWITCH):
        raise MayNotSwitch("You may not hold calls back, or have one tried.")
    known = any(one.name == name and not one.many_hosts and not one.missing for one in neighbours())
    one = breaker(name) if known else None
    if one is None:
        raise NoBreaker("There is no such service to hold back.")
    return one


def held_minutes() -> int:
    """Return for how many minutes a person holds calls back."""
    return int(settings.GATEWAY_BREAKER_HELD_S) // 60
