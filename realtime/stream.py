"""Server-sent events over HTTP, as small ASGI applications.

Note [Streams stay out of Django's handler]
-------------------------------------------
Django's ASGI handler gives each request a thread until its response ends, and a query made there keeps its database
connection: stream 101 of a database with 100 connections gets an error. Here an open stream is one waiting task.
Who asks is looked up in a few threads that give their connections back (`access.py`), the log is read over two
connections of the process (`log.py`).
"""

from collections.abc import Callable
from urllib.parse import parse_qs

from django.conf import settings

from n2store.errors import DomainError
from realtime.access import Credentials
from realtime.asking import Query, names_in, since_of
from realtime.client import Client
from realtime.flow import Message, Receive, Scope, Send
from realtime.hub import DatabaseAway
from realtime.limits import Limits
from realtime.serving import Push, serve
from realtime.sse import SseDialect
from realtime.topics import Asked, UnknownTopic, allow, asked, asked_by_keys
from realtime.words import json_line

METHODS = ("GET", "HEAD", "OPTIONS")
QUERY_FIELDS_MAX = 20
COME_BACK_MS = 5000

Headers = list[tuple[bytes, bytes]]


class OldRefusal(Exception):
    """A refusal with the body that the old server gave, always with status 400."""

    def __init__(self, **body: str) -> None:
        super().__init__(body["error"])
        self.body = body


class EventStream:
    """One address: a dialect, and how it reads what is asked for."""

    def __init__(self, push: Push, dialect: SseDialect, read: Callable[[Query, Limits], Asked]) -> None:
        self._push = push
        self._dialect = dialect
        self._read = read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        answer = Answer(send, origin=headers.get(b"origin", b"").decode("latin-1"))
        if scope["method"] == "OPTIONS":
            await answer.whole(204, b"", allow=", ".join(METHODS))
            return
        if scope["method"] not in METHODS:
            body = _refusal("Only GET is answered here.", "METHOD_NOT_ALLOWED")
            await answer.whole(405, body, allow=", ".join(METHODS))
            return
        try:
            await self._answer(scope, headers, receive, send, answer)
        except OldRefusal as refusal:
            await answer.whole(400, json_line(refusal.body).encode())
        except DomainError as error:
            login = {"www_authenticate": "Token"} if error.status == 401 else {}
            await answer.whole(error.status, _refusal(str(error), error.code), **login)
        except DatabaseAway:
            await _send_away(answer, headers)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send, answer: "Answer"
    ) -> None:
        query = query_of(scope)
        viewer = await self._push.door.viewer(Credentials.of(headers, query))
        wanted = self._read(query, self._push.limits)
        allow(wanted, viewer.roles)
        with self._push.door.seat(viewer):
            if scope["method"] == "HEAD":
                await answer.begin()
                await answer.end()
                return
            since = headers.get(b"last-event-id", b"").decode("latin-1") or since_of(query)
            client = Client(asked=wanted, dialect=self._dialect, send=send, limits=self._push.limits)
            await serve(
                client, dialect=self._dialect, push=self._push, since=since or None,
                begin=answer.begin, listen=lambda: until_gone(receive),
            )  # fmt: skip


class Answer:
    """The response, with the headers that every answer of a stream's address has."""

    def __init__(self, send: Send, *, origin: str) -> None:
        self._send = send
        self._headers: Headers = [(b"vary", b"Origin, Cookie, Authorization")]
        if origin and origin in settings.WEBSOCKET_ORIGINS:
            self._headers += [
                (b"access-control-allow-origin", origin.encode("latin-1")),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-allow-methods", ", ".join(METHODS).encode()),
                (b"access-control-allow-headers", b"Authorization, Cache-Control, Last-Event-ID"),
            ]

    async def begin(self) -> None:
        """Open the stream."""
        stream: Headers = [
            (b"content-type", b"text/event-stream"),
            (b"cache-control", b"no-cache, no-transform"),
            (b"x-accel-buffering", b"no"),
        ]
        await self._send({"type": "http.response.start", "status": 200, "headers": self._headers + stream})

    async def end(self, last: bytes = b"") -> None:
        """Close the stream."""
        await self._send({"type": "http.response.body", "body": last, "more_body": False})

    async def whole(self, status: int, body: bytes, **more: str) -> None:
        """Answer with a whole body of JSON."""
        headers = [*self._headers, (b"cache-control", b"no-store")]
        headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
        if body:
            headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        start: Message = {"type": "http.response.start", "status": status, "headers": headers}
        await self._send(start)
        await self.end(body)


async def until_gone(receive: Receive) -> None:
    """Return when the client has left or the response is over."""
    while (await receive())["type"] != "http.disconnect":
        pass


def query_of(scope: Scope) -> Query:
    """Return the address's parameters; of a repeated one the last."""
    try:
        fields = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=QUERY_FIELDS_MAX)
    except ValueError as error:
        raise UnknownTopic("The address has too many parameters.") from error
    return {name: values[-1] for name, values in fields.items()}


def read_channels(query: Query, limits: Limits) -> Asked:
    """`/api/events`: `channels=` and exact `topics=`, at least one of either."""
    channels, topics = names_in(query.get("channels", "")), names_in(query.get("topics", ""))
    if not channels and not topics:
        raise UnknownTopic("Say what to listen to: channels=wallets,tickets or topics=wallet:<phone>.")
    return asked(channels=channels, topics=topics, topics_max=limits.topics_max)


def read_keys(query: Query, limits: Limits) -> Asked:
    """`/api/realtime/sse`: `keys=`, with the old server's refusals."""
    keys = names_in(query.get("keys", ""))
    if not keys:
        raise OldRefusal(error="No keys specified", usage="GET /api/realtime/sse?keys=key1,key2,key3")
    if any(len(key) > limits.key_max_chars for key in keys):
        raise OldRefusal(error=f"Key too long (max {limits.key_max_chars} characters)")
    return asked_by_keys(keys, topics_max=limits.topics_max)


def read_nothing(query: Query, limits: Limits) -> Asked:
    """`/api/sepay/stream`: always the bank's transfers."""
    return asked(channels=["transfers"], topics=[], topics_max=limits.topics_max)


def _refusal(sentence: str, code: str) -> bytes:
    return json_line({"success": False, "error": sentence, "code": code}).encode()


async def _send_away(answer: Answer, headers: dict[bytes, bytes]) -> None:
    """The database is away. A browser's stream would never come back after a 503, so it is ended politely instead."""
    if b"text/event-stream" in headers.get(b"accept", b""):
        await answer.begin()
        await answer.end(f"retry: {COME_BACK_MS}\n: away\n\n".encode())
        return
    await answer.whole(503, _refusal("The event log is away. Please repeat.", "UNAVAILABLE"), retry_after="2")
