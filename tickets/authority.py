"""Who may do what with tickets, by role. Money has limits of its own, see `wallets.authority`."""

from enum import StrEnum

from django.conf import settings

from n2store.errors import NotAllowed
from n2store.roles import Caller


class Right(StrEnum):
    """What people do with tickets. The names are keys of `settings.TICKET_RIGHTS`."""

    CREATE = "create"
    """Open a ticket, and begin or cancel the work on it."""
    NOTE = "note"
    """Write notes, assign, fill in what is missing."""
    RECEIVE = "receive"
    """Say that the goods are here."""
    SETTLE = "settle"
    """Say that money is settled: complete, resolve, change amounts, write off."""
    DELETE = "delete"
    """Delete as a mark, or for good."""


class MayNotHandle(NotAllowed):
    """None of the caller's roles has this right."""


class OnlyWarehouse(MayNotHandle):
    """Goods are received by the warehouse."""

    code = "PERMISSION_WAREHOUSE"


class OnlyAccountant(MayNotHandle):
    """Money is settled by the accountant."""

    code = "PERMISSION_ACCOUNTANT"


REFUSALS = {Right.RECEIVE: OnlyWarehouse, Right.SETTLE: OnlyAccountant}


def has(caller: Caller, right: Right) -> bool:
    """Tell whether one of the caller's roles has the right."""
    return any(right.value in settings.TICKET_RIGHTS.get(role.value, ()) for role in caller.roles)


def require(caller: Caller, right: Right) -> None:
    """Return if the caller may.

    Raises:
        MayNotHandle: the caller may not.
    """
    if not has(caller, right):
        raise REFUSALS.get(right, MayNotHandle)(f"Your role may not {right.value} tickets.")
