"""Who may do what with bank transfers, by role: `settings.BANK_RIGHTS`."""

from enum import StrEnum

from django.conf import settings

from n2store.errors import NotAllowed
from n2store.roles import Caller


class Right(StrEnum):
    """What people do with transfers. The names are keys of the setting."""

    APPROVE = "approve"
    """Let money into a wallet or refuse it: approve, reject, adjust, undo, give a code to another customer."""
    RESOLVE = "resolve"
    """Choose the owner among the candidates, skip a question, ask it again."""
    LINK = "link"
    """Give a transfer an owner, or take the owner away, without money."""
    EDIT = "edit"
    """Hide a row, name it, keep the check list."""
    SWITCH = "switch"
    """Turn automatic approval on and off."""
    RECOVER = "recover"
    """Take failed deliveries again, ask SePay, set an incident aside, ask PayOS about a top-up."""
    TOPUP = "topup"
    """Start a top-up for a customer, cancel it, send a link for it."""


class MayNotHandle(NotAllowed):
    """None of the caller's roles has this right."""


def has(caller: Caller, right: Right) -> bool:
    """Tell whether one of the caller's roles has the right."""
    return any(right.value in settings.BANK_RIGHTS.get(role.value, ()) for role in caller.roles)


def require(caller: Caller, right: Right) -> None:
    """Return if the caller may.

    Raises:
        MayNotHandle: the caller may not.
    """
    if not has(caller, right):
        raise MayNotHandle(f"Your role may not {right.value} bank transfers.")
