"""`/api/realtime/…`: a ticket for a stream, and the same events asked for now and then where no stream gets through."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.roles import IsStaffMember, roles_of
from realtime import doors, polling
from realtime.api.given import OBJECT, finished
from realtime.asking import read_socket, since_of
from realtime.limits import LIMITS
from realtime.topics import allow

ASKED = [
    OpenApiParameter("channels", str, description="By comma, such as `inbox,tickets`."),
    OpenApiParameter("topics", str, description="By comma, such as `wallet:0909123456`."),
    OpenApiParameter("since", str, description="The `cursor` of the last answer."),
]


class Ticket(APIView):
    """A way in for a page that cannot send its token where it opens a stream."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_stream_ticket", request=None, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Return a ticket, good for one stream that is opened as `?ticket=…` within seconds."""
        user: Any = request.user
        return Response({"success": True, "ticket": doors.issue(user, request.auth), "expiresIn": doors.LIVES_S})


class Poll(APIView):
    """Events without a stream."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_events_poll", parameters=ASKED, responses=OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """Return what came since, as the socket's frames; `reset` says that something was missed for good."""
        query = request.query_params.dict()
        wanted = read_socket(query, topics_max=LIMITS.topics_max)
        allow(wanted, roles_of(request.user))
        found = polling.since(since_of(query), topics=wanted.topics)
        head = {"success": True, "cursor": found.cursor, "more": found.more, "reset": found.reset or None}
        return finished(head, events=f"[{','.join(found.frames)}]")


urlpatterns = [path("ticket", Ticket.as_view()), path("poll", Poll.as_view())]
