"""Notes and other names of a customer: small forms that lead back to the 360 screen."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers import operations
from customers.models import Customer, Note
from n2store import audit
from n2store.errors import DomainError
from n2store.messages import message_of
from n2store.models import Outcome
from n2store.roles import EVERYONE, Role, caller_of, roles_of

NAME_WRITERS = frozenset({Role.OWNER, Role.CUSTOMER_CARE, Role.ACCOUNTANT})
NOTE_WRITERS = NAME_WRITERS | {Role.WAREHOUSE}
NOTES_SHOWN_MAX = 20


def may_write_notes(request: HttpRequest) -> bool:
    """Tell whether the reader writes notes: everybody but the viewer."""
    return bool(NOTE_WRITERS & roles_of(request.user))


def may_write_names(request: HttpRequest) -> bool:
    """Tell whether the reader changes what a customer is called."""
    return bool(NAME_WRITERS & roles_of(request.user))


def may_delete(note: Note, request: HttpRequest) -> bool:
    """Tell whether the reader takes this note away: their own, and the owner every one."""
    roles = roles_of(request.user)
    return Role.OWNER in roles or (bool(NOTE_WRITERS & roles) and note.actor == caller_of(request.user).name)


_Act = Callable[..., str]


def _act(allowed: Callable[[HttpRequest], bool]) -> Callable[[_Act], Callable[..., HttpResponse]]:
    """Make a view of an act that returns what to tell the reader; a refusal is told, and kept."""

    def make(act: _Act) -> Callable[..., HttpResponse]:
        @require_POST
        @wraps(act)
        def view(request: HttpRequest, customer_id: int, **named: Any) -> HttpResponse:
            customer = get_object_or_404(Customer, pk=customer_id)
            if not allowed(request):
                _keep(request, customer, code="PERMISSION_DENIED", detail=act.__name__)
                raise PermissionDenied
            try:
                messages.success(request, act(request, customer, **named))
            except DomainError as refused:
                _keep(request, customer, code=refused.code, detail=str(refused))
                messages.error(request, message_of(refused.code, str(refused), refused.params))
            return HttpResponseRedirect(reverse("admin:customers_customer_change", args=[customer.pk]) + "#n2-notes")

        return view

    return make


def _keep(request: HttpRequest, customer: Customer, *, code: str, detail: str) -> None:
    audit.record(
        actor=caller_of(request.user).name,
        action=f"{request.method} {request.path}",
        subject=f"customer:{customer.pk}",
        outcome=Outcome.REFUSED,
        code=code,
        detail=detail,
        address=request.META.get("REMOTE_ADDR") or None,
    )


@_act(may_write_notes)
def add_note(request: HttpRequest, customer: Customer) -> str:
    """Write a note."""
    operations.add_note(
        customer=customer,
        content=request.POST.get("content", ""),
        category=request.POST.get("category", "general"),
        pinned="pinned" in request.POST,
        by=caller_of(request.user).name,
    )
    return _("The note was added.")


@_act(may_write_notes)
def pin_note(request: HttpRequest, customer: Customer, note_id: int) -> str:
    """Pin a note above the others, or let go of it."""
    note = get_object_or_404(Note.objects.select_related("customer"), pk=note_id, customer=customer)
    pinned = request.POST.get("pinned") == "1"
    operations.pin_note(note=note, pinned=pinned, by=caller_of(request.user).name)
    return _("The note stays on top.") if pinned else _("The note is no longer on top.")


@_act(lambda request: bool(EVERYONE & roles_of(request.user)))
def delete_note(request: HttpRequest, customer: Customer, note_id: int) -> str:
    """Take one's own note away."""
    note = get_object_or_404(Note.objects.select_related("customer"), pk=note_id, customer=customer)
    if not may_delete(note, request):
        _keep(request, customer, code="PERMISSION_DENIED", detail="delete_note")
        raise PermissionDenied
    operations.delete_note(note=note, by=caller_of(request.user).name)
    return _("The note was deleted.")


@_act(may_write_names)
def add_alias(request: HttpRequest, customer: Customer) -> str:
    """Add a name that the customer goes by."""
    added = operations.add_alias(
        customer=customer, alias=request.POST.get("alias", ""), by=caller_of(request.user).name
    )
    return _("The name was added.") if added else _("The customer has this name already.")


@_act(may_write_names)
def remove_alias(request: HttpRequest, customer: Customer) -> str:
    """Take a name away."""
    operations.remove_alias(customer=customer, alias=request.POST.get("alias", ""), by=caller_of(request.user).name)
    return _("The name was taken away.")
