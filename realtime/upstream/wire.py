"""One WebSocket to a neighbour: websocket-client reads it in a thread of its own, the event loop uses it.

What the library leaves open is closed here: no frame is larger than a bound, no redirect is followed, no proxy or
cookie comes from elsewhere, and the end comes when we ask for it.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import websocket
from typing_extensions import override
from websocket import ABNF, WebSocketException, _handshake
from websocket._cookiejar import SimpleCookieJar

from realtime.upstream.transport import Transport

FRAME_MAX_BYTES = 16 * 1024 * 1024
"""Of a frame, and of a message of several frames."""
UNREAD_MAX = 64
UNREAD_MAX_BYTES = FRAME_MAX_BYTES
"""As soon as so much waits for the loop, the neighbour is not read."""
OPEN_TIMEOUT_S = 10.0
SEND_TIMEOUT_S = 10.0
THREAD_NAME = "upstream-wire"

# What it logs when asked to holds addresses and tokens.
logging.getLogger("websocket").setLevel(logging.CRITICAL)


class NotAdmitted(Exception):
    """The handshake was answered with another status than 101."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Failed(Exception):
    """Nobody answers as a WebSocket does, or reads what we say. `kind` says why in a word, without the address."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Closed(Exception):
    """The connection is over. `code` is the neighbour's or ours; 1006 when it broke without a word."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@asynccontextmanager
async def opened(url: str, *, origin: str, headers: Mapping[str, str]) -> "AsyncIterator[Wire]":
    """Open a WebSocket, and end it at once when the block is left, however that happens.

    Raises:
        NotAdmitted: the neighbour answers, and not with a WebSocket.
        Failed: nobody answers as a WebSocket does, or not in time.
    """
    wire = Wire(url, origin=origin, headers=headers)
    try:
        await wire.wait_open()
        yield wire
    finally:
        wire.close()


