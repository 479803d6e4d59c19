"""Driving the streams: in this process as ASGI applications, or as a real daphne on a Unix socket."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
import redis
from django.conf import settings
from django.db import connection

from n2store.events import WAKE_CHANNEL
from n2store.launch.place import PROJECT
from n2store.launch.processes import HANDSHAKE_TIMEOUT_S
from realtime.flow import Application, Message

TIMEOUT_S = 60.0
DJANGO_OF_PUSH = "push under test"
"""What the sessions of a push process's Django are called in the database; those of its hub have a name already."""


@dataclass
class Block:
    """One block of an event stream, as a browser reads it."""

    event: str = ""
    data: Any = None
    id: int | None = None
    retry: int | None = None
    comments: list[str] = field(default_factory=list)


def read_block(text: str) -> Block:
    block = Block()
    for line in text.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "":
                block.comments.append(line)
            case "event":
                block.event = value
            case "data":
                block.data = json.loads(value)
            case "id":
                block.id = int(value)
            case "retry":
                block.retry = int(value)
    return block


class Request:
    """One running request or socket of an ASGI application."""

    def __init__(self, application: Application, scope: dict[str, Any]) -> None:
        self.said: asyncio.Queue[Message] = asyncio.Queue()
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self._text = ""
        self.raw = ""
        self.task = asyncio.ensure_future(application(scope, self.said.get, self._send))

    async def _send(self, message: Message) -> None:
        self._sent.put_nowait(message)

    async def message(self, timeout_s: float = TIMEOUT_S) -> Message:
        return await asyncio.wait_for(self._sent.get(), timeout_s)

    async def text(self) -> str:
        """Return the next block of the stream, word for word."""
        while "\n\n" not in self._text:
            message = await self.message()
            if message["type"] == "http.response.body" and not message["more_body"] and not message["body"]:
                raise EOFError
            if message["type"] == "http.response.body":
                self._text += message["body"].decode()
        text, self._text = self._text.split("\n\n", 1)
        self.raw += text + "\n\n"
        return text

    async def block(self) -> Block:
        return read_block(await self.text())

    async def event(self) -> Block:
        """Return the next block that is an event."""
        while True:
            block = await self.block()
            if block.event:
                return block

    async def events(self, count: int) -> list[Block]:
        return [await self.event() for _ in range(count)]

    async def frame(self) -> Any:
        message = await self.message()
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def silent(self) -> bool:
        """Tell whether nothing has come that was not read. Publish something that does come first."""
        await asyncio.sleep(0.05)
        return self._sent.empty() and not self._text

    async def leave(self, *, socket: bool = False) -> None:
        self.said.put_nowait({"type": "websocket.disconnect", "code": 1001} if socket else {"type": "http.disconnect"})
        await asyncio.wait_for(asyncio.gather(self.task, return_exceptions=True), TIMEOUT_S)


def scope_of(path: str, query: dict[str, str] | None = None, *, method: str = "GET", **headers: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": urlencode(query or {}).encode(),
        "headers": [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()],
    }


@asynccontextmanager
async def stream(
    application: Application, path: str, query: dict[str, str] | None = None, **headers: str
) -> AsyncIterator[Request]:
    """Open a stream and expect that it is given."""
    request = Request(application, scope_of(path, query, **headers))
    start = await request.message()
    assert start["status"] == 200, (start, await request.message())
    try:
        yield request
    finally:
        await request.leave()


async def answer(
    application: Application, path: str, query: dict[str, str] | None = None, *, method: str = "GET", **headers: str
) -> tuple[int, dict[bytes, bytes], Any]:
    """Return status, headers and body of a request that is answered at once."""
    request = Request(application, scope_of(path, query, method=method, **headers))
    start, body = await request.message(), await request.message()
    await request.leave()
    return start["status"], dict(start["headers"]), json.loads(body["body"] or "null")


