"""An evening of a live sale as the neighbours' sockets tell it: comments, messages, answers, orders. Made up.

The same for the same `Random`, moments apart.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from n2store.simulator import people
from n2store.simulator.pancake import PAGES

COMMENTS = (
    "chốt em áo {n}", "lv đỏ size {n}", "mã {n} còn không shop", "em lấy {n} cái nha", "{n} đen",
    "ship Đà Nẵng bao nhiêu ạ", "chấm {n}", "sđt em {phone} chốt mã {n}", "đẹp quá shop ơi",
    "set {n} bao nhiêu vậy chị",
)  # fmt: skip
MESSAGES = (
    "Shop ơi đơn của em đi chưa ạ?", "em chuyển khoản rồi nha shop", "cho em xem thêm mẫu {n}", "sđt em {phone}",
    "còn size {n} không ạ", "em muốn đổi size {n}", "hàng đẹp lắm shop 🥰", "giao sau 5h giúp em nhé",
)  # fmt: skip
ANSWERS = ("Dạ shop đã nhận đơn ạ", "Dạ còn chị nha", "Dạ em gửi hàng hôm nay ạ", "Shop ib chị rồi nha")
REGULARS = 60
WEIGHTS = (50, 25, 12, 10, 3)
"""Of comments, messages, answers, orders, tags."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What one socket tells: `page_id` of Pancake's, empty for TPOS."""

    event: str
    payload: Any
    page_id: str = ""


@dataclass(frozen=True, slots=True)
class _Guest:
    psid: str
    name: str
    phone: str


