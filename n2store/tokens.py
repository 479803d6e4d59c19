"""Logins by token, remembered for a moment, so that a page which asks ten times a second is looked up once.

A token that is revoked, a user who is switched off or who changes role is forgotten at once by the process that did it,
and by every other process within `REMEMBERED_S`.
"""

import hashlib
import time
from threading import Lock
from typing import Any

from django.contrib.auth.models import User
from django.db.models.signals import m2m_changed, post_delete, post_save
from knox.auth import TokenAuthentication
from knox.models import get_token_model
from typing_extensions import override

from n2store.roles import roles_of

REMEMBERED_S = 1.0
REMEMBERED_MAX = 1_000

Login = tuple[Any, Any]
"""User and token, as Django REST framework wants them."""

_logins: dict[bytes, tuple[float, Login]] = {}
_lock = Lock()


class RememberedToken(TokenAuthentication):  # type: ignore[misc]  # knox has no types
    """Knox's tokens; the roles are read with the user, and the pair is kept for `REMEMBERED_S`."""

    @override
    def authenticate_credentials(self, token: bytes) -> Login:
        """Return user and token, from memory if they were read within the last moment."""
        name, now = hashlib.sha256(token).digest(), time.monotonic()
        known = _logins.get(name)
        if known is not None and known[0] > now:
            return known[1]
        login: Login = super().authenticate_credentials(token)
        roles_of(login[0])  # Reads them now; they stay with the user.
        with _lock:
            if len(_logins) >= REMEMBERED_MAX:
                _logins.clear()
            _logins[name] = (now + REMEMBERED_S, login)
        return login


def forget(**_: Any) -> None:
    """Read every login afresh from now on."""
    with _lock:
        _logins.clear()


def forget_on_change() -> None:
    """Forget whenever a token, a user or a role changes in this process."""
    for model in (User, get_token_model()):
        post_save.connect(forget, sender=model, dispatch_uid=f"forget-saved-{model.__name__}")
        post_delete.connect(forget, sender=model, dispatch_uid=f"forget-deleted-{model.__name__}")
    m2m_changed.connect(forget, sender=User.groups.through, dispatch_uid="forget-groups")
