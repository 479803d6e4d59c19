"""The front as the shop runs it: the real Caddyfile and a real Caddy, before a small web and a small push process."""

import contextlib
import http.client
import json
import re
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from n2store.front import told_by_the_front
from n2store.launch.bodies import TOO_LARGE, whole_bodies
from n2store.launch.place import Place
from n2store.launch.processes import CADDYFILE, PUSH_SOCKET, WEB_SOCKET
from tests.processes import free_port, running

pytestmark = pytest.mark.usefixtures("web")

BODY_BYTES_MAX = 999_999
QUEUE = 4  # What may wait for web before the front says 503.
START_TIMEOUT_S = 120
MODULE = (sys.executable, "-m")
GRANIAN_HANGS_UP_S = 30  # Unless --http1-header-read-timeout says otherwise.


def _echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Say what a WSGI application gets to see."""
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.4)
    length = int(environ.get("CONTENT_LENGTH") or 0)
    seen = {
        "method": environ["REQUEST_METHOD"],
        "body_bytes": len(environ["wsgi.input"].read(length)),
        "forwarded_for": environ.get("HTTP_X_FORWARDED_FOR"),
        "forwarded_proto": environ.get("HTTP_X_FORWARDED_PROTO"),
        "asked_from": environ["REMOTE_ADDR"],
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]


application = told_by_the_front(whole_bodies(_echo))


async def stream_application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send one event, then nothing for ever."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: first\n\n", "more_body": True})
    while (await receive())["type"] not in {"http.disconnect", "websocket.disconnect"}:
        pass


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("front") / ".n2store"  # Hidden, as the real one is.
    place = Place(home=home, port=free_port(), front="caddy", static=home / "static", throwaway=True)
    place.make_folders()
    (place.static / "admin").mkdir(parents=True)
    (place.static / "admin" / "app.0123456789ab.js").write_text("1;")
    (place.static / "admin" / "app.js").write_text("1;")
    (place.static / ".collected").write_text("hidden")
    place.secrets_file.write_text("SECRET_KEY=hidden")
    environ = {"N2STORE_HOME": str(home), "PORT": str(place.port), "WEB_QUEUE": str(QUEUE)}
    daphne = [*MODULE, "daphne", "-u", str(place.run / PUSH_SOCKET), f"{__name__}:stream_application"]
    with running([*MODULE, "n2store.launch.process", "front"], **environ), running(daphne):
        yield place
    shutil.rmtree(place.run, ignore_errors=True)


class _Web:
    """A web process that can be stopped and started again."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.running = contextlib.ExitStack()

    def start(self) -> None:
        uds = str(self.place.run / WEB_SOCKET)
        target = f"{__name__}:application"
        argv = [*MODULE, "granian", target, "--interface", "wsgi", "--uds", uds, "--no-log"]
        self.running.enter_context(running(argv))

    def stop(self) -> None:
        self.running.close()


@pytest.fixture(scope="module")
def web(place: Place) -> Iterator[_Web]:
    web = _Web(place)
    web.start()
    _wait_until_served(place)
    yield web
    web.stop()


def _wait_until_served(place: Place) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if _ask(place, "GET", "/").status == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the front does not serve")


