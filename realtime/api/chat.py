"""`/api/chat/…`: chat history with customers, by cursor."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.paging import number_of
from n2store.roles import IsStaffMember
from n2store.windows import BIGINT_MAX, window_of, write_cursor
from n2store.wire import instant, storable
from realtime.chat import queries
from realtime.chat.queries import Wanted, last_key
from realtime.models import Conversation, Kind, Message

LISTED, LISTED_MAX = 50, 200
FOUND = dict.fromkeys((200, 400, 403, 404), OpenApiTypes.OBJECT)
PAGING = [OpenApiParameter("limit", int), OpenApiParameter("cursor", str)]
NARROWED = [
    OpenApiParameter("page_id", str),
    OpenApiParameter("type", str, enum=Kind.values),
    OpenApiParameter("psid", str),
    OpenApiParameter("customer_id", int),
]


class Conversations(APIView):
    """Who talked with us."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_chat_conversations", parameters=[*NARROWED, *PAGING], responses=FOUND)
    def get(self, request: Request) -> Response:
        """Return conversations, the newest words first."""
        limit, after = _page(request)
        rows = list(queries.conversations(_wanted(request), after=after)[:limit])
        shown = [_conversation(row) for row in rows]
        following = _following(rows, limit, [last_key(row, row.last_at) for row in rows[-1:]])
        return Response({"success": True, "conversations": shown, "count": len(shown), "nextCursor": following})


class OneConversation(APIView):
    """One conversation."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_chat_conversation", responses=FOUND)
    def get(self, request: Request, conversation_id: str) -> Response:
        """Return it."""
        found = queries.conversation_of(_id(conversation_id))
        return Response({"success": True, "conversation": _conversation(found)})


class Messages(APIView):
    """What was said in one conversation."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_chat_messages", parameters=PAGING, responses=FOUND)
    def get(self, request: Request, conversation_id: str) -> Response:
        """Return a page of it, oldest first; `cursor` leads to what is older."""
        limit, before = _page(request)
        conversation = queries.conversation_of(_id(conversation_id))
        rows = list(queries.messages(conversation, before=before)[:limit])
        following = _following(rows, limit, [last_key(row, row.at) for row in rows[-1:]])
        shown = [_message(row) for row in reversed(rows)]
        return Response({"success": True, "messages": shown, "count": len(shown), "nextCursor": following})


class Search(APIView):
    """Words in what was said."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v1_chat_search",
        parameters=[OpenApiParameter("q", str, required=True), *NARROWED, *PAGING],
        responses=FOUND,
    )
    def get(self, request: Request) -> Response:
        """Return messages that hold them, who came last first."""
        window = window_of(request, limit=LISTED, limit_max=LISTED_MAX, key=(int,))
        before = window.after[0] if window.after else None
        found = queries.saying(request.query_params.get("q"), _wanted(request), before=before)
        rows = list(found[: window.limit])
        shown = [_message(row) | {"conversation": _conversation(row.conversation)} for row in rows]
        following = _following(rows, window.limit, [(row.pk,) for row in rows[-1:]])
        return Response({"success": True, "messages": shown, "count": len(shown), "nextCursor": following})


def _conversation(row: Conversation) -> dict[str, Any]:
    contact = row.contact
    who = [{"psid": contact.psid, "name": contact.name, "customerId": contact.customer_id}] if contact else []
    return {
        "id": row.pk,
        "type": row.kind,
        "pageId": row.page_id,
        "thread": row.thread,
        "postId": row.post_id or None,
        "participants": who,
        "lastMessage": {"text": row.last_text, "fromPage": row.last_from_page, "at": instant(row.last_at)},
        "unreadCount": row.unread,
        "createdAt": instant(row.created_at),
        "updatedAt": instant(row.last_at),
    }


def _message(row: Message) -> dict[str, Any]:
    return {
        "id": row.pk,
        "conversationId": row.conversation_id,
        "text": row.text,
        "fromPage": row.from_page,
        "sender": row.sender or None,
        "attachments": row.attachments,
        "at": instant(row.at),
    }


def _following(rows: Sequence[Any], limit: int, last: list[tuple[Any, ...]]) -> str | None:
    """Return the cursor that leads on, None when the list is at its end."""
    return write_cursor(last[0]) if len(rows) == limit else None


def _page(request: Request) -> tuple[int, tuple[datetime, int] | None]:
    window = window_of(request, limit=LISTED, limit_max=LISTED_MAX, key=(str, int))
    if window.after is None:
        return window.limit, None
    try:
        at = datetime.fromisoformat(window.after[0])
        if at.tzinfo is None or not 1970 <= at.year < 9999:
            raise ValueError
    except ValueError as error:
        raise ValidationError({"cursor": "is not a cursor of this list"}) from error
    return window.limit, (at, window.after[1])


def _wanted(request: Request) -> Wanted:
    given = request.query_params
    texts = {name: given.get(name, "").strip() for name in ("page_id", "psid")}
    for name, text in texts.items():
        if not storable(text) or len(text) > 100:
            raise ValidationError({name: "must be an id"})
    kind = given.get("type", "").strip().upper()
    if kind and kind not in Kind.values:
        raise ValidationError({"type": f"must be one of: {', '.join(Kind.values)}"})
    customer = number_of(given.get("customer_id"), "customer_id", default=0, most=BIGINT_MAX)
    return Wanted(page_id=texts["page_id"], psid=texts["psid"], kind=kind, customer_id=customer or None)


def _id(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    raise queries.ConversationNotFound("Conversation not found")


urlpatterns = [
    path("conversations", Conversations.as_view()),
    path("conversations/<str:conversation_id>", OneConversation.as_view()),
    path("messages/<str:conversation_id>", Messages.as_view()),
    path("search", Search.as_view()),
]
