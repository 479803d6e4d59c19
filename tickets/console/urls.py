"""The addresses of this console, below `/admin/tickets/ticket/`; each is `admin:tickets_ticket_<name>`."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from tickets.console import pasting, presence
from tickets.console.acts import doing
from tickets.console.editing import view as editing

ACTS = {
    "move": doing.move,
    "cancel": doing.cancel,
    "resolve": doing.resolve,
    "credit": doing.credit,
    "write-off": doing.write_off,
    "claim": doing.claim,
    "note": doing.note,
    "assign": doing.assign,
    "delete": doing.delete,
}


def patterns(guarded: Callable[[Any], Any]) -> list[URLPattern]:
    """Return what is not Django's own, each behind the admin's login."""
    return [
        path("settle/", guarded(pasting.settle_view), name="tickets_ticket_settle"),
        path("<int:ticket_id>/edit/", guarded(editing.edit_view), name="tickets_ticket_edit"),
        path("<int:ticket_id>/presence/", guarded(presence.presence_view), name="tickets_ticket_presence"),
        *(
            path(f"<int:ticket_id>/{name}/", guarded(view), name=f"tickets_ticket_{name.replace('-', '_')}")
            for name, view in ACTS.items()
        ),
    ]
