"""The same events over a WebSocket: one JSON object a text frame."""

import asyncio
from urllib.parse import urlsplit

from django.conf import settings
from typing_extensions import override

from n2store.errors import DomainError
from realtime.access import Credentials, NotLoggedIn, Viewer
from realtime.asking import read_socket, since_of
from realtime.client import Client
from realtime.dialect import Block, Dialect
from realtime.flow import Message, Receive, Scope, Send
from realtime.hub import DatabaseAway
from realtime.log import LoggedEvent
from realtime.serving import Push, serve
from realtime.stream import query_of
from realtime.topics import Asked, allow
from realtime.words import frame_of, is_old, json_line, old_frame_of

# The server may only say 1000 or a code from 3000 on.
TOO_LARGE, NO_LONGER_ALLOWED, TOO_SLOW, COME_BACK = 4413, 4403, 4408, 4503
RECHECK_AGAIN_S = 60.0
"""After a look at a permission that the database could not answer."""


class Frames(Dialect):
    """Frames with a `type`. Old pages pass over the types they do not know."""

    @override
    def hello(self, asked: Asked, *, cursor: int, resumable: bool, retry_ms: int) -> Block | None:
        exact = [topic for topic in asked.spelled if topic not in asked.channels]
        return json_line({"type": "connected", "cursor": cursor, "channels": list(asked.channels), "topics": exact})

    @override
    def event(self, event: LoggedEvent, asked: Asked) -> Block | None:
        encoded: str | None = event.encoded.get(Frames)
        if encoded is None:
            encoded = event.encoded[Frames] = json_line(frame_of(event))
        return encoded

    @override
    def reset(self, reason: str, cursor: int) -> Block:
        return json_line({"type": "reset", "reason": reason, "cursor": cursor})

    @override
    def heartbeat(self, at_ms: int, cursor: int | None) -> Block | None:
        if cursor is None:  # The protocol has pings of its own, which a page cannot hear.
            return json_line({"type": "heartbeat", "timestamp": at_ms})
        return json_line({"type": "cursor", "cursor": cursor, "timestamp": at_ms})

    @override
    def message(self, block: Block) -> Message:
        return {"type": "websocket.send", "text": block}

    @override
    def farewell(self, reason: int) -> Message:
        return {"type": "websocket.close", "code": reason or COME_BACK}

    @override
    def dropped(self) -> Message | None:
        return {"type": "websocket.close", "code": TOO_SLOW}


class OldFrames(Frames):
    """What an old page hears: its own messages, word for word, and nothing that it does not know."""

    @override
    def hello(self, asked: Asked, *, cursor: int, resumable: bool, retry_ms: int) -> Block | None:
        return None

    @override
    def event(self, event: LoggedEvent, asked: Asked) -> Block | None:
        if not is_old(event):
            return None
        encoded: str | None = event.encoded.get(OldFrames)
        if encoded is None:
            encoded = event.encoded[OldFrames] = json_line(old_frame_of(event))
        return encoded

    @override
    def heartbeat(self, at_ms: int, cursor: int | None) -> Block | None:
        return None


class Socket:
    """The WebSocket address. What the client says is not listened to."""

    def __init__(self, push: Push) -> None:
        self._push = push
        self._frames = Frames()
        self._old_frames = OldFrames()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one handshake, and serve the socket. A refusal comes before the handshake, as 403."""
        if (await receive())["type"] != "websocket.connect":
            return
        headers = dict(scope["headers"])
        try:
            _check_origin(headers)
            query = query_of(scope)
            credentials = Credentials.of(headers, query)
            viewer = await self._push.door.viewer(credentials)
            wanted = read_socket(query, topics_max=self._push.limits.topics_max)
            allow(wanted, viewer.roles)
            with self._push.door.seat(viewer):
                await self._serve(
                    receive, send, credentials=credentials, viewer=viewer, wanted=wanted,
                    since=since_of(query), dialect=self._frames if query else self._old_frames,
                )  # fmt: skip
        except (DomainError, DatabaseAway):
            await send({"type": "websocket.close"})

    async def _serve(
        self,
        receive: Receive,
        send: Send,
        *,
        credentials: Credentials,
        viewer: Viewer,
        wanted: Asked,
        since: str | None,
        dialect: Dialect,
    ) -> None:
        checks: set[asyncio.Task[None]] = set()

        def expired() -> None:
            check = asyncio.create_task(self._check_again(client, credentials, viewer))
            checks.add(check)
            check.add_done_callback(checks.discard)

        async def begin() -> None:
            await send({"type": "websocket.accept"})

        limits = self._push.limits
        client = Client(asked=wanted, dialect=dialect, send=send, limits=limits, expired=expired)
        await serve(
            client, dialect=dialect, push=self._push, since=since,
            begin=begin, listen=lambda: _until_gone(receive, client, limits.frame_max_chars),
        )  # fmt: skip

    async def _check_again(self, client: Client, credentials: Credentials, viewer: Viewer) -> None:
        """A socket outlives the longest life of a stream, for old pages do not come back by themselves."""
        try:
            viewer_now = await self._push.door.again(viewer, credentials)
            if viewer_now.user_id != viewer.user_id:
                raise NotLoggedIn("Somebody else is logged in.")
            allow(client.asked, viewer_now.roles)
        except DomainError:
            client.end(NO_LONGER_ALLOWED)
        except DatabaseAway:
            client.renew(RECHECK_AGAIN_S)
        else:
            client.renew()


def _check_origin(headers: dict[bytes, bytes]) -> None:
    """Refuse the pages of strangers: a browser sends our cookie along with their handshake as well."""
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin or origin in settings.WEBSOCKET_ORIGINS:
        return  # Only browsers send an origin.
    if urlsplit(origin).netloc.lower() != headers.get(b"host", b"").decode("latin-1").lower():
        raise NotLoggedIn("This page is not of this shop.")


async def _until_gone(receive: Receive, client: Client, frame_max_chars: int) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        if len(message.get("text") or message.get("bytes") or "") > frame_max_chars:
            client.end(TOO_LARGE)
