"""Frames as Pancake and TPOS send them, kept a moment ago."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from realtime.frames import KeptFrame

PAGE = "100000000000101"
PERSON = "9000000000000001"
_ids = count(1)


def moment(seconds: float = 0) -> datetime:
    """Return a moment of the last minutes, so that frames of a test have an order."""
    return BEGUN + timedelta(seconds=seconds)


BEGUN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)


def frame(payload: Any, *, event: str = "pages:update_conversation", provider: str = "pancake") -> KeptFrame:
    return KeptFrame(
        id=next(_ids), provider=provider, account_id=None, topic="multiple_pages:1", event=event, payload=payload,
        received_at=datetime.now(UTC),
    )  # fmt: skip


def conversation(
    key: str | None = "m_1",
    text: str = "Áo này còn không?",
    *,
    at: datetime | None = None,
    from_page: bool = False,
    page: str = PAGE,
    psid: str = PERSON,
    name: str = "Khách Thử Một",
    unread: int | None = 1,
    **more: Any,
) -> dict[str, Any]:
    """Return the payload of `pages:update_conversation`."""
    writer = page if from_page else psid
    told: dict[str, Any] = {
        "id": f"{page}_{psid}", "type": "INBOX", "page_id": page, "from": {"id": psid, "name": name},
        "from_psid": psid, "customers": [{"id": "aaaaaaaa-0000-4000-8000-000000000001", "fb_id": psid, "name": name}],
        "snippet": text, "unread_count": 0 if from_page else unread, "seen": from_page or unread == 0,
        "last_sent_by": {"id": writer}, "tags": [],
    }  # fmt: skip
    if key is not None:
        told["last_message"] = {
            "id": key, "from": {"id": writer}, "message": text, "original_message": text, "attachments": [],
            "inserted_at": (at or moment()).replace(tzinfo=None).isoformat(),
        }  # fmt: skip
    return {"conversation": told | deepcopy(more)}


def tpos(text: str = "lv đỏ size 2", *, key: str = "700000000000001_800000000000001", owner: bool = False) -> str:
    """Return the payload of TPOS's `on-events` for a comment."""
    return json.dumps(
        {
            "Conversation": {"Id": "600000000000000000000001", "ChannelId": PAGE, "UserId": PERSON, "Name": "Khách"},
            "Message": {
                "Id": "700000000000000000000001", "ChannelId": PAGE, "UserId": PERSON, "Message": text,
                "MessageType": 12, "ObjectId": f"{PAGE}_700000000000001", "ParentId": None, "IsOwner": owner,
                "Data": {"id": key, "parent": {"id": f"{PAGE}_700000000000001"}, "message": text},
                "ChannelCreatedTime": moment().isoformat(),
            },
            "EventName": "chatomni.on-message",
        },
        ensure_ascii=False,
    )  # fmt: skip
