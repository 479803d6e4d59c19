"""A note as both versions take and show it."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from customers import operations
from customers.api.access import name_of
from customers.api.inputs import body_of
from customers.models import Customer, Note
from n2store.wire import instant


def note_written(request: Request, customer: Customer) -> dict[str, Any]:
    """Write the note that the body holds; return it as answers show it.

    Raises:
        InvalidNote: it is empty, too long, or of no known category.
    """
    body = body_of(request)
    pinned = body.get("is_pinned")
    if pinned not in (None, True, False):
        raise ValidationError({"is_pinned": "must be true or false"})
    note = operations.add_note(
        customer=customer,
        content=body.get("content") or "",
        category=body.get("category") or "general",
        pinned=bool(pinned),
        by=name_of(request),
    )
    return note_fields(note, phone=customer.phone)


def note_fields(note: Note, *, phone: str) -> dict[str, Any]:
    """Return a note under its names on the wire."""
    return {
        "id": note.pk,
        "phone": phone,
        "customer_id": note.customer_id,
        "content": note.content,
        "is_pinned": note.pinned,
        "category": note.category,
        "created_by": note.actor,
        "created_at": instant(note.created_at),
        "updated_at": instant(note.created_at),
    }
