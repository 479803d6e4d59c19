"""Browsers that know who waits by events alone: one over a WebSocket, one over server-sent events."""

import http.client
import json
import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

from typing_extensions import override
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from n2store.simulator.loopback import Target

AGAIN_AFTER_S = 0.3
SILENCE_MAX_S = 45.0
"""Longer than a heartbeat: the connection is dead."""
LISTED = 1_500

Standing = dict[tuple[str, str], int]
"""How many messages of a person wait, by page and person."""


class Reader(threading.Thread, ABC):
    """Goes on after the last event it heard, like `realtime.js`. Ends with `end`."""

    def __init__(self, target: Target, token: str) -> None:
        super().__init__(name=type(self).__name__, daemon=True)
        self.target, self.token = target, token
        self.waiting: Standing = {}
        self.cursor = ""
        self.heard = self.connections = self.resets = self.twice = 0
        self._over = threading.Event()

    @abstractmethod
    def listen(self) -> None:
        """Hear events over one connection until it ends."""

    @override
    def run(self) -> None:
        while not self._over.is_set():
            with suppress(OSError, WebSocketException, http.client.HTTPException, ValueError):
                self.listen()
            self._over.wait(AGAIN_AFTER_S)

    def end(self) -> None:
        """Listen no more."""
        self._over.set()
        self.join(SILENCE_MAX_S)

    @property
    def is_over(self) -> bool:
        """Whether it was ended."""
        return self._over.is_set()

    @property
    def login(self) -> dict[str, str]:
        """Return the header that says who listens."""
        return {"Authorization": f"Token {self.token}"}

    def begin(self, cursor: int) -> None:
        """Take in the greeting of a connection; the first one's number is where everything begins."""
        self.connections += 1
        self.cursor = self.cursor or str(cursor)

    def take(self, name: str, number: int, payload: dict[str, Any]) -> None:
        """Take in one event of the inbox."""
        if self.cursor and number <= int(self.cursor):
            self.twice += 1
        self.cursor = str(number)
        self.heard += 1
        if name in ("inbox.message", "inbox.answered"):
            who = payload["page_id"], payload["psid"]
            self.waiting.pop(who, None)
            if payload["waiting"]:
                self.waiting[who] = payload["waiting"]

    def afresh(self, cursor: int) -> None:
        """Something was missed for good: ask who waits."""
        self.resets += 1
        shop = http.client.HTTPConnection(self.target.host, self.target.port, timeout=SILENCE_MAX_S)
        try:
            shop.request("GET", f"/api/realtime/pending-customers?limit={LISTED}", headers=self.login)
            answer = shop.getresponse()
            if answer.status != http.HTTPStatus.OK:
                raise ConnectionError("The shop does not say who waits; ask again with the next connection.")
            listed = json.loads(answer.read())["customers"]
        finally:
            shop.close()
        self.waiting = {(one["page_id"], one["psid"]): one["message_count"] for one in listed}
        self.cursor = str(cursor)


class SocketReader(Reader):
    """Over `/?channels=inbox&since=…`."""

    @override
    def listen(self) -> None:
        url = f"ws://{self.target.host}:{self.target.port}/?channels=inbox"
        url += f"&since={self.cursor}" if self.cursor else ""
        with connect(url, additional_headers=self.login, max_size=None, close_timeout=1, proxy=None) as socket:
            silent_until = time.monotonic() + SILENCE_MAX_S
            while not self.is_over and time.monotonic() < silent_until:
                try:
                    frame = json.loads(socket.recv(timeout=1))
                except TimeoutError:
                    continue
                silent_until = time.monotonic() + SILENCE_MAX_S
                self._frame(frame)

    def _frame(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "connected":
                self.begin(frame["cursor"])
            case "reset":
                self.afresh(frame["cursor"])
            case "cursor":
                self.cursor = str(frame["cursor"])
            case _ if "id" in frame:
                self.take(frame["type"], frame["id"], frame.get("payload") or {})


class StreamReader(Reader):
    """Over `/api/events`, with `Last-Event-ID`."""

    @override
    def listen(self) -> None:
        shop = http.client.HTTPConnection(self.target.host, self.target.port, timeout=SILENCE_MAX_S)
        headers = self.login | ({"Last-Event-ID": self.cursor} if self.cursor else {})
        try:
            shop.request("GET", "/api/events?channels=inbox", headers=headers)
            answer = shop.getresponse()
            if answer.status == http.HTTPStatus.OK:
                block: dict[str, str] = {}
                while not self.is_over and (line := answer.readline()):
                    name, _, value = line.decode().rstrip("\n").partition(": ")
                    if name:
                        block[name] = value
                    else:
                        self._block(block)
                        block = {}
        finally:
            shop.close()

    def _block(self, block: dict[str, str]) -> None:
        data = json.loads(block.get("data", "{}"))
        match block.get("event", ""):
            case "connected":
                self.begin(data["cursor"])
            case "reset":
                self.afresh(data["cursor"])
            case "":
                self.cursor = block.get("id") or self.cursor
            case name if "id" in block:
                self.take(name, int(block["id"]), data)
