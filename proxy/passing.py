"""An answer on its way back: the status and the bytes of the neighbour, and of its headers those that may come."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from proxy.calling import CHUNK_BYTES, Answer
from proxy.errors import UpstreamUnsuitable
from proxy.upstreams import MEGABYTE, headers_back

AT_ONCE_BYTES = 256 * 1024
"""Up to here an answer is read whole: it costs nothing, and one that breaks off becomes a clear refusal."""
STATUSES = range(200, 600)
NO_BODY = frozenset({204, 205, 304})
ACTIVE = ("text/html", "application/xhtml", "image/svg", "text/xml", "application/xml")
"""Kinds that a browser would run under our name."""
UPSTREAM_HEADER = "X-N2Store-Upstream"
"""Says whose answer it is; our own refusals do not carry it."""


def passed_on(answer: Answer) -> HttpResponseBase:
    """Return what the caller gets.

    Raises:
        UpstreamCut, UpstreamTimeout, UpstreamTooLarge: the answer did not come whole.
        UpstreamUnsuitable: its status is none that a browser knows.
    """
    if answer.status not in STATUSES:
        answer.close()
        raise UpstreamUnsuitable(answer.call.lane.upstream, "The service answers with an unknown status.")
    response = _with_body(answer)
    for name, value in headers_back(answer.headers).items():
        response.headers[name] = value
    if "content-type" not in answer.headers:
        del response.headers["Content-Type"]
    kind = answer.headers.get("content-type", "").strip().lower()
    if kind.startswith(ACTIVE):
        response.headers["Content-Security-Policy"] = "sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers[UPSTREAM_HEADER] = answer.call.lane.upstream
    return response


def _with_body(answer: Answer) -> HttpResponseBase:
    if answer.call.method == "HEAD" or answer.status in NO_BODY:
        answer.close()
        return HttpResponse(status=answer.status)
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        response = StreamingHttpResponse(_Open(answer), status=answer.status)
        response.headers["X-Accel-Buffering"] = "no"
        return response
    length = answer.length
    if length is None or answer.headers.get("transfer-encoding"):
        return _measured(answer)
    if length <= AT_ONCE_BYTES:
        return HttpResponse(answer.read(), status=answer.status)
    response = StreamingHttpResponse(_Open(answer), status=answer.status)
    response.headers["Content-Length"] = str(length)
    return response


def _measured(answer: Answer) -> HttpResponseBase:
    """Read an answer of unknown length to its end, so that one that broke off is never taken for a whole one."""
    kept = tempfile.SpooledTemporaryFile(max_size=MEGABYTE)  # noqa: SIM115 -- closed with the response
    try:
        for chunk in answer.chunks():
            kept.write(chunk)
    except BaseException:
        kept.close()
        raise
    return of_file(kept, kept.tell(), status=answer.status)


def of_file(file: IO[bytes], length: int, *, status: int = 200) -> HttpResponseBase:
    """Return what a file holds, from its beginning; the response closes it."""
    file.seek(0)
    if length <= AT_ONCE_BYTES:
        with file:
            return HttpResponse(file.read(), status=status)
    response = StreamingHttpResponse(_Kept(file), status=status)
    response.headers["Content-Length"] = str(length)
    return response


def as_picture(response: HttpResponseBase, kept: str) -> HttpResponseBase:
    """Return a picture that any page may show and nobody can run; `kept` is its `Cache-Control`."""
    response.headers["Cache-Control"] = kept
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@dataclass(frozen=True, slots=True)
class _Open:
    """An answer that is still coming. Closing it gives the connection back, also when nobody has read from it."""

    answer: Answer

    def __iter__(self) -> Iterator[bytes]:
        return self.answer.chunks()

    def close(self) -> None:
        self.answer.close()


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer that has come."""

    file: IO[bytes]

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.file.read(CHUNK_BYTES):
            yield chunk

    def close(self) -> None:
        self.file.close()
