"""Neighbours at their worst, and a gate that is killed: bounded time and memory, a clear answer, nothing stuck."""

import threading
import time
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings

from n2store.simulator.answering import Manner, Neighbour
from proxy.models import CallCount, Trace
from tests.factories.breakers import forget
from tests.processes import wait_until
from tests.proxy.gates import HUGE, Gate

MEMORY_GROWS_MAX = 32 * 1024 * 1024
REDIS_URL = django_settings.REDIS_URL
Two = tuple[Neighbour, Neighbour]


@pytest.fixture
def shared() -> Any:
    """Return Redis, with nothing known of any breaker before and after."""
    forget()
    yield redis.Redis.from_url(REDIS_URL)
    forget()


def test_a_hundred_megabytes_come_through_and_not_one_byte_more(gate: Gate) -> None:
    gate.ask("GET", "/api/pancake/x")
    before = gate.memory()
    connection = gate.open("GET", "/api/pancake/huge")
    response = connection.getresponse()
    size, most = 0, 0
    while chunk := response.read(1024 * 1024):
        size, most = size + len(chunk), max(most, gate.memory())
    connection.close()

    announced, _, said = gate.ask("GET", "/api/pancake/too-large")
    chunked, _, told = gate.ask("GET", "/api/pancake/too-large-chunked")

    assert size == HUGE
    assert most - before < MEMORY_GROWS_MAX
    assert gate.memory() - before < MEMORY_GROWS_MAX
    assert (announced, chunked) == (502, 502)
    assert b"UPSTREAM_TOO_LARGE" in said
    assert b"UPSTREAM_TOO_LARGE" in told


def test_a_hundred_megabytes_to_a_neighbour_are_refused_before_they_are_read(gate: Gate, neighbours: Two) -> None:
    connection = gate.open("POST", "/api/pancake/took", b"x" * 1024, {"Content-Length": str(HUGE)})

    response = connection.getresponse()

    assert (response.status, b"larger" in response.read()) == (413, True)
    assert neighbours[0].calls == []
    connection.close()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/pancake/took", {"Authorization": "Token none"}, 401), ("/api/token", {}, 413),
        ("/api/proxy?url=https://34tinhthanh.com/", {}, 413), ("/api/pages/1/messages", {}, 413),
    ],
)  # fmt: skip
def test_who_is_refused_while_sending_hears_why(gate: Gate, path: str, headers: dict[str, str], status: int) -> None:
    """A connection closed under the front's hands would be told as a shop that starts again."""
    given = {"Content-Type": "application/json"} | headers

    said, _, body = gate.ask("POST", path, bytes(20 * 1024 * 1024), given)

    assert (said, b'"success":' in body) == (status, True)


def test_a_length_that_is_too_short_ends_the_answer_there(gate: Gate) -> None:
    status, headers, body = gate.ask("GET", "/api/pancake/longer-than-said")

    assert (status, headers["Content-Length"], body) == (200, "10", b"0123456789")
    assert gate.ask("GET", "/api/pancake/x")[2] == b'{"path": "/api/v1/x"}'


def test_a_neighbour_that_wants_fewer_calls_is_passed_on(gate: Gate, neighbours: Two) -> None:
    neighbours[0].manner = Manner.BUSY

    status, headers, _ = gate.ask("GET", "/api/pancake/x")

    assert (status, headers["Retry-After"], headers["X-N2Store-Upstream"]) == (429, "7", "pancake")


def test_a_drip_is_cut_at_its_end_and_holds_up_nobody(gate: Gate, neighbours: Two) -> None:
    neighbours[0].manner = Manner.DRIPPING
    slow = [threading.Thread(target=gate.ask, args=("GET", "/api/pancake/x")) for _ in range(5)]
    for one in slow:
        one.start()

    assert gate.ask("GET", "/api/pancake-official/x")[0] == 200
    assert gate.ask("GET", "/health")[0] == 200
    for one in slow:
        one.join(90)
    assert not any(one.is_alive() for one in slow)


def test_the_process_writes_what_became_of_calls(gate: Gate, neighbours: Two) -> None:
    gate.ask("GET", "/api/pancake/x?access_token=secret")
    gate.ask("GET", "/api/pancake/cut-chunked")

    wait_until(lambda: Trace.objects.count() == 2)
    rows = Trace.objects.order_by("id").values_list("outcome", "why", "target", "by")
    assert list(rows) == [
        ("ok", "", "/api/v1/x", "token-owner"), ("failed", "UPSTREAM_CUT", "/api/v1/cut-chunked", "token-owner"),
    ]  # fmt: skip
    assert sum(CallCount.objects.order_by("id").values_list("calls", flat=True)) == 2


def test_a_gate_that_is_killed_leaves_no_breaker_stuck(gate: Gate, neighbours: Two, shared: Any) -> None:
    gate.server.env |= {"GATEWAY_BREAKER_FAILURES": "2", "GATEWAY_BREAKER_OPEN_S": "1"}
    gate.server.kill()
    gate.server.start()
    neighbours[0].manner = Manner.FAILING
    assert [gate.ask("GET", "/api/pancake/x")[0] for _ in range(2)] == [500, 500]
    status, headers, body = gate.ask("GET", "/api/pancake/x")
    assert (status, b"UPSTREAM_OPEN" in body, headers["Retry-After"]) == (503, True, "1")

    neighbours[0].manner = Manner.HANGING  # The trial does not come back.
    asked = len(neighbours[0].calls)
    wait_until(lambda: time.time() > float(shared.hget("n2store:breaker:pancake", "until")))
    trial = threading.Thread(target=_ask_in_vain, args=(gate,))
    trial.start()
    wait_until(lambda: len(neighbours[0].calls) > asked)
    gate.server.kill()
    trial.join(60)
    assert shared.hget("n2store:breaker:pancake", "state") == b"half-open"
    assert 0 < shared.pttl("n2store:breaker-trial:pancake") <= 30_000

    neighbours[0].manner = Manner.WELL
    gate.server.start()
    assert gate.ask("GET", "/api/pancake/x")[0] == 503
    shared.pexpire("n2store:breaker-trial:pancake", 1)  # As if its time had passed.

    wait_until(lambda: gate.ask("GET", "/api/pancake/x")[0] == 200)
    assert shared.hget("n2store:breaker:pancake", "state") == b"closed"


def _ask_in_vain(gate: Gate) -> None:
    with pytest.raises(OSError):  # noqa: PT011 -- however the connection breaks
        gate.ask("GET", "/api/pancake/x")
