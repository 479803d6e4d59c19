"""Pancake's pages over HTTP, as its socket's listeners see them when they open a page: conversations and messages."""

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from n2store.simulator.answering import Asked, Reply, reply
from n2store.simulator.pancake_http import PancakeHttp

LIST_LENGTH = 60
MESSAGES_LENGTH = 30
KEPT_MAX = 20_000
"""So many conversations are remembered."""
SESSION_EXPIRED = {"success": False, "error_code": 103, "message": "Session expired"}
MESSAGES = re.compile(r"/api/v1/pages/([^/]+)/conversations/([^/]+)/messages")
NAMES = {"270136663390370": "NhiJudy Store", "117267091364524": "NhiJudy House"}
"""What the pages are called."""

Row = dict[str, Any]


@dataclass
class Shown:
    """What has happened on the pages so far, told by a socket or not. Any thread may ask or add."""

    conversations: dict[str, Row] = field(default_factory=dict)
    messages: dict[str, dict[str, Row]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, event: str, payload: Any) -> None:
        """Take in what an event says, before anybody hears of it."""
        with self._guard:
            conversation = payload.get("conversation") if isinstance(payload, dict) else None
            if event == "pages:update_conversation" and isinstance(conversation, dict):
                self.conversations.pop(conversation["id"], None)
                self.conversations[conversation["id"]] = conversation
                self._add(conversation["id"], conversation.get("last_message"))
            elif event == "pages:new_message":
                self._add(payload["conversation_id"], payload["message"])

    def of_pages(self, page_ids: Iterable[str], *, after: str = "") -> list[Row]:
        """Return a list of conversations, changed last first, that begins behind the one with the id `after`."""
        wanted = set(page_ids)
        with self._guard:
            rows = [row for row in self.conversations.values() if row["page_id"] in wanted]
        rows.sort(key=lambda row: (row["updated_at"], row["id"]), reverse=True)
        begin = next((place + 1 for place, row in enumerate(rows) if row["id"] == after), 0)
        return rows[begin : begin + LIST_LENGTH]

    def said_in(self, conversation_id: str) -> list[Row]:
        """Return a conversation's newest messages."""
        with self._guard:
            return list(self.messages.get(conversation_id, {}).values())[-MESSAGES_LENGTH:]

    def _add(self, conversation_id: str, message: Any) -> None:
        if isinstance(message, dict) and message.get("id"):
            self.messages.setdefault(conversation_id, {})[message["id"]] = message
        while len(self.conversations) > KEPT_MAX:
            oldest = next(iter(self.conversations))
            del self.conversations[oldest]
            self.messages.pop(oldest, None)


@dataclass
class PancakePages(PancakeHttp):
    """Shows what `shown` holds to whoever has a good token; `good_tokens` empty: every token is good."""

    shown: Shown = field(default_factory=Shown)
    good_tokens: set[str] = field(default_factory=set)

    @override
    def reply(self, asked: Asked) -> Reply:
        found = self._found(asked.path, asked.query) if asked.method == "GET" else None
        if found is None:
            return super().reply(asked)
        token = asked.query.get("access_token", [""])[0]
        return reply(SESSION_EXPIRED if self.good_tokens and token not in self.good_tokens else found)

    def _found(self, path: str, query: Mapping[str, list[str]]) -> Row | None:
        if path == "/api/v1/pages":
            rows = [{"id": id, "name": name, "platform": "facebook"} for id, name in NAMES.items()]
            return {"success": True, "categorized": {"activated": rows, "inactivated": []}}
        if path == "/api/v1/conversations":
            page_ids = [name[6:-1] for name in query if name.startswith("pages[")]
            after = query.get("last_conversation_id", [""])[0]
            return {"success": True, "conversations": self.shown.of_pages(page_ids, after=after)}
        if asked := MESSAGES.fullmatch(path):
            return {"success": True, "messages": self.shown.said_in(asked[2])}
        return None
