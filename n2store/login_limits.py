"""Who guesses passwords is stopped: after some wrong ones a user name is closed, for a while, to that address.

django-axes counts in the database: for every process, and while Redis is away. From another address the name stays
open, so that nobody can lock a colleague out on purpose.
"""

from typing import Any

from axes.signals import user_locked_out
from axes.utils import reset
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from n2store import audit
from n2store.errors import DomainError
from n2store.models import Outcome


class LoginLocked(DomainError):
    """Too many wrong passwords for this user name from this address. `params`: minutes, until it opens again."""

    status, code = 429, "LOGIN_LOCKED"

    def __init__(self) -> None:
        super().__init__("Too many wrong passwords. Please wait.", minutes=settings.LOGIN_LOCKED_MINUTES)


def is_locked(request: HttpRequest) -> bool:
    """Tell whether the login that this request has tried is closed."""
    return bool(getattr(request, "axes_locked_out", False))


def refused(request: HttpRequest, response: HttpResponse, _credentials: Any) -> HttpResponse:
    """Return the answer to a login that is closed: the API's own, or a page that says so in place of the form."""
    if response.status_code != LoginLocked.status:
        request.current_app = admin.site.name
        context = admin.site.each_context(request) | {"minutes": settings.LOGIN_LOCKED_MINUTES}
        response = TemplateResponse(request, "admin/login_locked.html", context, status=LoginLocked.status).render()
    response.headers["Retry-After"] = str(settings.LOGIN_LOCKED_MINUTES * 60)
    return response


@receiver(user_locked_out, dispatch_uid="n2store.login_locked")
def keep(request: HttpRequest, username: str, ip_address: str | None, **_: Any) -> None:
    """Write into the audit log that a name was closed."""
    audit.record(
        actor=str(username)[:150], action=f"{request.method} {request.path}", outcome=Outcome.REFUSED,
        code=LoginLocked.code, detail="Too many wrong passwords.", address=ip_address or None,
    )  # fmt: skip


@receiver(post_save, sender=User, dispatch_uid="n2store.login_opened")
def open_again(instance: User, update_fields: frozenset[str] | None, **_: Any) -> None:
    """Open a name at once when its user is changed by hand, as with a new password."""
    if update_fields is None and settings.AXES_ENABLED:
        reset(username=instance.username)
