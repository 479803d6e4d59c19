"""Pictures of other hosts: fetched past the guard, told by their first bytes, and never anything that could run."""

import tempfile
from dataclasses import dataclass
from typing import IO

from django.conf import settings

from proxy.calling import call
from proxy.errors import UpstreamUnsuitable
from proxy.guard import Url, allowed
from proxy.redirects import stepped
from proxy.upstreams import BROWSER, IMAGES, MEGABYTE

HEAD_BYTES = 32
SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it came: its kind, its length in bytes, and a file that stands at its beginning."""

    kind: str
    length: int
    file: IO[bytes]


class NoPicture(Exception):
    """The host says no. `status` is what it answered."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The host answers {status}.")
        self.status = status


def fetch(url: str, *, referer: str, hosts: tuple[str, ...] | None = None) -> Picture:
    """Fetch a picture from one of `hosts`, by default those of the setting. To be closed by the caller.

    Raises:
        InvalidUrl, HostRefused: the address, or one it redirects to, is none of theirs.
        NoPicture: the host has none.
        GatewayError: it did not come, is too large, or is no picture.
    """
    hosts = tuple(settings.IMAGE_HOSTS) if hosts is None else hosts

    def check(address: str) -> Url:
        return allowed(address, hosts)

    headers = {"accept": "image/*,*/*", "accept-encoding": "identity", "user-agent": BROWSER, "referer": referer}
    answer = stepped(call(IMAGES.request("GET", check(url), headers)), check)
    if answer.status != 200:
        answer.close()
        raise NoPicture(answer.status)
    kept: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=MEGABYTE)  # noqa: SIM115 -- closed by the caller
    try:
        for chunk in answer.chunks():
            kept.write(chunk)
        length = kept.tell()
        kept.seek(0)
        kind = kind_of(kept.read(HEAD_BYTES))
        if kind is None:
            raise UpstreamUnsuitable(IMAGES.name, "The address has no picture.")
    except BaseException:
        kept.close()
        raise
    kept.seek(0)
    return Picture(kind, length, kept)


def kind_of(head: bytes) -> str | None:
    """Return the kind of a picture by its first bytes, whatever its host calls it; None when it is no raster."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:12] in {b"ftypavif", b"ftypavis"}:
        return "image/avif"
    return next((kind for sign, kind in SIGNS if head.startswith(sign)), None)
