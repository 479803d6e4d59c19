"""A neighbour that fails is left alone, until one trial goes well."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings
from pybreaker import STATE_CLOSED, STATE_HALF_OPEN, STATE_OPEN
from rest_framework.test import APIClient

from n2store.roles import Caller, Role
from n2store.simulator.answering import Asked, Manner, Neighbour, Reply, reply
from n2store.simulator.images import Images
from n2store.simulator.pancake_http import PancakeHttp
from n2store.simulator.tpos import Tpos
from proxy.api.forwarding import ForwardToPancake
from proxy.calling import Call, call
from proxy.errors import UpstreamBusy, UpstreamOpen, UpstreamTimeout, UpstreamTooLarge
from proxy.guard import Url, configured
from proxy.lanes import Lane
from proxy.tpos import TposError, TposUnavailable, tpos
from proxy.watching import shared, switching
from proxy.watching.breaker import Breaker, breaker
from proxy.watching.call import Watched, watched
from tests.factories.breakers import breakers_on
from tests.processes import wait_until
from tests.threads import at_once

OPEN_S = 0.3
OWNER = Caller(name="lan", roles=frozenset({Role.OWNER}))


@pytest.fixture(autouse=True)
def _breakers() -> Iterator[None]:
    with breakers_on(open_s=OPEN_S):
        yield


def fail(one: Breaker, times: int) -> None:
    for _ in range(times):
        one.told(why="UPSTREAM_TIMEOUT", trial=one.admit("tpos", trial_s=1))


def opened(name: str = "tpos") -> Breaker:
    one = breaker(name)
    assert one is not None
    fail(one, 3)
    assert one.storage.state == STATE_OPEN
    return one


def when_over(one: Breaker) -> None:
    wait_until(lambda: one.storage.standing().until <= time.time())


def test_failures_in_a_row_open_it_and_fewer_do_not() -> None:
    one = Breaker("tpos", 3, 20.0)
    fail(one, 2)
    one.told(why="", trial=one.admit("tpos", trial_s=1))
    fail(one, 2)
    assert one.storage.state == STATE_CLOSED

    fail(one, 1)

    with pytest.raises(UpstreamOpen) as refused:
        one.admit("tpos", trial_s=1)
    assert 0 < (refused.value.retry_after_s or 0) <= 20
    assert one.storage.standing().why == "UPSTREAM_TIMEOUT"


def test_failures_far_apart_are_not_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Breaker("tpos", 3, 20.0)
    fail(one, 2)
    monkeypatch.setattr(shared, "IN_A_ROW_S", -1.0)

    fail(one, 2)

    assert (one.storage.state, one.storage.counter) == (STATE_CLOSED, 1)


def test_one_trial_at_a_time_closes_it_again() -> None:
    one = opened()
    when_over(one)

    def come(_number: int) -> bool:
        try:
            return one.admit("tpos", trial_s=30)
        except UpstreamOpen:
            return False

    admitted = at_once(come, range(8))
    assert sorted(admitted) == [False] * 7 + [True]
    assert one.storage.state == STATE_HALF_OPEN

    one.told(why="", trial=True)

    assert one.is_closed
    assert one.admit("tpos", trial_s=1) is False


def test_a_trial_that_fails_opens_it_anew() -> None:
    one = opened()
    when_over(one)

    one.told(why="HTTP_503", trial=one.admit("tpos", trial_s=30))

    standing = one.storage.standing()
    assert (standing.state, standing.why) == (STATE_OPEN, "HTTP_503")
    assert standing.until > time.time()


def test_who_dies_in_the_trial_leaves_it_to_the_next() -> None:
    one = opened()
    when_over(one)
    assert one.admit("tpos", trial_s=0.2) is True  # And is never heard of again.

    other = Breaker("tpos", 3, OPEN_S)  # Another process, or the same one started again.

    def admitted() -> bool:
        try:
            return other.admit("tpos", trial_s=30)
        except UpstreamOpen:
            return False

    wait_until(admitted)
    other.told(why="", trial=True)
    assert (one.is_closed, other.is_closed) == (True, True)


def test_what_was_begun_before_says_nothing_while_it_is_open() -> None:
    one = breaker("tpos")
    assert one is not None
    assert one.admit("tpos", trial_s=1) is False
    fail(one, 3)
    until = one.storage.standing().until

    one.told(why="", trial=False)
    one.told(why="UPSTREAM_TIMEOUT", trial=False)

    assert (one.storage.state, one.storage.standing().until) == (STATE_OPEN, until)


def test_a_person_holds_calls_back_and_has_one_tried(db: None) -> None:
    switching.hold("tpos", caller=OWNER)
    one = breaker("tpos")
    assert one is not None
    with pytest.raises(UpstreamOpen) as refused:
        one.admit("tpos", trial_s=1)
    assert (refused.value.retry_after_s or 0) > 590
    assert one.storage.standing().by == "lan"

    assert switching.try_now("tpos", caller=OWNER) is True
    one.told(why="", trial=one.admit("tpos", trial_s=1))

    assert one.is_closed
    assert switching.try_now("tpos", caller=OWNER) is False


@pytest.mark.parametrize("role", [Role.VIEWER, Role.WAREHOUSE, Role.ACCOUNTANT])
def test_others_hold_nothing_back(role: Role) -> None:
    with pytest.raises(switching.MayNotSwitch):
        switching.hold("tpos", caller=Caller(name="x", roles=frozenset({role})))


@pytest.mark.parametrize("name", ["images", "nobody"])
def test_what_has_no_single_breaker_is_not_held_back(name: str) -> None:
    with pytest.raises(switching.NoBreaker):
        switching.hold(name, caller=OWNER)


def test_processes_share_what_they_know() -> None:
    here, elsewhere = Breaker("tpos", 3, 20.0), Breaker("tpos", 3, 20.0)
    fail(here, 2)

    fail(elsewhere, 1)

    assert [one.storage.state for one in (here, elsewhere)] == [STATE_OPEN, STATE_OPEN]


@override_settings(REDIS_URL="redis://127.0.0.1:9")
def test_without_redis_each_process_goes_on_by_itself() -> None:
    one = Breaker("tpos", 3, OPEN_S)
    fail(one, 3)
    with pytest.raises(UpstreamOpen):
        one.admit("tpos", trial_s=1)

    when_over(one)
    trial = one.admit("tpos", trial_s=30)
    with pytest.raises(UpstreamOpen):
        one.admit("tpos", trial_s=30)
    one.told(why="", trial=trial)

    assert one.is_closed


class Changing(Neighbour):
    """Answers with whatever it is told to."""

    status = 200

    def answer(self, path: str, query: object, authorization: str) -> tuple[int, Any]:
        return 404, {}

    def reply(self, asked: Asked) -> Reply:
        return reply({"path": asked.path}, self.status, Retry_After="7")


@pytest.fixture
def changing(settings: Any) -> Iterator[Changing]:
    with Changing().serving() as played:
        settings.PANCAKE_BASE_URL = played.url
        yield played


def test_failures_open_it_and_nobody_is_asked_until_a_trial(api: APIClient, changing: Changing) -> None:
    changing.status = 503
    failed = [api.get("/api/pancake/x") for _ in range(3)]
    changing.status = 200
    held = api.get("/api/pancake/x")

    assert [answer.status_code for answer in failed] == [503, 503, 503]
    assert [answer.headers["X-N2Store-Upstream"] for answer in failed] == ["pancake"] * 3
    assert (held.status_code, held.json()["code"], held.json()["upstream"]) == (503, "UPSTREAM_OPEN", "pancake")
    assert int(held.headers["Retry-After"]) >= 1
    assert "X-N2Store-Upstream" not in held.headers
    assert len(changing.calls) == 3

    wait_until(lambda: api.get("/api/pancake/x").status_code == 200)
    assert len(changing.calls) == 4


@pytest.mark.parametrize("status", [400, 401, 404, 429])
def test_what_the_caller_did_wrong_never_opens_it(api: APIClient, changing: Changing, status: int) -> None:
    changing.status = status

    answers = [api.get("/api/pancake/x") for _ in range(6)]

    assert {answer.status_code for answer in answers} == {status}
    assert {answer.headers["Retry-After"] for answer in answers} == {"7"}


@pytest.mark.parametrize("manner", [Manner.CUT, Manner.HANGING])
def test_silence_and_broken_answers_open_it(
    api: APIClient, pancake: PancakeHttp, manner: Manner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(ForwardToPancake, "upstream", replace(ForwardToPancake.upstream, timeout_s=0.2))
    pancake.manner = manner

    codes = [api.get("/api/pancake/conversations").json()["code"] for _ in range(4)]

    assert codes[3] == "UPSTREAM_OPEN"
    assert set(codes[:3]) == {"UPSTREAM_CUT" if manner is Manner.CUT else "UPSTREAM_TIMEOUT"}


def test_calls_that_hang_open_it_before_their_time_is_over() -> None:
    one = breaker("tpos")
    assert one is not None
    hanging = [begun(0.0), begun(0.0)]

    one.admit("tpos", trial_s=1)  # Two of three.
    hanging.append(begun(0.0))

    with pytest.raises(UpstreamOpen):
        begun(60.0)
    assert one.storage.standing().why == "UPSTREAM_STALLED"
    for watch in hanging:
        watch.end(UpstreamTimeout("tpos", "The service did not answer in time."))
    when_over(one)
    trial = begun(60.0)
    trial.answered(200)
    trial.end()
    assert one.is_closed


def test_calls_that_hang_and_calls_that_failed_count_together() -> None:
    one = breaker("tpos")
    assert one is not None
    fail(one, 2)
    begun(0.0)

    with pytest.raises(UpstreamOpen):
        begun(60.0)


def test_slow_calls_beside_one_that_is_answered_open_nothing() -> None:
    for _ in range(5):
        begun(0.0)
        begun(60.0).answered(200)

    begun(60.0)

    one = breaker("tpos")
    assert one is not None
    assert one.is_closed


def test_calls_that_are_over_hang_no_more() -> None:
    for error in (None, UpstreamTooLarge("tpos", "too large"), UpstreamBusy("tpos", "busy"), KeyboardInterrupt()):
        begun(0.0).end(error)

    begun(60.0)

    one = breaker("tpos")
    assert one is not None
    assert one.is_closed


def begun(timeout_s: float) -> Watched:
    """Begin a call to TPOS; one that may take no time hangs at once."""
    return watched("tpos", "", method="GET", target="/", bytes_out=0, timeout_s=timeout_s)


def test_one_host_of_pictures_that_fails_hides_no_other(api: APIClient, settings: Any) -> None:
    with Images().serving() as good, Images().serving() as bad:
        bad_url = bad.url.replace("127.0.0.1", "localhost")
        settings.IMAGE_HOSTS = [good.url, bad_url]
        bad.manner = Manner.FAILING
        wrong = [api.get(f"/api/image-proxy?url={bad_url}/a.jpg").json()["code"] for _ in range(4)]
        right = api.get(f"/api/image-proxy?url={good.url}/a.jpg")

    assert wrong[3] == "UPSTREAM_OPEN"
    assert right.status_code != 503


def test_a_slow_reader_is_no_fault_of_the_neighbours() -> None:
    class Long(Changing):
        def reply(self, asked: Asked) -> Reply:
            return Reply(200, bytes(4 * 1024 * 1024))

    long = Call(
        lane=Lane("pancake", 4, 0), method="GET", url=Url(configured("http://127.0.0.1"), "/"), headers={},
        timeout_s=5, whole_s=0.5, answer_bytes_max=10**9,
    )  # fmt: skip
    with Long().serving() as played:
        for _ in range(4):
            answer = call(replace(long, url=Url(configured(played.url), "/")))
            chunks = answer.chunks()
            next(chunks)
            wait_until(lambda: time.monotonic() > answer._deadline)  # noqa: B023 -- at once
            with pytest.raises(Exception, match="in time"):
                for _chunk in chunks:
                    pass

    one = breaker("pancake")
    assert one is not None
    assert one.is_closed


def test_the_shops_own_questions_to_tpos_share_its_breaker(tpos_played: Tpos) -> None:
    tpos_played.manner = Manner.FAILING
    for _ in range(3):
        with pytest.raises(TposError):
            tpos().by_id("1")
    asked = tpos_played.tokens_given

    tpos_played.manner = Manner.WELL
    with pytest.raises(TposUnavailable, match="not asked now"):
        tpos().by_id("1")

    assert tpos_played.tokens_given == asked
    wait_until(_tpos_answers)


def _tpos_answers() -> bool:
    try:
        tpos().by_id("1")
    except TposUnavailable:
        return False
    return True


def test_what_breaks_for_a_reason_of_ours_says_nothing_of_the_neighbour() -> None:
    one = opened()
    when_over(one)
    watch = watched("tpos", "", method="GET", target="/", bytes_out=0, timeout_s=1)
    assert watch.trial is True

    watch.end()

    assert one.storage.state == STATE_HALF_OPEN
    assert one.admit("tpos", trial_s=1) is True  # The trial is free again.