@dataclass
class Evening:
    """Everybody who writes, and what has been told so far. `known`: phones and names of the shop's customers."""

    random: Random
    known: Sequence[tuple[str, str]] = ()
    begun_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    count: int = 0
    _guests: list[_Guest] = field(default_factory=list)
    _unanswered: list[tuple[_Guest, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        who = list(self.known[:REGULARS])
        who += [(people.phone(self.random), people.name(self.random)) for _ in range(REGULARS - len(who))]
        first = 7_000_000_000_000_000
        self._guests = [_Guest(str(first + number * 7), name, phone) for number, (phone, name) in enumerate(who)]

    def next(self, *, at: datetime) -> list[Telling]:
        """Return what happens next, by each socket that tells of it."""
        self.count += 1
        acts = (self._comment, self._message, self._answer, self._order, self._tags)
        return self.random.choices(acts, WEIGHTS)[0](at)

    def _comment(self, at: datetime) -> list[Telling]:
        guest, page = self.random.choice(self._guests), PAGES[0]
        post, own = self._post(), f"{self._post()}_{int(self.begun_at.timestamp() * 1000)}{self.count:05}"
        text = self._text(COMMENTS, guest)
        conversation = self._conversation(
            guest, page, id=own, message_id=own, text=text, at=at
        ) | {
            "type": "COMMENT", "from_psid": None, "post_id": f"{page}_{post}",
            "post": {"id": f"{page}_{post}", "type": "livestream", "live_video_status": "live", "message": "LIVE"},
        }  # fmt: skip
        message = {
            "Id": self._id("t"), "ChannelType": 4, "ChannelId": page, "UserId": guest.psid, "Message": text,
            "MessageType": 12, "ObjectId": f"{page}_{post}", "ParentId": None, "IsOwner": False,
            "CreatedTime": at.isoformat(),
            "Data": {"id": own, "message": text, "parent": {"id": f"{page}_{post}"}},  # As Facebook names it.
        }  # fmt: skip
        told = {
            "Conversation": {"Id": f"x{guest.psid}", "ChannelType": 4, "ChannelId": page, "UserId": guest.psid,
                             "Name": guest.name, "UpdatedTime": at.isoformat()},
            "Message": message,
            "EventName": "chatomni.on-message",
        }  # fmt: skip
        return [
            Telling("pages:update_conversation", {"conversation": conversation}, page),
            Telling("on-events", json.dumps(told, ensure_ascii=False)),
        ]

    def _message(self, at: datetime) -> list[Telling]:
        guest, page = self.random.choice(self._guests), self.random.choice(PAGES)
        text, id = self._text(MESSAGES, guest), self._id("m")
        self._unanswered.append((guest, page))
        conversation = self._conversation(guest, page, id=f"{page}_{guest.psid}", message_id=id, text=text, at=at)
        single = {"page_id": page, "conversation_id": conversation["id"], "message": conversation["last_message"]}
        return [
            Telling("pages:update_conversation", {"conversation": conversation}, page),
            Telling("pages:new_message", single, page),
        ]

    def _answer(self, at: datetime) -> list[Telling]:
        """The page answers somebody who waits."""
        if not self._unanswered:
            return self._message(at)
        guest, page = self._unanswered.pop(self.random.randrange(len(self._unanswered)))
        text, shop = self.random.choice(ANSWERS), {"id": page, "name": "N2Store"}
        conversation = self._conversation(
            guest, page, id=f"{page}_{guest.psid}", message_id=self._id("m"), text=text, at=at
        )
        conversation |= {"unread_count": 0, "seen": True, "last_sent_by": shop}
        conversation["last_message"] |= {"from": shop}
        return [Telling("pages:update_conversation", {"conversation": conversation}, page)]

    def _order(self, at: datetime) -> list[Telling]:
        guest, number = self.random.choice(self._guests), self.random.randrange(1, 900)
        made = self.random.random() < 0.6
        code = f"26{at:%m%d}{number:03}"
        data = {
            "Facebook_PostId": f"{PAGES[0]}_{self._post()}", "Facebook_UserName": guest.name,
            "Facebook_ASUserId": guest.psid, "Facebook_PageId": None, "Id": f"c2060000-5d17-0015-01ea-{number:012}",
            "Code": code, "Session": 1136, "SessionIndex": number,
        }  # fmt: skip
        word = "create" if made else "update"
        told = {
            "Type": "SaleOnline_Order", "Message": f"live: label.{word}_order_with_code {code}.", "Data": data,
            "EventName": f"{word}d",
        }  # fmt: skip
        return [Telling("on-events", json.dumps(told, ensure_ascii=False))]

    def _tags(self, at: datetime) -> list[Telling]:
        number = self.random.randrange(1, 900)
        payload = {
            "orderId": f"c2060000-5d17-0015-01ea-{number:012}", "orderCode": f"26{at:%m%d}{number:03}", "STT": number,
            "tags": [{"Id": 501, "Name": "ĐÃ CHỐT", "Color": "#10b981"}], "updatedBy": "Hoa",
            "timestamp": int(at.timestamp() * 1000),
        }  # fmt: skip
        return [Telling("order:tags_updated", payload, PAGES[0])]

    def _conversation(
        self, guest: _Guest, page: str, *, id: str, message_id: str, text: str, at: datetime
    ) -> dict[str, Any]:
        person, moment = {"id": guest.psid, "name": guest.name}, at.astimezone(UTC).replace(tzinfo=None).isoformat()
        message = {
            "id": message_id, "conversation_id": id, "page_id": page, "from": person, "message": text,
            "original_message": text, "inserted_at": moment, "attachments": [],
        }  # fmt: skip
        return {
            "id": id, "type": "INBOX", "page_id": page, "from": person, "from_psid": guest.psid,
            "customers": [{"id": f"pk-{guest.psid}", "fb_id": guest.psid, "name": guest.name}], "snippet": text,
            "unread_count": 1, "seen": False, "updated_at": moment, "tags": [], "last_sent_by": person,
            "last_message": message, "recent_phone_numbers": [],
        }  # fmt: skip

    def _text(self, among: Sequence[str], guest: _Guest) -> str:
        return self.random.choice(among).format(n=self.random.randrange(1, 60), phone=guest.phone)

    def _post(self) -> str:
        return f"{int(self.begun_at.timestamp())}00001"

    def _id(self, kind: str) -> str:
        return f"{kind}_{int(self.begun_at.timestamp() * 1000)}_{self.count}"
