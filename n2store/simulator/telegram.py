"""Telegram's Bot API: takes sentences for one chat, or refuses them. Loopback only."""

import json
from dataclasses import dataclass, field

from typing_extensions import override

from n2store.simulator.answering import Asked, Neighbour, Reply, Said, reply

TOKEN, CHAT = "110201543:simulated", "-1001"
RETRY_AFTER_S = 35


@dataclass
class Telegram(Neighbour):
    """One bot and one chat. `busy`: so many sentences are put off before one is taken."""

    busy: int = field(default=0, kw_only=True)
    said: list[str] = field(default_factory=list, init=False)

    @override
    def answer(self, path: str, query: object, authorization: str) -> Said:
        return 404, {}

    @override
    def reply(self, asked: Asked) -> Reply:
        if asked.path != f"/bot{TOKEN}/sendMessage" or asked.method != "POST":
            return reply({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        given = json.loads(asked.body)
        if given.get("chat_id") != CHAT or not given.get("text"):
            return reply({"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}, 400)
        if self.busy:
            self.busy -= 1
            wait = {"retry_after": RETRY_AFTER_S}
            return reply({"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": wait}, 429)
        self.said.append(given["text"])
        return reply({"ok": True, "result": {"message_id": len(self.said)}})
