"""The three dialects of server-sent events: ours, and two that pages written for the old servers listen to."""

import secrets
from abc import abstractmethod
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from realtime.dialect import Block, Dialect
from realtime.flow import Message
from realtime.log import LoggedEvent
from realtime.topics import Asked
from realtime.words import is_old, json_line, old_frame_of


def block(name: str, data: Any, *, position: int | None = None) -> bytes:
    """Return one event. JSON stands on one line, so no value can end a line or begin a field."""
    assert "\n" not in name
    assert "\r" not in name
    number = "" if position is None else f"id: {position}\n"
    return f"{number}event: {name}\ndata: {json_line(data)}\n\n".encode()


def iso(at: datetime) -> str:
    """Return UTC with milliseconds and a Z, as JavaScript writes a date."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class SseDialect(Dialect):
    """What the dialects have in common. Each says `hello` and `events` in its own words."""

    @abstractmethod
    def greeting(self, asked: Asked, cursor: int) -> tuple[str, dict[str, Any]]:
        """Return name and data of the first event."""

    @override
    def hello(self, asked: Asked, *, cursor: int, resumable: bool, retry_ms: int) -> Block:
        name, data = self.greeting(asked, cursor)
        return f"retry: {retry_ms}\n\n".encode() + block(name, data, position=cursor if resumable else None)

    @override
    def reset(self, reason: str, cursor: int) -> Block:
        return block("reset", {"reason": reason, "cursor": cursor}, position=cursor)

    @override
    def heartbeat(self, at_ms: int, cursor: int | None) -> Block:
        number = "" if cursor is None else f"id: {cursor}\n\n"  # No event, but the browser remembers the number.
        return f"{number}{self.comment(at_ms)}\n\n".encode()

    def comment(self, at_ms: int) -> str:
        """Return the line of a heartbeat."""
        return f": heartbeat {at_ms}"

    @override
    def message(self, block: Block) -> Message:
        return {"type": "http.response.body", "body": block, "more_body": True}

    @override
    def farewell(self, reason: int) -> Message:
        return {"type": "http.response.body", "body": b"", "more_body": False}


class Events(SseDialect):
    """`/api/events`: dotted names, and the payload as it was published."""

    @override
    def greeting(self, asked: Asked, cursor: int) -> tuple[str, dict[str, Any]]:
        exact = [topic for topic in asked.spelled if topic not in asked.channels]
        return "connected", {"cursor": cursor, "channels": list(asked.channels), "topics": exact}

    @override
    def event(self, event: LoggedEvent, asked: Asked) -> Block | None:
        encoded: bytes | None = event.encoded.get(Events)
        if encoded is None and is_old(event):
            encoded = event.encoded[Events] = block(event.name, old_frame_of(event), position=event.position)
        if encoded is None:
            data = event.payload | {"event": event.name, "topics": event.topics, "timestamp": event.at_ms}
            encoded = event.encoded[Events] = block(event.name, data, position=event.position)
        return encoded


class OldKeys(SseDialect):
    """`/api/realtime/sse`: an envelope with the key by which the client asked."""

    @override
    def greeting(self, asked: Asked, cursor: int) -> tuple[str, dict[str, Any]]:
        now = datetime.now(UTC)
        chance = "".join(secrets.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(9))
        connection_id = f"conn_{int(now.timestamp() * 1000)}_{chance}"
        return "connected", {"keys": list(asked.keys), "connectionId": connection_id, "timestamp": iso(now)}

    @override
    def event(self, event: LoggedEvent, asked: Asked) -> Block | None:
        key = next((asked.spelled[topic] for topic in asked.spelled if topic in event.topics), None)
        if key is None:
            return None
        place = (OldKeys, key)
        if place not in event.encoded:
            event.encoded[place] = self._encode(event, key)
        encoded: bytes | None = event.encoded[place]
        return encoded

    @override
    def comment(self, at_ms: int) -> str:
        return f":heartbeat {at_ms}"

    def _encode(self, event: LoggedEvent, key: str) -> bytes | None:
        kind, data = _old_form(event)
        if not kind:
            return None
        envelope = {"key": key, "data": data, "timestamp": event.at_ms, "event": kind}
        if event.name.startswith("kv."):
            changed = event.payload["key"]
            envelope |= {"key": changed} if changed == key else {"key": changed, "matchedKey": key}
        return block(kind, envelope, position=event.position)


def _old_form(event: LoggedEvent) -> tuple[str, Any]:
    """Return the type and data that old pages know for an event; an empty type when they know none."""
    payload = event.payload
    subject, _, what = event.name.partition(".")
    if subject == "wallet":
        fields = {name: payload.get(name) for name in ("phone", "wallet", "transaction")}
        return "wallet_update", fields | {"timestamp": event.at_ms}
    if subject == "ticket":
        if what == "deleted":
            return "deleted", {"action": "deleted", "ticketCode": payload.get("ticket_code")}
        action = {"created": "created", "completed": "resolved"}.get(what, "updated")
        return "created" if what == "created" else "update", {
            "action": action,
            "ticket": payload.get("ticket", payload),
        }
    if subject == "customer":
        return "update", payload
    if subject == "kv":
        return what, payload["value"]
    return "", None


class Transfers(SseDialect):
    """`/api/sepay/stream`: bare objects about bank transfers."""

    FIELDS = (
        "id", "sepay_id", "gateway", "transaction_date", "account_number", "code", "content", "transfer_type",
        "transfer_amount", "accumulated", "sub_account", "reference_code", "description", "created_at",
    )  # fmt: skip
    OWNER_FIELDS = ("customer_phone", "customer_name", "match_method")
    QUESTION_FIELDS = ("partial_phone", "unique_phones_count")
    STATE_FIELDS = (
        "verification_status", "match_method", "customer_id", "customer_phone", "wallet_processed", "is_hidden", "what",
    )  # fmt: skip

    @override
    def greeting(self, asked: Asked, cursor: int) -> tuple[str, dict[str, Any]]:
        return "connected", {"timestamp": iso(datetime.now(UTC))}

    @override
    def event(self, event: LoggedEvent, asked: Asked) -> Block | None:
        tell = {
            "transfer.received": self._received,
            "transfer.matched": self._matched,
            "transfer.asked": self._asked,
            "transfer.updated": self._updated,
        }.get(event.name)
        if tell is None:
            return None
        encoded: bytes | None = event.encoded.get(Transfers)
        if encoded is None:
            encoded = event.encoded[Transfers] = tell(event)
        return encoded

    @override
    def comment(self, at_ms: int) -> str:
        return ": keep-alive"

    def _received(self, event: LoggedEvent) -> bytes:
        """Tell of a new transfer, and then, as a second event, of the owner that it was given as it arrived."""
        row = {name: event.payload.get(name) for name in self.FIELDS}
        row["created_at"] = iso(event.created_at)
        if not event.payload.get("customer_phone"):
            return block("new-transaction", row, position=event.position)
        return block("new-transaction", row) + self._matched(event)  # One number: both were heard, or none.

    def _matched(self, event: LoggedEvent) -> bytes:
        return block("customer-info-updated", self._about(event, self.OWNER_FIELDS), position=event.position)

    def _asked(self, event: LoggedEvent) -> bytes:
        return block("pending-match-created", self._about(event, self.QUESTION_FIELDS), position=event.position)

    def _updated(self, event: LoggedEvent) -> bytes:
        return block("transaction-updated", self._about(event, self.STATE_FIELDS), position=event.position)

    def _about(self, event: LoggedEvent, names: tuple[str, ...]) -> dict[str, Any]:
        """Return what is told of a transfer that is known already."""
        return {"transaction_id": event.payload.get("id")} | {name: event.payload.get(name) for name in names}
