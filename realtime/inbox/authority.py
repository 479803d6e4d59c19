"""Who answers customers: owner, customer care and accountant. The others look."""

from n2store.roles import Caller, Role

ANSWERERS = frozenset({Role.OWNER, Role.CUSTOMER_CARE, Role.ACCOUNTANT})


def may_answer(caller: Caller) -> bool:
    """Tell whether the caller may say that somebody was answered."""
    return bool(ANSWERERS & caller.roles)
