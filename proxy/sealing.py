"""Tokens and cookies at rest: sealed with the keys of the settings, of which the first seals and each opens."""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """What was sealed cannot be opened: another key, or damaged."""


def seal(values: Mapping[str, Any]) -> str:
    """Return `values` encrypted, each time otherwise."""
    return _box().encrypt(json.dumps(values).encode()).decode()


def unseal(text: str) -> dict[str, Any]:
    """Return what was sealed.

    Raises:
        Unreadable: none of our keys opens it.
    """
    try:
        opened: Any = json.loads(_box().decrypt(text.encode()))
    except (InvalidToken, ValueError) as error:
        raise Unreadable("This cannot be opened with the keys of the settings.") from error
    if not isinstance(opened, dict):
        raise Unreadable("What was sealed are no values by name.")
    return opened


def _box() -> MultiFernet:
    return _made(tuple(settings.CREDENTIALS_KEYS) or (settings.SECRET_KEY,))


@cache
def _made(keys: tuple[str, ...]) -> MultiFernet:
    digests = (hashlib.sha256(b"n2store credentials: " + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
