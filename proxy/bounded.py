"""The answers of one connection, read until a moment and not a byte longer.

A socket's time-out is for each read: a neighbour that sends a byte now and then, of a status line, of headers or behind
the last chunk, never lets it pass. Here each read has what is left of the whole.
"""

import http.client
import io
import socket
import time
from typing import Any

from typing_extensions import override


class _Until(io.RawIOBase):
    """A socket's bytes until `deadline` (of `time.monotonic`), each read within `timeout_s`."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, *, timeout_s: float, deadline: float) -> None:
        self._sock, self._raw = sock, raw
        self._timeout_s, self.deadline = timeout_s, deadline

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any, /) -> int | None:
        left_s = self.deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("The answer did not end in time.")
        self._sock.settimeout(min(self._timeout_s, left_s))
        return self._raw.readinto(buffer)

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()


class BoundedResponse(http.client.HTTPResponse):
    """An answer whose headers come within `timeout_s`, and all of it by `deadline`, or it raises `TimeoutError`."""

    def __init__(self, sock: socket.socket, *given: Any, timeout_s: float, deadline: float, **more: Any) -> None:
        super().__init__(sock, *given, **more)
        raw: Any = self.fp.detach()
        self._until = _Until(sock, raw, timeout_s=timeout_s, deadline=min(deadline, time.monotonic() + timeout_s))
        self._whole_by = deadline
        self.fp = io.BufferedReader(self._until)

    @override
    def begin(self) -> None:
        super().begin()
        self._until.deadline = self._whole_by