class _Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def _ask(place: Place, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> _Answer:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", place.port, timeout=60)) as connection:
        connection.request(method, path, body=body, headers=headers or {}, encode_chunked=not isinstance(body, bytes))
        return _Answer(connection.getresponse())


def _chunks(total: int) -> Iterator[bytes]:
    for _ in range(total // 1000):
        yield b"x" * 1000


def test_a_chunked_body_arrives_whole(place: Place) -> None:
    answer = _ask(place, "POST", "/api/sepay/webhook", _chunks(300_000), {"Transfer-Encoding": "chunked"})

    assert (answer.status, answer.json["body_bytes"]) == (200, 300_000)


def test_a_body_of_known_length_arrives_whole(place: Place) -> None:
    answer = _ask(place, "POST", "/api/sepay/webhook", b"x" * BODY_BYTES_MAX)

    assert (answer.status, answer.json["body_bytes"]) == (200, BODY_BYTES_MAX)


def test_a_body_announced_over_the_limit_is_refused(place: Place) -> None:
    answer = _ask(place, "POST", "/api/sepay/webhook", b"x" * (BODY_BYTES_MAX + 1))

    assert (answer.status, answer.json["code"], answer.json["message"]) == (413, *TOO_LARGE[2:])


def test_a_chunked_body_over_the_limit_is_refused(place: Place) -> None:
    body = _chunks(BODY_BYTES_MAX + 10_001)

    answer = _ask(place, "POST", "/api/sepay/webhook", body, {"Transfer-Encoding": "chunked"})

    assert (answer.status, answer.json["code"], answer.json["message"]) == (413, *TOO_LARGE[2:])


def test_a_client_cannot_say_who_it_is(place: Place) -> None:
    pretended = {"X-Forwarded-For": "8.8.8.8", "X-Forwarded-Proto": "https", "X-Real-IP": "8.8.8.8"}

    seen = _ask(place, "GET", "/", headers=pretended).json

    assert (seen["forwarded_for"], seen["forwarded_proto"], seen["asked_from"]) == ("127.0.0.1", "http", "127.0.0.1")


def test_more_than_the_queue_holds_hears_503(place: Place) -> None:
    answers: list[tuple[int, str | None]] = []

    def ask() -> None:
        answer = _ask(place, "POST", "/slow", b"x")
        answers.append((answer.status, answer.headers["Retry-After"]))

    threads = [threading.Thread(target=ask) for _ in range(3 * QUEUE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    refused = [answer for answer in answers if answer[0] == 503]
    assert len([answer for answer in answers if answer[0] == 200]) == QUEUE
    assert len(refused) == 2 * QUEUE
    assert {retry_after for _, retry_after in refused} == {"1"}


def test_a_hashed_static_file_is_kept_for_ever_and_another_is_not(place: Place) -> None:
    hashed = _ask(place, "GET", "/static/admin/app.0123456789ab.js")
    plain = _ask(place, "GET", "/static/admin/app.js")

    assert (hashed.status, hashed.body, plain.status, plain.body) == (200, b"1;", 200, b"1;")
    assert hashed.headers.get_all("Cache-Control") == ["public, max-age=31536000, immutable"]
    assert plain.headers.get_all("Cache-Control") == ["public, max-age=300"]


@pytest.mark.parametrize("path", [".collected", "", "../secrets.env", "%2e%2e/secrets.env", "..%2fsecrets.env"])
def test_nothing_else_is_served_as_static(place: Place, path: str) -> None:
    assert b"hidden" not in _ask(place, "GET", f"/static/{path}").body


@pytest.mark.parametrize(
    "path",
    ["/api/events", "/api/realtime/sse", "/api/sepay/stream", "/api/topup/stream", "/api/webhooks/stream"],
)
def test_a_stream_reaches_the_browser_event_by_event(place: Place, path: str) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", place.port, timeout=60)) as connection:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()

        assert response.read(len(b"data: first\n\n")) == b"data: first\n\n"
        response.close()


def test_a_path_below_a_stream_belongs_to_web(place: Place) -> None:
    assert _ask(place, "GET", "/api/realtime/sse/stats").json["method"] == "GET"


@pytest.mark.parametrize("upgrade", ["websocket", "WebSocket"])
def test_a_socket_on_any_path_goes_to_push(place: Place, upgrade: str) -> None:
    with socket.create_connection(("127.0.0.1", place.port), timeout=60) as client:
        client.sendall(
            f"GET /anywhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: {upgrade}\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )

        assert client.recv(12) == b"HTTP/1.1 101"


def test_the_front_hangs_up_before_granian_does() -> None:
    kept_s = [int(seconds) for seconds in re.findall(r"^\s*keepalive (\d+)s$", CADDYFILE.read_text(), re.MULTILINE)]

    assert len(kept_s) == 2
    assert max(kept_s) < GRANIAN_HANGS_UP_S


def test_a_request_waits_for_a_web_that_starts_again(place: Place, web: _Web) -> None:
    web.stop()
    starter = threading.Timer(0.5, web.start)
    starter.start()
    start = time.monotonic()

    answer = _ask(place, "POST", "/", b"once")

    starter.join()
    assert (answer.status, answer.json["body_bytes"]) == (200, 4)
    assert time.monotonic() - start > 0.5
