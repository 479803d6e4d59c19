"""What a screen does with a refusal: it says why in the reader's words, and the audit log keeps it."""

from collections.abc import Container, Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

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


PAGES: dict[int, type[Exception]] = {403: PermissionDenied, 404: Http404}
"""Refusals that have a page of their own."""


@contextmanager
def refusal_told(request: HttpRequest, subject: str, *, pages: Container[int] = (403,)) -> Iterator[None]:
    """Carry out what was pressed. A refusal is kept, and told as a sentence on the next page; the caller goes on there.

    `pages`: statuses of `PAGES` that are told by their page instead.

    Raises:
        PermissionDenied, Http404: such a refusal.
    """
    try:
        yield
    except DomainError as refused:
        keep(request, subject, code=refused.code, detail=str(refused))
        if refused.status in PAGES and refused.status in pages:
            raise PAGES[refused.status] from refused
        messages.error(request, sentence(refused))
