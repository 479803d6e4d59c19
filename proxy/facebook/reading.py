"""What Graph shows, in the form that the shop's pages read. Pure: nothing is asked here."""

from collections.abc import Iterator, Mapping
from typing import Any

Rows = list[dict[str, Any]]
UNKNOWN = "Unknown"


def conversations(answer: Mapping[str, Any], page_id: str) -> Rows:
    """Return a page's conversations; the customer is whoever is not the page."""
    return [_conversation(row, page_id) for row in rows_of(answer)]


def _conversation(row: Mapping[str, Any], page_id: str) -> dict[str, Any]:
    customer = other(row, page_id) or {}
    id, name = customer.get("id"), customer.get("name") or UNKNOWN
    return {
        "id": row.get("id"), "type": "INBOX", "page_id": page_id, "updated_at": row.get("updated_time"),
        "unread_count": row.get("unread_count") or 0, "snippet": row.get("snippet") or "",
        "can_reply": row.get("can_reply") is not False, "from": {"id": id, "name": name}, "from_psid": id,
        "customers": [{"id": id, "psid": id, "name": name}],
    }  # fmt: skip


def other(conversation: Mapping[str, Any], page_id: str) -> dict[str, Any] | None:
    """Return the participant who is not the page."""
    participants = rows_of(conversation.get("participants"))
    return next((one for one in participants if one.get("id") != page_id), None)


def messages(answer: Mapping[str, Any], conversation_id: str) -> Rows:
    """Return the messages of an inbox, newest first as Graph has them."""
    return [_message(row, conversation_id, list(_attachments(row.get("attachments")))) for row in rows_of(answer)]


def comments(answer: Mapping[str, Any], conversation_id: str) -> Rows:
    """Return a comment and its replies, oldest first."""
    each = [dict(answer), *rows_of(answer.get("comments"))]
    rows = [_message(row, conversation_id, list(_media(row.get("attachment")))) for row in each]
    return sorted(rows, key=lambda row: str(row["inserted_at"] or ""))


def _message(row: Mapping[str, Any], conversation_id: str, attachments: Rows) -> dict[str, Any]:
    found = {
        "id": row.get("id"), "conversation_id": conversation_id, "from": row.get("from"),
        "message": row.get("message") or "", "inserted_at": row.get("created_time"), "attachments": attachments,
    }  # fmt: skip
    return found | ({"sticker": row["sticker"]} if row.get("sticker") else {})


def _attachments(value: Any) -> Iterator[dict[str, Any]]:
    for row in rows_of(value):
        for name, kind in (("image_data", "PHOTO"), ("video_data", "VIDEO")):
            if isinstance(row.get(name), dict):
                yield {"id": row.get("id"), "type": kind, "url": row[name].get("url"), "name": row.get("name")}
                break
        else:
            yield {"id": row.get("id"), "type": "FILE", "url": row.get("file_url"), "name": row.get("name")}


def _media(value: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(value, dict):
        return
    media: Any = value.get("media")
    image = media.get("image") if isinstance(media, dict) else None
    url = (image.get("src") if isinstance(image, dict) else None) or value.get("url")
    if url:
        yield {"type": "VIDEO" if "video" in str(value.get("type")) else "PHOTO", "url": url}


def rows_of(value: Any) -> Rows:
    """Return the objects of Graph's `{"data": […]}`."""
    rows = value.get("data") if isinstance(value, Mapping) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
