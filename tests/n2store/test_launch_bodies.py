"""What a WSGI application sees of a request's body."""

import io
import json
from typing import Any

import pytest

from n2store.launch.bodies import BODY_BYTES_MAX, whole_bodies


def _seen(**environ: Any) -> tuple[str, bytes]:
    """Send a request and return the status with the body the application saw, or with the refusal."""
    said: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))]

    answer = whole_bodies(application)(environ, lambda status, _headers: said.append(status))
    return said[0], b"".join(answer)


def test_no_body() -> None:
    assert _seen(**{"wsgi.input": io.BytesIO(b"not read")}) == ("200 OK", b"")


def test_a_body_of_known_length() -> None:
    assert _seen(CONTENT_LENGTH="4", **{"wsgi.input": io.BytesIO(b"four")}) == ("200 OK", b"four")


@pytest.mark.parametrize("coding", ["chunked", "Chunked"])
def test_a_chunked_body(coding: str) -> None:
    assert _seen(HTTP_TRANSFER_ENCODING=coding, **{"wsgi.input": io.BytesIO(b"four")}) == ("200 OK", b"four")


def test_a_body_that_ends_early_is_refused() -> None:
    status, answer = _seen(CONTENT_LENGTH="14", **{"wsgi.input": io.BytesIO(b"amount=150")})

    assert status == "400 Bad Request"
    assert json.loads(answer) == {
        "success": False,
        "error": "The request body ended early.",
        "code": "BODY_INCOMPLETE",
        "message": "Yêu cầu bị đứt giữa chừng. Vui lòng gửi lại.",
    }


@pytest.mark.parametrize(
    "announced", [{"CONTENT_LENGTH": str(BODY_BYTES_MAX + 1)}, {"HTTP_TRANSFER_ENCODING": "chunked"}]
)
def test_a_body_over_the_limit_is_refused(announced: dict[str, str]) -> None:
    status, _ = _seen(**announced, **{"wsgi.input": io.BytesIO(b"x" * (BODY_BYTES_MAX + 1))})

    assert status == "413 Content Too Large"
