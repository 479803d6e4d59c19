"""Notes and other names of a customer: small forms that lead back to the 360 screen."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from customers import operations
from customers.console.acts import act, keep_refusal
from customers.models import Customer, Note
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


@act(may_write_notes, anchor="n2-notes")
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


@act(may_write_notes, anchor="n2-notes")
def pin_note(request: HttpRequest, customer: Customer, note_id: int) -> str:
    """Pin a note above the others, or let go of it."""
    note = get_object_or_404(Note.objects.select_related("customer"), pk=note_id, customer=customer)
    pinned = request.POST.get("pinned") == "1"
    operations.pin_note(note=note, pinned=pinned, by=caller_of(request.user).name)
    return _("The note stays on top.") if pinned else _("The note is no longer on top.")


@act(lambda request: bool(EVERYONE & roles_of(request.user)), anchor="n2-notes")
def delete_note(request: HttpRequest, customer: Customer, note_id: int) -> str:
    """Take one's own note away."""
    note = get_object_or_404(Note.objects.select_related("customer"), pk=note_id, customer=customer)
    if not may_delete(note, request):
        keep_refusal(request, customer, code="PERMISSION_DENIED", detail="delete_note")
        raise PermissionDenied
    operations.delete_note(note=note, by=caller_of(request.user).name)
    return _("The note was deleted.")


@act(may_write_names)
def add_alias(request: HttpRequest, customer: Customer) -> str:
    """Add a name that the customer goes by."""
    added = operations.add_alias(
        customer=customer, alias=request.POST.get("alias", ""), by=caller_of(request.user).name
    )
    return _("The name was added.") if added else _("The customer has this name already.")


@act(may_write_names)
def remove_alias(request: HttpRequest, customer: Customer) -> str:
    """Take a name away."""
    operations.remove_alias(customer=customer, alias=request.POST.get("alias", ""), by=caller_of(request.user).name)
    return _("The name was taken away.")
