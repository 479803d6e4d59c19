"""The body of a request on its way out: read as it is sent, never whole, and never shorter than announced."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, RawPostDataException

from proxy.errors import BodyTooLarge, CallerGone, LengthRequired

PART_BYTES = 64 * 1024
REST_BYTES_MAX = 25 * 1024 * 1024
"""As the Caddyfile says."""


@dataclass(slots=True)
class Body:
    """What the caller sends: `length` bytes, read once."""

    length: int
    _read: Callable[[int], bytes]
    _left: int = -1

    def __post_init__(self) -> None:
        self._left = self.length

    def read(self, size: int = PART_BYTES, /) -> bytes:
        """Return the next bytes.

        Raises:
            CallerGone: the caller went away: the neighbour must not take the part for the whole.
        """
        if not self._left:
            return b""
        try:
            chunk = self._read(min(size, self._left))
        except OSError as error:
            raise CallerGone("The caller went away.") from error
        if not chunk:
            raise CallerGone("The caller went away.")
        self._left -= len(chunk)
        return chunk

    def all(self) -> bytes:
        """Return everything that is left."""
        parts = []
        while part := self.read():
            parts.append(part)
        return b"".join(parts)


def finish(request: HttpRequest) -> None:
    """Read what is left of a refused body and throw it away, unless it is larger than the front lets through.

    A connection that is closed while the front still sends looks to it like a process that fell over: the caller would
    hear 503 in place of the refusal.
    """
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isdecimal() and int(announced) <= REST_BYTES_MAX:
        with contextlib.suppress(OSError, RawPostDataException):
            while request.read(PART_BYTES):
                pass


def body_of(request: HttpRequest, *, bytes_max: int) -> Body:
    """Return the body of a request, unread.

    Raises:
        LengthRequired: it comes without its length.
        BodyTooLarge: it is larger than `bytes_max`.
    """
    announced = request.META.get("CONTENT_LENGTH") or ""
    if not announced.isdecimal():
        if request.META.get("HTTP_TRANSFER_ENCODING"):
            raise LengthRequired("The body has to say how long it is.")
        announced = "0"
    if int(announced) > bytes_max:
        raise BodyTooLarge(f"The body is larger than {bytes_max // (1024 * 1024)} MB.")
    return Body(int(announced), request.read)
