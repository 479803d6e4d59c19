"""The load generator against a small server of the test's own. No timing is asserted."""

import itertools
import socket
import threading
from collections.abc import Iterator

import pytest

from bench import http_load
from bench.http_load import BadAnswer, encode, split
from n2store.simulator.loopback import Target

GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"success":true}'
BAD = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\nbusy"


class Server:
    """Answers every request of every connection with the next of its answers, in two pieces."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = itertools.cycle(answers)
        self.requests: list[bytes] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def target(self) -> Target:
        return Target("127.0.0.1", self.listening.getsockname()[1])

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while request := connection.recv(65536):
                self.requests.append(request)
                answer = next(self.answers)
                if not answer:
                    return
                connection.sendall(answer[:10])
                connection.sendall(answer[10:])


@pytest.fixture
def serve() -> Iterator[type[Server]]:
    servers: list[Server] = []

    def start(*answers: bytes) -> Server:
        servers.append(Server(list(answers)))
        return servers[-1]

    yield start
    for server in servers:
        server.listening.close()


def test_an_answer_is_split_at_its_length() -> None:
    assert split(GOOD + BAD) == (b"200", b'{"success":true}', len(GOOD))
    assert split(BAD) == (b"503", b"busy", len(BAD))
    assert all(split(GOOD[:end]) is None for end in range(len(GOOD)))


@pytest.mark.parametrize("received", [b"HTTP/1.1 200 OK\r\n\r\n", b"SSH-2.0-x\r\n\r\n"])
def test_what_is_no_answer_of_known_length_is_refused(received: bytes) -> None:
    with pytest.raises(BadAnswer):
        split(received)


def test_a_request_is_encoded_with_its_length() -> None:
    request = encode("POST", "/x", host="h", headers={"A": "b"}, body="đ".encode())

    assert request == b"POST /x HTTP/1.1\r\nHost: h\r\nA: b\r\nContent-Length: 2\r\n\r\n\xc4\x91"
    assert b"Content-Length" not in encode("GET", "/x", host="h", headers={})


def test_every_request_is_sent_once_and_counted(serve) -> None:
    server = serve(GOOD)
    requests = [encode("GET", f"/{number}", host="h", headers={}) for number in range(50)]

    load = http_load.run(server.target, iter(requests), connections=4, seconds=30, wanted=b"true")

    assert sorted(server.requests) == sorted(requests)
    assert (len(load.took_ms), load.failed) == (50, 0)
    assert load.seconds > 0
    assert load.own_cpu_s > 0


def test_a_load_ends_at_its_time(serve) -> None:
    load = http_load.run(serve(GOOD).target, itertools.repeat(b"GET / HTTP/1.1\r\n\r\n"), connections=2, seconds=0.1)

    assert load.took_ms
    assert load.failed == 0


def test_answers_that_are_not_wanted_are_failures(serve) -> None:
    requests = [b"GET / HTTP/1.1\r\n\r\n"] * 4

    refused = http_load.run(serve(GOOD, BAD).target, iter(requests), connections=1, seconds=30)
    other = http_load.run(serve(GOOD).target, iter(requests), connections=1, seconds=30, wanted=b"false")
    broken = http_load.run(serve(b"").target, iter(requests), connections=1, seconds=30)

    assert (len(refused.took_ms), refused.failed, refused.first_failure) == (2, 2, "503 busy")
    assert (len(other.took_ms), other.failed) == (0, 4)
    assert (len(broken.took_ms), broken.failed) == (0, 1)


def test_connections_and_time_are_bounded() -> None:
    for connections, seconds in ((0, 1), (5000, 1), (1, 0), (1, 3600)):
        with pytest.raises(AssertionError):
            http_load.run(Target("127.0.0.1", 1), iter([]), connections=connections, seconds=seconds)
