"""Neighbours that never fall silent and never end: each read is in time, the whole is not."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from n2store.errors import DomainError
from proxy import calling
from proxy.calling import Call
from proxy.errors import UpstreamTimeout
from proxy.guard import Place, Url
from proxy.lanes import Lane
from proxy.questions import ask

PAUSE_S, WHOLE_S, BOUND_S = 0.05, 1.0, 60.0
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@contextlib.contextmanager
def _dripping(first: bytes, drop: bytes) -> Iterator[Place]:
    """Answer with `first`, and then with a drop after the other until nobody listens."""
    over = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = listening.accept()
                with caller, contextlib.suppress(OSError):
                    caller.recv(65_536)
                    caller.sendall(first)
                    while not over.wait(PAUSE_S):
                        caller.sendall(drop)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield Place("http", "127.0.0.1", listening.getsockname()[1])
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
            serving.join()


def _ends(ask: Callable[[], object]) -> list[DomainError]:
    """Return what `ask` raised; it may be given up after a minute, and then nothing has been raised."""
    raised: list[DomainError] = []

    def run() -> None:
        try:
            ask()
        except DomainError as error:
            raised.append(error)

    asking = threading.Thread(target=run, daemon=True)
    asking.start()
    asking.join(BOUND_S)
    return raised


DRIPS = pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b"H"), (b"", b"HTTP/1.1 100 Continue\r\n\r\n"), (OK, b"X: a\r\n"), (OK + b"X: ", b"a"),
        (OK + b"Content-Length: 100000\r\n\r\n", b"a"), (CHUNKED, b"1\r\na\r\n"),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"X: a\r\n"),
    ],
    ids=["status", "continue", "headers", "one header", "body", "chunks", "trailers"],
)  # fmt: skip


@DRIPS
def test_what_drips_is_given_up_when_its_whole_time_is_over(first: bytes, drop: bytes) -> None:
    lane = Lane("images", width=1, waiting_max=0)
    with _dripping(first, drop) as place:
        given = Call(
            lane=lane, method="GET", url=Url(place, "/"), headers={}, timeout_s=0.5, whole_s=WHOLE_S,
            answer_bytes_max=1_000_000,
        )  # fmt: skip

        raised = _ends(lambda: calling.call(given).read())

        assert [type(error) for error in raised] == [UpstreamTimeout]
        lane.enter()()  # Its place is free again.


@DRIPS
def test_so_is_what_the_shop_asks_itself(first: bytes, drop: bytes) -> None:
    with _dripping(first, drop) as place:
        raised = _ends(lambda: ask("telegram", "GET", place.origin, told="/", timeout_s=WHOLE_S, bytes_max=1_000_000))

    assert [type(error) for error in raised] == [UpstreamTimeout]


def test_headers_have_the_time_of_an_answers_beginning() -> None:
    """The whole may take an hour, as a stream does; who has not begun after a second is not waited for."""
    with _dripping(OK + b"X: ", b"a") as place:
        given = Call(
            lane=Lane("images", width=1, waiting_max=0), method="GET", url=Url(place, "/"), headers={}, timeout_s=1.0,
            whole_s=3_600.0, answer_bytes_max=1_000_000,
        )  # fmt: skip

        assert [type(error) for error in _ends(lambda: calling.call(given))] == [UpstreamTimeout]
