"""Tokens and cookies at rest, sealed with the keys of the settings. Nothing of them reaches a log or an answer."""

import base64
import hashlib
import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """What was sealed cannot be opened: another key, or damaged."""


def seal(values: dict[str, str]) -> str:
    """Return `values` encrypted, each time otherwise."""
    return _box(tuple(settings.CREDENTIALS_KEYS), settings.SECRET_KEY).encrypt(json.dumps(values).encode()).decode()


def unseal(text: str) -> dict[str, str]:
    """Return what was sealed.

    Raises:
        Unreadable: none of our keys opens it.
    """
    try:
        opened: Any = json.loads(_box(tuple(settings.CREDENTIALS_KEYS), settings.SECRET_KEY).decrypt(text.encode()))
    except (InvalidToken, ValueError) as error:
        raise Unreadable("The credentials cannot be opened with the keys of the settings.") from error
    if not isinstance(opened, dict) or not all(isinstance(value, str) for value in opened.values()):
        raise Unreadable("The credentials are no texts.")
    return opened


@cache
def _box(keys: tuple[str, ...], secret_key: str) -> MultiFernet:
    """The first key seals, every one opens. Without keys of its own the shop's SECRET_KEY serves."""
    return MultiFernet([Fernet(_key(text)) for text in keys or (secret_key,)])


def _key(text: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"n2store credentials: " + text.encode()).digest())
