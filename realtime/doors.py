"""Tickets: a page that has a token, and cannot send it where it opens a stream, buys one that is used once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from knox.models import get_token_model

from realtime.models import StreamTicket

LIVES_S = 30
"""Between asking for a ticket and opening the stream."""
LENGTH_MAX = 100


@dataclass(frozen=True, slots=True)
class Used:
    """What a used ticket still says: who bought it, and with which API token, if with one."""

    user_id: int
    token_digest: str


def issue(user: User, token: object) -> str:
    """Return a new ticket; `token` is the API token that its buyer came with, or None."""
    StreamTicket.objects.filter(expires_at__lt=timezone.now()).delete()
    text = secrets.token_urlsafe(32)
    StreamTicket.objects.create(
        digest=_digest(text),
        user=user,
        token_digest=token.digest if isinstance(token, get_token_model()) else "",
        expires_at=timezone.now() + timedelta(seconds=LIVES_S),
    )
    return text


def use(text: str) -> Used | None:
    """Take a ticket, which nobody can take again; None when there is no such ticket, or it came too late."""
    if len(text) > LENGTH_MAX:
        return None
    found = StreamTicket.objects.filter(digest=_digest(text), expires_at__gt=timezone.now())
    row = found.first()
    if row is None or not found.delete()[0]:  # Whose delete finds the row is the one who has it.
        return None
    return Used(row.user_id, row.token_digest)


def buyer(used: Used) -> User | None:
    """Return who bought a ticket, as long as they may enter and their token stands."""
    tokens = get_token_model().objects.filter(digest=used.token_digest)
    if used.token_digest and not any(token.expiry is None or token.expiry > timezone.now() for token in tokens):
        return None
    return User.objects.filter(pk=used.user_id, is_active=True).first()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
