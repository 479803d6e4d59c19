"""The bytes under a WebSocket: a TCP or TLS connection that one thread reads, others write to, and anyone may end.

websocket-client takes it for its socket. A socket of Python's own would not do: TLS bears one caller at a time, a
timeout counts for reading and writing alike, and nobody can end it while it connects.
"""

import select
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import TypeVar

READ_BYTES = 16 * 1024
HANDSHAKE_MAX_BYTES = 256 * 1024
"""What a neighbour may say before the connection is a WebSocket: headers, or the page of an error."""

Given = TypeVar("Given")


class EndedByUs(ConnectionError):
    """We have ended this connection ourselves."""


class TooMuchSaid(OSError):
    """The neighbour answered the handshake without an end."""


class Transport:
    """Begins closed. `connect`, `recv` and `close` belong to one thread, `send`, `send_now` and `end` to any."""

    def __init__(self) -> None:
        self._guard = threading.Lock()  # Held for moments only: never while waiting.
        self._writing = threading.Lock()
        self._socket: socket.socket | None = None
        self._ended = False
        self._ahead = b""
        self._may_say_bytes: int | None = HANDSHAKE_MAX_BYTES

    def connect(self, host: str, port: int, *, tls: bool, timeout_s: float) -> None:
        """Connect to the first of the host's addresses that answers. `timeout_s` is shared out among them.

        Raises:
            OSError: none does, its certificate is not good, or `end` was called.
        """
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        failure: OSError | None = None
        for family, kind, protocol, _, address in addresses:
            plain = self._own(socket.socket(family, kind, protocol))
            plain.settimeout(timeout_s / len(addresses))
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            try:
                plain.connect(address)
            except OSError as error:
                failure = error
                self._close()
                continue
            self._settle(self._encrypted(plain, host) if tls else plain)
            return
        raise failure or OSError("The host has no address.")

    def handshake_is_over(self) -> None:
        """From now on the neighbour may say as much as it likes: who reads frames bounds them."""
        self._may_say_bytes = None

    def recv(self, count: int) -> bytes:
        """Wait for bytes and return at most `count` of them, or none once the neighbour has closed.

        Raises:
            OSError: the connection broke, or `end` was called.
        """
        if not self._ahead:
            self._ahead = self._when_ready(select.POLLIN, lambda to: to.recv(READ_BYTES))
            self._count(len(self._ahead))
        given, self._ahead = self._ahead[:count], self._ahead[count:]
        return given

    def send(self, data: bytes) -> int:
        """Send all of it, whole, and return how much that was. Waits as long as the neighbour does not read.

        Raises:
            OSError: the connection broke, or `end` was called.
        """
        with self._writing:
            rest = memoryview(data)
            while rest:
                rest = rest[self._when_ready(select.POLLOUT, partial(_send_some, rest)) :]
        return len(data)

    def send_now(self, data: bytes) -> None:
        """Send a few bytes if that is possible without waiting: for last words."""
        if not self._writing.acquire(blocking=False):
            return
        try:
            with self._guard, suppress(OSError):
                if self._socket is not None and not self._ended:
                    self._socket.send(data)
        finally:
            self._writing.release()

    def end(self) -> None:
        """End the connection at once, also while it is being made; whoever waits here is woken."""
        with self._guard:
            self._ended = True
            if self._socket is not None:
                with suppress(OSError):  # TLS's own shutdown would go on unencrypted.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back to the system, when nobody writes any more."""
        self.end()
        with self._writing:
            self._close()

    def gettimeout(self) -> None:
        """Return that there is none: whoever waits is woken by `end`."""

    def _own(self, given: socket.socket) -> socket.socket:
        with self._guard:
            if self._ended:
                given.close()
                raise EndedByUs
            self._socket = given
        return given

    def _encrypted(self, plain: socket.socket, host: str) -> socket.socket:
        with self._guard:
            if self._ended:
                raise EndedByUs
            encrypted = tls_context().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
            self._socket = encrypted
        encrypted.do_handshake()
        return encrypted

    def _settle(self, connected: socket.socket) -> None:
        with self._guard:
            connected.setblocking(False)

    def _when_ready(self, event: int, work: Callable[[socket.socket], Given]) -> Given:
        """Do it as soon as it can be done without waiting."""
        while True:
            waits_for = event
            with self._guard:
                if self._ended or self._socket is None:
                    raise EndedByUs
                try:
                    return work(self._socket)
                except ssl.SSLWantReadError:
                    waits_for = select.POLLIN
                except ssl.SSLWantWriteError:
                    waits_for = select.POLLOUT
                except BlockingIOError:
                    pass
                poller = select.poll()
                poller.register(self._socket, waits_for)
            poller.poll()  # Ended meanwhile, it returns: the file stays open as long as anyone is here.

    def _count(self, size: int) -> None:
        if self._may_say_bytes is not None:
            self._may_say_bytes -= size
            if self._may_say_bytes < 0:
                raise TooMuchSaid

    def _close(self) -> None:
        with self._guard:
            if self._socket is not None:
                self._socket.close()
                self._socket = None


def _send_some(data: memoryview, to: socket.socket) -> int:
    return to.send(data)


@cache
def tls_context() -> ssl.SSLContext:
    """Return what checks certificates by the authorities that the system trusts."""
    return ssl.create_default_context()
