"""What a screen does with a refusal: it says why in the reader's words, and the audit log keeps it."""

from django.http import HttpRequest

from n2store import audit
from n2store.errors import DomainError
from n2store.messages import message_of
from n2store.models import Outcome
from n2store.roles import caller_of


def sentence(refused: DomainError) -> str:
    """Return a refusal in the reader's words."""
    return message_of(refused.code, str(refused), refused.params)


def keep(request: HttpRequest, subject: str, *, code: str, detail: str) -> None:
    """Write a line of the audit log: who was refused what."""
    audit.record(
        actor=caller_of(request.user).name,
        action=f"{request.method} {request.path}",
        subject=subject,
        outcome=Outcome.REFUSED,
        code=code,
        detail=detail,
        address=request.META.get("REMOTE_ADDR") or None,
    )
