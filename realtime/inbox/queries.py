"""Who waits, as finished JSON for the old pages and as rows for our own; and the old pages' list of news."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, QuerySet

from realtime.models import Kind, Message, WaitingCustomer

PENDING = """
    SELECT count(*), coalesce(jsonb_agg(jsonb_build_object(
        'psid', w.psid, 'page_id', w.page_id, 'customer_name', w.customer_name,
        'last_message_snippet', w.last_message_snippet, 'last_message_time', n2store_iso(w.last_message_time),
        'message_count', w.message_count, 'type', w.type
    ) ORDER BY w.last_message_time DESC, w.id DESC), '[]')::text
    FROM (SELECT * FROM pending_customers ORDER BY last_message_time DESC, id DESC LIMIT %s) w
"""


def pending_json(*, limit: int) -> tuple[int, str]:
    """Return how many are listed, and the list as JSON, who wrote last first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(PENDING, [limit])
        count, rows = cursor.fetchone()
    return count, rows


def waiting(*, page_id: str = "", channel: str = "") -> QuerySet[WaitingCustomer]:
    """Return who waits, the longest first, with the customer where one is known."""
    rows = WaitingCustomer.objects.select_related("contact__customer").order_by("waiting_since", "id")
    if page_id:
        rows = rows.filter(page_id=page_id)
    return rows.filter(type=channel) if channel else rows


def pages_waited_on() -> list[tuple[str, int]]:
    """Return the pages on which somebody waits, and how many."""
    rows = WaitingCustomer.objects.values("page_id").annotate(count=Count("pk")).order_by("-count", "page_id")
    return [(row["page_id"], row["count"]) for row in rows]


@dataclass(frozen=True, slots=True)
class News:
    """How many messages and comments nobody has seen, from how many people."""

    messages: int
    comments: int
    people: int


def unseen(since: datetime) -> QuerySet[Message]:
    """Return the customers' messages after `since` that are still news."""
    return Message.objects.filter(seen=False, from_page=False, received_at__gt=since)


def news(since: datetime) -> News:
    """Count what is news. One query."""
    counted = unseen(since).aggregate(
        messages=Count("pk", filter=Q(conversation__kind=Kind.INBOX)),
        comments=Count("pk", filter=~Q(conversation__kind=Kind.INBOX)),
        people=Count("conversation__contact__psid", distinct=True),
    )
    return News(**counted)


def news_items(since: datetime, *, limit: int) -> list[dict[str, Any]]:
    """Return what is news, newest first, under the names on the wire; `created_at` is a datetime. One query."""
    rows = unseen(since).order_by("-received_at", "-id").values(
        "id", "text", "unread", "page_id", "sender",
        thread=F("conversation__thread"), kind=F("conversation__kind"), heard_at=F("received_at"),
        psid=F("conversation__contact__psid"), name=F("conversation__contact__name"),
    )  # fmt: skip
    return [
        {
            "id": row["id"], "conversation_id": row["thread"],
            "type": "INBOX" if row["kind"] == Kind.INBOX else "COMMENT", "snippet": row["text"][:200],
            "unread_count": row["unread"], "page_id": row["page_id"], "psid": row["psid"],
            "customer_name": row["name"] or row["sender"] or None, "created_at": row["heard_at"],
        }
        for row in rows[:limit]
    ]  # fmt: skip
