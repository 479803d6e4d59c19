"""The workers of web behind the real front: each has as many connections as threads, and nobody slow keeps one."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from n2store.launch.place import LaunchError, Place
from n2store.launch.processes import WEB_THREADS, WEB_WORKERS, web
from tests.processes import free_port, running, wait_until

THREADS = WEB_WORKERS * WEB_THREADS
LONG_BYTES = 3_000_000
"""More than the sockets between web and a reader hold."""
SLOW_S = 0.3
ANSWER_TIMEOUT_S = 30


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Say which worker answers; `/slow` takes its time, `/long` is long."""
    path = environ["PATH_INFO"]
    if path == "/slow":
        time.sleep(SLOW_S)
    body = b"x" * LONG_BYTES if path == "/long" else json.dumps(os.getpid()).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    home = tmp_path_factory.mktemp("connections")
    place = Place(home=home, port=free_port(), front="caddy", static=home / "static", throwaway=True)
    place.make_folders()
    argv = [f"{__name__}:application" if given.endswith(":application") else given for given in web(place).argv]
    front = [sys.executable, "-m", "n2store.launch.process", "front"]
    with running(argv), running(front, N2STORE_HOME=str(home), PORT=str(place.port)):
        wait_until(lambda: _served(place.port))
        yield place.port
    shutil.rmtree(place.run, ignore_errors=True)


def _served(port: int) -> bool:
    with contextlib.suppress(OSError):
        return _ask(port, "/")[0] == http.HTTPStatus.OK
    return False


def _ask(port: int, path: str) -> tuple[int, bytes]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_TIMEOUT_S)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()


def _at_once(port: int, path: str, count: int) -> list[int]:
    """Ask so many times at once; return which worker answered each."""
    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(lambda _: _ask(port, path), range(count)))
    assert {status for status, _ in answers} == {http.HTTPStatus.OK}
    return [json.loads(body) for _, body in answers]


def test_each_worker_gets_what_its_threads_can_do(port: int) -> None:
    _at_once(port, "/slow", 3 * THREADS)  # Every connection is open now.

    for _ in range(3):
        assert sorted(Counter(_at_once(port, "/slow", THREADS)).values()) == [WEB_THREADS] * WEB_WORKERS


def test_what_waits_is_answered_in_turn_by_who_is_free(port: int) -> None:
    answered = Counter(_at_once(port, "/slow", 4 * THREADS))

    assert sum(answered.values()) == 4 * THREADS
    assert len(answered) == WEB_WORKERS


def test_slow_readers_keep_no_thread(port: int) -> None:
    with contextlib.ExitStack() as readers:
        for _ in range(2 * THREADS):
            reader = readers.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.connect(("127.0.0.1", port))
            reader.sendall(b"GET /long HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert reader.recv(12) == b"HTTP/1.1 200"

        _at_once(port, "/", THREADS)


def test_a_worker_that_dies_loses_nothing_that_waits(port: int) -> None:
    victim, *_ = _at_once(port, "/", 1)
    os.kill(victim, signal.SIGKILL)

    answered = _at_once(port, "/", 4 * THREADS)

    assert victim not in answered
    wait_until(lambda: len(set(_at_once(port, "/slow", THREADS))) == WEB_WORKERS)


@pytest.mark.parametrize("given", ["0", "-1", "two", "1.5", "٣"])
def test_a_number_of_threads_must_be_one(given: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WEB_THREADS", given)

    with pytest.raises(LaunchError, match="WEB_THREADS"):
        web(Place(home=tmp_path, port=1, front="caddy", static=tmp_path, throwaway=True))
