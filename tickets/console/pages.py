"""What the pages of this console share: who may look, how a page is drawn, and where one goes afterwards."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from n2store.pages import drawn
from n2store.roles import caller_of
from tickets.authority import Right, has
from tickets.console.lists.states import marked
from tickets.models import Ticket


def require_sight(request: HttpRequest) -> None:
    """Return if the reader may see tickets.

    Raises:
        PermissionDenied: they may not.
    """
    if not request.user.has_perm("tickets.view_ticket"):
        raise PermissionDenied


def rights_of(request: HttpRequest) -> dict[str, bool]:
    """Return what the reader may do, for templates: a button that would be refused is not drawn. One query."""
    caller = caller_of(request.user)
    return {right.value: has(caller, right) for right in Right}


def ticket_or_404(ticket_id: int) -> Ticket:
    """Return a kept ticket with its customer, knowing whether it `is_late`. One query."""
    rows = marked(Ticket.objects.kept().select_related("customer"), timezone.now())
    return get_object_or_404(rows, pk=ticket_id)


def page(request: HttpRequest, name: str, context: dict[str, Any], *, title: str, status: int = 200) -> HttpResponse:
    """Draw a page of the console."""
    common = {"may": rights_of(request)}
    return drawn(request, f"tickets/ticket/{name}.html", common | context, title=title, of=Ticket, status=status)


def address_of(name: str, *args: int) -> str:
    """Return the address of a page of tickets."""
    return reverse(f"admin:tickets_ticket_{name}", args=args)
