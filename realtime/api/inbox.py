"""`/api/realtime/…`: customers nobody has answered, as the old pages ask for them."""

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.roles import IsStaffMember
from realtime.api.given import (
    BODY,
    OBJECT,
    ConfirmationNeeded,
    IsOwner,
    LooksOrAnswers,
    MissingParameter,
    count_of,
    finished,
)
from realtime.inbox import answering, queries
from realtime.models.chat import ID_LENGTH_MAX
from wallets.api.inputs import Given

LISTED = 500
LISTED_MAX = 1_500


class Pending(APIView):
    """Who waits."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_pending_customers", parameters=[OpenApiParameter("limit", int)], responses=OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """Return them, who wrote last first."""
        limit = count_of(request.query_params.get("limit"), default=LISTED, most=LISTED_MAX)
        count, customers = queries.pending_json(limit=limit)
        return finished({"success": True, "count": count}, customers=customers)


class MarkReplied(APIView):
    """Somebody was answered."""

    permission_classes = [LooksOrAnswers]

    @extend_schema(operation_id="v1_mark_replied", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Take a person off the list: on the page `pageId`, or on all. `seen` is our id of the message read last."""
        given = Given(request)
        psid, page_id = given.text("psid"), given.text("pageId")
        if not psid:
            raise MissingParameter("Missing psid parameter")
        if len(psid) > ID_LENGTH_MAX or len(page_id) > ID_LENGTH_MAX:
            return Response({"success": True, "removed": 0})
        done = answering.answered(psid=psid, page_id=page_id or None, seen=given.number("seen"))
        kept = {"kept": done.kept} if done.kept else {}
        return Response({"success": True, "removed": done.removed} | kept)


class ClearPending(APIView):
    """The list emptied, for trying things out."""

    permission_classes = [IsOwner]

    @extend_schema(operation_id="v1_clear_pending", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Take everybody off the list, with the word `yes` as `confirm`."""
        given = Given(request)
        if given.body.get("confirm") != "yes":
            raise ConfirmationNeeded('Must confirm with { "confirm": "yes" }')
        return Response({"success": True, "cleared": answering.clear(caller=given.caller)})


urlpatterns = [
    path("pending-customers", Pending.as_view()),
    path("mark-replied", MarkReplied.as_view()),
    path("clear-pending", ClearPending.as_view()),
]
