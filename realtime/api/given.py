"""What requests of the old pages say, read as the old servers read it; and who may write."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from n2store.errors import DomainError
from n2store.roles import EVERYONE, Role, caller_of, roles_of
from realtime.inbox.authority import may_answer

OBJECT = dict.fromkeys((200, 400, 403), OpenApiTypes.OBJECT)
BODY = {"application/json": {"type": "object", "additionalProperties": True}}
EPOCH_MS_MAX = 253_000_000_000_000
"""Before the year 10000."""


class MissingParameter(DomainError):
    """The request lacks what it is about."""

    code = "MISSING_PARAMETER"


class ConfirmationNeeded(DomainError):
    """What cannot be taken back wants a word."""

    code = "CONFIRMATION_NEEDED"


class LooksOrAnswers(BasePermission):
    """Everybody on the staff looks; owner, customer care and accountant answer customers."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the caller has one of the roles."""
        if request.method in SAFE_METHODS:
            return bool(EVERYONE & roles_of(request.user))
        return may_answer(caller_of(request.user))


class IsOwner(BasePermission):
    """The owner alone."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the caller is one."""
        return Role.OWNER in roles_of(request.user)


def count_of(given: object, *, default: int, most: int) -> int:
    """Read a limit as the old servers did: what is no number, and 0, means the default; brought into 1 to `most`."""
    text = str(given).strip()
    digits = text.removeprefix("-")
    number = int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else 0
    return min(max(number, 1), most) if number else default


def moment_of(given: object) -> datetime | None:
    """Read what a JavaScript Date reads in practice: epoch milliseconds, or ISO 8601; None for anything else."""
    text = str(given).strip() if isinstance(given, (str, int)) and not isinstance(given, bool) else ""
    if text.isascii() and text.isdigit() and len(text) <= 15:
        milliseconds = int(text)
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if 0 < milliseconds < EPOCH_MS_MAX else None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1970 <= at.year < 9999:
        return None
    return at if timezone.is_aware(at) else at.replace(tzinfo=UTC)


def finished(before: Mapping[str, Any], **json_texts: str) -> HttpResponse:
    """Answer with an object whose last values are JSON already."""
    head = json.dumps(before, ensure_ascii=False, separators=(",", ":"))[:-1]
    rest = "".join(f',"{name}":{text}' for name, text in json_texts.items())
    return HttpResponse(f"{head}{rest}}}", content_type="application/json")
