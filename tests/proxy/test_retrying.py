"""What is asked again, how often and how soon; what changes anything is sent once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from typing_extensions import override

from n2store.simulator.answering import Asked, Neighbour, Reply
from proxy.calling import call
from proxy.guard import Url, configured
from proxy.retrying import READS_AGAIN, Retry
from proxy.upstreams import GEMINI, PANCAKE, UPSTREAMS

SOON = replace(READS_AGAIN, pause_s=0.01)


@dataclass
class Wavering(Neighbour):
    """Gives its answers in order, the last one ever after."""

    replies: list[Reply] = field(default_factory=list)

    @override
    def answer(self, path: str, query: Any, authorization: str) -> Any:
        return 404, {}

    @override
    def reply(self, asked: Asked) -> Reply:
        return self.replies[min(len(self.calls), len(self.replies) - 1)]


@pytest.fixture
def played() -> Iterator[Wavering]:
    with Wavering().serving() as neighbour:
        yield neighbour


def asked(played: Wavering, method: str = "GET", body: bytes | None = None, retry: Retry = SOON) -> tuple[int, bytes]:
    headers = {} if body is None else {"content-length": str(len(body))}
    request = PANCAKE.request(method, Url(configured(played.url), "/x?a=1"), headers, body)
    answer = call(replace(request, retry=retry))
    return answer.status, answer.read()


AWAY = Reply(503, b"away")
WELL = Reply(200, b"well")


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_read_that_found_the_application_away_is_asked_again(played: Wavering, status: int, method: str) -> None:
    played.replies = [Reply(status, b"away"), WELL]

    assert asked(played, method) == (200, b"well" if method == "GET" else b"")
    assert [(one.method, one.target) for one in played.calls] == [(method, "/x?a=1")] * 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_changes_something_is_sent_once(played: Wavering, method: str) -> None:
    played.replies = [AWAY, WELL]

    assert asked(played, method, b"{}") == (503, b"away")
    assert asked(played, method) == (200, b"well")
    assert len(played.calls) == 2


def test_a_read_with_a_body_is_sent_once(played: Wavering) -> None:
    played.replies = [AWAY, WELL]

    assert asked(played, body=b"{}") == (503, b"away")


@pytest.mark.parametrize("status", [200, 304, 400, 401, 404, 429, 500, 501])
def test_other_answers_are_answers(played: Wavering, status: int) -> None:
    played.replies = [Reply(status), WELL]

    assert asked(played)[0] == status
    assert len(played.calls) == 1


def test_one_that_stays_away_is_passed_on_with_its_body(played: Wavering) -> None:
    played.replies = [Reply(503, b"first"), Reply(503, b"second"), WELL]

    assert asked(played) == (503, b"second")
    assert len(played.calls) == 2


@pytest.mark.parametrize(
    ("after", "times"),
    [("0", 2), ("1", 2), ("7", 1), ("-1", 1), ("Sun, 22 Nov 2026 01:00:00 GMT", 1), ("999999999", 1)],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_neighbour_says_when_to_come_again(played: Wavering, status: int, after: str, times: int) -> None:
    played.replies = [Reply(status, headers={"Retry-After": after}), WELL]

    assert asked(played)[0] == (200 if times == 2 else status)
    assert len(played.calls) == times


def test_a_pause_longer_than_the_call_may_take_is_not_made(played: Wavering) -> None:
    played.replies = [AWAY, WELL]

    assert asked(played, retry=replace(SOON, pause_s=1_000.0, wait_max_s=2_000.0)) == (503, b"away")


def test_the_rule_stands_in_the_table_of_neighbours() -> None:
    again = {name for name, upstream in UPSTREAMS.items() if upstream.retry.may("GET", 1)}

    assert again == set(UPSTREAMS) - {"gemini"}
    assert not any(upstream.retry.may("POST", 1) for upstream in UPSTREAMS.values())
    assert GEMINI.request("POST", Url(configured("http://127.0.0.1"), "/"), {}).retry == GEMINI.retry
