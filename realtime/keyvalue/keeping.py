"""Keeping values under keys. The part of a key before its first slash is its namespace, which holds so many."""

import json
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from n2store.errors import DomainError
from n2store.events import Event, publish
from n2store.roles import Caller
from n2store.wire import storable
from realtime.models import KeptValue
from realtime.models.keyvalue import KEY_LENGTH_MAX, NAMESPACE_LENGTH_MAX
from realtime.topics import kv_told

VALUE_MAX_BYTES = 32 * 1024
KEYS_MAX = 2_000
"""Of one namespace."""
ATTEMPTS_MAX = 3
_KEY = re.compile(r"[^\x00-\x20\x7f/]+(?:/[^\x00-\x20\x7f/]+)*")


class InvalidValueKey(DomainError):
    """The key cannot be one."""

    code = "INVALID_VALUE_KEY"


class ValueTooLarge(DomainError):
    """This is no place for documents."""

    status, code = 413, "VALUE_TOO_LARGE"


class NamespaceFull(DomainError):
    """The namespace holds as many keys as it may."""

    status, code = 409, "NAMESPACE_FULL"


@dataclass(frozen=True, kw_only=True)
class ValueKept(Event):
    """A key has another value."""

    name: ClassVar[str] = "kv.update"
    key: str
    value: Any

    def topics(self) -> list[str]:
        """Return the key's own topic, and those of the paths above it."""
        return kv_told(self.key)


@dataclass(frozen=True, kw_only=True)
class ValueDeleted(ValueKept):
    """A key is gone."""

    name: ClassVar[str] = "kv.deleted"


def kept(key: str) -> KeptValue | None:
    """Return what is kept under a key, None when nothing is.

    Raises:
        InvalidValueKey: nothing could be.
    """
    namespace, rest = _split(key)
    return KeptValue.objects.filter(namespace=namespace, key=rest).first()


def keep(*, caller: Caller, key: str, value: Any) -> KeptValue:
    """Keep a value in place of what was there, and tell who watches.

    Raises:
        InvalidValueKey: the key cannot be one.
        ValueTooLarge: the value has more than `VALUE_MAX_BYTES` as JSON.
        NamespaceFull: there is no room for another key.
    """
    namespace, rest = _split(key)
    text = json.dumps(value, ensure_ascii=False)
    if not storable(text) or "\\u0000" in text:
        raise InvalidValueKey("The value holds characters that cannot be stored.")
    if len(text.encode()) > VALUE_MAX_BYTES:
        raise ValueTooLarge(f"A value has {VALUE_MAX_BYTES // 1024} KB at most.")
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return _keep(caller, key, namespace, rest, value)
        except IntegrityError:
            continue  # Somebody made the same key in this moment.
    return _keep(caller, key, namespace, rest, value)


@transaction.atomic
def delete(*, key: str) -> bool:
    """Forget a key, and tell who watches; False when there was nothing.

    Raises:
        InvalidValueKey: the key cannot be one.
    """
    namespace, rest = _split(key)
    deleted, _ = KeptValue.objects.filter(namespace=namespace, key=rest).delete()
    if deleted:
        publish(ValueDeleted(key=key, value=None))
    return bool(deleted)


@transaction.atomic
def _keep(caller: Caller, key: str, namespace: str, rest: str, value: Any) -> KeptValue:
    row = KeptValue.objects.select_for_update().filter(namespace=namespace, key=rest).first()
    now = timezone.now()
    if row is None:
        if KeptValue.objects.filter(namespace=namespace)[:KEYS_MAX].count() >= KEYS_MAX:
            raise NamespaceFull(f"{namespace!r} holds {KEYS_MAX} keys already.")
        row = KeptValue(namespace=namespace, key=rest, created_at=now)
    row.value, row.changed_by, row.updated_at = value, caller.name, now
    row.save()
    publish(ValueKept(key=key, value=value))
    return row


def _split(key: str) -> tuple[str, str]:
    if len(key) > KEY_LENGTH_MAX or not _KEY.fullmatch(key) or not storable(key):
        raise InvalidValueKey(f"A key has 1 to {KEY_LENGTH_MAX} visible characters, and no empty part between slashes.")
    namespace, slash, rest = key.partition("/")
    if not slash:
        return "", key
    if len(namespace) > NAMESPACE_LENGTH_MAX:
        raise InvalidValueKey(f"The part before the first slash has {NAMESPACE_LENGTH_MAX} characters at most.")
    return namespace, rest
