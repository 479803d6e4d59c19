"""The process that waits for neighbours: it streams, it counts, and one that hangs stops nobody."""

import http.client
import re
import socket
import threading
from typing import Any

import pytest

from n2store.launch.processes import CADDYFILE, GATE_THREADS
from n2store.simulator.answering import Neighbour
from proxy import bucket
from proxy.addresses import GATEWAY_PATHS, is_gateways
from proxy.upstreams import UPSTREAMS, lanes
from proxy.urls import urlpatterns
from tests.proxy.gates import LARGE, Gate

MEMORY_GROWS_MAX = 32 * 1024 * 1024


def test_large_bodies_pass_without_growing_the_process(gate: Gate) -> None:
    gate.ask("GET", "/api/pancake/x")
    before = gate.memory()

    connection = gate.open("GET", "/api/pancake/large")
    response = connection.getresponse()
    assert response.headers["Content-Length"] == str(LARGE)
    size, most = 0, 0
    while chunk := response.read(1024 * 1024):
        size, most = size + len(chunk), max(most, gate.memory())
    connection.close()
    _, _, chunked = gate.ask("GET", "/api/pancake/large-chunked")
    status, _, took = gate.ask("POST", "/api/pancake/took", bytes(20 * 1024 * 1024))

    assert (size, len(chunked)) == (LARGE, LARGE)
    assert (status, took) == (200, b'{"took": 20971520}')
    assert most - before < MEMORY_GROWS_MAX


def test_an_answer_that_breaks_off_never_looks_whole(gate: Gate) -> None:
    status, headers, body = gate.ask("GET", "/api/pancake/cut-chunked")
    assert (status, headers["Content-Type"], b"UPSTREAM_CUT" in body) == (502, "application/json", True)

    with pytest.raises((http.client.HTTPException, OSError)):
        gate.ask("GET", "/api/pancake/cut-long")


def test_callers_who_go_away_leave_nothing_behind(gate: Gate) -> None:
    width = UPSTREAMS["pancake"].lane.width
    for _ in range(3 * width):
        connection = gate.open("GET", "/api/pancake/large")
        connection.getresponse().read(10)
        connection.close()

    answers = [gate.ask("GET", "/api/pancake/x")[0] for _ in range(width)]

    assert answers == [200] * width


def test_a_body_that_ends_early_reaches_nobody_as_whole(gate: Gate, neighbours: tuple[Neighbour, Neighbour]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(gate.server.path))
    head = f"POST /api/pancake/took HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {gate.token}\r\n"
    connection.sock.sendall(head.encode() + b"Content-Length: 1000\r\n\r\n" + b"x" * 500)
    connection.close()

    assert gate.ask("POST", "/api/pancake/took", b"whole")[2] == b'{"took": 5}'
    # What arrived there was announced as 1,000 bytes: the neighbour knows that half is missing.
    assert {call.headers["content-length"] for call in neighbours[0].calls} <= {"1000", "5"}


def test_two_hundred_calls_of_one_that_hangs_stop_nobody_else(gate: Gate) -> None:
    lane = UPSTREAMS["pancake"].lane
    answers: list[Any] = []

    def hang() -> None:
        answers.append(gate.ask("GET", "/api/pancake/hang"))

    callers = [threading.Thread(target=hang) for _ in range(200)]
    for caller in callers:
        caller.start()
    others = [gate.ask("GET", path)[0] for path in ("/api/pancake-official/x", "/health", "/api/debug/time")]
    for caller in callers:
        caller.join(120)

    statuses = [status for status, _, _ in answers]
    assert others == [200, 200, 200]
    assert (len(statuses), set(statuses)) == (200, {503, 504})
    assert statuses.count(504) >= lane.width
    assert {headers["Retry-After"] for status, headers, _ in answers if status == 503} == {"2"}


def test_the_lanes_together_are_narrower_than_the_process() -> None:
    assert sum(lane.width + lane.waiting_max for lane in {*lanes(), bucket.LANE}) < int(GATE_THREADS)


def test_the_front_knows_the_gateways_addresses() -> None:
    [line] = re.findall(r"@gateway path (.+)", CADDYFILE.read_text())

    assert tuple(line.split()) == GATEWAY_PATHS


def test_every_address_of_the_gateway_but_the_clock_is_served_by_gate() -> None:
    paths = [re.sub(r"<\w+:\w+>", "x", f"/{pattern.pattern}") for pattern in urlpatterns]

    assert [path for path in paths if not is_gateways(path)] == ["/api/debug/time"]
