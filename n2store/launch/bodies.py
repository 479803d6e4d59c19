"""Request bodies under WSGI, where Django reads CONTENT_LENGTH bytes and believes what it gets.

A body sent chunked has no CONTENT_LENGTH, so Django would see nothing: a webhook lost. A body whose sender went away
is shorter than announced, so Django would see its beginning: `amount=150` of `amount=150000`.
"""

import io
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BODY_BYTES_MAX = 1024 * 1024
TOO_LARGE = (
    "413 Content Too Large",
    "The request is larger than 1 MB.",
    "TOO_LARGE",
    "Yêu cầu lớn hơn 1 MB. Nếu là bảng tính, hãy chia thành nhiều phần nhỏ hơn.",
)
INCOMPLETE = (
    "400 Bad Request",
    "The request body ended early.",
    "BODY_INCOMPLETE",
    "Yêu cầu bị đứt giữa chừng. Vui lòng gửi lại.",
)


class BodyError(Exception):
    """Why a body is not passed on: the HTTP status line, a sentence, a code, and what staff read."""


def whole_bodies(application: "WSGIApplication") -> "WSGIApplication":
    """Let `application` see a request only with its whole body and its length; otherwise answer 400 or 413."""

    def guarded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            body = read_body(environ)
        except BodyError as refusal:
            status, error, code, message = refusal.args
            answer = json.dumps({"success": False, "error": error, "code": code, "message": message}).encode()
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
            start_response(status, headers)
            return [answer]
        if body is not None:
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return guarded


def read_body(environ: "WSGIEnvironment") -> bytes | None:
    """The whole body, at most BODY_BYTES_MAX; None when the request announces none.

    Raises:
        BodyError: it is too large, or its sender went away.
    """
    announced = environ.get("CONTENT_LENGTH", "")
    # Everything at once: a chunked body that breaks off then reads as empty, never as its beginning.
    if not announced and "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        body: bytes = environ["wsgi.input"].read()
        if len(body) > BODY_BYTES_MAX:
            raise BodyError(*TOO_LARGE)
        return body
    if not announced.isdecimal():
        return None
    length = int(announced)
    if length > BODY_BYTES_MAX:
        raise BodyError(*TOO_LARGE)
    body = environ["wsgi.input"].read(length)
    if len(body) != length:
        raise BodyError(*INCOMPLETE)
    return body
