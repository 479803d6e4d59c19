"""What an open page of a ticket says every few seconds, and who else looks at it."""

import re

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from tickets.console.pages import require_sight
from tickets.models import Ticket
from tickets.presence import Reader, gone, here

_PAGE = re.compile(r"[0-9a-f]{8,40}")


@require_POST
def presence_view(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """Take note of the page, open or closed, and answer the names of the others who look."""
    require_sight(request)
    page = request.POST.get("page", "")
    if not _PAGE.fullmatch(page):
        return JsonResponse({"code": "INVALID"}, status=400)
    if not Ticket.objects.kept().filter(pk=ticket_id).exists():
        raise Http404
    user = request.user
    assert user.is_authenticated  # By the admin's login.
    reader = Reader(username=user.get_username(), name=user.get_full_name() or user.get_username())
    say = gone if "gone" in request.POST else here
    looking = say(ticket_id=ticket_id, reader=reader, page=page)
    return JsonResponse({"others": [other.name for other in looking if other.username != reader.username]})
