"""A message goes out once for each `Idempotency-Key`, and whoever repeats it hears the first answer. See ADR 26.

The key is written down, committed, before Facebook is asked; what came of it is written beside it. A process that dies
in between leaves a key that is under way for ever: later callers hear that nobody knows, and nothing goes out again.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from n2store.errors import DomainError
from proxy.models import Sending, SendState

logger = logging.getLogger(__name__)

UNDER_WAY_AT_MOST = timedelta(minutes=20)
"""Longer than thirty pictures and a text can take, each at Facebook's slowest."""
KEPT_FOR = timedelta(days=30)
UNKNOWN_STATUS = 409
"""Below 500 on purpose: callers repeat what is above at another server."""


class KeyReused(DomainError):
    """The key came with another message, or from somebody else."""

    status, code = 409, "IDEMPOTENCY_KEY_REUSED"


class SendUnderWay(DomainError):
    """The message with this key is being sent this moment."""

    status, code = 409, "SEND_UNDER_WAY"


class SendUnknown(DomainError):
    """The message went out, and nobody knows whether Facebook took it. It is never sent again by us."""

    status, code = UNKNOWN_STATUS, "SEND_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Given:
    """The first answer to a key."""

    status: int
    answer: dict[str, Any]


def digest_of(door: str, said: Mapping[str, Any]) -> str:
    """Return what tells one message from another, and nobody can read."""
    text = json.dumps([door, said], sort_keys=True, ensure_ascii=False)
    return hmac.new(settings.SECRET_KEY.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def begin(*, key: str, by: str, digest: str, now: datetime) -> Given | None:
    """Take the key for a message that goes out now, or return the answer that the key has already had.

    Raises:
        KeyReused: the key is another message's.
        SendUnderWay: it is being sent.
        SendUnknown: whoever sent it did not live to tell.
    """
    row, new = Sending.objects.get_or_create(key=key, defaults={"by": by, "digest": digest, "begun_at": now})
    if new:
        return None
    if (row.by, row.digest) != (by, digest):
        raise KeyReused("This Idempotency-Key was already used for another message")
    if row.state != SendState.UNDER_WAY:
        assert row.status is not None
        return Given(row.status, dict(row.answer or {}))
    if now - row.begun_at > UNDER_WAY_AT_MOST:
        raise SendUnknown("The sending broke off. Whether the message arrived is not known; it is not sent again.")
    raise SendUnderWay("This message is being sent. Please look again in a moment.")


def forget_key(key: str) -> None:
    """Let the key be used again: nothing went out."""
    Sending.objects.filter(key=key, state=SendState.UNDER_WAY).delete()


def answered(key: str, given: Given, *, known: bool = True) -> None:
    """Keep the answer. What cannot be written down is not sent again either: the key stays under way."""
    state = SendState.ANSWERED if known else SendState.UNKNOWN
    try:
        Sending.objects.filter(key=key).update(state=state, status=given.status, answer=given.answer)
    except DatabaseError as error:
        logger.error("The answer to a sent message could not be kept: %s", type(error).__name__)


def forget(*, now: datetime) -> int:
    """Forget keys that nobody repeats any more, and return how many."""
    return Sending.objects.filter(begun_at__lt=now - KEPT_FOR).delete()[0]