class Shop:
    """What changes the shop's tables from outside: a connection of its own, without Django."""

    def __init__(self) -> None:
        self.connection = self.connect(autocommit=True)
        self._redis = redis.Redis.from_url(settings.REDIS_URL)

    @staticmethod
    def connect(*, autocommit: bool = False) -> psycopg.Connection[Any]:
        given = connection.get_connection_params()
        for of_django in ("cursor_factory", "context"):
            given.pop(of_django, None)
        return psycopg.connect(**given, autocommit=autocommit)

    def publish(self, event: str, /, *topics: str, on: psycopg.Connection[Any] | None = None, **payload: Any) -> None:
        """Publish an event and wake the readers; with `on` as part of that connection's transaction, and quietly."""
        (on or self.connection).execute(
            "SELECT n2store_publish(%s, %s, %s::jsonb)", [event, list(topics), json.dumps(payload)]
        )
        if on is None:
            self.wake()

    def wake(self) -> None:
        self._redis.publish(WAKE_CHANNEL, b"")

    def close(self) -> None:
        self.connection.close()
        self._redis.close()

    def deposit(self, number: int, phone: str = "0909000001") -> None:
        """Publish the event of a deposit, with a number to know it by."""
        self.publish("wallet.deposit", "wallets", f"wallet:{phone}", phone=phone, number=number)

    def ask(self, query: str, *values: Any) -> list[Any]:
        return self.connection.execute(query.encode(), values).fetchall()

    def push_connections(self) -> list[int]:
        """Return the backends of push processes, which name themselves."""
        found = self.ask(
            "SELECT pid FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name LIKE 'n2store push%%' AND %s",
            True,
        )
        return [pid for [pid] in found]


class Daphne:
    """A push process on a Unix socket."""

    def __init__(self, folder: Path, application: str = "n2store.asgi:application", **environ: str) -> None:
        self.socket = folder / "push.sock"
        self._argv = [sys.executable, "-m", "daphne", "-u", str(self.socket), "--no-server-name"]
        self._argv += ["--websocket_connect_timeout", HANDSHAKE_TIMEOUT_S, application]
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        given = {
            "PGAPPNAME": DJANGO_OF_PUSH,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "LOG_LEVEL": "WARNING",
        }
        self._environ = os.environ | given | environ
        self._log = folder / "push.log"
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self.socket.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self._argv, cwd=PROJECT, env=self._environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                self.connect().close()
            except OSError:
                assert process.poll() is None, self._log.read_text()
                assert time.monotonic() < deadline, self._log.read_text()
                time.sleep(0.05)
            else:
                return process

    def connect(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        try:
            made.connect(str(self.socket))
        except OSError:
            made.close()
            raise
        made.settimeout(TIMEOUT_S)
        return made

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.process = self._start()

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(TIMEOUT_S)

    def log(self) -> str:
        return self._log.read_text()


@contextmanager
def browser(
    daphne: Daphne, path: str, query: dict[str, str], *, token: str, since: int | None = None
) -> Iterator["Browser"]:
    """Open a real stream."""
    opened = Browser(daphne, path, query, token=token, since=since)
    try:
        yield opened
    finally:
        opened.close()


class Browser:
    """A client with a socket, who remembers the last number as a browser does."""

    def __init__(
        self, daphne: Daphne, path: str, query: dict[str, str], *, token: str, since: int | None = None
    ) -> None:
        self._socket = daphne.connect()
        self.last_id = since
        self._file = self._socket.makefile("rb")
        lines = [f"GET {path}?{urlencode(query)} HTTP/1.0", "Host: shop", f"Authorization: Token {token}"]
        lines += [] if since is None else [f"Last-Event-ID: {since}"]
        try:
            self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
            self.status = int(self._file.readline().split()[1])
            while self._file.readline().strip():
                pass
        except BaseException:
            self.close()
            raise

    def block(self) -> Block:
        """Return the next block.

        Raises:
            EOFError: the stream is over, perhaps in the middle of a block.
        """
        lines: list[str] = []
        while True:
            line = self._file.readline()
            if not line.endswith(b"\n"):
                raise EOFError
            if line == b"\n":
                break
            lines.append(line.decode().rstrip("\n"))
        block = read_block("\n".join(lines))
        self.last_id = self.last_id if block.id is None else block.id
        return block

    def event(self) -> Block:
        while True:
            block = self.block()
            if block.event:
                return block

    def close(self) -> None:
        self._file.close()
        self._socket.close()
