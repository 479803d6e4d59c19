"""Facebook's Graph: conversations of the shop's pages, and messages that it takes or refuses. Loopback only."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from typing_extensions import override

from n2store.simulator.answering import Asked, Neighbour, Reply, Said, reply
from n2store.simulator.tpos import PAGES, page_token

VERSIONED = re.compile(r"/v\d+\.\d+/(?P<rest>.+)")
CUSTOMER = {"id": "9000000000000001", "name": "Khách Thử Một"}
CONVERSATION = "t_110000000000000001"
TOO_LATE = {
    "message": "(#10) This message is sent outside of allowed window.", "type": "OAuthException", "code": 10,
    "error_subcode": 2018278, "fbtrace_id": "Trace",
}  # fmt: skip
REPLIED = {"message": "(#10903) This user cant reply to this activity", "type": "OAuthException", "code": 10903}
NO_TOKEN = {"message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190}


@dataclass
class Facebook(Neighbour):
    """Pages with one customer, who wrote `heard` ago; outside of 24 hours only HUMAN_AGENT is taken."""

    heard: timedelta | None = field(default=timedelta(hours=1), kw_only=True)
    sent: list[dict[str, Any]] = field(default_factory=list, init=False)
    replied: set[str] = field(default_factory=set, init=False)

    @override
    def answer(self, path: str, query: object, authorization: str) -> Said:
        return 404, {}

    @override
    def reply(self, asked: Asked) -> Reply:
        said = VERSIONED.fullmatch(asked.path)
        tokens = {f"Bearer {page_token(id)}" for id in PAGES}
        if said is None:
            return reply({"error": {"message": "Unknown path components", "code": 2500}}, 400)
        if asked.headers.get("authorization") not in tokens:
            return reply({"error": NO_TOKEN}, 401)
        steps = said["rest"].split("/")
        return self._told(asked, steps) if asked.method == "GET" else self._taken(asked, steps)

    def _told(self, asked: Asked, steps: list[str]) -> Reply:
        page = {"id": steps[0], "name": PAGES.get(steps[0], "Trang")}
        moment = self._wrote_at()
        messages = [{"id": "m_2", "from": page, "created_time": _time(datetime.now(UTC)), "message": "Dạ"}]
        if moment:
            messages.append({"id": "m_1", "from": CUSTOMER, "created_time": _time(moment), "message": "Chào shop"})
        match steps:
            case [_, "conversations"]:
                row = {
                    "id": CONVERSATION, "participants": {"data": [CUSTOMER, page]}, "unread_count": 2,
                    "updated_time": _time(moment or datetime.now(UTC)), "snippet": "Chào shop", "can_reply": True,
                    "messages": {"data": messages},
                }  # fmt: skip
                return reply({"data": [row]})
            case [id, "messages"] if id.startswith("t_"):
                picture = {"id": "1", "name": "a.jpg", "image_data": {"url": "https://scontent.fbcdn.net/a.jpg"}}
                return reply({"data": [{**messages[0], "attachments": {"data": [picture]}}, *messages[1:]]})
            case [id] if id.startswith("t_"):
                return reply({"id": id, "participants": {"data": [CUSTOMER, {"id": next(iter(PAGES))}]}})
            case [id]:
                answer = {"id": f"{id}9", "message": "Dạ", "from": page, "created_time": "2026-01-20T03:06:00+0000"}
                return reply({
                    "id": id, "message": "Chốt 1 cái", "from": CUSTOMER, "created_time": "2026-01-20T03:05:00+0000",
                    "attachment": {"type": "photo", "media": {"image": {"src": "https://scontent.fbcdn.net/c.jpg"}}},
                    "comments": {"data": [answer]},
                })  # fmt: skip
        return reply({"error": {"message": "Unsupported get request.", "code": 100}}, 400)

    def _taken(self, asked: Asked, steps: list[str]) -> Reply:
        match steps:
            case [_, "message_attachments"]:
                return reply({"attachment_id": "7700"})
            case [_, "messages"]:
                return self._message(json.loads(asked.body))
            case [id, "private_replies"]:
                if id in self.replied:
                    return reply({"error": REPLIED}, 400)
                self.replied.add(id)
                return reply({"recipient_id": CUSTOMER["id"], "message_id": "m_private"})
            case [id, "comments"]:
                return reply({"id": f"{id}_1"})
        return reply({"error": {"message": "Unsupported post request.", "code": 100}}, 400)

    def _message(self, said: dict[str, Any]) -> Reply:
        if refused := self._refused(said):
            return reply({"error": refused}, 400)
        self.sent.append(said)
        recipient = said["recipient"].get("id", CUSTOMER["id"])
        return reply({"recipient_id": recipient, "message_id": f"m_sent_{len(self.sent)}"})

    def _refused(self, said: dict[str, Any]) -> dict[str, Any] | None:
        """Return why a message is not taken: too late, or with a tag that is retired."""
        if said.get("sender_action") or "comment_id" in said["recipient"]:
            return None
        tag, late = said.get("tag"), self.heard is None or self.heard > timedelta(hours=24)
        if tag not in {None, "HUMAN_AGENT"}:
            return {"message": "(#100) Param tag must be one of {HUMAN_AGENT}", "code": 100}
        if late and not (tag and self.heard is not None and self.heard <= timedelta(days=7)):
            return TOO_LATE
        return None

    def _wrote_at(self) -> datetime | None:
        return None if self.heard is None else datetime.now(UTC) - self.heard


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")
