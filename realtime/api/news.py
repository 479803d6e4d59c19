"""`/api/realtime/…`: what came since, as the fallback server told it. Messages leave this list; history keeps them."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.roles import IsStaffMember, caller_of
from n2store.wire import instant
from realtime.api.given import (
    BODY,
    OBJECT,
    ConfirmationNeeded,
    IsOwner,
    LooksOrAnswers,
    MissingParameter,
    count_of,
    moment_of,
)
from realtime.inbox import answering, queries
from realtime.models import Message
from wallets.api.inputs import Given

SINCE = OpenApiParameter("since", int, description="Epoch milliseconds; without it, the last 24 hours.")
LISTED = 100
LISTED_MAX = 500
CLEANED_DAYS = 7
CLEANED_DAYS_MAX = 3_650


class NewMessages(APIView):
    """Messages and comments that are news."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_new_messages", parameters=[SINCE, OpenApiParameter("limit", int)], responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return them, newest first."""
        since, now = _since(request)
        items = queries.news_items(
            since, limit=count_of(request.query_params.get("limit"), default=LISTED, most=LISTED_MAX)
        )
        for item in items:
            item["created_at"] = instant(item["created_at"])
        messages = [item for item in items if item["type"] == "INBOX"]
        comments = [item for item in items if item["type"] == "COMMENT"]
        return Response(
            {
                "success": True,
                "total": len(items),
                "messages": {"count": len(messages), "items": messages},
                "comments": {"count": len(comments), "items": comments},
                "uniqueCustomers": len({item["psid"] for item in items if item["psid"]}),
                **_times(since, now),
            }
        )


class Summary(APIView):
    """How much is news."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_news_summary", parameters=[SINCE], responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return counts."""
        since, now = _since(request)
        found = queries.news(since)
        return Response(
            {
                "success": True,
                "messages": found.messages,
                "comments": found.comments,
                "uniqueCustomers": found.people,
                "total": found.messages + found.comments,
                **_times(since, now),
            }
        )


class MarkSeen(APIView):
    """News that were seen."""

    permission_classes = [LooksOrAnswers]

    @extend_schema(operation_id="v1_mark_seen", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Take messages off the list: those named by `ids`, or all up to `before`."""
        given = Given(request)
        if given.body.get("ids"):
            rows = Message.objects.filter(pk__in=given.ids_of("ids"))
        elif (before := moment_of(given.body.get("before"))) is not None:
            rows = Message.objects.filter(received_at__lte=before)
        else:
            raise MissingParameter("Missing ids or before parameter")
        return Response({"success": True, "updated": answering.see(rows, caller=given.caller)})


class Cleanup(APIView):
    """Old news."""

    permission_classes = [IsOwner]

    @extend_schema(operation_id="v1_news_cleanup", parameters=[OpenApiParameter("days", int)], responses=OBJECT)
    def delete(self, request: Request) -> Response:
        """Take what is older than so many days off the list."""
        days = count_of(request.query_params.get("days"), default=CLEANED_DAYS, most=CLEANED_DAYS_MAX)
        rows = Message.objects.filter(received_at__lt=timezone.now() - timedelta(days=days))
        deleted = answering.see(rows, caller=caller_of(request.user), action="inbox.news.cleanup")
        return Response({"success": True, "deleted": deleted})


class ClearAll(APIView):
    """All news."""

    permission_classes = [IsOwner]

    @extend_schema(operation_id="v1_news_clear", parameters=[OpenApiParameter("confirm", str)], responses=OBJECT)
    def delete(self, request: Request) -> Response:
        """Take everything off the list, with `confirm=yes`."""
        if request.query_params.get("confirm") != "yes":
            refusal = ConfirmationNeeded("Must confirm with ?confirm=yes")
            refusal.beside = {"hint": "DELETE /api/realtime/clear-all?confirm=yes"}
            raise refusal
        deleted = answering.see(Message.objects.all(), caller=caller_of(request.user), action="inbox.news.clear")
        return Response({"success": True, "deleted": deleted, "message": f"{deleted} messages are no news any more"})


def _since(request: Request) -> tuple[datetime, datetime]:
    now = timezone.now()
    since = moment_of(request.query_params.get("since"))
    return since or now - timedelta(days=1), now


def _times(since: datetime, now: datetime) -> dict[str, Any]:
    return {"since": int(since.timestamp() * 1000), "serverTime": int(now.timestamp() * 1000)}


urlpatterns = [
    path("new-messages", NewMessages.as_view()),
    path("summary", Summary.as_view()),
    path("mark-seen", MarkSeen.as_view()),
    path("cleanup", Cleanup.as_view()),
    path("clear-all", ClearAll.as_view()),
]
