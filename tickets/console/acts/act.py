"""A button at a ticket: who may press it, what it tells, what is kept of a refusal, and where one goes then."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from n2store.errors import DomainError
from n2store.refused import keep, sentence
from n2store.roles import Caller, caller_of
from tickets.authority import Right, has
from tickets.console.acts.forms import ActForm
from tickets.console.pages import address_of, require_sight, ticket_or_404
from tickets.console.ticket import ticket_view
from tickets.details import InvalidTicket
from tickets.models import Ticket
from tickets.record import last_writer

Act = Callable[[HttpRequest, Caller, Ticket, Mapping[str, Any]], str]
DONE, MEANWHILE = 0, 409


def act(*rights: Right, asks: type[ActForm] = ActForm) -> Callable[[Act], Callable[..., HttpResponse]]:
    """Make a view of an act that returns what to tell; `rights` are those of which one is needed.

    The act is given what `asks` makes of the form. Where it is refused, the page is drawn again with what was typed.

    `seen` in the form is how often the ticket had changed when the page was drawn. Whoever presses twice, or after
    somebody else, reads that it was done meanwhile, and nothing is done again.
    """

    def make(do: Act) -> Callable[..., HttpResponse]:
        @require_POST
        @wraps(do)
        def view(request: HttpRequest, ticket_id: int) -> HttpResponse:
            require_sight(request)
            ticket, caller = ticket_or_404(ticket_id), caller_of(request.user)
            subject = f"ticket:{ticket.code}"
            if not any(has(caller, right) for right in rights):
                keep(request, subject, code="PERMISSION_DENIED", detail=do.__name__)
                raise PermissionDenied
            typed, refused_with = asks(request.POST, ticket=ticket), DONE
            try:
                if changed_since(ticket, request.POST.get("seen", "")):
                    messages.info(request, meanwhile(ticket))
                    refused_with = MEANWHILE
                else:
                    messages.success(request, do(request, caller, ticket, _checked(typed)))
            except DomainError as refused:
                keep(request, subject, code=refused.code, detail=str(refused))
                messages.error(request, sentence(refused))
                typed.tell(refused)
                refused_with = refused.status
            if not Ticket.objects.kept().filter(pk=ticket.pk).exists():
                return HttpResponseRedirect(address_of("changelist"))
            if refused_with and typed.fields:
                return ticket_view(request, ticket.pk, typed=typed, status=refused_with)
            return HttpResponseRedirect(address_of("change", ticket.pk))

        return view

    return make


def _checked(form: ActForm) -> dict[str, Any]:
    """Return what was given.

    Raises:
        InvalidTicket: it cannot stand; what is wrong is told beside it.
    """
    if form.is_valid():
        return form.cleaned_data
    raise InvalidTicket(f"Not valid: {', '.join(form.errors)}")


def changed_since(ticket: Ticket, seen: str) -> bool:
    """Tell whether the ticket has more history than the page that somebody acts from."""
    return seen.isdecimal() and seen != str(len(ticket.history))


def meanwhile(ticket: Ticket) -> str:
    """Return that the ticket changed since the page was drawn, and by whom."""
    told = _("The ticket was changed meanwhile (%(who)s); nothing was done twice. Look again.")
    return told % {"who": last_writer(ticket)}
