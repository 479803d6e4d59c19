"""Who may do what through the gateway, by role: `settings.GATEWAY_RIGHTS`."""

from enum import StrEnum

from django.conf import settings

from n2store.errors import NotAllowed
from n2store.roles import Caller


class Right(StrEnum):
    """What people do at a neighbour. The names are keys of the setting."""

    READ = "read"
    """Look at what a neighbour shows."""
    WRITE = "write"
    """Change something there, or anything else that is no GET."""
    SEND = "send"
    """Write to customers."""
    SWITCH = "switch"
    """Hold calls to a neighbour back, or have one tried at once."""
    UPLOAD = "upload"
    """Keep pictures in the shop."""


class MayNotPass(NotAllowed):
    """None of the caller's roles has this right."""


def has(caller: Caller, right: Right) -> bool:
    """Tell whether one of the caller's roles has the right."""
    return any(right.value in settings.GATEWAY_RIGHTS.get(role.value, ()) for role in caller.roles)