class Wire:
    """Begins to connect when it is made. All methods belong to the event loop it was made in."""

    def __init__(self, url: str, *, origin: str, headers: Mapping[str, str]) -> None:
        self._transport = Transport()
        self._socket = _Socket(enable_multithread=True, skip_utf8_validation=True)
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._sending = asyncio.Lock()
        self._is_open = False
        self._ended: Exception | None = None
        self._closed = False
        self._unread: deque[tuple[str, int]] = deque()
        self._unread_bytes = 0
        self._room = threading.Condition()
        work = (url, origin, dict(headers))
        threading.Thread(target=self._live, args=work, name=THREAD_NAME, daemon=True).start()

    async def wait_open(self) -> None:
        """Return once texts can be sent.

        Raises:
            NotAdmitted: the neighbour answers, and not with a WebSocket.
            Failed: nobody answers as a WebSocket does.
        """
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                while not self._is_open:
                    if self._ended is not None:
                        raise self._ended
                    await self._next_news()
        except TimeoutError as error:
            raise Failed(type(error).__name__) from None

    async def next_text(self, within_s: float) -> str | None:
        """Return the next text, or None when there is none in time. Half a character is no reason to hang up.

        Raises:
            Closed: there will be none.
        """
        try:
            async with asyncio.timeout(max(within_s, 0)):
                while not self._unread:
                    if self._ended is not None:
                        raise self._ended
                    await self._next_news()
        except TimeoutError:
            return None
        await asyncio.sleep(0)  # However fast they come, the loop has other things to do.
        with self._room:
            text, size = self._unread.popleft()
            self._unread_bytes -= size
            self._room.notify()
        return text

    async def send(self, text: str) -> None:
        """Send a text. One that does not leave in time ends the connection.

        Raises:
            Closed: it is over.
            Failed: the neighbour does not read.
        """
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S), self._sending:
                if self._ended is not None:
                    raise self._ended
                await asyncio.to_thread(self._socket.send, text)
        except TimeoutError as error:
            self._transport.end()
            raise Failed(type(error).__name__) from None
        except (OSError, WebSocketException):
            raise self._ended or Closed(websocket.STATUS_ABNORMAL_CLOSED) from None

    def close(self) -> None:
        """End it now, with a word if that costs no time. The thread ends by itself."""
        if self._is_open and self._ended is None:
            self._transport.send_now(_last_words(websocket.STATUS_NORMAL))
        self._transport.end()
        with self._room:
            self._closed = True
            self._room.notify()

    async def _next_news(self) -> None:
        self._news.clear()
        await self._news.wait()

    # From here on everything happens in the thread.

    def _live(self, url: str, origin: str, headers: dict[str, str]) -> None:
        try:
            self._connect(url, origin, headers)
            self._tell(opened=True)
            ended: Exception = Closed(self._read())
        except Exception as error:  # noqa: BLE001 -- whatever it is, the line must hear that this is over
            ended = error
        finally:
            self._transport.close()
        self._tell(ended=ended)

    def _connect(self, url: str, origin: str, headers: dict[str, str]) -> None:
        try:
            _check_one_line(url, origin, *headers, *headers.values())
            parts = urlsplit(url)
            tls = parts.scheme == "wss"
            port = parts.port or (443 if tls else 80)
            self._transport.connect(parts.hostname or "", port, tls=tls, timeout_s=OPEN_TIMEOUT_S)
            self._socket.connect(url, socket=self._transport, origin=origin, header=headers, redirect_limit=0)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, WebSocketException) as error:
            status = getattr(error, "status_code", None) or self._socket.getstatus()  # The latter of a redirect.
            raise (NotAdmitted(status) if status else Failed(type(error).__name__)) from None
        self._transport.handshake_is_over()

    def _read(self) -> int:
        """Hand over texts until the connection is over, and return the code of its end."""
        try:
            while True:
                opcode, data = self._socket.recv_data()
                if opcode == ABNF.OPCODE_CLOSE:
                    return int.from_bytes(data[:2], "big") if data else websocket.STATUS_STATUS_NOT_AVAILABLE
                self._hand_over(bytes(data))
        except _TooBig:
            code = websocket.STATUS_MESSAGE_TOO_BIG
        except websocket.WebSocketProtocolException:
            code = websocket.STATUS_PROTOCOL_ERROR
        except (OSError, WebSocketException):
            return websocket.STATUS_ABNORMAL_CLOSED
        self._transport.send_now(_last_words(code))
        return code

    def _hand_over(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        with self._room:
            self._room.wait_for(self._has_room)
            self._unread.append((text, len(data)))
            self._unread_bytes += len(data)
        self._tell()

    def _has_room(self) -> bool:
        return self._closed or (len(self._unread) < UNREAD_MAX and self._unread_bytes < UNREAD_MAX_BYTES)

    def _tell(self, *, opened: bool = False, ended: Exception | None = None) -> None:
        """Let the loop know."""

        def take() -> None:
            self._is_open = self._is_open or opened
            self._ended = self._ended or ended
            self._news.set()

        with suppress(RuntimeError):  # The loop is over, and nobody asks any more.
            self._loop.call_soon_threadsafe(take)


class _TooBig(WebSocketException):
    """A frame or message is larger than FRAME_MAX_BYTES."""


class _Frames(websocket.frame_buffer):
    """Reads frames. Knows their length before their content."""

    @override
    def recv_length(self) -> None:
        super().recv_length()
        assert self.length is not None
        if self.length > FRAME_MAX_BYTES:
            raise _TooBig


class _Pieces(websocket.continuous_frame):
    """Puts the pieces of a message together."""

    @override
    def add(self, frame: ABNF) -> None:
        if not self.cont_data and not frame.fin:
            frame.data = bytearray(frame.data)  # type: ignore[assignment,arg-type] # Grows without being copied.
        super().add(frame)
        assert self.cont_data is not None
        if len(self.cont_data[1]) > FRAME_MAX_BYTES:
            raise _TooBig


class _Socket(websocket.WebSocket):
    """A WebSocket with bounds."""

    def __init__(self, *, skip_utf8_validation: bool, **options: Any) -> None:
        super().__init__(skip_utf8_validation=skip_utf8_validation, **options)
        self.frame_buffer = _Frames(self._recv, skip_utf8_validation)
        self.cont_frame = _Pieces(fire_cont_frame=False, skip_utf8_validation=skip_utf8_validation)

    @override
    def send_close(self, status: int = websocket.STATUS_NORMAL, reason: str | bytes = b"") -> None:
        with suppress(OSError, WebSocketException):  # The neighbour's code is worth more than our answer to it.
            super().send_close(status, reason)


class _NoCookies(SimpleCookieJar):
    """Keeps none. The library's would send one account's cookies with every account of the same neighbour."""

    @override
    def add(self, set_cookie: str | None) -> None:
        pass


_handshake.CookieJar = _NoCookies()


def _check_one_line(*values: str) -> None:
    """Refuse what would begin another header, or another request.

    Raises:
        ValueError: a value holds control characters.
    """
    if any(ord(character) < 0x20 or ord(character) == 0x7F for value in values for character in value):
        raise ValueError("An address or header holds control characters.")


def _last_words(code: int) -> bytes:
    """Return the frame that closes a connection."""
    return ABNF.create_frame(code.to_bytes(2, "big"), ABNF.OPCODE_CLOSE).format()
